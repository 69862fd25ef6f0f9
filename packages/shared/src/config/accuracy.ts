import type { Accuracy, GroupBy, Join, JoinPart } from './model.js';
import { plainSource } from './plain-source.js';

/** As the config says; else TEMPORAL when a source has a topic (entities: a mutation topic). */
export function accuracyOf(groupBy: GroupBy): Accuracy {
  if (groupBy.accuracy !== null) return groupBy.accuracy;
  const streaming = groupBy.sources
    .map(plainSource)
    .some(
      (source) =>
        (source.kind === 'events' && source.topic !== null) ||
        (source.kind === 'entities' && source.mutationTopic !== null),
    );
  return streaming ? 'TEMPORAL' : 'SNAPSHOT';
}

/** Whether a part sees what was changed in its entities within a day, not only their snapshots. */
export function seesMutations(join: Pick<Join, 'left'>, { groupBy }: JoinPart): boolean {
  return (
    plainSource(join.left).kind === 'events' &&
    plainSource(groupBy.sources[0]!).kind === 'entities' &&
    accuracyOf(groupBy) === 'TEMPORAL'
  );
}
