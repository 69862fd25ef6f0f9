/**
 * A join computed in the most obvious way: for each left row, part, aggregation and window, all right
 * rows are filtered, sorted and aggregated anew. Slow, and meant to be right.
 */
import type { Accuracy, GroupBy, Join, JoinPart, Window } from '@hindcast/shared/config/model';
import { aggregateColumn, partColumn } from './names.js';
import { aggregate } from './operation.js';
import {
  dayOfPartition,
  kindOf,
  type OracleTables,
  readLeft,
  readRight,
  type SourceRow,
} from './source.js';
import { compareValues, type OracleRow, type OracleValue } from './value.js';

export interface OracleOptions {
  readonly windowing: 'exact' | 'sawtooth';
  readonly startDs: string; // inclusive
  readonly endDs: string; // inclusive
  /** Calendar days of a step, counted from the first left partition that has rows. */
  readonly stepDays: number;
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
    join.joinParts.some(({ groupBy }) => groupBy.derivations.length > 0);
  if (unsupported) throw new Error('The oracle takes left, parts and aggregations only');
}

function stepsOf(left: readonly SourceRow[], stepDays: number): SourceRow[][] {
  const steps = new Map<number, SourceRow[]>();
  for (const row of left) {
    const days = dayOfPartition(row.ds) - dayOfPartition(left[0]!.ds);
    const step = Math.floor(days / stepDays);
    steps.set(step, [...(steps.get(step) ?? []), row]);
  }
  return [...steps.values()];
}

class PartOracle {
  private readonly groupBy: GroupBy;
  private readonly accuracy: Accuracy;
  private readonly right: readonly SourceRow[];
  /** Without windows, the times of a snapshot's rows don't matter. */
  private readonly timed: boolean;

  constructor(
    join: Join,
    private readonly part: JoinPart,
    tables: OracleTables,
    private readonly step: readonly SourceRow[],
    private readonly options: OracleOptions,
  ) {
    this.groupBy = part.groupBy;
    this.accuracy = accuracyOf(this.groupBy, join);
    this.right = readRight(this.groupBy, tables);
    this.timed = kindOf(this.groupBy) === 'events' || this.windows().some((each) => each !== null);
  }

  features(left: SourceRow): OracleRow {
    const rows = this.right
      .filter((right) => this.sameKey(left, right) && this.visible(left, right))
      .sort((a, b) => this.compareRows(a, b));
    return Object.fromEntries(
      this.groupBy.aggregations === null ? this.entity(rows) : this.aggregates(left, rows),
    );
  }

  /** The greatest row by its columns, as it is. */
  private entity(rows: readonly SourceRow[]): [string, OracleValue][] {
    const row = rows.toSorted((a, b) => this.compareColumns(a, b)).at(-1);
    return this.valueColumns().map((column) => [
      partColumn(this.part, column),
      row?.columns[column] ?? null,
    ]);
  }

  private aggregates(left: SourceRow, rows: readonly SourceRow[]): [string, OracleValue][] {
    const end = this.endOf(left);
    return this.groupBy.aggregations!.flatMap((aggregation) => {
      if (aggregation.buckets.length > 0) throw new Error('The oracle takes no buckets');
      return (aggregation.windows ?? [null]).map((window): [string, OracleValue] => {
        const start = this.startOf(left, window);
        const inputs = rows
          .filter(({ time }) => !this.timed || (time !== null && start <= time && time < end))
          .map((row) => row.columns[aggregation.inputColumn]!);
        const name = partColumn(this.part, aggregateColumn(aggregation, window));
        return [name, aggregate(aggregation, inputs)];
      });
    });
  }

  private sameKey(left: SourceRow, right: SourceRow): boolean {
    return this.groupBy.keyColumns.every((key) => {
      const value = left.columns[this.leftColumn(key)]!;
      return value !== null && value === right.columns[key];
    });
  }

  private leftColumn(key: string): string {
    const mapped = Object.entries(this.part.keyMapping).find(([, to]) => to === key);
    return mapped === undefined ? key : mapped[0];
  }

  /** Whether the right row lies in a partition that the left row may see. */
  private visible(left: SourceRow, right: SourceRow): boolean {
    const day = dayOfPartition(right.ds);
    if (kindOf(this.groupBy) === 'entities') return day === this.lastDay(left);
    // Exact windowing: by the row alone. Sawtooth: by the latest and the earliest row of its step.
    const rows = this.options.windowing === 'exact' ? [left] : this.step;
    return (
      rows.some((row) => day <= this.lastDay(row)) && rows.some((row) => this.firstDay(row) <= day)
    );
  }

  /** The last partition that has data before the row's end. */
  private lastDay(left: SourceRow): number {
    return Math.floor((this.endOf(left) - (this.accuracy === 'TEMPORAL' ? 0 : 1)) / dayMs);
  }

  /** The partition that holds the start of the longest window. */
  private firstDay(left: SourceRow): number {
    const starts = this.windows().map((window) => this.startOf(left, window));
    return Math.floor(Math.min(...starts) / dayMs);
  }

  /** Exclusive end of every window, ms since epoch. */
  private endOf(left: SourceRow): number {
    if (left.time === null) return (dayOfPartition(left.ds) + 1) * dayMs;
    return this.accuracy === 'TEMPORAL' ? left.time : floor(left.time, dayMs);
  }

  /** Inclusive start of a window, ms since epoch. */
  private startOf(left: SourceRow, window: Window | null): number {
    if (window === null) return Number.NEGATIVE_INFINITY;
    const length = window.length * (window.timeUnit === 'DAYS' ? dayMs : hourMs);
    const end = this.endOf(left);
    if (this.accuracy === 'SNAPSHOT' || this.options.windowing === 'exact') return end - length;
    return floor(floor(end, fiveMinutesMs) - length, hopOf(length));
  }

  private windows(): (Window | null)[] {
    return (this.groupBy.aggregations ?? []).flatMap(({ windows }) => windows ?? [null]);
  }

  /** By time, then partition, then values; NULL first. */
  private compareRows(a: SourceRow, b: SourceRow): number {
    return (
      compareValues(a.time, b.time) || compareValues(a.ds, b.ds) || this.compareColumns(a, b)
    );
  }

  private compareColumns(a: SourceRow, b: SourceRow): number {
    for (const column of this.valueColumns()) {
      const difference = compareValues(a.columns[column]!, b.columns[column]!);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  private valueColumns(): string[] {
    const columns = Object.keys(this.right[0]?.columns ?? {});
    return columns.filter((column) => !this.groupBy.keyColumns.includes(column));
  }
}

/**
 * The accuracy by which windows end. Left entities have no time of their own: whatever the config
 * says, they see the state at the end of their day.
 */
function accuracyOf(groupBy: GroupBy, join: Join): Accuracy {
  if (join.left.kind === 'entities') return 'SNAPSHOT';
  const streamed = groupBy.sources.some((source) => source.kind === 'events' && source.topic);
  const accuracy = groupBy.accuracy ?? (streamed ? 'TEMPORAL' : 'SNAPSHOT');
  if (accuracy === 'TEMPORAL' && kindOf(groupBy) === 'entities') {
    throw new Error('The oracle takes no mutations');
  }
  return accuracy;
}

function hopOf(length: number): number {
  if (length >= 12 * dayMs) return dayMs;
  return length >= 12 * hourMs ? hourMs : fiveMinutesMs;
}

function floor(time: number, unit: number): number {
  return Math.floor(time / unit) * unit;
}
