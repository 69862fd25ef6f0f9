/**
 * A week of a crontab that `hindcast export cron` wrote: its lines run as cron runs them, all at once, each
 * day, while inputs come late, a day later, or after a day on which nothing ran.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onS3 } from '../test-store.js';
import { type CronLine, readCrontab, runAsCron } from './crontab.js';
import { entry } from './run-cli.js';
import { openSmallWarehouse, type SmallWarehouse } from './small-warehouse.js';

const week = Array.from({ length: 7 }, (_, day) => `2023-11-${15 + day}`);
const dayAfter = (day: string): string => `2023-11-${Number(day.slice(-2)) + 1}`;

const project = `import { count, eventSource, groupBy, join, joinPart, labelPart, query, select, stagingQuery, sum } from 'hindcast';

export const clean = stagingQuery({
  name: 'views.v1',
  outputNamespace: 'out',
  query: "SELECT user, ts, price, ds FROM data.raw WHERE price > 9 AND ds BETWEEN '{{ start_date }}' AND '{{ end_date }}'",
  startPartition: '2023-11-15',
});
const events = (table: string) =>
  eventSource({ table, query: query({ selects: select('user', 'price'), timeColumn: 'ts' }) });
const views = groupBy({
  name: 'views',
  sources: [events('out.views_v1')],
  keys: ['user'],
  aggregations: [sum('price', { windows: ['2d'] })],
  accuracy: 'TEMPORAL',
});
const orders = groupBy({
  name: 'orders',
  sources: [events('data.orders')],
  keys: ['user'],
  aggregations: [count('price', { windows: ['2d'] })],
});
export default join({
  name: 'features.v1',
  outputNamespace: 'out',
  left: eventSource({ table: 'data.visits', query: query({ selects: select('user', 'visit'), timeColumn: 'ts' }) }),
  rightParts: [joinPart({ groupBy: views })],
  rowIds: ['visit'],
  labelPart: labelPart({ labels: [joinPart({ groupBy: orders })], leftStartOffset: 2, leftEndOffset: 2 }),
});
`;

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
afterAll(() => small.close());

/** Seventy rows over the week, made to differ by `seed`. */
const rows = (seed: number): string =>
  `SELECT 'u' || (i * ${seed} % 4) AS user, 'v' || i AS visit, 1700006400000 + i * 8640000 + ${seed} AS ts,
     (i * 31 % 50)::BIGINT AS price, strftime(make_timestamp((1700006400000 + i * 8640000) * 1000), '%Y-%m-%d') AS ds
   FROM range(70) t(i)`;
const sources = { visits: rows(3), raw: rows(7), orders: rows(5) };
type Table = keyof typeof sources;

const there = (table: Table, day: string): string =>
  join(small.warehouse, 'data', table, `ds=${day}`);
const underway = (table: Table, day: string): string =>
  join(small.root, 'underway', table, `ds=${day}`);
const arrive = (table: Table, day: string): void =>
  renameSync(underway(table, day), there(table, day));

