import type { Accuracy, GroupBy } from './model.js';
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
