/**
 * Spark SQL → DuckDB, one expression at a time: the text made plain (dialect-tokens), parsed by the
 * library, its tree rewritten (dialect-rewrite), and printed by the library for DuckDB, where the
 * macros of dialect-macros give Spark's functions their meaning. The library is WebAssembly and takes
 * about 0.3 s and 150 MB to load, so bare columns and literals, which most configs consist of, never
 * wake it.
 */
import { setFlagsFromString } from 'node:v8';
import { HindcastError } from '@hindcast/shared/errors';
import type { Column, Scan } from '@hindcast/shared/plan/task';
import { shallow } from './dialect-calls.js';
import { sparkFunctions } from './dialect-functions.js';
import { lambdaFunctions } from './dialect-lambdas.js';
import { type Node, plainSelect } from './dialect-nodes.js';
import { rewriteQuery } from './dialect-query.js';
import { rewriteExpression } from './dialect-rewrite.js';
import type { HeldNames } from './dialect-scope.js';
import { plainText } from './dialect-tokens.js';
import { type ColumnTypes, parseType } from './dialect-types.js';
import { quoteName } from './duckdb.js';

type Polyglot = typeof import('@polyglot-sql/sdk');

let polyglot: Polyglot | null = null;

const ownNames: HeldNames = new Map();

/**
 * The scan with its expressions in DuckDB's SQL.
 * @param columns of the table, with the types that functions and operators depend on
 * @throws HindcastError kind `config` for an expression that can't be translated
 */
export async function translateScan(scan: Scan, columns: readonly Column[]): Promise<Scan> {
  await prepareExpressions(expressionsOf(scan));
  const types = columnTypes(columns);
  const { selects, wheres, time, origin } = scan;
  const translate = (part: string, text: string): string => {
    try {
      return translateExpression(text, types);
    } catch (error) {
      if (!(error instanceof HindcastError)) throw error;
      const { kind, message, found, hint } = error;
      throw new HindcastError(kind, `${origin}, ${part}: ${message}`, { found, hint });
    }
  };
  const selected = Object.entries(selects ?? {}).map(([name, text]) => [
    name,
    translate(`selects."${name}"`, text),
  ]);
  return {
    ...scan,
    selects: selects === null ? null : Object.fromEntries(selected),
    wheres: wheres.map((text) => translate('wheres', text)),
    time:
      time.kind === 'expression'
        ? { ...time, expression: translate('timeColumn', time.expression) }
        : time,
  };
}

/** The types of columns, as SQL names them: in any case. */
export function columnTypes(columns: readonly Column[]): ColumnTypes {
  const types = new Map(columns.map(({ name, type }) => [name.toLowerCase(), parseType(type)]));
  return (name) => types.get(name.toLowerCase()) ?? null;
}

const untyped: ColumnTypes = () => null;

/** Makes `translateExpression` and `referencedColumns` ready for these expressions. */
export async function prepareExpressions(expressions: readonly string[]): Promise<void> {
  if (expressions.some((text) => trivial(text) === null)) await loaded();
}

async function loaded(): Promise<Polyglot> {
  if (polyglot !== null) return polyglot;
  // Its code runs once or twice: optimizing it takes 2 s of CPU, for which a thread's end would wait.
  setFlagsFromString('--liftoff-only');
  const library = await import('@polyglot-sql/sdk');
  await library.init();
  polyglot = library;
  return library;
}

/** Every expression of a scan. */
export function expressionsOf(scan: Scan): string[] {
  return placesOf(scan).map(([, text]) => text);
}

/** Every expression of a scan after the place where the config has it. */
export function placesOf({ selects, wheres, time }: Scan): (readonly [string, string])[] {
  return [
    ...Object.entries(selects ?? {}).map(([name, text]) => [`selects."${name}"`, text] as const),
    ...wheres.map((text) => ['wheres', text] as const),
    ...(time.kind === 'expression' ? [['timeColumn', time.expression] as const] : []),
  ];
}

interface Trivial {
  readonly sql: string;
  readonly column: string | null;
}

/** Words that are no columns when they stand alone. */
const reserved =
  /^(null|true|false|current_\w+|session_user|localtime|localtimestamp|sysdate|systimestamp|select|from|where|case|when|then|else|end|and|or|not|in|is|like|between|as|on|order|distinct|all|exists)$/i;

/** A bare column (also in backquotes), a whole number or a plain text; null for anything else. */
function trivial(sparkSql: string): Trivial | null {
  const text = sparkSql.trim();
  if (/^[A-Za-z_]\w*$/.test(text) && !reserved.test(text)) return bareColumn(text);
  if (/^`([^`]|``)+`$/.test(text)) return bareColumn(text.slice(1, -1).replaceAll('``', '`'));
  if (/^-?\d{1,15}$/.test(text) || /^'[^'\\]*'$/.test(text)) return { sql: text, column: null };
  return null;
}

function bareColumn(name: string): Trivial {
  return { sql: quoteName(name), column: name };
}

/**
 * One Spark SQL expression as one DuckDB expression, safe to put anywhere in a query.
 * @param held columns that go by another name there
 * @throws HindcastError kind `config` for what is no single expression, or can't be translated
 */
