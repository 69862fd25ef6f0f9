/** What each commit of a Delta table did, as far as its log still has them. */
import { atMost } from '../store/at-most.js';
import type { Store } from '../store/store.js';
import { type AddAction, parseActions } from './delta-actions.js';
import { commitKey } from './delta-log.js';

export interface DeltaCommit {
  readonly version: number;
  readonly atMs: number | null; // ms since epoch; null where the writer did not say
  readonly operation: string | null;
  readonly engine: string | null;
  /** The Hindcast run that made it; null for others. */
  readonly runId: string | null;
  /** Values of the partition column of files that came or went, each once, in order. */
  readonly partitions: readonly string[];
  readonly filesAdded: number;
  readonly filesRemoved: number;
  readonly bytesAdded: number;
  /** Null where some file does not say. */
  readonly rowsAdded: number | null;
}

const readsAtOnce = 16;

/**
 * The newest commits, newest first. Those that were cleaned away after a checkpoint are left out.
 * @param newest the version to begin with
 * @throws HindcastError kind `data` for a commit that can't be parsed
 */
export async function readDeltaHistory(
  store: Store,
  tableKey: string,
  newest: number,
  most: number,
): Promise<DeltaCommit[]> {
  const count = Math.min(most, newest + 1);
  const versions = Array.from({ length: count }, (_, i) => newest - i);
  const commits = await atMost(readsAtOnce, versions, async (version) => {
    const key = commitKey(tableKey, version);
    const data = await store.get(key);
    return data === null ? null : commitOf(version, new TextDecoder().decode(data), key);
  });
  return commits.filter((commit) => commit !== null);
}

function commitOf(version: number, text: string, key: string): DeltaCommit {
  const actions = parseActions(text, key);
  const info = actions.find(({ commitInfo }) => commitInfo)?.commitInfo ?? {};
  const added = actions.flatMap(({ add }) => add ?? []);
  const removed = actions.flatMap(({ remove }) => remove ?? []);
  const partitions = [...added, ...removed].flatMap(
    ({ partitionValues }) => Object.values(partitionValues ?? {})[0] ?? [],
  );
  const rows = added.map(rowsOf);
  const at = Number(info['timestamp']);
  return {
    version,
    atMs: Number.isFinite(at) && at > 0 ? at : null,
    operation: textOf(info['operation']),
    engine: textOf(info['engineInfo']),
    runId: textOf(info['runId']),
    partitions: [...new Set(partitions)].sort(),
    filesAdded: added.length,
    filesRemoved: removed.length,
    bytesAdded: added.reduce((sum, { size }) => sum + Number(size), 0),
    rowsAdded: rows.every((own) => own !== null) ? rows.reduce((sum, own) => sum + own, 0) : null,
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** Null where a file's statistics don't say. */
export function rowsOf({ stats }: Pick<AddAction, 'stats'>): number | null {
  try {
    const { numRecords } = JSON.parse(stats ?? '{}') as { readonly numRecords?: unknown };
    return typeof numRecords === 'number' ? numRecords : null;
  } catch {
    return null;
  }
}
