/**
 * SQL that compares values of one type, in DuckDB's dialect: whether two are the same, how many edits lie
 * between two lists, and what comes of whole columns. docs/consistency.md says what all of it means.
 */
import type { DeltaType } from '@hindcast/shared/table/delta-type';
import { isExact, measureOf } from './plan/compared-type.js';
import { quoteText } from './sql-dialect.js';

/** Of fractions, at any depth: |a − b| ≤ tolerance · max(|a|, |b|). */
export const defaultTolerance = 1e-9;

/**
 * Whether `a` and `b` are the same, as a condition that is never NULL: NULL is NULL, NaN is NaN, −0 is 0.
 * @param depth of lambdas around it
 */
export function sameSql(
  type: DeltaType,
  a: string,
  b: string,
  tolerance: number,
  depth = 0,
): string {
  // Entries of a map may come in another order.
  if (isExact(type) && !holdsMap(type)) return `(${a} IS NOT DISTINCT FROM ${b})`;
  const both = bothSql(type, a, b, tolerance, depth);
  return `(CASE WHEN ${a} IS NULL OR ${b} IS NULL THEN ${a} IS NULL AND ${b} IS NULL ELSE ${both} END)`;
}

/** The same of values that are there. */
function bothSql(type: DeltaType, a: string, b: string, tolerance: number, depth: number): string {
  if (typeof type === 'string') {
    const [x, y] = [`CAST(${a} AS DOUBLE)`, `CAST(${b} AS DOUBLE)`];
    const near = `abs(${x} - ${y}) <= ${tolerance}::DOUBLE * greatest(abs(${x}), abs(${y}))`;
    return `(${a} = ${b} OR (isfinite(${x}) AND isfinite(${y}) AND ${near}))`;
  }
  const i = `i${depth}`;
  const inner = (of: DeltaType, x: string, y: string): string =>
    sameSql(of, x, y, tolerance, depth + 1);
  if (type.type === 'array') {
    const element = inner(type.elementType, `${a}[${i}]`, `${b}[${i}]`);
    return `(len(${a}) = len(${b}) AND ${everySql(`range(1, len(${a}) + 1)`, i, element)})`;
  }
  if (type.type === 'map') {
    const value = inner(type.valueType, `${a}[${i}]`, `${b}[${i}]`);
    const entry = `map_contains(${b}, ${i}) AND ${value}`;
    return `(cardinality(${a}) = cardinality(${b}) AND ${everySql(`map_keys(${a})`, i, entry)})`;
  }
  const fields = type.fields.map((field) => {
    const [x, y] = [a, b].map((side) => `struct_extract(${side}, ${quoteText(field.name)})`);
    return inner(field.type, x!, y!);
  });
  return `(${fields.join(' AND ')})`;
}

function everySql(list: string, variable: string, condition: string): string {
  return `len(list_filter(${list}, lambda ${variable}: NOT (${condition}))) = 0`;
}

function holdsMap(type: DeltaType): boolean {
  if (typeof type === 'string') return false;
  if (type.type === 'array') return holdsMap(type.elementType);
  return type.type === 'map' || type.fields.some((field) => holdsMap(field.type));
}

/** Elements of both lists that one byte of text can tell apart. */
const mostCodes = 127;

/**
 * The fewest elements to insert, delete or replace that make one list the other: BIGINT, NULL where one of
 * them is. Short lists become texts, a byte an element; longer ones go through the table of all beginnings.
 */
export function editsSql(elementType: DeltaType, a: string, b: string, tolerance: number): string {
  const short = `levenshtein(${codesSql(elementType, a, [a, b], tolerance)}, ${codesSql(elementType, b, [a, b], tolerance)})`;
  const long = prefixTableSql(elementType, a, b, tolerance);
  return `(CASE WHEN ${a} IS NULL OR ${b} IS NULL THEN NULL WHEN len(${a}) + len(${b}) <= ${mostCodes} THEN ${short} ELSE ${long} END)`;
}

/** Each element as the place of the first one of both lists that is the same. */
function codesSql(
  type: DeltaType,
  list: string,
  [a, b]: readonly [string, string],
  tolerance: number,
): string {
  const same = sameSql(type, 'x', 'y', tolerance);
  const place = `list_position(list_transform(list_concat(${a}, ${b}), lambda y: ${same}), true)`;
  return `array_to_string(list_transform(${list}, lambda x: chr(CAST(${place} AS INTEGER))), '')`;
}

/** Row by row: `r[j + 1]` is the edits between the first i elements of `a` and the first j of `b`. */
function prefixTableSql(type: DeltaType, a: string, b: string, tolerance: number): string {
  const steps = (list: string): string =>
    `list_transform(range(1, len(${list}) + 1), lambda p: {'p': p, 'r': []::BIGINT[]})`;
  const same = sameSql(type, `${a}[e.p]`, `${b}[f.p]`, tolerance);
  const least = `least(o.r[f.p + 1] + 1, n.r[f.p] + 1, o.r[f.p] + CASE WHEN ${same} THEN 0 ELSE 1 END)`;
  const row = `list_reduce(${steps(b)}, lambda n, f: {'p': f.p, 'r': list_append(n.r, ${least})}, {'p': 0::BIGINT, 'r': [e.p]}).r`;
  return `list_reduce(${steps(a)}, lambda o, e: {'p': e.p, 'r': ${row}}, {'p': 0::BIGINT, 'r': range(0, len(${b}) + 1)}).r[len(${b}) + 1]`;
}