export function translateExpression(
  sparkSql: string,
  types: ColumnTypes = untyped,
  held: HeldNames = ownNames,
): string {
  const simple = trivial(sparkSql);
  if (simple !== null) {
    const other = held.get(simple.column?.toLowerCase() ?? '');
    return other === undefined ? simple.sql : quoteName(other);
  }
  return explained(sparkSql, (library) => {
    const { select, expression } = parsed(library, sparkSql);
    const print = (node: Node): string => {
      const statement = { select: { ...select, expressions: [node] } };
      const result = library.generate([statement], library.Dialect.DuckDB);
      const sql = result.success ? result.sql?.[0] : undefined;
      if (sql === undefined) throw new HindcastError('config', firstLine(result.error));
      return sql.replace(/^SELECT\s+/, '');
    };
    return `(${print(shallow(rewriteExpression(expression, types, held).node, print))})`;
  });
}

/**
 * A whole query in DuckDB's SQL.
 * @param tables columns of the tables that it may name
 * @throws HindcastError kind `config` for what is no single query, or can't be translated
 */
export async function translateQuery(
  sparkSql: string,
  tables: ReadonlyMap<string, readonly Column[]>,
): Promise<string> {
  const library = await loaded();
  const statement = rewriteQuery(parsedQuery(library, sparkSql), tables);
  const print = (node: Node): string =>
    generated(library, { select: { ...plainSelect, expressions: [node] } }).replace(
      /^SELECT\s+/,
      '',
    );
  return generated(library, shallow(statement, print));
}

function generated(library: Polyglot, statement: Node): string {
  const result = library.generate([statement], library.Dialect.DuckDB);
  const sql = result.success ? result.sql?.[0] : undefined;
  if (sql === undefined) throw new HindcastError('config', firstLine(result.error));
  return sql;
}

function parsedQuery(library: Polyglot, given: string): Node {
  const sparkSql = given.replace(/;\s*$/, '');
  const dialect = library.Dialect.Spark;
  const { tokens, error } = library.tokenize(sparkSql, dialect);
  if (tokens === undefined || tokens === null) throw new HindcastError('config', firstLine(error));
  const spans = tokens.map(({ span }) => span);
  const plain = plainText(sparkSql, spans, isSparkFunction);
  const result = library.parse(plain, dialect);
  if (!result.success) throw new HindcastError('config', firstLine(result.error));
  const statements = result.ast as unknown as readonly Node[];
  if (statements.length !== 1) throw new HindcastError('config', `${statements.length} statements`);
  return statements[0]!;
}

/**
 * The columns that an expression reads, as they are written there, each once, in order. Of `s.f`, a
 * field of a struct, that is `s`.
 * @throws HindcastError kind `config` as `translateExpression` does
 */
export function referencedColumns(sparkSql: string, types: ColumnTypes = untyped): string[] {
  const simple = trivial(sparkSql);
  if (simple !== null) return simple.column === null ? [] : [simple.column];
  return explained(sparkSql, (library) => [
    ...rewriteExpression(parsed(library, sparkSql).expression, types, ownNames).columns,
  ]);
}

function explained<T>(expression: string, work: (library: Polyglot) => T): T {
  if (polyglot === null) throw new Error('prepareExpressions was not called');
  try {
    return work(polyglot);
  } catch (error) {
    if (!(error instanceof HindcastError)) throw error;
    throw new HindcastError('config', `the expression "${expression}" can't run here`, {
      found: error.message,
      hint:
        error.hint ??
        'Selects, wheres and timeColumn each hold one Spark SQL expression over the columns of one row.',
    });
  }
}

/** Calls with words between their arguments, which only the parser can read: `substring(a FROM 2)`. */
const ownSyntax = /^(struct|substring|substr)$/;

/** Whether a call is read as any other, whatever the parser knows about its name. */
function isSparkFunction(name: string): boolean {
  if (ownSyntax.test(name)) return false;
  return sparkFunctions.has(name) || lambdaFunctions.includes(name);
}

interface Parsed {
  readonly select: Node;
  readonly expression: Node;
}

/** The statement `SELECT (expression)` as the library reads it, and what is inside the parentheses. */
function parsed(library: Polyglot, sparkSql: string): Parsed {
  const dialect = library.Dialect.Spark;
  const { tokens, error } = library.tokenize(sparkSql, dialect);
  if (tokens === undefined || tokens === null) throw new HindcastError('config', firstLine(error));
  if (tokens.length === 0) throw new HindcastError('config', 'no expression: the text is empty');
  const spans = tokens.map(({ span }) => span);
  const plain = plainText(sparkSql, spans, isSparkFunction);
  const result = library.parse(`SELECT (${plain})`, dialect);
  if (!result.success) throw new HindcastError('config', firstLine(result.error));
  const statements = result.ast as unknown as readonly Record<string, Node>[];
  const select = statements[0]?.['select'];
  const expressions = (select?.['expressions'] ?? []) as readonly Node[];
  const expression = expressions[0]?.['paren'] as { readonly this: Node } | undefined;
  if (statements.length !== 1 || expressions.length !== 1 || expression === undefined) {
    throw new HindcastError('config', 'more than one expression');
  }
  const clause = clauses.find((name) => select![name] !== null && select![name] !== undefined);
  if (clause === undefined) return { select: select!, expression: expression.this };
  throw new HindcastError('config', `a clause of a query (${clause.replace('_clause', '')})`);
}

const clauses = ['from', 'where_clause', 'group_by', 'having', 'order_by', 'limit', 'with'];

/** The library's reason, without its position, which counts in the plain text. */
function firstLine(reason: string | null | undefined): string {
  return (reason ?? 'it does not parse')
    .split('\n')[0]!
    .replace(/^Parse error at line \d+, column \d+: /, '')
    .replace(/ near \[.*$/, '');
}
