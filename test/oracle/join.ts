/**
 * A join computed in the most obvious way: for each left row, part, aggregation and window, all right
 * rows are filtered, sorted and aggregated anew. Slow, and meant to be right.
 */
import { isDeepStrictEqual } from 'node:util';
import type {
  Accuracy,
  Aggregation,
  GroupBy,
  Join,
  JoinPart,
  Window,
} from '@hindcast/shared/config/model';
import { group } from './group.js';
import { aggregateColumn, partColumn } from './names.js';
import { aggregate, flattens, isDeletable } from './operation.js';
import {
  kindOf,
  type OracleTables,
  readLeft,
  readMutations,
  readRight,
  type SourceRow,
  tableOf,
  valueColumns,
} from './source.js';
import { compareValues, type OracleRow, type OracleValue } from './value.js';

export interface OracleOptions {
  readonly windowing: 'exact' | 'sawtooth';
  readonly startDs: string; // inclusive
  readonly endDs: string; // inclusive
  /** Calendar days of a step, counted from the first left partition that has rows. */
  readonly stepDays: number;
}

/** Partitions that a left row may see, days since epoch, both inclusive. */
interface SeenDays {
  readonly first: number;
  readonly last: number;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const fiveMinutesMs = 300_000;

/**
 * The join's table over plain rows: the left's columns, `ts` (left events), features, `ds`.
 * Selects are column names; wheres, derivations, bootstrap, labels and skewed keys are not
 * for the oracle.
 * @throws Error for a join that asks for more than the oracle can do
 */
export function oracleJoin(join: Join, tables: OracleTables, options: OracleOptions): OracleRow[] {
  refuse(join);
  const left = readLeft(join.left, tables, options.startDs, options.endDs);
  return stepsOf(left, options.stepDays).flatMap((step) => {
    const parts = join.joinParts.map((part) => new PartOracle(join, part, tables, step, options));
    return step.map((row) => {
      const features = parts.map((part) => part.features(row));
      return Object.assign({ ...row.columns }, ...features, { ds: row.ds }) as OracleRow;
    });
  });
}

function refuse(join: Join): void {
  const unsupported =
    join.derivations.length > 0 ||
    join.bootstrapParts.length > 0 ||
    join.onlineExternalParts.length > 0 ||
    Object.keys(join.skewKeys).length > 0 ||
    join.joinParts.some(({ groupBy }) => groupBy.derivations.length > 0);
  if (unsupported) throw new Error('The oracle takes left, parts and aggregations only');
}

function stepsOf(left: readonly SourceRow[], stepDays: number): SourceRow[][] {
  return [...group(left, ({ day }) => Math.floor((day - left[0]!.day) / stepDays)).values()];
}

/** One part over the left rows of one step. */
class PartOracle {
  private readonly groupBy: GroupBy;
  private readonly kind: 'events' | 'entities';
  private readonly accuracy: Accuracy;
  private readonly columns: readonly string[];
  /** Columns by which events of one time are ordered: those that are not taken apart. */
  private readonly ordering: readonly string[];
  private readonly windows: readonly (Window | null)[];
  /** Without windows, the times of a snapshot's rows don't matter. */
  private readonly timed: boolean;
  /** In order of time, partition and values. */
  private readonly right: readonly SourceRow[];
  /** In order of their own times; null where the part sees none. */
  private readonly mutations: readonly SourceRow[] | null;
  private readonly stepDays: SeenDays | null;

  constructor(
    join: Join,
    private readonly part: JoinPart,
    private readonly tables: OracleTables,
    step: readonly SourceRow[],
    private readonly options: OracleOptions,
  ) {
    this.groupBy = part.groupBy;
    this.kind = kindOf(this.groupBy);
    this.accuracy = accuracyOf(this.groupBy, join);
    this.columns = valueColumns(this.groupBy, tables);
    this.ordering = this.columns.filter((name) => !this.isApart(name));
    this.windows = (this.groupBy.aggregations ?? []).flatMap(windowsOf);
    this.timed = this.kind === 'events' || this.windows.some((window) => window !== null);
    this.right = readRight(this.groupBy, tables).sort((a, b) => this.compareRows(a, b));
    const seesMutations = this.kind === 'entities' && this.accuracy === 'TEMPORAL';
    this.mutations = seesMutations
      ? readMutations(this.groupBy, tables).sort((a, b) => this.compareMutations(a, b))
      : null;
    this.stepDays = options.windowing === 'sawtooth' ? this.seenByAny(step) : null;
  }