/** Table → partition → how often a commit wrote it. */
function commits(table: string, column: string): Record<string, number> {
  const log = join(small.warehouse, 'out', table, '_delta_log');
  const counts: Record<string, number> = {};
  for (const name of readdirSync(log)
    .filter((file) => file.endsWith('.json'))
    .sort()) {
    const actions = readFileSync(join(log, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(actions.filter(({ remove }) => remove !== undefined)).toEqual([]);
    const values = actions.flatMap(({ add }) =>
      add === undefined ? [] : [add.partitionValues[column]],
    );
    for (const value of new Set<string>(values)) counts[value] = (counts[value] ?? 0) + 1;
  }
  return counts;
}

test.skipIf(onS3)(
  'a week of daily runs with late inputs fills every partition once, with the right values',
  async () => {
    for (const [table, select] of Object.entries(sources)) {
      await small.table(table, select);
      mkdirSync(join(small.root, 'underway', table), { recursive: true });
      for (const day of week) renameSync(there(table as Table, day), underway(table as Table, day));
    }
    small.write('project.ts', project);
    const command = `${process.execPath} ${entry}`;
    const crontab = async (wait: string): Promise<CronLine[]> => {
      const args = ['export', 'cron', 'project.ts', '--wait', wait, '--command', command];
      const { code, stdout, stderr } = await small.run(args);
      expect(code, stderr).toBe(0);
      return readCrontab(stdout);
    };
    const lines = await crontab('90s');
    // For lines that will give up.
    const hasty = await crontab('2s');
    expect(lines.map(({ fields }) => fields.join(' '))).toEqual(Array(3).fill('0 0 * * *'));

    /** Staging query, join and label join, as they stand in the crontab. */
    const run = (day: string, { late = [] as number[], heard = (_: string): void => {} } = {}) =>
      Promise.all(
        lines.map((line, i) =>
          runAsCron(late.includes(i) ? hasty[i]! : line, { HINDCAST_TODAY: dayAfter(day) }, heard),
        ),
      );
    const codes = (
      results: readonly { readonly code: number | null; readonly stderr: string }[],
    ) => ({
      codes: results.map(({ code }) => code),
      said: results.map(({ stderr }) => stderr).join('\n'),
    });
    const arriveAll = (day: string, but: readonly Table[] = []): void => {
      for (const table of Object.keys(sources) as Table[])
        if (!but.includes(table)) arrive(table, day);
    };
    const [first, second, third, fourth, fifth, sixth, seventh] = week as [string, ...string[]] &
      [string, string, string, string, string, string, string];

    // Nothing is there before: no label date has features yet.
    arriveAll(first);
    const one = codes(await run(first, { late: [2] }));
    expect(one.codes, one.said).toEqual([0, 0, 4]);

    // Views come while everything waits for them, one job for another one.
    arriveAll(second, ['raw']);
    let arrived = false;
    const heard = (text: string): void => {
      if (arrived || !text.includes('data.raw: 2023-11-16')) return;
      arrived = true;
      arrive('raw', second);
    };
    const two = codes(await run(second, { heard }));
    expect(two.codes, two.said).toEqual([0, 0, 0]);
    expect(two.said).toMatch(/data.raw: 2023-11-16/);
    expect(two.said).toMatch(/out.views_v1: 2023-11-16/);

    // Visits do not come that day: the join gives up, and nothing else does.
    arriveAll(third, ['visits']);
    const three = codes(await run(third, { late: [1] }));
    expect(three.codes, three.said).toEqual([0, 4, 0]);
    expect(three.said).toMatch('data.visits: 2023-11-17');

    // Two days of them do.
    arrive('visits', third);
    arriveAll(fourth);
    const four = codes(await run(fourth));
    expect(four.codes, four.said).toEqual([0, 0, 0]);

    // On the fifth day the machine is off. On the sixth orders are late by a day.
    arriveAll(fifth);
    arriveAll(sixth, ['orders']);
    const six = codes(await run(sixth, { late: [2] }));
    expect(six.codes, six.said).toEqual([0, 0, 4]);
    arrive('orders', sixth);
    arriveAll(seventh);
    const seven = codes(await run(seventh));
    expect(seven.codes, seven.said).toEqual([0, 0, 0]);

    const once = (days: readonly string[]) => Object.fromEntries(days.map((day) => [day, 1]));
    expect(commits('views_v1', 'ds')).toEqual(once(week));
    expect(commits('features_v1', 'ds')).toEqual(once(week));
    // A label date is for the day before it.
    expect(commits('features_v1_labels', 'label_ds')).toEqual(once(week.slice(1)));
    expect(commits('features_v1_labels', 'ds')).toEqual(once(week.slice(0, -1)));

    const compute = async (sql: string) => {
      const { stdout, stderr, code } = await small.run(['sql', sql, '--json']);
      expect(code, stderr).toBe(0);
      return JSON.parse(stdout) as unknown[];
    };
    const expected = (await small.session.rows(
      `WITH visits AS (${sources.visits}), raw AS (${sources.raw}), orders AS (${sources.orders})
       SELECT visit, ds,
         (SELECT sum(r.price) FROM raw r WHERE r.user = v.user AND r.price > 9 AND r.ts >= v.ts - 172800000 AND r.ts < v.ts AND r.ds <= v.ds) AS spent,
         (SELECT CASE WHEN count(*) > 0 THEN count(*) END FROM orders o WHERE o.user = v.user
          AND o.ts // 86400000 BETWEEN v.ts // 86400000 AND v.ts // 86400000 + 1) AS ordered
       FROM visits v ORDER BY ALL`,
    )) as unknown[][];
    const known = (value: unknown) => (value === null ? null : Number(value));
    expect(
      await compute(
        'SELECT visit, ds, views_price_sum_2d AS spent FROM out.features_v1 ORDER BY visit, ds',
      ),
    ).toEqual(expected.map(([visit, ds, spent]) => ({ visit, ds, spent: known(spent) })));
    expect(
      await compute(
        'SELECT visit, ds, label_orders_price_count_2d AS ordered FROM out.features_v1_labeled_latest ORDER BY visit, ds',
      ),
    ).toEqual(
      expected.map(([visit, ds, , ordered]) => ({
        visit,
        ds,
        // Of the last day not all is known.
        ordered: ds === seventh ? null : known(ordered),
      })),
    );
  },
  600_000,
);
