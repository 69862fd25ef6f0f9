/** describe: columns, types and row counts of scans, before anything is planned. */
import { didYouMean, HindcastError } from '@hindcast/shared/errors';
import {
  type Column,
  type DescribeResult,
  type DescribeTask,
  mutationTimeColumn,
  type Scan,
  type ScanFile,
  type TimeUnitOfColumn,
} from '@hindcast/shared/plan/task';
import { dayMs } from '@hindcast/shared/time/partition-spec';
import { expressionsOf, placesOf, translateScan } from '../scan/dialect.js';
import { macrosFor } from '../scan/dialect-macros.js';
import { quoteList, quoteName, type Session } from '../scan/duckdb.js';
import { explainError } from '../scan/explain-error.js';
import { refuseNoCondition, unknownColumn } from '../scan/known-columns.js';
import { millisSql, noRowsSql, relation, scanSql, selectedSql } from '../scan/source-sql.js';
import { timeReads } from '../stage/reads.js';
import { locate, type TaskContext } from './context.js';
import { explainScanError } from './explain-scan-error.js';

export async function describe(task: DescribeTask, context: TaskContext): Promise<DescribeResult> {
  const scans: DescribeResult['scans'][number][] = [];
  const known = memory();
  for (const { scan, files } of task.scans) {
    try {
      scans.push(await describeScan(scan, files, known, context));
    } catch (error) {
      const columns = await tableColumns(scan, files, context);
      throw await explainScanError(error, { scan, files }, scan.origin, context, columns);
    }
  }
  return { scans };
}

/** The answer to a question, asked the first time only. */
type Known = <T>(question: string, ask: () => Promise<T>) => Promise<T>;

function memory(): Known {
  const answers = new Map<string, Promise<unknown>>();
  return async <T>(question: string, ask: () => Promise<T>): Promise<T> => {
    const answer = answers.get(question) ?? ask();
    answers.set(question, answer);
    return answer as Promise<T>;
  };
}

async function describeScan(
  scan: Scan,
  files: readonly ScanFile[],
  known: Known,
  context: TaskContext,
): Promise<DescribeResult['scans'][number]> {
  const { session } = context;
  const at = (path: string): string => locate(context, path);
  // Many parts read one table: what is asked of its files alone is asked once.
  const ofTable = JSON.stringify([scan.table, scan.partitionColumn]);
  const partial = await known(`partial ${ofTable}`, () => partialColumns(scan, files, context));
  const table = await known(`types ${ofTable}`, () =>
    session.describe(
      `SELECT * FROM ${relation(files, scan.partitionColumn, at, partial, scan.subPartitions)}`,
    ),
  );
  const translated = { ...(await translateScan(scan, table)), partial };
  refuseUnknownColumns(scan, table);
  // What is asked of types alone does not open the files again.
  const from = `(${noRowsSql(table)})`;
  await session.once(macrosFor(expressionsOf(translated)));
  const bind = async (sql: string): Promise<readonly Column[]> => {
    try {
      return await session.describe(sql);
    } catch (error) {
      throw await explainBinding(error, scan, translated, from, session);
    }
  };
  const typeOf = await typesOf(translated, table, (list) => bind(`SELECT ${list} FROM ${from}`));
  const { time } = translated;
  let typed = translated;
  if (time.kind === 'expression')
    typed = { ...typed, time: { ...time, unit: unitOf(scan, typeOf(time.expression)) } };
  const changed = translated.selects?.[mutationTimeColumn];
  if (changed !== undefined) {
    const unit = unitOf(scan, typeOf(changed), 'mutationTimeColumn');
    const selects = { ...typed.selects, [mutationTimeColumn]: millisSql(changed, unit) };
    typed = { ...typed, selects };
  }
  for (const [i, where] of scan.wheres.entries())
    if (!/^null$/i.test(where.trim()))
      refuseNoCondition(`${scan.origin}, wheres`, where, typeOf(translated.wheres[i]!));
  const described = await bind(selectedSql(typed, from));
  if (typed.time.kind === 'expression' && typed.time.unit !== 'timestamp') {
    const { expression } = typed.time;
    const rows = JSON.stringify([ofTable, expression, typed.wheres]);
    const given = scan.time.kind === 'expression' ? scan.time.expression : '';
    await known(`unit ${rows}`, () => checkUnit(typed, ['time', given], '__time', files, context));
  }
  if (changed !== undefined) {
    const given = scan.selects![mutationTimeColumn]!;
    const column = quoteName(mutationTimeColumn);
    await checkUnit(typed, ['mutation time', given], column, files, context);
  }
  const counts = await known(`rows ${ofTable}`, () =>
    session.rows(
      `SELECT coalesce(sum(num_rows), 0) FROM parquet_file_metadata(${quoteList(files.map(({ path }) => at(path)))})`,
    ),
  );
  return {
    columns: described.filter(({ name }) => !/^__(time|day|partition)$/.test(name)),
    scan: typed,
    rows: Number(counts[0]![0]),
  };
}

