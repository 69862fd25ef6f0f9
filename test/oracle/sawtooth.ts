/**
 * A join with sawtooth windows, computed as Chronon goes about it: the step decides which partitions
 * are read, their rows fall into tiles of the time axis, and a window is a set of tiles. It shares
 * reading, names and operations with `join.ts`, but neither partitions nor windows: each is a check
 * of the other.
 */
import type { Aggregation, GroupBy, Join, JoinPart, Window } from '@hindcast/shared/config/model';
import { group } from './group.js';
import type { OracleOptions } from './join.js';
import { aggregateColumn, partColumn } from './names.js';
import { aggregate, isDeletable } from './operation.js';
import { isSeen, replay } from './replay.js';
import {
  kindOf,
  type OracleTables,
  readLeft,
  readMutations,
  readRight,
  type SourceRow,
  valueColumns,
} from './source.js';
import { dayMs, oldestTileMs, Tiles } from './tiles.js';
import { compareValues, type OracleRow, type OracleValue } from './value.js';

/** A left row's feature columns of one part. */
type Features = (left: SourceRow) => OracleRow;

/** The rows of a window, null for the one without a start. */
type RowsOf = (window: Window | null, aggregation: Aggregation) => readonly SourceRow[];

interface Part {
  readonly part: JoinPart;
  readonly groupBy: GroupBy;
  readonly leftKind: 'events' | 'entities';
  /** Up to the left row's own time; else up to the midnight that `midnightMs` gives. */
  readonly isTemporal: boolean;
  /** Selected columns but keys and time, in order. */
  readonly columns: readonly string[];
}

/** Gives the same as `oracleJoin`, for the same joins; windows are sawtooth whatever the options say. */
export function sawtoothJoin(
  join: Join,
  tables: OracleTables,
  { startDs, endDs, stepDays }: OracleOptions,
): OracleRow[] {
  const left = readLeft(join.left, tables, startDs, endDs);
  const steps = group(left, ({ day }) => Math.floor((day - left[0]!.day) / stepDays));
  return [...steps.values()].flatMap((step) => {
    const parts = join.joinParts.map((part) =>
      featuresOf(describePart(join, part, tables), tables, step),
    );
    return step.map((row): OracleRow => {
      const features = Object.assign({}, ...parts.map((part) => part(row))) as OracleRow;
      return { ...row.columns, ...features, ds: row.ds };
    });
  });
}

function describePart({ left }: Join, part: JoinPart, tables: OracleTables): Part {
  const { groupBy } = part;
  const leftKind = left.kind === 'entities' ? 'entities' : 'events';
  const streams = groupBy.sources.some((source) =>
    source.kind === 'events'
      ? source.topic !== null
      : source.kind === 'entities' && source.mutationTopic !== null,
  );
  const accuracy = groupBy.accuracy ?? (streams ? 'TEMPORAL' : 'SNAPSHOT');
  return {
    part,
    groupBy,
    leftKind,
    isTemporal: leftKind === 'events' && accuracy === 'TEMPORAL',
    columns: valueColumns(groupBy, tables),
  };
}

function featuresOf(part: Part, tables: OracleTables, step: readonly SourceRow[]): Features {
  if (kindOf(part.groupBy) === 'events') return eventFeatures(part, tables, step);
  return part.groupBy.aggregations === null
    ? plainFeatures(part, tables)
    : snapshotFeatures(part, tables);
}

/**
 * All rows of a step see the partitions that its earliest and its latest row need. As Chronon does,
 * reading starts the longest window and a day before the last partition of the earliest row.
 */
function eventFeatures(part: Part, tables: OracleTables, step: readonly SourceRow[]): Features {
  const { groupBy, isTemporal } = part;
  const endMs = (left: SourceRow): number => (isTemporal ? left.time! : midnightMs(part, left));
  const ends = step.map(endMs);
  const lastDayOf = (end: number): number =>
    isTemporal ? Math.floor(end / dayMs) : end / dayMs - 1;
  const firstMs = (lastDayOf(Math.min(...ends)) - 1) * dayMs - longestMs(groupBy);
  const firstDay = Math.floor(firstMs / dayMs);
  const lastDay = lastDayOf(Math.max(...ends));
  const read = readRight(groupBy, tables).filter(({ day }) => firstDay <= day && day <= lastDay);
  const tiles = new Map(
    [...group(read, (row) => rightKey(part, row))].map(([key, rows]) => [key, new Tiles(rows)]),
  );
  return (left) => {
    const ofKey = tiles.get(leftKey(part, left) ?? 'none');
    const end = endMs(left);
    return aggregates(part, (window) => ofKey?.rows(startMs(part, end, window), end) ?? []);
  };
}

/** Where a window that ends at `endMs` begins: ms since epoch, inclusive. */
function startMs({ isTemporal }: Part, endMs: number, window: Window | null): number {
  if (window === null) return Number.NEGATIVE_INFINITY;
  return isTemporal ? oldestTileMs(endMs, lengthMs(window)) : endMs - lengthMs(window);
}

/** The midnight before an event on the left, the one after an entity's partition. */
function midnightMs({ leftKind }: Part, { time, day }: SourceRow): number {
  return (leftKind === 'events' ? Math.floor(time! / dayMs) : day + 1) * dayMs;
}

