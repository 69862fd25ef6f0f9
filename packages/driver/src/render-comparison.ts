/** A comparison of two tables as text for people. */
import {
  type ColumnComparison,
  isEqual,
  type Key,
  type OneSided,
  type TableComparison,
} from './compare-tables.js';
import { renderTable } from './render.js';
import type { Style } from './style.js';
import { count, summary } from './wording.js';

/** Columns whose worst rows are shown. */
const mostColumns = 8;

export function renderComparison(comparison: TableComparison, style: Style): string {
  const { ours, theirs, range, rows, columns, identity, equal } = comparison;
  const differing = columns.filter((column) => !isEqual(column)).sort(worstFirst);
  const mark = equal ? style.green('✓') : style.red('✗');
  const verdict = equal
    ? 'equal'
    : differing.length === 0
      ? 'different'
      : `${differing.length} of ${columns.length} columns differ`;
  const lines = [
    `${mark} ${style.bold(ours)} and ${style.bold(theirs)}, ${range.start} to ${range.end}: ${verdict}`,
    `  ${count(rows.paired)} rows in both, by ${identity.join(', ')}`,
    ...oneSided(rows.onlyOurs, ours),
    ...oneSided(rows.onlyTheirs, theirs),
    ...repeated(rows.repeatedOurs, ours),
    ...repeated(rows.repeatedTheirs, theirs),
    ...onlyIn(comparison.columnsOnlyOurs, ours),
    ...onlyIn(comparison.columnsOnlyTheirs, theirs),
    ...comparison.warnings.map((warning) => style.yellow(`  ${warning}`)),
  ];
  if (differing.length === 0) return lines.join('\n');
  lines.push('', metricsTable(differing));
  const same = columns.length - differing.length;
  if (same > 0) lines.push(style.dim(`${same} other columns are equal in all rows`));
  for (const column of differing.slice(0, mostColumns)) {
    lines.push('', style.bold(column.name));
    for (const { key, ours: a, theirs: b, explain } of column.worst)
      lines.push(`  ${keyText(key)}: ${text(a)}, theirs ${text(b)}`, style.dim(`    ${explain}`));
  }
  const more = differing.length - mostColumns;
  if (more > 0) lines.push('', `${more} more columns: --json has them, --column picks some`);
  return lines.join('\n');
}

function worstFirst(a: ColumnComparison, b: ColumnComparison): number {
  return differences(b) - differences(a);
}

function differences({ mismatched, onlyOurs, onlyTheirs }: ColumnComparison): number {
  return mismatched + onlyOurs + onlyTheirs;
}

function metricsTable(columns: readonly ColumnComparison[]): string {
  const short = (value: number | null): number | null =>
    value === null ? null : Number(value.toPrecision(4));
  return renderTable(
    [
      'column',
      'equal',
      'both null',
      'mismatched',
      'only ours',
      'only theirs',
      'absolute error',
      'relative error',
      'edit distance',
    ],
    columns.map((column) => [
      column.name,
      column.equal,
      column.bothNull,
      column.mismatched,
      column.onlyOurs,
      column.onlyTheirs,
      short(column.meanAbsoluteError),
      short(column.meanRelativeError),
      short(column.meanEditDistance),
    ]),
    '',
  );
}

function oneSided({ count: rows, first }: OneSided, table: string): string[] {
  if (rows === 0) return [];
  const more = rows > first.length ? '; …' : '';
  return [`  ${count(rows)} rows in ${table} only: ${first.map(keyText).join('; ')}${more}`];
}

function repeated(rows: number, table: string): string[] {
  if (rows === 0) return [];
  return [
    `  ${count(rows)} rows of ${table} repeat another's key; they are paired by their values`,
  ];
}

function onlyIn(columns: readonly string[], table: string): string[] {
  return columns.length === 0 ? [] : [`  columns of ${table} only: ${summary(columns)}`];
}

function keyText(key: Key): string {
  return Object.entries(key)
    .map(([name, value]) => `${name}=${text(value)}`)
    .join(' ');
}

function text(value: unknown): string {
  return value === null || value === undefined ? 'NULL' : JSON.stringify(value);
}
