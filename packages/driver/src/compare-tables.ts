/** A join's output against another table, partition by partition: what is said, as data (`--json`). */
import type { Join } from '@hindcast/shared/config/model';
import { outputTable } from '@hindcast/shared/config/names';
import { semanticHashes } from '@hindcast/shared/config/semantic-hash';
import { HindcastError } from '@hindcast/shared/errors';
import { inGroups } from '@hindcast/shared/groups';
import type { QueryResult, QueryTable, Windowing } from '@hindcast/shared/plan/task';
import { atMost } from '@hindcast/shared/store/at-most';
import type { Store } from '@hindcast/shared/store/store';
import { type DeltaSnapshot, readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { columnsOfSchema } from '@hindcast/shared/table/delta-schema';
import { tableKey } from '@hindcast/shared/table/partitions';
import type { TableState } from '@hindcast/shared/table/table';
import type { PartitionRange } from '@hindcast/shared/time/partition-spec';
import { checkpointReader } from './checkpoint-reader.js';
import {
  type ComparedColumn,
  columnsAtOnce,
  type Metrics,
  metricFields,
  metricsSql,
  severitySql,
  verdictsSql,
} from './comparison-sql.js';
import {
  type ExplainContext,
  type ExplainedRow,
  explainCommand,
  explainedFeatures,
} from './explain-command.js';
import { withNumbers } from './json-values.js';
import type { Launcher } from './launch/launcher.js';
import { countsSql, type PairedTable, pairedColumn, pairsSql } from './pairs-sql.js';
import { checkRange, rangeText } from './plan/asked-range.js';
import { measureOf } from './plan/compared-type.js';
import { type ColumnsInBoth, columnsInBoth } from './plan/comparison.js';
import { formerPartitions, presentPartitions } from './plan/decide.js';
import { scanFiles } from './plan/split.js';
import type { JobRequest } from './request.js';
import { quoteTable, typeIn } from './sql-dialect.js';
import { TableReader } from './table-reader.js';
import { summary } from './wording.js';

export interface CompareRequest {
  /** namespace.name */
  readonly against: string;
  /** Names of columns; null for all. */
  readonly columns: readonly string[] | null;
  /** Relative, of fractions that count as equal. */
  readonly tolerance: number;
  /** Most rows that are named for each column, and of rows on one side. */
  readonly limit: number;
  /** Flags for the command lines that explain rows. */
  readonly flags: readonly string[];
}

export interface TableComparison {
  readonly equal: boolean;
  readonly ours: string; // namespace.name
  readonly theirs: string;
  readonly range: PartitionRange; // both inclusive
  readonly tolerance: number;
  /** By these rows find each other, the partition column last. */
  readonly identity: readonly string[];
  readonly rows: {
    readonly paired: number;
    readonly onlyOurs: OneSided;
    readonly onlyTheirs: OneSided;
    /** Rows that share their identity with one before them. */
    readonly repeatedOurs: number;
    readonly repeatedTheirs: number;
  };
  readonly columns: readonly ColumnComparison[];
  readonly columnsOnlyOurs: readonly string[];
  readonly columnsOnlyTheirs: readonly string[];
  readonly warnings: readonly string[];
}

export interface OneSided {
  readonly count: number;
  /** Least keys first. */
  readonly first: readonly Key[];
}

export type Key = Readonly<Record<string, unknown>>;

export interface ColumnComparison {
  readonly name: string;
  readonly type: string; // DuckDB's, in which it was compared
  readonly equal: number;
  readonly bothNull: number;
  readonly mismatched: number;
  readonly onlyOurs: number; // theirs is NULL
  readonly onlyTheirs: number;
  /** Over rows where both are finite numbers, or lists; null without any, and for other types. */
  readonly meanAbsoluteError: number | null;
  readonly meanRelativeError: number | null;
  readonly meanEditDistance: number | null;
  /** The worst rows first. */
  readonly worst: readonly WorstRow[];
}

export interface WorstRow {
  readonly key: Key;
  readonly ours: unknown;
  readonly theirs: unknown;
  readonly explain: string;
}

/** @throws HindcastError for tables that are not there, or can't be compared */
export async function compareTables(
  join: Join,
  request: JobRequest,
  wanted: CompareRequest,
  store: Store,
  launcher: Launcher,
): Promise<TableComparison> {
  return (await Comparer.open(join, request, wanted, store, launcher)).compare();
}

/** What one task found in some partition. */
interface Found {
  readonly paired: number;
  readonly onlyOurs: OneSided;
  readonly onlyTheirs: OneSided;
  readonly repeated: readonly [ours: number, theirs: number];
  readonly columns: readonly { readonly metrics: Metrics; readonly worst: readonly FoundRow[] }[];
}

interface FoundRow {
  readonly key: Readonly<Record<string, unknown>>; // k0 …, p
  readonly ours: unknown;
  readonly theirs: unknown;
  readonly severity: number;
}

class Comparer {
  private constructor(
    private readonly join: Join,
    private readonly request: JobRequest,
    private readonly wanted: CompareRequest,
    private readonly ours: PairedTable & { readonly state: TableState },
    private readonly theirs: PairedTable & { readonly state: TableState },
    private readonly snapshot: DeltaSnapshot,
    private readonly range: PartitionRange,
    private readonly columns: ColumnsInBoth,
    private readonly launcher: Launcher,
  ) {}

  static async open(
    join: Join,
    request: JobRequest,
    wanted: CompareRequest,
    store: Store,
    launcher: Launcher,
  ): Promise<Comparer> {
    const { partitionSpec: spec } = request;
    const name = outputTable(join);
    const readCheckpoint = checkpointReader(launcher);
    const tables = new TableReader(store, request, readCheckpoint);
    const read = (table: string, origin: string, writtenBy: string | null): Promise<TableState> => {
      const scan = { table, origin, partitionColumn: spec.column };
      return tables.read({ scan, writtenBy });
    };
    const ours = await read(name, 'compare', join.metaData.name);
    const snapshot = await readDeltaSnapshot(store, tableKey(name), readCheckpoint, name);
    if (snapshot === null) {
      throw new HindcastError('data', `${name}: the output table is none that Hindcast wrote`, {
        hint: 'Submit the join to a namespace of its own, and compare that with this table.',
      });
    }
    const theirs = await read(wanted.against, `--against ${wanted.against}`, null);
    const range = rangeOf(ours, request);
    const [a, b] = await Promise.all(
      [ours, theirs].map((state) => describe(state, range, request, launcher)),
    );
    const columns = columnsInBoth(join, a!, b!, wanted.columns, spec.column);
    return new Comparer(join, request, wanted, a!, b!, snapshot, range, columns, launcher);
  }

  async compare(): Promise<TableComparison> {
    const { ours, theirs, columns, range, wanted } = this;
    const days = [
      ...new Set([ours, theirs].flatMap(({ state }) => state.partitions.map(({ value }) => value))),
    ].sort();
    const found = await atMost(this.launcher.executors, days, (day) => this.partition(day));
    const repeated = (i: 0 | 1): number => sum(found.map((one) => one.repeated[i]));
    const rows = {
      paired: sum(found.map(({ paired }) => paired)),
      onlyOurs: this.oneSided(found.map(({ onlyOurs }) => onlyOurs)),
      onlyTheirs: this.oneSided(found.map(({ onlyTheirs }) => onlyTheirs)),
      repeatedOurs: repeated(0),
      repeatedTheirs: repeated(1),
    };
    const features = explainedFeatures(this.join);
    const compared = columns.compared.map(({ name, type }, i): ColumnComparison => {
      const all = found.map((one) => one.columns[i]!);
      const metrics = total(all.map((one) => one.metrics));
      const worst = all
        .flatMap((one) => one.worst)
        .sort((x, y) => y.severity - x.severity)
        .slice(0, wanted.limit);
      const measure = measureOf(type);
      const mean = (of: number): number | null =>
        metrics.measured === 0 ? null : of / metrics.measured;
      return {
        name,
        type: typeIn('duckdb', type),
        equal: metrics.equal,
        bothNull: metrics.both_null,
        mismatched: metrics.mismatched,
        onlyOurs: metrics.only_a,
        onlyTheirs: metrics.only_b,
        meanAbsoluteError: measure === 'number' ? mean(metrics.absolute) : null,
        meanRelativeError: measure === 'number' ? mean(metrics.relative) : null,
        meanEditDistance: measure === 'list' ? mean(metrics.edits) : null,
        worst: worst.map(({ key, ours: a, theirs: b }) => ({
          key: this.keyOf(key),
          ours: a,
          theirs: b,
          explain: this.explain(key, features.has(name) ? name : null),
        })),
      };
    });
    return {
      equal:
        rows.onlyOurs.count + rows.onlyTheirs.count === 0 &&
        columns.onlyOurs.length + columns.onlyTheirs.length === 0 &&
        compared.every(isEqual),
      ours: ours.name,
      theirs: theirs.name,
      range,
      tolerance: wanted.tolerance,
      identity: [...columns.identity.map(({ name }) => name), this.request.partitionSpec.column],
      rows,
      columns: compared,
      columnsOnlyOurs: columns.onlyOurs,
      columnsOnlyTheirs: columns.onlyTheirs,
      warnings: this.warnings(),
    };
  }

  private warnings(): string[] {
    const { column } = this.request.partitionSpec;
    const former = formerPartitions(this.snapshot, column, semanticHashes(this.join)).filter(
      (value) => value >= this.range.start && value <= this.range.end,
    );
    if (former.length === 0) return [];
    return [
      `${this.ours.name}: the join has changed since it computed ${summary(former)}: submit it first`,
    ];
  }

  /** Rows are paired within their partition. */
  private async partition(day: string): Promise<Found> {
    const { ours, theirs, columns, request } = this;
    const { column } = request.partitionSpec;
    const tables = [ours, theirs].map((table) => this.tableOf(table, day));
    const ask = async (sql: string): Promise<QueryResult> =>
      withNumbers(
        await this.launcher.run({
          kind: 'query',
          sql,
          tables,
          otherTables: [],
          copyTo: null,
          maxRows: null,
        }),
      );
    const sides = [named(ours, 'ours'), named(theirs, 'theirs')] as const;
    const counts = await ask(countsSql(...sides, columns, column));
    const [, repeatedOurs, , repeatedTheirs] = counts.rows[0] as number[];
    const repeated = repeatedOurs! + repeatedTheirs! > 0;
    const all = columns.compared.map((_, i) => i);
    const groups = all.length === 0 ? [[]] : inGroups(all, columnsAtOnce);
    const answers: QueryResult['rows'][] = [];
    for (const some of groups) {
      const pairs = pairsSql(...sides, columns, column, some, repeated);
      answers.push((await ask(this.foundSql(pairs, some))).rows);
    }
    const [paired, onlyOurs, firstOurs, onlyTheirs, firstTheirs] = answers[0]![0] as unknown[];
    const side = (count: unknown, first: unknown): OneSided => ({
      count: Number(count),
      first: (first ?? []) as Key[],
    });
    const found = answers.flatMap((rows) => (rows[0] as unknown[]).slice(5, -1));
    return {
      paired: Number(paired),
      onlyOurs: side(onlyOurs, firstOurs),
      onlyTheirs: side(onlyTheirs, firstTheirs),
      repeated: [repeatedOurs!, repeatedTheirs!],
      columns: all.map((i) => ({
        metrics: found[2 * i] as Metrics,
        worst: ((found[2 * i + 1] ?? []) as FoundRow[]).map((row) => ({
          ...row,
          severity: Number(row.severity),
        })),
      })),
    };
  }

  /** In one row: who has rows, then metrics and worst rows of each column, and a 1 behind them. */
  private foundSql(pairs: string, some: readonly number[]): string {
    const { columns, wanted } = this;
    const { tolerance, limit } = wanted;
    const names = [...columns.identity.map((_, i) => `k${i}`), 'p'];
    const key = `{${names.map((name) => `'${name}': ${name}`).join(', ')}}`;
    const oneSided = (condition: string): string =>
      `count(*) FILTER (WHERE ${condition}), min_by(${key}, ${key}, ${limit}) FILTER (WHERE ${condition})`;
    const compared = some.map((i) => ({ place: i, column: pairedColumn(columns.compared[i]!, i) }));
    const verdicts = compared.flatMap(({ column, place }) => verdictsSql(column, place, tolerance));
    const both = 'in_a AND in_b';
    return `WITH pairs AS MATERIALIZED (${pairs}),
      judged AS MATERIALIZED (SELECT ${['*', ...verdicts].join(', ')} FROM pairs WHERE ${both})
      SELECT * FROM
        (SELECT count(*) FILTER (WHERE ${both}), ${oneSided('NOT in_b')}, ${oneSided('NOT in_a')} FROM pairs),
        (SELECT ${[
          ...compared.flatMap(({ column, place }) => [
            `${metricsSql(column, place)} AS m${place}`,
            `${worstSql(column, place, key, limit)} AS w${place}`,
          ]),
          '1',
        ].join(', ')} FROM judged)`;
  }

  private tableOf(table: PairedTable & { readonly state: TableState }, day: string): QueryTable {
    const { column } = this.request.partitionSpec;
    return {
      name: table === this.ours ? `compared.ours` : `compared.theirs`,
      partitionColumn: column,
      files: scanFiles(table.state.partitions.filter(({ value }) => value === day)),
      columns: [...table.columns, { name: column, type: 'VARCHAR' }],
    };
  }

  private oneSided(all: readonly OneSided[]): OneSided {
    return {
      count: sum(all.map(({ count }) => count)),
      first: all
        .flatMap(({ first }) => first)
        .slice(0, this.wanted.limit)
        .map((key) => this.keyOf(key)),
    };
  }

  /** By the columns' own names. */
  private keyOf(key: Key): Key {
    const entries = this.columns.identity.map(({ name }, i) => [name, key[`k${i}`]]);
    return Object.fromEntries([...entries, [this.request.partitionSpec.column, key['p']]]);
  }

  private explain(key: Key, column: string | null): string {
    const partition = String(key['p']);
    const row: ExplainedRow = {
      key: this.columns.identity.map(({ name, type }, i) => ({
        name,
        type: typeIn('duckdb', type),
        value: key[`k${i}`],
      })),
      partition,
    };
    const windowing = windowingOf(this.snapshot, this.request, partition);
    const context: ExplainContext = {
      config: this.request.config,
      flags: this.wanted.flags,
      windowing: windowing === this.request.windowing ? null : windowing,
    };
    return explainCommand(context, row, column);
  }
}

/** The worst rows of a column; of equally bad ones those of the least keys. */
function worstSql(column: ComparedColumn, place: number, key: string, limit: number): string {
  const severity = severitySql(column, place);
  const row = `{'key': ${key}, 'ours': ${column.a}, 'theirs': ${column.b}, 'severity': ${severity}}`;
  return `min_by(${row}, {'s': -(${severity}), 'k': ${key}}, ${limit}) FILTER (WHERE NOT s${place})`;
}

export function isEqual({ mismatched, onlyOurs, onlyTheirs }: ColumnComparison): boolean {
  return mismatched + onlyOurs + onlyTheirs === 0;
}

function named({ columns }: PairedTable, side: 'ours' | 'theirs'): PairedTable {
  return { name: `compared.${side}`, columns };
}

/** The range that is asked for, else from the first to the last partition of ours. */
function rangeOf(ours: TableState, { startDs, endDs, partitionSpec }: JobRequest): PartitionRange {
  const values = ours.partitions.map(({ value }) => value);
  checkRange({ startDs, endDs }, partitionSpec.format);
  const start = startDs ?? values[0];
  const end = endDs ?? values.at(-1);
  if (values.some((value) => value >= (start ?? value) && value <= (end ?? value)))
    return { start: start!, end: end! };
  const asked = rangeText({ startDs, endDs });
  throw new HindcastError('missing-input', `${ours.name}: no partition ${asked}`.trimEnd(), {
    found: values.length === 0 ? 'an empty table' : summary(values),
    hint: 'Submit the join for these dates first.',
  });
}

function within(state: TableState, { start, end }: PartitionRange): TableState {
  const partitions = state.partitions.filter(({ value }) => value >= start && value <= end);
  return { ...state, partitions };
}

/** The partitions of the range, and the columns of their files, of which some may lack one. */
async function describe(
  whole: TableState,
  range: PartitionRange,
  { partitionSpec: { column } }: JobRequest,
  launcher: Launcher,
): Promise<PairedTable & { readonly state: TableState }> {
  const state = within(whole, range);
  const { name, schema } = whole;
  const files = scanFiles(state.partitions.length > 0 ? state.partitions : whole.partitions);
  if (files.length === 0)
    return { name, columns: schema === undefined ? [] : columnsOfSchema(schema), state };
  const { columns } = await launcher.run({
    kind: 'query',
    sql: `SELECT * FROM ${quoteTable('duckdb', name)} LIMIT 0`,
    tables: [{ name, partitionColumn: column, files, columns: [] }],
    otherTables: [],
    copyTo: null,
    maxRows: null,
  });
  return { name, columns: columns.filter((one) => one.name !== column), state };
}

/** How a partition of an output was computed. */
function windowingOf(
  snapshot: DeltaSnapshot,
  { partitionSpec: { column }, windowing }: JobRequest,
  partition: string,
): Windowing {
  const provenance = presentPartitions(snapshot, column).get(partition) ?? {};
  const parts = Object.entries(provenance).filter(([name]) => name.startsWith('part.'));
  if (parts.length === 0) return windowing;
  return parts.some(([, hash]) => hash.endsWith('-sawtooth')) ? 'sawtooth' : 'exact';
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function total(all: readonly Metrics[]): Metrics {
  const entries = metricFields.map((name) => [name, sum(all.map((one) => Number(one[name])))]);
  return Object.fromEntries(entries) as Metrics;
}
