/** Partitions that a run committed, sorted: as its results have them; of a run without, as its events do. */
import type { RunRecord } from './run-record.js';

export function committedPartitions({
  results,
  events,
}: Pick<RunRecord, 'results' | 'events'>): string[] {
  const committed = [
    ...events.flatMap((event) => (event.type === 'step-committed' ? event.partitions : [])),
    ...(results?.steps ?? []).flatMap(({ status, partitions }) =>
      status === 'committed' ? partitions : [],
    ),
  ];
  return [...new Set(committed)].sort();
}
