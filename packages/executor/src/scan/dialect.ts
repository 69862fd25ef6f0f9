/**
 * Spark SQL → DuckDB, one expression at a time. The library is WebAssembly and takes a while to
 * load, so bare columns and numbers, which most configs consist of, never wake it.
 */
import { HindcastError } from '@hindcast/shared/errors';
import type { Scan } from '@hindcast/shared/plan/task';
import { quoteName } from './duckdb.js';

type Polyglot = typeof import('@polyglot-sql/sdk');

let polyglot: Polyglot | null = null;

/** Makes `translateExpression` ready for every expression of the scans. */
export async function prepareDialect(scans: readonly Scan[]): Promise<void> {
  if (polyglot !== null || scans.flatMap(expressionsOf).every((text) => trivial(text) !== null)) return;
  const library = await import('@polyglot-sql/sdk');
  await library.init();
  polyglot = library;
}

function expressionsOf({ selects, wheres, time }: Scan): string[] {
  const timeText = time.kind === 'expression' ? [time.expression] : [];
  return [...Object.values(selects ?? {}), ...wheres, ...timeText];
}

/** A bare column (also in backquotes) or an integer, translated; null for anything else. */
function trivial(sparkSql: string): string | null {
  const text = sparkSql.trim();
  if (/^[A-Za-z_]\w*$/.test(text) && !/^(null|true|false|current_\w+)$/i.test(text)) return quoteName(text);
  if (/^`([^`]|``)+`$/.test(text)) return quoteName(text.slice(1, -1).replaceAll('``', '`'));
  return /^-?\d{1,15}$/.test(text) ? text : null;
}

/**
 * One Spark SQL expression as one DuckDB expression.
 * @throws HindcastError kind `config` for what is no single expression, or can't be translated
 */
export function translateExpression(sparkSql: string): string {
  const simple = trivial(sparkSql);
  if (simple !== null) return simple;
  if (polyglot === null) throw new Error('prepareDialect was not called');
  // Spark's `!` is its NOT; the library reads only the latter.
  const source = `SELECT ${sparkSql.replace(/(^|[\s(,])!(?!=)/g, '$1NOT ')}`;
  const parsed = polyglot.parse(source, polyglot.Dialect.Spark);
  if (!parsed.success) throw untranslatable(sparkSql, parsed.error ?? 'it does not parse');
  const problem = notOneExpression(parsed.ast);
  if (problem !== null) throw untranslatable(sparkSql, problem);
  const result = polyglot.transpile(source, polyglot.Dialect.Spark, polyglot.Dialect.DuckDB);
  const text = result.success ? result.sql?.[0] : undefined;
  if (text === undefined) throw untranslatable(sparkSql, result.error ?? 'no translation');
  return `(${text.replace(/^SELECT\s+/, '')})`;
}

function untranslatable(expression: string, reason: string): HindcastError {
  return new HindcastError('config', `the expression "${expression}" is no Spark SQL that can run here`, {
    found: reason.split('\n')[0],
    hint: 'Selects, wheres and timeColumn each hold one expression over the columns of one row.',
  });
}

/** Why a parsed `SELECT …` is more or less than one expression over a row; null when it is one. */
function notOneExpression(ast: unknown): string | null {
  const statements = ast as readonly Record<string, Record<string, unknown>>[];
  const select = statements[0]?.['select'];
  if (statements.length !== 1 || select === undefined) return 'more than one statement';
  const expressions = select['expressions'] as readonly Record<string, unknown>[];
  if (expressions.length !== 1) return 'more than one expression';
  const kind = Object.keys(expressions[0]!)[0];
  if (kind === 'alias') return 'an alias, or two expressions side by side';
  if (kind === 'star') return 'a star';
  const clause = ['from', 'where_clause', 'group_by', 'having', 'order_by', 'limit', 'with'].find(
    (name) => select[name] !== null && select[name] !== undefined,
  );
  return clause === undefined ? null : `a clause of a query (${clause.replace('_clause', '')})`;
}
