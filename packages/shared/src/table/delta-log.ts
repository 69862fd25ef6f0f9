/**
 * Reading a Delta table's log: the newest checkpoint, then the commits after it, reconciled into a
 * snapshot (PROTOCOL.md, "Action Reconciliation").
 */
import { HindcastError } from '../errors.js';
import type { Store } from '../store/store.js';
import {
  type Action,
  type AddFile,
  type CommitInfo,
  checkReadable,
  type MetaDataAction,
  type Protocol,
  parseActions,
} from './delta-actions.js';

export interface DeltaSnapshot {
  readonly version: number;
  readonly protocol: Protocol;
  readonly metaData: MetaDataAction;
  /** Active files, sorted by path. */
  readonly files: readonly AddFile[];
  /** Application id → last version that it committed. */
  readonly txns: ReadonlyMap<string, number>;
}

/** Rows of a checkpoint's Parquet files as actions; nulls for what a row is not. */
export type ReadCheckpoint = (localPaths: readonly string[]) => Promise<readonly object[]>;

export function commitKey(tableKey: string, version: number): string {
  return `${tableKey}/_delta_log/${String(version).padStart(20, '0')}.json`;
}

/** Null when there is no log. */
export async function readDeltaSnapshot(
  store: Store,
  tableKey: string,
  readCheckpoint: ReadCheckpoint,
): Promise<DeltaSnapshot | null> {
  const objects = await store.list(`${tableKey}/_delta_log/`);
  const names = objects.map(({ key }) => key.slice(key.lastIndexOf('/') + 1));
  const commits = names.flatMap((name) => (/^\d{20}\.json$/.test(name) ? [Number(name.slice(0, 20))] : []));
  const checkpoint = newestCheckpoint(names);
  if (commits.length === 0 && checkpoint === null) return null;
  const state = new Reconciliation();
  if (checkpoint !== null) {
    const paths = checkpoint.names.map((name) => store.localPath(`${tableKey}/_delta_log/${name}`));
    for (const action of await readCheckpoint(paths)) state.apply(action as Action);
  }
  const first = checkpoint === null ? 0 : checkpoint.version + 1;
  const after = commits.filter((version) => version >= first).sort((a, b) => a - b);
  for (const [i, version] of after.entries()) {
    if (version !== first + i) {
      throw new HindcastError('data', `${tableKey}: version ${first + i} is missing from the Delta log`);
    }
    for (const action of await readCommit(store, tableKey, version)) state.apply(action);
  }
  return state.snapshot(after.at(-1) ?? checkpoint!.version, tableKey);
}

export async function readCommit(store: Store, tableKey: string, version: number): Promise<Action[]> {
  const key = commitKey(tableKey, version);
  const data = await store.get(key);
  if (data === null) {
    throw new HindcastError('data', `${tableKey}: version ${version} vanished from the Delta log`);
  }
  return parseActions(new TextDecoder().decode(data), key);
}

/** The newest checkpoint of which every part is there. */
function newestCheckpoint(names: readonly string[]): { version: number; names: string[] } | null {
  const parts = new Map<string, { version: number; parts: number; names: string[] }>();
  for (const name of names) {
    const match = /^(\d{20})\.checkpoint(?:\.(\d{10})\.(\d{10}))?\.parquet$/.exec(name);
    if (match === null) continue;
    const count = match[3] === undefined ? 1 : Number(match[3]);
    const id = `${match[1]}/${count}`;
    const entry = parts.get(id) ?? { version: Number(match[1]), parts: count, names: [] };
    entry.names.push(name);
    parts.set(id, entry);
  }
  const whole = [...parts.values()].filter((entry) => entry.names.length === entry.parts);
  return whole.sort((a, b) => b.version - a.version)[0] ?? null;
}

/** Later actions win: files by path, metadata and protocol as a whole, transactions by id. */
class Reconciliation {
  private protocol: Protocol | null = null;
  private metaData: MetaDataAction | null = null;
  private readonly files = new Map<string, AddFile>();
  private readonly txns = new Map<string, number>();

  apply(action: Partial<Record<string, unknown>> | Action): void {
    const known = action as {
      protocol?: Protocol | null;
      metaData?: MetaDataAction | null;
      add?: AddFile | null;
      remove?: { path: string } | null;
      txn?: { appId: string; version: number | string } | null;
      commitInfo?: CommitInfo | null;
    };
    if (known.protocol) this.protocol = known.protocol;
    if (known.metaData) this.metaData = known.metaData;
    if (known.add) {
      const path = decodePath(known.add.path);
      this.files.set(path, {
        path,
        partitionValues: known.add.partitionValues,
        size: Number(known.add.size),
        modificationTime: Number(known.add.modificationTime),
        tags: known.add.tags ?? null,
        stats: known.add.stats ?? null,
      });
    }
    if (known.remove) this.files.delete(decodePath(known.remove.path));
    if (known.txn) this.txns.set(known.txn.appId, Number(known.txn.version));
  }

  snapshot(version: number, table: string): DeltaSnapshot {
    if (this.protocol === null || this.metaData === null) {
      throw new HindcastError('data', `${table}: the Delta log has no protocol or no metadata`);
    }
    checkReadable(this.protocol, table);
    return {
      version,
      protocol: this.protocol,
      metaData: this.metaData,
      files: [...this.files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
      txns: this.txns,
    };
  }
}

export function decodePath(path: string): string {
  return decodeURIComponent(path);
}

/** As a relative URI: each name encoded, separators kept. */
export function encodePath(path: string): string {
  return path
    .split('/')
    .map((name) => encodeURIComponent(name).replaceAll('%3D', '='))
    .join('/');
}
