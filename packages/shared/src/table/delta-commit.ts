/**
 * Writing to a Delta table: one commit is one file of the log, put only if its version is still
 * free. Who loses the race looks at what the winner did, and goes on one version later when the two
 * touch different partitions.
 */
import { randomUUID } from 'node:crypto';
import { HindcastError } from '../errors.js';
import type { Column } from '../plan/task.js';
import type { Store } from '../store/store.js';
import { type Action, type AddFile, type CommitInfo, checkWritable, readerVersion, writerVersion } from './delta-actions.js';
import { commitKey, type DeltaSnapshot, decodePath, encodePath, readCommit } from './delta-log.js';
import { schemaString } from './delta-schema.js';

export interface CommitRequest {
  /** Id under which a repeated commit is recognised, and its running number. */
  readonly appId: string;
  readonly appVersion: number;
  /** What the commit was planned on; null: the table is created. */
  readonly snapshot: DeltaSnapshot | null;
  readonly partitionColumn: string;
  /** The whole schema, without the partition column, which comes last. */
  readonly columns: readonly Column[];
  readonly configuration: Readonly<Record<string, string>>;
  readonly add: readonly AddFile[];
  /** Paths of files that are taken out. */
  readonly remove: readonly string[];
  /** Partitions that the commit defines: added, replaced or emptied. */
  readonly partitions: readonly string[];
  readonly commitInfo: CommitInfo;
  readonly now: number; // ms since epoch
}

export type CommitResult =
  | { readonly kind: 'committed'; readonly version: number }
  | { readonly kind: 'already-committed'; readonly version: number }
  | {
      readonly kind: 'conflict';
      readonly version: number;
      /** Run that won, if it says so. */
      readonly by: string | null;
      readonly partitions: readonly string[];
    };

/** Far more than writers of disjoint partitions meet; a bound instead of a loop without one. */
const mostRebases = 1000;

export async function commitDelta(
  store: Store,
  tableKey: string,
  request: CommitRequest,
): Promise<CommitResult> {
  const { snapshot } = request;
  if (snapshot !== null) {
    checkWritable(snapshot.protocol, tableKey);
    if (request.remove.length > 0 && snapshot.metaData.configuration['delta.appendOnly'] === 'true') {
      throw new HindcastError('data', `${tableKey}: the table is append-only`, {
        hint: 'Unset delta.appendOnly to let partitions be replaced.',
      });
    }
    const known = snapshot.txns.get(request.appId);
    if (known !== undefined && known >= request.appVersion) {
      return { kind: 'already-committed', version: snapshot.version };
    }
  }
  let version = (snapshot?.version ?? -1) + 1;
  let created = snapshot !== null;
  for (let attempt = 0; attempt < mostRebases; attempt++) {
    const text = actionsOf(request, created).map((action) => JSON.stringify(action)).join('\n');
    if ((await store.putIfAbsent(commitKey(tableKey, version), `${text}\n`)) === 'created') {
      return { kind: 'committed', version };
    }
    const winner = await readCommit(store, tableKey, version);
    const verdict = compare(winner, request);
    if (verdict !== null) return { ...verdict, version };
    created = true;
    version++;
  }
  throw new HindcastError('conflict', `${tableKey}: other writers kept committing first`, {
    hint: 'Submit again when fewer jobs write to this table.',
  });
}

function actionsOf(request: CommitRequest, created: boolean): Action[] {
  const { now } = request;
  const actions: Action[] = [{ commitInfo: { timestamp: now, ...request.commitInfo } }];
  if (!created) {
    actions.push({ protocol: { minReaderVersion: readerVersion, minWriterVersion: writerVersion } });
  }
  const metaData = metaDataOf(request, created);
  if (metaData !== null) actions.push({ metaData });
  actions.push({ txn: { appId: request.appId, version: request.appVersion, lastUpdated: now } });
  for (const path of request.remove) {
    const removed = request.snapshot?.files.find((file) => file.path === path);
    actions.push({
      remove: {
        path: encodePath(path),
        deletionTimestamp: now,
        dataChange: true,
        ...(removed === undefined ? {} : { extendedFileMetadata: true, partitionValues: removed.partitionValues, size: removed.size }),
      },
    });
  }
  for (const file of request.add) {
    const { tags, stats, ...rest } = file;
    actions.push({
      add: {
        ...rest,
        path: encodePath(file.path),
        dataChange: true,
        ...(stats === null ? {} : { stats }),
        ...(tags === null ? {} : { tags }),
      } as AddFile & { dataChange: boolean },
    });
  }
  return actions;
}

/** Null when the table already has this schema and configuration. */
function metaDataOf(request: CommitRequest, created: boolean): Extract<Action, { metaData: unknown }>['metaData'] | null {
  const schema = schemaString([...request.columns, { name: request.partitionColumn, type: 'VARCHAR' }]);
  const before = request.snapshot?.metaData;
  if (before === undefined) {
    // A table that another writer created meanwhile has the same definition, or was a conflict.
    if (created) return null;
    return {
      id: randomUUID(),
      format: { provider: 'parquet', options: {} },
      schemaString: schema,
      partitionColumns: [request.partitionColumn],
      configuration: request.configuration,
      createdTime: request.now,
    };
  }
  const configuration = { ...before.configuration, ...request.configuration };
  const same =
    before.schemaString === schema &&
    JSON.stringify(configuration) === JSON.stringify(before.configuration);
  return same ? null : { ...before, schemaString: schema, configuration };
}

/** What a winning commit means for ours: null when we may go on after it. */
function compare(
  winner: readonly Action[],
  request: CommitRequest,
): { kind: 'already-committed' } | { kind: 'conflict'; by: string | null; partitions: string[] } | null {
  const mine = new Set(request.partitions);
  const removed = new Set(request.remove);
  const touched = new Set<string>();
  let definition = false;
  let by: string | null = null;
  for (const action of winner) {
    if ('txn' in action && action.txn.appId === request.appId && action.txn.version >= request.appVersion) {
      return { kind: 'already-committed' };
    }
    if ('commitInfo' in action) by = String(action.commitInfo['runId'] ?? '') || null;
    if ('add' in action) {
      const value = action.add.partitionValues[request.partitionColumn];
      if (value !== null && value !== undefined && mine.has(value)) touched.add(value);
    }
    if ('remove' in action) {
      const path = decodePath(action.remove.path);
      const value = action.remove.partitionValues?.[request.partitionColumn];
      if (removed.has(path)) touched.add(value ?? path);
      else if (typeof value === 'string' && mine.has(value)) touched.add(value);
    }
    if ('metaData' in action) {
      const schema = schemaString([...request.columns, { name: request.partitionColumn, type: 'VARCHAR' }]);
      definition ||= action.metaData.schemaString !== schema;
    }
  }
  if (touched.size === 0 && !definition) return null;
  return { kind: 'conflict', by, partitions: [...touched].sort() };
}
