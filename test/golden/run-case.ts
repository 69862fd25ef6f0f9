/**
 * One of real Chronon's cases (see its steps.json), run in sawtooth windowing and compared column by
 * column with what Chronon wrote.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from '@hindcast/shared/store/open';
import { afterAll, expect, test } from 'vitest';
import { dropPartition, importInto, readOutput, readView, submitJoin } from '../harness.js';
import { type Allowance, compareTables, isOrdered, type Table } from './compare.js';
import { openValues } from './open-values.js';
import { readExpected, readParquet } from './read-table.js';

const casesFolder = fileURLToPath(new URL('./cases', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'hindcast-golden-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

interface StepJson {
  readonly import?: string;
  readonly table?: string;
  readonly run?: string;
  readonly config?: string;
  readonly start?: string;
  readonly end?: string;
  readonly stepDays?: number;
  readonly ok?: boolean;
  readonly expect?: string;
  readonly file?: string;
  readonly rows?: number;
  readonly sql?: string;
}

interface JoinJson {
  readonly derivations?: readonly { readonly name: string; readonly expression: string }[];
}

/** Where we depart from Chronon on purpose: spec/semantics, "Differences", and golden/README. */
const departures: Readonly<Record<string, string>> = {
  '@4_first_hole_default': 'holes before the first partition are filled',
  golden_m_temporal_v1: 'equal keys and times in several partitions all get values',
};

/** Left rows that Chronon multiplies where a snapshot repeats a key; ours stay single. */
const multiplied = new Set(['golden.golden_d_ev_ent_none_v1.parquet']);

/**
 * Partition 2023-11-20 was deleted after its inputs had changed. We compute it again from what is
 * there now; Chronon fills it from part tables that it keeps. Its rows are not compared from then on.
 */
const refilledPartition = '2023-11-20';
const refilled = /@(5_first_hole|6_changed_part|7_added_part|8_removed_part)/;

/** Steps that Chronon refuses and that we run, or will. */
const runsHere = new Set([
  'config/joins/golden/l_elementwise.v1',
  'config/joins/golden/e_label_rowidonly.v1',
]);

/** Chronon checks a mutation against the window of the first row after it, and never again that day. */
function departuresIn(file: string): Allowance[] {
  if (!file.includes('d_mut_temporal')) return [];
  return [{ columns: (name) => name.endsWith('_rating_count_1d'), rows: 1 }];
}

/**
 * A group-by that bootstrap tables have as a whole is not computed: what is NULL there stays NULL, where
 * Chronon fills it now and then from another row's computation. Never the other way round.
 */
function ofCovered(file: string, open: (column: string) => boolean): Allowance[] {
  if (!file.includes('_f_boot_')) return [];
  return [
    {
      columns: (name) => name.startsWith('golden_gb_') && !open(name),
      accepts: (ours, theirs) => ours === null && theirs !== null,
    },
  ];
}

/** The same of columns whose order is open. */
function nullRows(
  file: string,
  { columns, rows }: Table,
  open: (column: string) => boolean,
): number {
  if (!file.includes('_f_boot_')) return 0;
  const places = columns.flatMap(({ name }, i) => (open(name) ? [i] : []));
  return rows.filter((row) => places.some((i) => row[i] === null)).length;
}

/** What the cases of a file came to. */
export const outcome = { compared: 0 };

/** A join's output that equals Chronon's but for what is open. */
export interface GoldenOutput {
  /** File of the join's config. */
  readonly config: string;
  readonly warehouse: string;
  readonly table: string; // namespace.name
  /** Chronon's. */
  readonly file: string;
  /** Columns that hold values whose order Chronon leaves open, and the rows in which they may differ. */
  readonly open: (column: string) => boolean;
  readonly openRows: number;
  /** To be compared: all, or those that Chronon computed from the same inputs; of a wide table one. */
  readonly days: { readonly startDs?: string; readonly endDs?: string };
  /** Cells of some columns are NULL where Chronon filled them from another row. */
  readonly covered: boolean;
}