  features(left: SourceRow): OracleRow {
    const { first, last } = this.seenBy(left);
    const rows = this.right.filter(
      (right) => this.sameKey(left, right) && first <= right.day && right.day <= last,
    );
    const { aggregations } = this.groupBy;
    if (aggregations === null) return Object.fromEntries(this.entity(rows));
    return Object.fromEntries(
      aggregations.flatMap((aggregation) => {
        if (this.mutations === null) return this.aggregates(aggregation, left, rows, []);
        // What Chronon can't take events away from passes reversals over, in sawtooth windowing.
        const takes = this.options.windowing === 'exact' || isDeletable(aggregation.operation);
        const state = this.stateAt(left, rows, this.mutations, takes);
        return this.aggregates(aggregation, left, state.rows, state.reversals);
      }),
    );
  }

  /** The snapshot's rows after the day's mutations before the left row's time. */
  private stateAt(
    left: SourceRow,
    snapshot: readonly SourceRow[],
    mutations: readonly SourceRow[],
    takesAway: boolean,
  ): { rows: SourceRow[]; reversals: SourceRow[] } {
    const midnight = floor(left.time!, dayMs);
    const rows = [...snapshot];
    const reversals: SourceRow[] = [];
    for (const row of mutations) {
      const { time, isReversal } = row.mutation!;
      const counts = row.day * dayMs === midnight && midnight <= time && time < left.time!;
      if (!counts || !this.sameKey(left, row)) continue;
      if (!isReversal) rows.push(row);
      else {
        reversals.push(row);
        const former = rows.findIndex(
          (each) => each.time === row.time && isDeepStrictEqual(each.columns, row.columns),
        );
        if (former >= 0 && takesAway) rows.splice(former, 1);
      }
    }
    return { rows: rows.sort((a, b) => this.compareRows(a, b)), reversals };
  }

  private compareMutations(a: SourceRow, b: SourceRow): number {
    return (
      a.mutation!.time - b.mutation!.time ||
      Number(a.mutation!.isReversal) - Number(b.mutation!.isReversal)
    );
  }

  /** Whether a column is aggregated element by element only. */
  private isApart(name: string): boolean {
    const { aggregations, sources } = this.groupBy;
    const of = (aggregations ?? []).filter(({ inputColumn }) => inputColumn === name);
    const rows = sources.flatMap((source) => this.tables.get(tableOf(source)) ?? []);
    const nested = rows.some((row) => typeof row[name] === 'object' && row[name] !== null);
    return nested && of.every(({ operation }) => flattens(operation));
  }

  /** The greatest row by its columns, as it is. */
  private entity(rows: readonly SourceRow[]): [string, OracleValue][] {
    const row = rows.toSorted((a, b) => this.compareColumns(a, b)).at(-1);
    return this.columns.map((column) => [
      partColumn(this.part, column),
      row === undefined ? null : row.columns[column]!,
    ]);
  }

  private aggregates(
    aggregation: Aggregation,
    left: SourceRow,
    rows: readonly SourceRow[],
    reversals: readonly SourceRow[],
  ): [string, OracleValue][] {
    const end = this.endOf(left);
    const { inputColumn, operation } = aggregation;
    const buckets = aggregation.buckets.length === 0 ? [null] : aggregation.buckets;
    return buckets.flatMap((bucket) =>
      windowsOf(aggregation).map((window): [string, OracleValue] => {
        const start = this.startOf(left, window);
        const inside = ({ time }: SourceRow): boolean =>
          !this.timed || (time !== null && start <= time && time < end);
        const inputs = rows.filter(inside).map(({ columns }) => ({
          bucket: bucket === null ? null : columns[bucket]!,
          input: columns[inputColumn]!,
        }));
        const value = aggregate(aggregation, inputs, bucket !== null);
        const name = partColumn(this.part, aggregateColumn(aggregation, window, bucket));
        const emptied = reversals.some((row) => inside(row) && holds(row.columns[inputColumn]!));
        const isOne = bucket === null && !aggregation.elementWise;
        const isZero = value === null && emptied && isOne && /^(COUNT|SUM)$/.test(operation);
        return [name, isZero ? this.zeroOf(inputColumn) : value];
      }),
    );
  }

  /** 0 in the type of the column's sum. */
  private zeroOf(column: string): OracleValue {
    const isDouble = [...this.right, ...(this.mutations ?? [])].some(
      (row) => typeof row.columns[column] === 'number',
    );
    return isDouble ? 0 : 0n;
  }

