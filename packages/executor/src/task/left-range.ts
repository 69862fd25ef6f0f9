/** left-range: rows and times per partition of the left, so that only what they see is read. */
import type {
  BootstrapTable,
  LeftPartition,
  LeftRangeResult,
  LeftRangeTask,
} from '@hindcast/shared/plan/task';
import { quoteName } from '../scan/duckdb.js';
import { bootstrapKeysSql, leftSql, skewedSql } from '../scan/left-sql.js';
import { locate, type TaskContext } from './context.js';

export async function leftRange(
  task: LeftRangeTask,
  context: TaskContext,
): Promise<LeftRangeResult> {
  const tables = task.left.bootstrap?.tables ?? [];
  try {
    const duplicates = await countOlderRows(tables, context);
    return { ...(await ranges(task, context)), duplicates };
  } finally {
    for (const i of tables.keys())
      await context.session.run(`DROP TABLE IF EXISTS ${olderRows(i)}`);
  }
}

async function ranges(
  task: LeftRangeTask,
  context: TaskContext,
): Promise<Omit<LeftRangeResult, 'duplicates'>> {
  const { session } = context;
  const at = (path: string): string => locate(context, path);
  const { scan, columns, skewKeys, bootstrap } = task.left;
  const covered = bootstrap?.covered ?? [];
  const uncovered = covered.flatMap(({ name }) =>
    ['count(*)', 'min(__time)', 'max(__time)'].map(
      (what) => `, ${what} FILTER (WHERE NOT ${quoteName(name)})`,
    ),
  );
  const left = leftSql(task.left, at, undefined, (_, i) => {
    return `SELECT * EXCLUDE (__rows), true AS __found FROM ${olderRows(i)}`;
  });
  const rows = await session.rows(
    `SELECT __partition, count(*), min(__time), max(__time), count(*) - count(__time)${uncovered.join('')}
     FROM (${left}) GROUP BY 1 ORDER BY 1`,
  );
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
    withoutTime: scan.time.kind === 'none' ? {} : withoutTime(rows),
    skewedRows: Number(found),
  };
}

function withoutTime(rows: readonly (readonly unknown[])[]): Record<string, number> {
  return Object.fromEntries(
    rows.flatMap((row) => (Number(row[4]) > 0 ? [[String(row[0]), Number(row[4])]] : [])),
  );
}

function rowsAndTimes([count, min, max]: readonly unknown[]): LeftPartition {
  const numberOrNull = (value: unknown): number | null => (value === null ? null : Number(value));
  return { rows: Number(count), minTime: numberOrNull(min), maxTime: numberOrNull(max) };
}

const olderRows = (i: number): string => quoteName(`__older_${i}`);

/**
 * Makes a temporary table of each bootstrap table: its keys and partitions, and how many rows have them.
 * @returns rows that repeat another's keys, of each table
 */
async function countOlderRows(
  tables: readonly BootstrapTable[],
  context: TaskContext,
): Promise<number[]> {
  const duplicates: number[] = [];
  for (const [i, table] of tables.entries()) {
    const rows = bootstrapKeysSql({ ...table, columns: [] }, (path) => locate(context, path));
    await context.session.run(
      `CREATE OR REPLACE TEMP TABLE ${olderRows(i)} AS SELECT *, count(*) AS __rows FROM (${rows}) GROUP BY ALL`,
    );
    const [[sum] = []] = await context.session.rows(
      `SELECT coalesce(sum(__rows - 1), 0)::BIGINT FROM ${olderRows(i)}`,
    );
    duplicates.push(Number(sum));
  }
  return duplicates;
}