/** The snapshot of the day that ends at the left row's midnight, of its key. */
function snapshotReader(part: Part, tables: OracleTables): (left: SourceRow) => SourceRow[] {
  const rows = readRight(part.groupBy, tables);
  return (left) => {
    const key = leftKey(part, left);
    const day = midnightMs(part, left) / dayMs - 1;
    return rows.filter((row) => row.day === day && key !== null && rightKey(part, row) === key);
  };
}

/** Of several entities of a key the greatest. */
function plainFeatures(part: Part, tables: OracleTables): Features {
  const snapshot = snapshotReader(part, tables);
  return (left) => {
    const greatest = snapshot(left)
      .sort((a, b) => compareColumns(a, b, part.columns))
      .at(-1);
    return Object.fromEntries(
      part.columns.map((column) => [
        partColumn(part.part, column),
        greatest?.columns[column] ?? null,
      ]),
    );
  };
}

/** If no aggregation has a window, the rows' times don't matter. */
function snapshotFeatures(part: Part, tables: OracleTables): Features {
  const { groupBy, isTemporal } = part;
  const snapshot = snapshotReader(part, tables);
  const mutations = isTemporal ? readMutations(groupBy, tables) : [];
  const isTimeless = windowsOf(groupBy).every((window) => window === null);
  return (left) => {
    const key = leftKey(part, left);
    const changes = mutations.filter(
      (row) => isSeen(row, left) && key !== null && rightKey(part, row) === key,
    );
    const end = isTemporal ? left.time! : midnightMs(part, left);
    return aggregates(part, (window, { operation }) => {
      const rows = replay(snapshot(left), changes, isDeletable(operation));
      return isTimeless ? rows : new Tiles(rows).rows(startMs(part, end, window), end);
    });
  };
}

function aggregates({ part, groupBy, columns }: Part, rowsOf: RowsOf): OracleRow {
  const results = (groupBy.aggregations ?? []).flatMap((aggregation) =>
    (aggregation.windows ?? [null]).flatMap((window) => {
      const rows = [...rowsOf(window, aggregation)].sort((a, b) => compareRows(a, b, columns));
      const buckets = aggregation.buckets.length === 0 ? [null] : aggregation.buckets;
      return buckets.map((bucket): [string, OracleValue] => [
        partColumn(part, aggregateColumn(aggregation, window, bucket)),
        aggregateRows(aggregation, rows, bucket),
      ]);
    }),
  );
  return Object.fromEntries(results);
}

function aggregateRows(
  aggregation: Aggregation,
  rows: readonly SourceRow[],
  bucket: string | null,
): OracleValue {
  const { inputColumn, operation, elementWise } = aggregation;
  const [there, gone] = [false, true].map((isReversal) =>
    rows.filter(({ mutation }) => (mutation?.isReversal ?? false) === isReversal),
  );
  const inputs = there!.map(({ columns }) => ({
    bucket: bucket === null ? null : columns[bucket]!,
    input: columns[inputColumn]!,
  }));
  const value = aggregate(aggregation, inputs, bucket !== null);
  const isWhole = bucket === null && !elementWise && /^(COUNT|SUM)$/.test(operation);
  const lost = gone!
    .flatMap(({ columns }) => columns[inputColumn]!)
    .filter((each) => each !== null);
  const isEmptied = value === null && isWhole && lost.some((each) => !(each instanceof Map));
  return isEmptied ? zero(lost) : value;
}

/** After everything was taken away. */
function zero(lost: readonly OracleValue[]): OracleValue {
  return lost.some((each) => typeof each === 'number') ? 0 : 0n;
}

/** By time, then partition, then values but lists and maps: operations take those apart. */
function compareRows(a: SourceRow, b: SourceRow, columns: readonly string[]): number {
  const plain = columns.filter((column) =>
    [a, b].every(({ columns: of }) => of[column] === null || typeof of[column] !== 'object'),
  );
  return (a.time ?? 0) - (b.time ?? 0) || a.day - b.day || compareColumns(a, b, plain);
}

function compareColumns(a: SourceRow, b: SourceRow, columns: readonly string[]): number {
  const differences = columns.map((name) => compareValues(a.columns[name]!, b.columns[name]!));
  return differences.find((difference) => difference !== 0) ?? 0;
}

function windowsOf({ aggregations }: GroupBy): (Window | null)[] {
  return (aggregations ?? []).flatMap(
    ({ windows }): readonly (Window | null)[] => windows ?? [null],
  );
}

/** Of the group-by's windows; ∞ if one has no start. */
function longestMs(groupBy: GroupBy): number {
  const lengths = windowsOf(groupBy).map((window) =>
    window === null ? Number.POSITIVE_INFINITY : lengthMs(window),
  );
  return Math.max(...lengths);
}

function lengthMs({ length, timeUnit }: Window): number {
  return length * (timeUnit === 'DAYS' ? dayMs : dayMs / 24);
}

function rightKey({ groupBy }: Part, { columns }: SourceRow): string | null {
  return keyText(groupBy.keyColumns.map((name) => columns[name]!));
}

function leftKey({ part, groupBy }: Part, { columns }: SourceRow): string | null {
  const mapped = Object.entries(part.keyMapping);
  const leftName = (name: string): string => mapped.find(([, to]) => to === name)?.[0] ?? name;
  return keyText(groupBy.keyColumns.map((name) => columns[leftName(name)]!));
}

/** Equal for equal keys; null, which matches nothing, if any column is NULL. */
function keyText(values: readonly OracleValue[]): string | null {
  if (values.includes(null)) return null;
  return JSON.stringify(values.map((value) => [typeof value, String(value)]));
}