/**
 * What a query that can't be bound comes down to: the one expression whose types don't fit, found by
 * looking at each by itself. Other errors stay as they are.
 */
async function explainBinding(
  error: unknown,
  scan: Scan,
  translated: Scan,
  from: string,
  session: Session,
): Promise<unknown> {
  const expressions = expressionsOf(translated);
  for (const [i, [part, text]] of placesOf(scan).entries()) {
    const reason = await session.describe(`SELECT ${expressions[i]} FROM ${from}`).then(
      () => null,
      (own: unknown) => explainError(own, null),
    );
    if (reason === null) continue;
    const isMine = reason instanceof HindcastError && reason.kind === 'config';
    if (!isMine || /^query: no column/.test(reason.message)) return error;
    return new HindcastError(
      'config',
      `${scan.origin}, ${part}: the expression "${text}" can't run here`,
      { found: reason.message.replace(/^query: /, ''), hint: reason.hint, cause: error },
    );
  }
  return error;
}

/** Fields of a query that name these columns where they are not set. */
const fieldsOfDefaults: Readonly<Record<string, string>> = {
  is_before: 'reversalColumn',
  mutation_ts: 'mutationTimeColumn',
};

function refuseUnknownColumns(scan: Scan, columns: readonly Column[]): void {
  for (const text of expressionsOf(scan)) {
    const unknown = unknownColumn(text, columns);
    if (unknown === undefined) continue;
    const field = fieldsOfDefaults[unknown];
    throw new HindcastError('config', `${scan.origin}: no column "${unknown}" in ${scan.table}`, {
      hint:
        field === undefined
          ? didYouMean(
              unknown,
              columns.map(({ name }) => name),
            )
          : `query.${field} names it: it is "${unknown}" where that is not set.`,
    });
  }
}

/** Types of the scan's times and wheres, which decide what becomes of them, by expression. */
async function typesOf(
  { time, selects, wheres }: Scan,
  columns: readonly Column[],
  bind: (list: string) => Promise<readonly Column[]>,
): Promise<(expression: string) => string> {
  const changed = selects?.[mutationTimeColumn];
  const asked = new Set([
    ...(time.kind === 'expression' ? [time.expression] : []),
    ...(changed === undefined ? [] : [changed]),
    ...wheres,
  ]);
  const types = new Map<string, string>();
  for (const { name, type } of columns) types.set(quoteName(name), type);
  const others = [...asked].filter((expression) => !types.has(expression));
  if (others.length > 0) {
    const bound = await bind(others.map((expression) => `(${expression})`).join(', '));
    for (const [i, { type }] of bound.entries()) types.set(others[i]!, type);
  }
  return (expression) => types.get(expression)!;
}

function unitOf(scan: Scan, type: string, field = 'timeColumn'): TimeUnitOfColumn {
  if (/^(TIMESTAMP|DATE)/.test(type)) return 'timestamp';
  if (/^U?(HUGEINT|BIGINT|INTEGER|SMALLINT|TINYINT)$/.test(type)) return 'integer';
  if (/^(DOUBLE|FLOAT|DECIMAL)/.test(type)) return 'fraction';
  const isTime = field === 'timeColumn';
  const what = isTime ? 'the time column' : `the ${field}`;
  throw new HindcastError('config', `${scan.origin}: ${what} is of type ${type}`, {
    found: isTime && scan.time.kind === 'expression' ? scan.time.expression : undefined,
    hint: `Give milliseconds since the epoch, or a timestamp: for text, e.g. ${field}: "to_timestamp(created_at)".`,
  });
}

const units = [
  ['seconds', 1000, 'Multiply by 1000', '* 1000'],
  ['microseconds', 1e-3, 'Divide by 1000', 'div 1000'],
  ['nanoseconds', 1e-6, 'Divide by 1000000', 'div 1000000'],
] as const;

