/** The command line that explains a row of a join, ready to be pasted into a shell. */
import type { Join } from '@hindcast/shared/config/model';
import { aggregateColumns, featureColumn, plainColumns } from '@hindcast/shared/config/names';
import type { Windowing } from '@hindcast/shared/plan/task';
import type { RowRequest } from './explain-row.js';
import { readableWord } from './shell-words.js';
import { quoteIn } from './sql-dialect.js';

export interface ExplainedRow {
  /** Columns of the left that identify it, with their values as JSON and DuckDB's types. */
  readonly key: readonly {
    readonly name: string;
    readonly type: string;
    readonly value: unknown;
  }[];
  readonly partition: string;
}

/** What the command line needs beside the row. */
export interface ExplainContext {
  readonly config: string;
  /** Flags as they were given, each ready for the shell. */
  readonly flags: readonly string[];
  readonly windowing: Windowing | null; // null: as it is set
}

/** @param column a feature; null explains them all */
export function explainCommand(
  { config, flags, windowing }: ExplainContext,
  { key, partition }: ExplainedRow,
  column: string | null,
): string {
  const conditions = key.flatMap(({ name, type, value }) => conditionOf(name, type, value));
  const where = conditions.join(' AND ') || 'true';
  const columns = column === null ? null : [column];
  return questionCommand({ config, flags, windowing }, { partition, where, row: 1, columns });
}

/** The command line of a question that somebody asked. */
export function questionCommand(
  { config, flags, windowing }: ExplainContext,
  { partition, where, row, columns }: Omit<RowRequest, 'limit'>,
): string {
  const words = [
    'hindcast explain-row',
    readableWord(config),
    `--ds ${readableWord(partition)}`,
    `--where ${readableWord(where)}`,
    ...(row === 1 ? [] : [`--row ${row}`]),
    ...(columns ?? []).map((column) => `--column ${readableWord(column)}`),
    ...(windowing === null ? [] : [`--windowing ${readableWord(windowing)}`]),
    ...flags,
  ];
  return words.join(' ');
}

/** A condition in Spark SQL; none for values that it has no literal for. */
function conditionOf(name: string, type: string, value: unknown): string[] {
  const column = /^[a-z_]\w*$/i.test(name) ? name : quoteIn('spark', name);
  if (value === null || value === undefined) return [`${column} IS NULL`];
  if (value === 'NaN') return type === 'VARCHAR' ? [`${column} = 'NaN'`] : [`isnan(${column})`];
  if (typeof value === 'number' || typeof value === 'boolean') return [`${column} = ${value}`];
  if (typeof value !== 'string') return [];
  if (type === 'VARCHAR') return [`${column} = ${sparkText(value)}`];
  if (type === 'DATE') return [`${column} = DATE ${sparkText(value)}`];
  if (/^TIMESTAMP/.test(type)) return [`${column} = TIMESTAMP ${sparkText(value)}`];
  // Whole numbers beyond 2^53, and decimals.
  return /^-?\d+(\.\d+)?$/.test(value) ? [`${column} = ${value}`] : [];
}

/** A text as Spark SQL writes it; what would move a terminal's cursor is escaped. */
function sparkText(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "\\'")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are meant
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, (one) => {
      return `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;
    });
  return `'${escaped}'`;
}

/** Features that `explain-row --column` knows: those before any derivation. */
export function explainedFeatures({ joinParts }: Join): ReadonlySet<string> {
  return new Set(
    joinParts.flatMap((part) => {
      const { groupBy } = part;
      if (groupBy.derivations.length > 0) return [];
      const names =
        groupBy.aggregations === null
          ? (plainColumns(groupBy) ?? [])
          : aggregateColumns(groupBy).map(({ name }) => name);
      return names.map((name) => featureColumn(part, name));
    }),
  );
}