/** Two values of each row: what one side has of a column, and the other. */
export interface ComparedColumn {
  readonly name: string;
  /** That both sides have. */
  readonly type: DeltaType;
  /** SQL of either side's value. */
  readonly a: string;
  readonly b: string;
}

/** DuckDB plans a statement in more than linear time of its expressions: so many columns go into one. */
export const columnsAtOnce = 24;

/**
 * What tells how two values of a row lie to each other, each computed once: `s<n>`, whether they are the same,
 * and, where they have a distance, `x<n>` (absolute), `r<n>` (relative) or `e<n>` (edits), as DOUBLE, NULL where
 * one of them has none.
 * @param place of the column, n
 */
export function verdictsSql(column: ComparedColumn, place: number, tolerance: number): string[] {
  const { type, a, b } = column;
  const same = sameSql(type, a, b, tolerance);
  const measure = measureOf(type);
  if (measure === 'number') {
    const [x, y] = [`CAST(${a} AS DOUBLE)`, `CAST(${b} AS DOUBLE)`];
    // Whole numbers are subtracted before they lose digits, and no sum is infinite.
    const whole = type === 'long' ? [a, b].map((side) => `CAST(${side} AS HUGEINT)`) : [x, y];
    const scale = `greatest(abs(${x}), abs(${y}))`;
    const far = (by: number): string =>
      `abs(${x} / ${by} - ${y} / ${by}) / ((abs(${x}) / ${by} + abs(${y}) / ${by}) / 2)`;
    const symmetric = `CASE WHEN ${scale} > 1 THEN ${far(2)} ELSE ${far(1)} END`;
    const finite = `isfinite(${x}) AND isfinite(${y})`;
    return [
      `${same} AS s${place}`,
      `CASE WHEN ${finite} THEN abs(CAST(${whole[0]} - ${whole[1]} AS DOUBLE)) END AS x${place}`,
      `CASE WHEN ${finite} THEN CASE WHEN ${a} = ${b} THEN 0 ELSE ${symmetric} END END AS r${place}`,
    ];
  }
  if (measure === 'other' || typeof type === 'string' || type.type !== 'array')
    return [`${same} AS s${place}`];
  const edits = editsSql(type.elementType, a, b, tolerance);
  return [
    `${same} AS s${place}`,
    `CASE WHEN ${a} IS NULL OR ${b} IS NULL THEN NULL WHEN ${same} THEN 0 ELSE ${edits} END::DOUBLE AS e${place}`,
  ];
}

/** The fields of `metricsSql`: BIGINT, and the last three, sums, DOUBLE. */
export const metricFields = [
  'rows',
  'both_null',
  'only_a',
  'only_b',
  'equal',
  'mismatched',
  'measured', // rows that the sums are over
  'absolute',
  'relative',
  'edits',
] as const;
export type Metrics = Readonly<Record<(typeof metricFields)[number], number>>;

/** A struct of `metricFields`: aggregates over rows that have the column's verdicts beside its values. */
export function metricsSql({ type, a, b }: ComparedColumn, place: number): string {
  const measure = measureOf(type);
  const both = `${a} IS NOT NULL AND ${b} IS NOT NULL`;
  const count = (condition: string): string => `count(*) FILTER (WHERE ${condition})`;
  const sum = (column: string, when: string): string =>
    measure === when ? `coalesce(sum(${column}${place}), 0)` : '0::DOUBLE';
  const measured = { number: `count(x${place})`, list: `count(e${place})`, other: '0::BIGINT' };
  const fields: Record<(typeof metricFields)[number], string> = {
    rows: 'count(*)',
    both_null: count(`${a} IS NULL AND ${b} IS NULL`),
    only_a: count(`${a} IS NOT NULL AND ${b} IS NULL`),
    only_b: count(`${a} IS NULL AND ${b} IS NOT NULL`),
    equal: count(`${both} AND s${place}`),
    mismatched: count(`${both} AND NOT s${place}`),
    measured: measured[measure],
    absolute: sum('x', 'number'),
    relative: sum('r', 'number'),
    edits: sum('e', 'list'),
  };
  return `{${Object.entries(fields)
    .map(([name, sql]) => `${quoteText(name)}: ${sql}`)
    .join(', ')}}`;
}

/** How bad a difference is, as DOUBLE: the worse, the greater. A value that one side lacks is worst. */
export function severitySql({ type, a, b }: ComparedColumn, place: number): string {
  const distance = { number: `coalesce(r${place}, 1e300)`, list: `e${place}`, other: '0' };
  return `CASE WHEN ${a} IS NULL OR ${b} IS NULL THEN 'Infinity'::DOUBLE ELSE ${distance[measureOf(type)]}::DOUBLE END`;
}