export const cases: readonly string[] = readdirSync(casesFolder).sort();

/**
 * The tests of a case.
 * @param place the warehouse that stands for a folder
 * @param alsoCheck is given every table that equals Chronon's
 */
export function testCase(
  name: string,
  place: (folder: string) => string,
  alsoCheck: (output: GoldenOutput) => Promise<void> = async () => {},
): void {
  const folder = join(casesFolder, name);
  const steps = JSON.parse(readFileSync(join(folder, 'steps.json'), 'utf8')) as StepJson[];
  const warehouse = place(join(work, name));
  let derivations: JoinJson['derivations'] = [];
  let config = '';

  test.each(
    steps.map((step, i) => [i, step.run ?? step.import ?? step.expect ?? step.sql, step] as const),
  )('%i %s', async (i, _, step) => {
    if (step.import !== undefined)
      await importInto(warehouse, join(folder, step.import), step.table!);
    if (step.sql !== undefined) await runSql(step.sql, warehouse, folder);
    if (step.run !== undefined) {
      const json = JSON.parse(readFileSync(join(folder, step.config!), 'utf8')) as JoinJson;
      derivations = json.derivations;
      config = join(work, `${name}-${i}-${basename(step.config!)}`);
      mkdirSync(work, { recursive: true });
      writeFileSync(config, JSON.stringify(json));
      const labelJoin = step.run === 'label-join';
      const start = step.start ?? (labelJoin ? step.end : undefined) ?? null;
      const result = await submitJoin(config, warehouse, {
        labelJoin,
        startDs: start,
        endDs: step.end ?? null,
        stepDays: step.stepDays ?? (step.run === 'staging-query-backfill' ? 30 : 10_000),
        windowing: 'sawtooth',
      });
      if (runsHere.has(step.config!)) return;
      expect(
        result.error === null,
        result.error?.message ?? `${step.config} was expected to be refused`,
      ).toBe(step.ok);
    }
    if (step.expect !== undefined) {
      const equal = await compareWith(step, warehouse, folder, derivations ?? []);
      if (equal !== null) await alsoCheck({ ...equal, config });
    }
  });
}

async function runSql(sql: string, warehouse: string, folder: string): Promise<void> {
  const partition = /ALTER TABLE (\S+) DROP PARTITION \(ds='([^']+)'\)/.exec(sql);
  if (partition !== null) return dropPartition(warehouse, partition[1]!, partition[2]!);
  const dropped = /DROP TABLE (\S+)/.exec(sql)?.[1];
  if (dropped === undefined) return;
  await (await openStore(warehouse)).delete([dropped.replace('.', '/')]);
  const poisoned = join(folder, `inputs/${dropped}@poisoned.parquet`);
  if (existsSync(poisoned)) await importInto(warehouse, poisoned, dropped);
}

async function compareWith(
  step: StepJson,
  warehouse: string,
  folder: string,
  derivations: NonNullable<JoinJson['derivations']>,
): Promise<Omit<GoldenOutput, 'config'> | null> {
  const file = basename(step.file!);
  if (Object.keys(departures).some((key) => file.includes(key))) return null;
  const read = /_labeled(_latest)?$|_k_view_/.test(step.expect!) ? readView : readOutput;
  const actual = await read(warehouse, step.expect!);
  const names = new Set(actual.columns.map(({ name }) => name));
  const whole = await readExpected(join(folder, step.file!));
  const restored = refilled.test(file);
  const table = withoutPartition(only(whole, names), restored);
  const expected = multiplied.has(file) ? single(table, actual) : table;
  // What holds a value of the order that Chronon leaves open, also under another name.
  const ordered = new Set(
    derivations.flatMap(({ name, expression }) => (isOrdered(expression) ? [name] : [])),
  );
  const open = (column: string): boolean => isOrdered(column) || ordered.has(column);
  const openRows = (await tiedRows(folder, actual)) + nullRows(file, actual, open);
  const result = compareTables(withoutPartition(actual, restored), expected, {
    allowances: [
      ...ofCovered(file, open),
      { columns: open, rows: openRows },
      ...departuresIn(file),
      ...openValues(await inputsOf(folder)),
    ],
  });
  expect(result.differences.slice(0, 12).join('\n')).toBe('');
  expect(result.equal).toBe(true);
  outcome.compared++;
  return {
    warehouse,
    table: step.expect!,
    file: join(folder, step.file!),
    open,
    openRows,
    days: daysOf(restored, expected),
    covered: file.includes('_f_boot_'),
  };
}

