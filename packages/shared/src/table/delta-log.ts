/**
 * Reading a Delta table's log: the newest checkpoint, then the commits after it, reconciled into a
 * snapshot (PROTOCOL.md, "Action Reconciliation"). The log is listed as a whole, so `_last_checkpoint`,
 * which only saves that, is not needed.
 */
import { HindcastError } from '../errors.js';
import type { Store } from '../store/store.js';
import {
  type Action,
  type AddAction,
  type AddFile,
  type MetaDataAction,
  type Protocol,
  parseActions,
} from './delta-actions.js';
import { newestCheckpoint, refuseNewerCheckpoint } from './delta-checkpoint.js';
import { decodePath, samePath } from './delta-path.js';
import { checkReadable } from './delta-protocol.js';

export interface DeltaSnapshot {
  readonly version: number;
  readonly protocol: Protocol;
  readonly metaData: MetaDataAction;
  /** Active files, sorted by path. */
  readonly files: readonly AddFile[];
  /** Application id → last version that it committed. */
  readonly txns: ReadonlyMap<string, number>;
}

/**
 * Rows of a checkpoint's Parquet files as actions; nulls for what a row is not. The files are named as
 * tasks name them (Store.address).
 */
export type ReadCheckpoint = (addresses: readonly string[]) => Promise<readonly object[]>;

/** How often a log is listed when what a listing names is not there. */
const mostListings = 3;
/** Commits that are read at the same time. */
const readsAtOnce = 32;

export function commitKey(tableKey: string, version: number): string {
  return `${tableKey}/_delta_log/${String(version).padStart(20, '0')}.json`;
}

/**
 * The table's newest version; null when there is no log. A log that is cleaned or moved away between its
 * listing and its reading is listed again.
 * @param name what messages call the table
 * @throws HindcastError kind `data` when the log is damaged or needs features that are unknown here
 */
export async function readDeltaSnapshot(
  store: Store,
  tableKey: string,
  readCheckpoint: ReadCheckpoint,
  name: string = tableKey,
): Promise<DeltaSnapshot | null> {
  for (let listing = 1; ; listing++) {
    try {
      return await readListed(store, tableKey, readCheckpoint, name);
    } catch (error) {
      if (!(error instanceof MissingVersion) || listing === mostListings) throw error;
    }
  }
}

async function readListed(
  store: Store,
  tableKey: string,
  readCheckpoint: ReadCheckpoint,
  name: string,
): Promise<DeltaSnapshot | null> {
  const names = await logNames(store, tableKey);
  const checkpoint = newestCheckpoint(names);
  const first = checkpoint === null ? 0 : checkpoint.version + 1;
  const commits = names.flatMap((name) =>
    /^\d{20}\.json$/.test(name) ? [Number(name.slice(0, 20))] : [],
  );
  if (!commits.includes(first)) refuseNewerCheckpoint(names, first, name);
  const listed = commits.reduce((a, b) => Math.max(a, b), first - 1);
  // Listings of some stores are behind what was written.
  const unlisted: Action[][] = [];
  for (;;) {
    const data = await store.get(commitKey(tableKey, listed + 1 + unlisted.length));
    if (data === null) break;
    const key = commitKey(tableKey, listed + 1 + unlisted.length);
    unlisted.push(parseActions(new TextDecoder().decode(data), key));
  }
  const last = listed;
  if (last + unlisted.length < 0) return null;
  const there = new Set(commits);
  for (let version = first; version <= last; version++) {
    if (!there.has(version)) throw new MissingVersion(name, tableKey, version);
  }
  const state = new Reconciliation(name);
  if (checkpoint !== null) {
    const paths = checkpoint.names.map((name) => store.address(`${tableKey}/_delta_log/${name}`));
    for (const row of await readCheckpoint(paths)) state.apply(row);
  }
  for (let from = first; from <= last; from += readsAtOnce) {
    const length = Math.min(readsAtOnce, last + 1 - from);
    const versions = Array.from({ length }, (_, i) => from + i);
    const read = await Promise.all(
      versions.map((version) => readCommit(store, tableKey, version, name)),
    );
    for (const action of read.flat()) state.apply(action);
  }
  for (const action of unlisted.flat()) state.apply(action);
  return state.snapshot(last + unlisted.length);
}

/** Files right in the log's folder; below it are other features' own. */
async function logNames(store: Store, tableKey: string): Promise<string[]> {
  const objects = await store.list(`${tableKey}/_delta_log/`);
  return objects.flatMap(({ key }) => {
    const [folder, name] = key.split('/').slice(-2);
    return folder === '_delta_log' && name !== undefined ? [name] : [];
  });
}

/** @throws HindcastError kind `data` when there is no such commit, or it can't be parsed */
export async function readCommit(
  store: Store,
  tableKey: string,
  version: number,
  name: string = tableKey,
): Promise<Action[]> {
  const key = commitKey(tableKey, version);
  const data = await store.get(key);
  if (data === null) throw new MissingVersion(name, tableKey, version);
  return parseActions(new TextDecoder().decode(data), key);
}

class MissingVersion extends HindcastError {
  constructor(name: string, tableKey: string, version: number) {
    super('data', `${name}: version ${version} is missing from the Delta log`, {
      found: `no ${commitKey(tableKey, version)}`,
      hint: 'The log was cleaned or damaged: let its writer make a new checkpoint, or restore the table.',
    });
  }
}

/** Later actions win: files by path, metadata and protocol as a whole, transactions by id. */
class Reconciliation {
  private protocol: Protocol | null = null;
  private metaData: MetaDataAction | null = null;
  private readonly files = new Map<string, AddAction>();
  private readonly txns = new Map<string, number>();

  constructor(private readonly table: string) {}

  apply({ protocol, metaData, add, remove, txn }: Action): void {
    if (protocol) this.protocol = protocol;
    if (metaData) this.metaData = { ...metaData, configuration: metaData.configuration ?? {} };
    if (remove) this.files.delete(samePath(remove.path));
    if (add) this.files.set(samePath(add.path), add);
    if (txn) this.txns.set(txn.appId, Number(txn.version));
  }

  snapshot(version: number): DeltaSnapshot {
    const { protocol, metaData, table } = this;
    if (protocol === null || metaData === null) {
      throw new HindcastError('data', `${table}: the Delta log has no protocol or no metadata`, {
        found: `version ${version}`,
        hint: 'The log is damaged: restore the table, or compute it anew under another name.',
      });
    }
    checkReadable(protocol, metaData, table);
    const files = [...this.files.values()].map((add) => fileOf(add, table));
    files.sort((a, b) => (a.path < b.path ? -1 : 1));
    return { version, protocol, metaData, files, txns: this.txns };
  }
}

function fileOf(add: AddAction, table: string): AddFile {
  const values = Object.entries(add.partitionValues ?? {});
  return {
    path: decodePath(add.path, table),
    // An empty string means null, for every type.
    partitionValues: Object.fromEntries(
      values.map(([name, value]) => [name, value === '' ? null : value]),
    ),
    size: Number(add.size),
    modificationTime: Number(add.modificationTime),
    tags: add.tags ?? null,
    stats: add.stats ?? null,
  };
}