const yearDays = 366;
/** Milliseconds after the year 9999, which is as far as dates go. */
const lastMs = 253_402_300_800_000;

/** 1970 is where numbers end up that count no milliseconds, and beyond 9999 those that count less. */
const isNoDate = (ms: number): boolean => Math.abs(ms) < yearDays * dayMs || Math.abs(ms) >= lastMs;

/**
 * Times are in another unit when their dates only fit their partitions so, or when they are no dates
 * in milliseconds. Events may be late by any number of years, and partitions lie in 1970, too.
 */
async function checkUnit(
  scan: Scan,
  [what, expression]: readonly ['time' | 'mutation time', string],
  column: string,
  files: readonly ScanFile[],
  context: TaskContext,
): Promise<void> {
  const row = await someTimes(scan, column, files, context);
  if (row === null) return;
  const [time, day] = [Number(row[0]), Number(row[1])];
  const daysOff = (factor: number): number => Math.abs((time * factor) / dayMs - day);
  if (daysOff(1) <= yearDays) return;
  const nearest = [...units].sort(([, a], [, b]) => daysOff(a) - daysOff(b));
  const fits = nearest.find(([, factor]) => daysOff(factor) <= 32);
  const decisive = daysOff(1) > 20 * yearDays && isNoDate(time);
  const unit = fits ?? (decisive ? nearest.find(([, f]) => !isNoDate(time * f)) : undefined);
  const field = what === 'time' ? 'timeColumn' : 'mutationTimeColumn';
  const date = Math.abs(time) < lastMs ? new Date(time).toISOString() : 'no date';
  const found = `${time}, which is ${date} in milliseconds`;
  if (unit !== undefined) {
    const [name, , advice, operation] = unit;
    const operand = /^\w+$/.test(expression) ? expression : `(${expression})`;
    throw new HindcastError(
      'data',
      `${scan.origin}: the ${what} column "${expression}" is in ${name}, not milliseconds`,
      { found, hint: `${advice}: ${field}: "${operand} ${operation}".` },
    );
  }
  if (!decisive) return;
  throw new HindcastError(
    'data',
    `${scan.origin}: the ${what} column "${expression}" holds no times`,
    {
      found: `${found}, in partitions of ${new Date(day * dayMs).toISOString().slice(0, 10)}`,
      hint: 'Name a column of milliseconds since the epoch, or of timestamps.',
    },
  );
}

/** Files that are looked into first: mostly all that it takes. */
const fewFiles = 8;

/** Medians of some rows' times and partitions; null where no row has a time. */
async function someTimes(
  scan: Scan,
  column: string,
  files: readonly ScanFile[],
  context: TaskContext,
): Promise<readonly unknown[] | null> {
  for (const some of files.length > fewFiles ? [files.slice(0, fewFiles), files] : [files]) {
    await context.bring(timeReads(scan, some));
    const sql = scanSql(scan, some, (path) => locate(context, path));
    const [row] = await context.session.rows(
      `SELECT median(${column})::DOUBLE, median(__day)::DOUBLE FROM (SELECT ${column}, __day FROM (${sql}) WHERE ${column} IS NOT NULL LIMIT 500)`,
    );
    if (row![0] !== null) return row!;
  }
  return null;
}

/** Columns of the table that not every file has. */
async function partialColumns(
  { partitionColumn }: Scan,
  files: readonly ScanFile[],
  context: TaskContext,
): Promise<Column[]> {
  if (files.length < 2) return [];
  const { session } = context;
  const at = (path: string): string => locate(context, path);
  const paths = quoteList(files.map(({ path }) => at(path)));
  const found = await session.rows(
    `SELECT name FROM parquet_schema(${paths}) GROUP BY name HAVING count(DISTINCT file_name) < ${files.length}`,
  );
  if (found.length === 0) return [];
  const names = new Set(found.map(([name]) => String(name)));
  const columns = await session.describe(`SELECT * FROM ${relation(files, partitionColumn, at)}`);
  return columns.filter(({ name }) => names.has(name) && name !== partitionColumn);
}

async function tableColumns(
  scan: Scan,
  files: readonly ScanFile[],
  context: TaskContext,
): Promise<string[]> {
  try {
    const from = relation(files, scan.partitionColumn, (path) => locate(context, path));
    return (await context.session.describe(`SELECT * FROM ${from}`)).map(({ name }) => name);
  } catch {
    return [];
  }
}
