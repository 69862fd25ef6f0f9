/**
 * A join computed in the most obvious way: for each left row, part, aggregation and window, all right
 * rows are filtered, sorted and aggregated anew. Slow, and meant to be right.
 */
import type {
  Accuracy,
  Aggregation,
  GroupBy,
  Join,
  JoinPart,
  Window,
} from '@hindcast/shared/config/model';
import { aggregateColumn, partColumn } from './names.js';
import { aggregate } from './operation.js';
import {
  kindOf,
  type OracleTables,
  readLeft,
  readRight,
  type SourceRow,
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
 * Selects are column names; wheres, derivations, bootstrap, labels, buckets and skewed keys are not
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
    join.joinParts.some(({ groupBy }) => groupBy.derivations.length > 0) ||
    join.joinParts.some(({ groupBy }) => groupBy.aggregations?.some(isBucketed));
  if (unsupported) throw new Error('The oracle takes left, parts and aggregations only');
}

function isBucketed({ buckets, elementWise }: Aggregation): boolean {
  return buckets.length > 0 || elementWise;
}

function stepsOf(left: readonly SourceRow[], stepDays: number): SourceRow[][] {
  const steps = new Map<number, SourceRow[]>();
  for (const row of left) {
    const step = Math.floor((row.day - left[0]!.day) / stepDays);
    steps.set(step, [...(steps.get(step) ?? []), row]);
  }
  return [...steps.values()];
}

/** One part over the left rows of one step. */
class PartOracle {
  private readonly groupBy: GroupBy;
  private readonly kind: 'events' | 'entities';
  private readonly accuracy: Accuracy;
  private readonly columns: readonly string[];
  private readonly windows: readonly (Window | null)[];
  /** Without windows, the times of a snapshot's rows don't matter. */
  private readonly timed: boolean;
  /** In order of time, partition and values. */
  private readonly right: readonly SourceRow[];
  private readonly stepDays: SeenDays | null;

  constructor(
    join: Join,
    private readonly part: JoinPart,
    tables: OracleTables,
    step: readonly SourceRow[],
    private readonly options: OracleOptions,
  ) {
    this.groupBy = part.groupBy;
    this.kind = kindOf(this.groupBy);
    this.accuracy = accuracyOf(this.groupBy, join);
    this.columns = valueColumns(this.groupBy, tables);
    this.windows = (this.groupBy.aggregations ?? []).flatMap(windowsOf);
    this.timed = this.kind === 'events' || this.windows.some((window) => window !== null);
    this.right = readRight(this.groupBy, tables).sort((a, b) => this.compareRows(a, b));
    this.stepDays = options.windowing === 'sawtooth' ? this.seenByAny(step) : null;
  }

  features(left: SourceRow): OracleRow {
    const { first, last } = this.seenBy(left);
    const rows = this.right.filter(
      (right) => this.sameKey(left, right) && first <= right.day && right.day <= last,
    );
    const { aggregations } = this.groupBy;
    return Object.fromEntries(
      aggregations === null
        ? this.entity(rows)
        : aggregations.flatMap((aggregation) => this.aggregates(aggregation, left, rows)),
    );
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
  ): [string, OracleValue][] {
    const end = this.endOf(left);
    return windowsOf(aggregation).map((window) => {
      const start = this.startOf(left, window);
      const inputs = rows
        .filter(({ time }) => !this.timed || (time !== null && start <= time && time < end))
        .map((row) => row.columns[aggregation.inputColumn]!);
      const name = partColumn(this.part, aggregateColumn(aggregation, window));
      return [name, aggregate(aggregation, inputs)];
    });
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
    const differences = this.columns.map((name) =>
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
    (source) => source.kind === 'events' && source.topic !== null,
  );
  const accuracy = groupBy.accuracy ?? (streamed ? 'TEMPORAL' : 'SNAPSHOT');
  if (accuracy === 'TEMPORAL' && kindOf(groupBy) === 'entities') {
    throw new Error('The oracle takes no mutations');
  }
  return accuracy;
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

/** Of a window, ms. */
function lengthOf({ length, timeUnit }: Window): number {
  return length * (timeUnit === 'DAYS' ? dayMs : hourMs);
}
