/**
 * Writing to a Delta table: one commit is one file of the log, put only if its version is still
 * free. Who loses the race looks at what the winner did, and goes on one version later when the two
 * touch different partitions.
 */
import { HindcastError } from '../errors.js';
import type { Store } from '../store/store.js';
import { type CommitRequest, partitionColumnsOf } from './commit-request.js';
import type { Action, AddFile, MetaDataAction } from './delta-actions.js';
import { judgeWinner } from './delta-conflict.js';
import { commitKey, type DeltaSnapshot, readCommit } from './delta-log.js';
import { definitionOf, isPartitionedBy } from './delta-metadata.js';
import { encodePath } from './delta-path.js';
import { checkWritable, createdProtocol, isAppendOnly } from './delta-protocol.js';

export type CommitResult =
  | { readonly kind: 'committed'; readonly version: number }
  /** `version`: where this was found, at or after the commit itself. */
  | { readonly kind: 'already-committed'; readonly version: number }
  | {
      readonly kind: 'conflict';
      /** The winner's. */
      readonly version: number;
      /** Run that won, if it says so. */
      readonly by: string | null;
      /** What both touch, sorted; none when the winner changed the table's definition. */
      readonly partitions: readonly string[];
    };

/** Far more than writers of disjoint partitions meet; a bound instead of a loop without one. */
const mostRebases = 1000;

/**
 * Commits all of the request or nothing of it.
 * @throws HindcastError kind `data` when the table can't be written this way: features that are
 * unknown here, append-only, another partitioning; kind `config` for a type that tables don't have;
 * kind `conflict` when others commit faster, for very long
 */
export async function commitDelta(
  store: Store,
  tableKey: string,
  request: CommitRequest,
): Promise<CommitResult> {
  const { snapshot, appId, appVersion } = request;
  const known = snapshot?.txns.get(appId);
  if (snapshot !== null && known !== undefined && known >= appVersion) {
    return { kind: 'already-committed', version: snapshot.version };
  }
  if (snapshot !== null) checkRequest(snapshot, request, tableKey);
  let version = (snapshot?.version ?? -1) + 1;
  let metaData = snapshot?.metaData ?? null;
  for (let attempt = 0; attempt < mostRebases; attempt++) {
    const text = actionsOf(request, metaData)
      .map((action) => JSON.stringify(action))
      .join('\n');
    if ((await store.putIfAbsent(commitKey(tableKey, version), `${text}\n`)) === 'created') {
      return { kind: 'committed', version };
    }
    const winner = await readCommit(store, tableKey, version);
    const verdict = judgeWinner(winner, request);
    if (verdict !== null) return { ...verdict, version };
    metaData = winner.findLast((action) => action.metaData)?.metaData ?? metaData;
    version++;
  }
  throw new HindcastError('conflict', `${tableKey}: other writers kept committing first`, {
    found: `${mostRebases} commits since version ${snapshot?.version ?? -1}`,
    hint: 'Submit again when fewer jobs write to this table.',
  });
}

function checkRequest(
  { protocol, metaData }: DeltaSnapshot,
  request: CommitRequest,
  table: string,
): void {
  checkWritable(protocol, metaData, table);
  if (request.remove.length > 0 && isAppendOnly(metaData)) {
    throw new HindcastError('data', `${table}: the table is append-only`, {
      found: `${request.remove.length} files to take out`,
      hint: 'Unset delta.appendOnly to let partitions be replaced.',
    });
  }
  if (isPartitionedBy(metaData, request)) return;
  const wanted = partitionColumnsOf(request).map((name) => `"${name}"`);
  throw new HindcastError(
    'data',
    `${table}: the table is not partitioned by ${wanted.join(' and ')}${wanted.length === 1 ? ' alone' : ''}`,
    {
      found: metaData.partitionColumns.join(', ') || 'no partition column',
      hint: 'Set partitionColumn in hindcast.config, or write to another table.',
    },
  );
}

/** @param metaData the table's at this point; null: this commit creates it */
function actionsOf(request: CommitRequest, metaData: MetaDataAction | null): Action[] {
  const { now } = request;
  const definition = definitionOf(request, metaData);
  return [
    { commitInfo: { timestamp: now, ...request.commitInfo } },
    { txn: { appId: request.appId, version: request.appVersion, lastUpdated: now } },
    ...(metaData === null ? [{ protocol: createdProtocol }] : []),
    ...(definition === null ? [] : [{ metaData: definition }]),
    ...removals(request),
    ...request.add.map(addition),
  ];
}

function removals({ remove, snapshot, now }: CommitRequest): Action[] {
  const files = new Map(snapshot?.files.map((file) => [file.path, file]));
  return remove.map((path) => {
    const file = files.get(path);
    const extended =
      file === undefined
        ? {}
        : { extendedFileMetadata: true, partitionValues: file.partitionValues, size: file.size };
    return {
      remove: { path: encodePath(path), deletionTimestamp: now, dataChange: true, ...extended },
    };
  });
}

function addition({ path, partitionValues, size, modificationTime, tags, stats }: AddFile): Action {
  return {
    add: {
      path: encodePath(path),
      partitionValues,
      size,
      modificationTime,
      dataChange: true,
      ...(stats === null ? {} : { stats }),
      ...(tags === null ? {} : { tags }),
    },
  };
}
