import type { Accuracy, GroupBy } from './model.js';

/** As the config says; else TEMPORAL when a source has a topic (entities: a mutation topic). */
export function accuracyOf(groupBy: GroupBy): Accuracy {
  if (groupBy.accuracy !== null) return groupBy.accuracy;
  const streaming = groupBy.sources.some(
    (source) =>
      (source.kind === 'events' && source.topic !== null) ||
      (source.kind === 'entities' && source.mutationTopic !== null),
  );
  return streaming ? 'TEMPORAL' : 'SNAPSHOT';
}
