/** Which checkpoint of a Delta log to begin with (PROTOCOL.md, "Checkpoint Naming Scheme"). */
import { HindcastError } from '../errors.js';

export interface Checkpoint {
  readonly version: number;
  /** File names in `_delta_log`: one, or one a part. */
  readonly names: readonly string[];
}

/**
 * The newest classic or multi-part checkpoint of which every part is there; null when there is none.
 * UUID-named checkpoints are passed over: the table feature that they belong to is unknown here.
 */
export function newestCheckpoint(names: readonly string[]): Checkpoint | null {
  const found = new Map<string, { version: number; parts: number; names: string[] }>();
  for (const name of names) {
    const match = /^(\d{20})\.checkpoint(?:\.(\d{10})\.(\d{10}))?\.parquet$/.exec(name);
    if (match === null) continue;
    const parts = match[3] === undefined ? 1 : Number(match[3]);
    const id = `${match[1]}/${match[3] ?? 'classic'}`;
    const entry = found.get(id) ?? { version: Number(match[1]), parts, names: [] };
    entry.names.push(name);
    found.set(id, entry);
  }
  const whole = [...found.values()].filter((entry) => entry.names.length === entry.parts);
  const [newest] = whole.sort((a, b) => b.version - a.version);
  return newest === undefined ? null : { version: newest.version, names: newest.names.sort() };
}

/**
 * For a log that doesn't go on at version `first`.
 * @throws HindcastError kind `data` when a UUID-named checkpoint stands for what is missing
 */
export function refuseNewerCheckpoint(
  names: readonly string[],
  first: number,
  table: string,
): void {
  const newer = names.find(
    (name) =>
      /^\d{20}\.checkpoint\.[0-9a-f-]{36}\.(json|parquet)$/.test(name) &&
      Number(name.slice(0, 20)) >= first,
  );
  if (newer === undefined) return;
  throw new HindcastError(
    'data',
    `${table}: can't read this Delta table, its features are unknown here`,
    {
      found: `v2Checkpoint (${newer})`,
      hint: 'Drop the feature v2Checkpoint from the table.',
    },
  );
}
