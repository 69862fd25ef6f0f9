/** left-range: rows and times per partition of the left, so that only what they see is read. */
import { HindcastError } from '@hindcast/shared/errors';
import type {
  BootstrapTable,
  LeftPartition,
  LeftRangeResult,
  LeftRangeTask,
} from '@hindcast/shared/plan/task';
import { quoteName } from '../scan/duckdb.js';
import { bootstrapKeysSql, leftSql, skewedSql } from '../scan/left-sql.js';
import { locate, type TaskContext } from './context.js';

/** @throws HindcastError kind `data` when a row of a left of events has no time */
export async function leftRange(
  task: LeftRangeTask,
  context: TaskContext,
): Promise<LeftRangeResult> {
  const { session } = context;
  const at = (path: string): string => locate(context, path);
  const { scan, columns, skewKeys, bootstrap } = task.left;
  const covered = bootstrap?.covered ?? [];
  const uncovered = covered.flatMap(({ name }) =>
    ['count(*)', 'min(__time)', 'max(__time)'].map(
      (what) => `, ${what} FILTER (WHERE NOT ${quoteName(name)})`,
    ),
  );
  const rows = await session.rows(
    `SELECT __partition, count(*), min(__time), max(__time), count(*) - count(__time)${uncovered.join('')}
     FROM (${leftSql(task.left, at)}) GROUP BY 1 ORDER BY 1`,
  );
  if (scan.time.kind !== 'none') {
    const withNulls = rows.filter((row) => Number(row[4]) > 0);
    if (withNulls.length > 0) {
      const total = withNulls.reduce((sum, row) => sum + Number(row[4]), 0);
      throw new HindcastError('data', `${scan.origin}: the time is NULL in ${total} rows`, {
        found: withNulls.map((row) => `${row[0]}: ${row[4]}`).join(', '),
        hint: 'Every row of a left of events needs a time. Filter such rows with `wheres`, or mend the table.',
      });
    }
  }
  const skewed = skewedSql(columns, skewKeys);
  const { bootstrap: _, ...plain } = task.left;
  const all = leftSql({ ...plain, skewKeys: {} }, at);
  const found =
    skewed === null
      ? 0
      : (await session.rows(`SELECT count(*) FROM (${all}) WHERE ${skewed}`))[0]![0];
  return {
    partitions: Object.fromEntries(
      rows.map(([partition, count, min, max, , ...more]) => {
        const some = covered.map(
          ({ name }, i) => [name, rowsAndTimes(more.slice(3 * i, 3 * i + 3))] as const,
        );
        const open = Object.fromEntries(some.filter(([, { rows: left }]) => left > 0));
        return [
          String(partition),
          {
            ...rowsAndTimes([count, min, max]),
            ...(bootstrap === undefined ? {} : { uncovered: open }),
          },
        ];
      }),
    ),
    skewedRows: Number(found),
    duplicates: await Promise.all(
      (bootstrap?.tables ?? []).map((table) => repeated(table, context)),
    ),
  };
}

function rowsAndTimes([count, min, max]: readonly unknown[]): LeftPartition {
  const numberOrNull = (value: unknown): number | null => (value === null ? null : Number(value));
  return { rows: Number(count), minTime: numberOrNull(min), maxTime: numberOrNull(max) };
}

async function repeated(table: BootstrapTable, context: TaskContext): Promise<number> {
  const rows = bootstrapKeysSql({ ...table, columns: [] }, (path) => locate(context, path));
  const keys = [...table.keys.map((_, k) => `__k${k}`), '__partition'].join(', ');
  const [found] = await context.session.rows(
    `SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT ${keys} FROM (${rows}))) FROM (${rows})`,
  );
  return Number(found![0]);
}
