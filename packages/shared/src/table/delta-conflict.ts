/** What a commit that was faster means for ours. */

import { type CommitRequest, partitionColumnsOf } from './commit-request.js';
import type { Action, MetaDataAction, Protocol } from './delta-actions.js';
import { isSameDefinition } from './delta-metadata.js';
import { samePath } from './delta-path.js';
import { createdProtocol, isAppendOnly } from './delta-protocol.js';
import { guardedColumns } from './delta-schema.js';

export type Verdict =
  | { readonly kind: 'already-committed' }
  | {
      readonly kind: 'conflict';
      readonly by: string | null;
      readonly partitions: readonly string[];
    };

/** Null when ours may follow: the two touch different partitions, and agree on the table's definition. */
export function judgeWinner(winner: readonly Action[], request: CommitRequest): Verdict | null {
  const { appId, appVersion } = request;
  if (winner.some(({ txn }) => txn?.appId === appId && txn.version >= appVersion)) {
    return { kind: 'already-committed' };
  }
  const partitions = touchedPartitions(winner, request);
  const redefined = winner.some(
    ({ protocol, metaData }) =>
      (protocol && !isExpected(protocol, request)) ||
      (metaData && !isAcceptable(metaData, request)),
  );
  if (partitions.length === 0 && !redefined) return null;
  const runId = winner.find(({ commitInfo }) => commitInfo)?.commitInfo?.['runId'];
  return {
    kind: 'conflict',
    by: typeof runId === 'string' && runId !== '' ? runId : null,
    partitions,
  };
}

function touchedPartitions(winner: readonly Action[], request: CommitRequest): string[] {
  const { partitionColumn, snapshot } = request;
  const mine = new Set(request.partitions);
  const removed = new Set(request.remove);
  const values = new Map(snapshot?.files.map((file) => [file.path, file.partitionValues]));
  const touched = new Set<string>();
  for (const { add, remove } of winner) {
    const added = add?.partitionValues[partitionColumn];
    if (typeof added === 'string' && mine.has(added)) touched.add(added);
    if (!remove) continue;
    const path = samePath(remove.path);
    // A remove need not say its partition, but what it takes out is in our snapshot or was ours to see.
    const value = (remove.partitionValues ?? values.get(path))?.[partitionColumn];
    if (removed.has(path)) touched.add(value ?? path);
    else if (typeof value === 'string' && mine.has(value)) touched.add(value);
  }
  return [...touched].sort();
}

/** A table that both create comes to the same protocol; one that is there keeps what we planned on. */
function isExpected(protocol: Protocol, { snapshot }: CommitRequest): boolean {
  const expected = snapshot?.protocol ?? createdProtocol;
  return (
    protocol.minReaderVersion === expected.minReaderVersion &&
    protocol.minWriterVersion === expected.minWriterVersion &&
    hasSameMembers(protocol.readerFeatures, expected.readerFeatures) &&
    hasSameMembers(protocol.writerFeatures, expected.writerFeatures)
  );
}

function hasSameMembers(a: Protocol['readerFeatures'], b: Protocol['readerFeatures']): boolean {
  const [mine, others] = [new Set(a ?? []), new Set(b ?? [])];
  return mine.size === others.size && [...mine].every((feature) => others.has(feature));
}

function isAcceptable(metaData: MetaDataAction, request: CommitRequest): boolean {
  if (request.remove.length > 0 && isAppendOnly(metaData)) return false;
  const partitionColumns = partitionColumnsOf(request);
  const guarded = guardedColumns(metaData.schemaString).filter(
    (name) => !partitionColumns.includes(name),
  );
  return guarded.length === 0 && isSameDefinition(request, metaData);
}
