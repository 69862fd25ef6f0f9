/** A folder of its own with a warehouse of two small tables, and the command line beside it. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Session } from '../../packages/executor/src/scan/duckdb.js';
import { openSession } from '../in-process.js';
import { SyncedFolder } from '../synced-folder.js';
import { onS3, warehouseAt } from '../test-store.js';
import { type CliResult, cli, type EventsConfig, eventsConfig } from './run-cli.js';

/** 2023-11-15T00:00:00Z, where both tables begin. */
export const firstMs = 1_700_006_400_000;
export const days = ['2023-11-15', '2023-11-16', '2023-11-17', '2023-11-18'];

export interface SmallWarehouse {
  readonly root: string;
  readonly warehouse: string;
  readonly session: Session;
  /** Runs `hindcast` in `root`, with a scratch folder that must be empty again afterwards. */
  readonly run: (args: readonly string[], env?: Record<string, string>) => Promise<CliResult>;
  /** Expects an exit code and these words on stderr, no stack trace, and no change of any table. */
  readonly refuse: (
    args: readonly string[],
    code: number,
    ...says: readonly (string | RegExp)[]
  ) => Promise<CliResult>;
  /** Writes a file below `root` and returns its name. */
  readonly write: (name: string, content: string | object) => string;
  /** Writes a config, `join.json`: clicks joined with views, as `out.small_v1` unless told otherwise. */
  readonly config: (options?: Partial<EventsConfig>, file?: string) => string;
  /** Fills `data.<name>` with one Parquet file per day, from SQL with the columns that are to be there. */
  readonly table: (name: string, select: string) => Promise<void>;
  /** Damages the pages of one column in one day's file: its schema can be read, its values can't. */
  readonly spoil: (table: string, day: string, column: string) => Promise<void>;
  readonly close: () => void;
}

/** Forty rows over four days: five users, whole prices. */
export const plainRows = `SELECT 'u' || (i * 7 % 5) AS user, ${firstMs} + i * 8640000 AS ts, (i * 31 % 100)::BIGINT AS price, ${dateOf('i')} AS ds FROM range(40) t(i)`;

/** The date of row `i` of forty, as SQL. */
export function dateOf(i: string): string {
  return `strftime(make_timestamp((${firstMs} + ${i} * 8640000) * 1000), '%Y-%m-%d')`;
}

export async function openSmallWarehouse(): Promise<SmallWarehouse> {
  const root = mkdtempSync(join(tmpdir(), 'hindcast-cli-'));
  const warehouse = join(root, 'warehouse');
  const scratch = join(root, 'scratch');
  mkdirSync(scratch);
  const session = await openSession(root);

  // On S3 the folder stands for a place there, which is what commands see.
  const synced = onS3 ? new SyncedFolder(warehouse, warehouseAt(warehouse)) : null;
  const url = synced?.url ?? warehouse;

  const run: SmallWarehouse['run'] = async (args, env = {}) => {
    const home = join(root, 'home');
    await synced?.push();
    const result = await cli(
      args.map((arg) => (arg === warehouse ? url : arg)),
      {
        cwd: root,
        env: { TMPDIR: scratch, XDG_CONFIG_HOME: home, HINDCAST_WAREHOUSE: url, ...env },
      },
    );
    await synced?.pull();
    expect(readdirSync(scratch), 'scratch folders are removed').toEqual([]);
    return result;
  };
  const write: SmallWarehouse['write'] = (name, content) => {
    writeFileSync(
      join(root, name),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
    return name;
  };
  const table: SmallWarehouse['table'] = async (name, select) => {
    const folder = join(warehouse, 'data', name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await session.run(`COPY (${select}) TO '${folder}' (FORMAT parquet, PARTITION_BY (ds))`);
  };
  await table('clicks', plainRows);
  await table('views', plainRows);

  return {
    root,
    warehouse,
    session,
    run,
    write,
    table,
    refuse: async (args, code, ...says) => {
      const before = tableFiles(warehouse);
      const result = await run(args);
      expect(result.code, result.stderr).toBe(code);
      for (const words of says) expect(result.stderr).toMatch(words);
      expect(result.stderr).not.toMatch(/^\s+at .*:\d+|bug in Hindcast/m);
      expect(tableFiles(warehouse)).toEqual(before);
      return result;
    },
    config: (options = {}, file = 'join.json') =>
      write(
        file,
        eventsConfig({ name: 'small.v1', left: 'data.clicks', right: 'data.views', ...options }),
      ),
    spoil: async (name, day, column) => {
      const folder = join(warehouse, 'data', name, `ds=${day}`);
      const file = join(folder, readdirSync(folder)[0]!);
      const found = await session.rows(
        `SELECT coalesce(dictionary_page_offset, data_page_offset), total_compressed_size FROM parquet_metadata('${file}') WHERE path_in_schema = '${column}'`,
      );
      const [start, length] = found[0]!.map(Number) as [number, number];
      const bytes = readFileSync(file);
      writeFileSync(file, bytes.fill(0xff, start, start + length));
    },
    close: () => {
      session.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Every file of every table, with its size and time; runs and KeyBuckets are nobody's table. */
export function tableFiles(warehouse: string): string[] {
  return filesBelow(warehouse)
    .filter((name) => !name.startsWith('_hindcast/'))
    .map((name) => {
      const { size, mtimeMs } = statSync(join(warehouse, name));
      return `${name} ${size} ${mtimeMs}`;
    });
}

export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