  /** NULL equals nothing. */
  private sameKey(left: SourceRow, right: SourceRow): boolean {
    return this.groupBy.keyColumns.every((key) => {
      const mapped = Object.entries(this.part.keyMapping).find(([, to]) => to === key);
      const value = left.columns[mapped === undefined ? key : mapped[0]]!;
      return value !== null && value === right.columns[key];
    });
  }

  private seenBy(left: SourceRow): SeenDays {
    const last = this.lastDay(left);
    if (this.mutations !== null) return { first: last - 1, last: last - 1 };
    if (this.kind === 'entities') return { first: last, last };
    return this.stepDays ?? { first: this.firstDay(left), last };
  }

  private seenByAny(step: readonly SourceRow[]): SeenDays {
    return {
      first: Math.min(...step.map((left) => this.firstDayRead(left))),
      last: Math.max(...step.map((left) => this.lastDay(left))),
    };
  }

  /** TEMPORAL: the date of the row; SNAPSHOT: the day that the end ends. */
  private lastDay(left: SourceRow): number {
    return Math.floor(this.endOf(left) / dayMs) - (this.accuracy === 'TEMPORAL' ? 0 : 1);
  }

  /** The partition that holds the start of the longest window. */
  private firstDay(left: SourceRow): number {
    return Math.floor(Math.min(...this.windows.map((each) => this.startOf(left, each))) / dayMs);
  }

  /** Chronon reads a day more before TEMPORAL windows, and two before others, by whole days. */
  private firstDayRead(left: SourceRow): number {
    const midnight =
      floor(this.endOf(left), dayMs) - (this.accuracy === 'TEMPORAL' ? 1 : 2) * dayMs;
    const starts = this.windows.map((window) =>
      window === null ? Number.NEGATIVE_INFINITY : midnight - lengthOf(window),
    );
    return Math.floor(Math.min(...starts) / dayMs);
  }

  /** Exclusive end of every window, ms since epoch. */
  private endOf(left: SourceRow): number {
    if (left.time === null) return (left.day + 1) * dayMs;
    return this.accuracy === 'TEMPORAL' ? left.time : floor(left.time, dayMs);
  }

  /** Inclusive start of a window, ms since epoch. */
  private startOf(left: SourceRow, window: Window | null): number {
    if (window === null) return Number.NEGATIVE_INFINITY;
    const length = lengthOf(window);
    const end = this.endOf(left);
    if (this.accuracy === 'SNAPSHOT' || this.options.windowing === 'exact') return end - length;
    return floor(floor(end, fiveMinutesMs) - length, hopOf(length));
  }

  private compareRows(a: SourceRow, b: SourceRow): number {
    return compareValues(a.time, b.time) || a.day - b.day || this.compareColumns(a, b);
  }

  private compareColumns(a: SourceRow, b: SourceRow): number {
    const differences = this.ordering.map((name) =>
      compareValues(a.columns[name]!, b.columns[name]!),
    );
    return differences.find((difference) => difference !== 0) ?? 0;
  }
}

/**
 * The accuracy by which windows end. Left entities have no time of their own: whatever the config
 * says, they see the state at the end of their day.
 */
function accuracyOf(groupBy: GroupBy, join: Join): Accuracy {
  if (join.left.kind === 'entities') return 'SNAPSHOT';
  const streamed = groupBy.sources.some(
    (source) =>
      (source.kind === 'events' && source.topic !== null) ||
      (source.kind === 'entities' && source.mutationTopic !== null),
  );
  return groupBy.accuracy ?? (streamed ? 'TEMPORAL' : 'SNAPSHOT');
}

/** null stands for no window. */
function windowsOf({ windows }: Aggregation): readonly (Window | null)[] {
  return windows ?? [null];
}

function hopOf(length: number): number {
  if (length >= 12 * dayMs) return dayMs;
  return length >= 12 * hourMs ? hourMs : fiveMinutesMs;
}

function floor(time: number, unit: number): number {
  return Math.floor(time / unit) * unit;
}

/** Whether an aggregate that is no map takes any input from it. */
function holds(input: OracleValue): boolean {
  if (Array.isArray(input)) return input.some((each) => each !== null);
  return input !== null && !(input instanceof Map);
}

/** Of a window, ms. */
function lengthOf({ length, timeUnit }: Window): number {
  return length * (timeUnit === 'DAYS' ? dayMs : hourMs);
}