/** The test would take minutes over all days of some two hundred columns. */
const wide = 100;

function daysOf(restored: boolean, { columns, rows }: Table): GoldenOutput['days'] {
  const ds = columns.findIndex(({ name }) => name === 'ds');
  const all = rows.map((row) => String(row[ds])).sort();
  if (restored) return { startDs: all.find((day) => day > refilledPartition)! };
  return columns.length > wide ? { startDs: all[0]!, endDs: all[0]! } : {};
}

async function inputsOf(folder: string): Promise<Table[]> {
  const files = readdirSync(join(folder, 'inputs')).filter((name) => name.endsWith('.parquet'));
  return Promise.all(files.map((name) => readParquet(join(folder, 'inputs', name))));
}

function only(table: Table, names: ReadonlySet<string>): Table {
  const kept = table.columns.flatMap(({ name }, i) => (names.has(name) ? [i] : []));
  return {
    columns: kept.map((i) => table.columns[i]!),
    rows: table.rows.map((row) => kept.map((i) => row[i])),
  };
}

/** Rows that see events of equal time, whose order Chronon leaves open. */
async function tiedRows(folder: string, actual: Table): Promise<number> {
  const file = join(folder, 'inputs/golden_in.events_a.parquet');
  if (!existsSync(file)) return 0;
  const events = await readParquet(file);
  const [user, ts] = ['user', 'ts'].map((name) => events.columns.findIndex((c) => c.name === name));
  const seen = new Set<string>();
  const first = new Map<string, number>();
  for (const row of events.rows) {
    const key = `${row[user!]} ${row[ts!]}`;
    const who = String(row[user!]);
    if (seen.has(key)) first.set(who, Math.min(first.get(who) ?? Infinity, Number(row[ts!])));
    seen.add(key);
  }
  const keys = actual.columns.flatMap(({ name }, i) =>
    /^(user|uid|buyer|buyer_id|vendor)$/.test(name) ? [i] : [],
  );
  const time = actual.columns.findIndex(({ name }) => name === 'ts');
  return actual.rows.filter((row) =>
    keys.some(
      (i) => (first.get(String(row[i])) ?? Infinity) < (time < 0 ? Infinity : Number(row[time])),
    ),
  ).length;
}

function withoutPartition(table: Table, leaveOut: boolean): Table {
  if (!leaveOut) return table;
  const ds = table.columns.findIndex(({ name }) => name === 'ds');
  return {
    columns: table.columns,
    rows: table.rows.filter((row) => row[ds] !== refilledPartition),
  };
}

/** Chronon has a row per left row and snapshot row; keeps the greatest, as often as ours is there. */
function single(table: Table, actual: Table): Table {
  const key = (from: Table, row: readonly unknown[]): string =>
    ['user', 'ts', 'row_id', 'ds']
      .map((name) => String(row[from.columns.findIndex((c) => c.name === name)]))
      .join('|');
  const text = (row: readonly unknown[]): string =>
    JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  const greatest = new Map<string, readonly unknown[]>();
  for (const row of table.rows) {
    const other = greatest.get(key(table, row));
    if (other === undefined || text(row) > text(other)) greatest.set(key(table, row), row);
  }
  return {
    columns: table.columns,
    rows: actual.rows.map((row) => greatest.get(key(actual, row)) ?? []),
  };
}
