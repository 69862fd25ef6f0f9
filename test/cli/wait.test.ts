/** `--wait`: input partitions that come while the job waits, or do not come. */
import { spawn } from 'node:child_process';
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as dsl from '@hindcast/shared/dsl/index';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { onS3 } from '../test-store.js';
import { collect, entry } from './run-cli.js';
import { days, openSmallWarehouse, plainRows, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
beforeEach(async () => {
  for (const folder of ['out', '_hindcast', 'late'])
    rmSync(join(small.warehouse, folder), { recursive: true, force: true });
  await small.table('clicks', plainRows);
  await small.table('views', plainRows);
  small.config();
});
afterAll(() => small.close());

const last = days.at(-1)!;
const place = (table: string, day: string): string =>
  join(small.warehouse, 'data', table, `ds=${day}`);
const aside = (table: string, day: string): string => join(small.root, `${table}-${day}`);
const take = (table: string, day: string): void => {
  rmSync(aside(table, day), { recursive: true, force: true });
  renameSync(place(table, day), aside(table, day));
};
const bring = (table: string, day: string): void =>
  renameSync(aside(table, day), place(table, day));

/** Starts a command, and runs `then` when it says that it waits for `what`. */
async function waiting(args: readonly string[], what: RegExp, then: (child: number) => void) {
  const child = spawn(process.execPath, [entry, ...args], {
    cwd: small.root,
    env: { ...process.env, NO_COLOR: '1', HINDCAST_WAREHOUSE: small.warehouse },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let done = false;
  child.stderr.on('data', (data) => {
    said += data;
    if (done || !what.test(said)) return;
    done = true;
    then(child.pid!);
  });
  return collect(child);
}

const rows = async (table: string): Promise<unknown> => {
  const { stdout } = await small.run(['sql', `SELECT count(*) AS n FROM ${table}`, '--json']);
  return JSON.parse(stdout)[0].n;
};

// Partitions come by renames of folders, which another place of the warehouse would not see.
test.skipIf(onS3)('a right partition that comes while it waits is computed with', async () => {
  take('views', last);
  const args = ['submit', 'join.json', '--end-ds', last, '--wait', '2m'];
  const { code, stderr } = await waiting(args, /waiting/, () => bring('views', last));
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(
    /^waiting, 2 min more at most: input partitions are missing: data.views: 2023-11-18$/m,
  );
  expect(stderr).toMatch(/^all inputs are there after \d+ s$/m);
  expect(stderr).not.toMatch('warning');
  expect(stderr).toMatch('40 rows in 4 partitions');
});

test.skipIf(onS3)('the left’s own last day is waited for when the end was given', async () => {
  take('clicks', last);
  const plain = await small.run(['submit', 'join.json']);
  expect(plain.code, plain.stderr).toBe(0);
  expect(plain.stderr).toMatch('30 rows in 3 partitions');
  const args = ['submit', 'join.json', '--end-ds', last, '--wait', '2m'];
  const { code, stderr } = await waiting(args, /data.clicks: 2023-11-18/, () =>
    bring('clicks', last),
  );
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch('10 rows in 1 partition');
});

test('it gives up with exit 4, says what is missing still, and computes nothing', async () => {
  take('clicks', last);
  take('views', days[1]!);
  const args = ['submit', 'join.json', '--end-ds', '2023-11-20', '--wait', '2s'];
  const { stderr } = await small.refuse(
    args,
    4,
    /^waiting, \d s more at most: /m,
    /error: waited 2 s: input partitions are missing/,
    'data.clicks: 2023-11-18, 2023-11-19, 2023-11-20; data.views: 2023-11-16',
    'leave --wait out to compute without',
  );
  // The same again is no news.
  expect(stderr.match(/^waiting/gm)).toHaveLength(1);
});

test('with JSON logs, what it waits for is an event', async () => {
  take('views', last);
  const args = ['submit', 'join.json', '--end-ds', last, '--wait', '1s', '--log-format', 'json'];
  const { stderr } = await small.refuse(args, 4);
  const [event, ...rest] = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(event).toMatchObject({
    type: 'waiting',
    missing: 'input partitions are missing: data.views: 2023-11-18',
    seconds: expect.any(Number),
  });
  expect(rest.at(-1).error.kind).toBe('missing-input');
});

test('a table that is not there yet is waited for, and looks like a typo all the same', async () => {
  small.config({ right: 'data.viws' });
  const args = ['submit', 'join.json', '--end-ds', last, '--wait', '1s'];
  await small.refuse(args, 4, 'data.viws: no such table', 'Did you mean "data.views"?');
  await small.refuse(['submit', 'join.json'], 2, 'data.viws: no such table');
});

test('an end that is computed is not waited for, nor one that the left’s query excludes', async () => {
  const args = (end: string) => ['submit', 'join.json', '--end-ds', end, '--wait', '1s'];
  expect((await small.run(args(last))).stderr).toMatch('40 rows in 4 partitions');
  take('clicks', last);
  const again = await small.run(args(last));
  expect(again.code, again.stderr).toBe(0);
  expect(again.stderr).toMatch('nothing to do');
  const config = JSON.parse(readFileSync(join(small.root, 'join.json'), 'utf8'));
  config.left.events.query.endPartition = days[2];
  config.metaData.name = 'ended.v1';
  small.write('join.json', config);
  const ended = await small.run(args('2023-12-24'));
  expect(ended.code, ended.stderr).toBe(0);
  expect(ended.stderr).toMatch('30 rows in 3 partitions');
});

test.skipIf(onS3)('an interrupt ends the waiting at once', async () => {
  take('views', last);
  const args = ['submit', 'join.json', '--end-ds', last, '--wait', '10m'];
  let at = 0;
  const { code, stderr } = await waiting(args, /waiting/, (pid) => {
    // It sleeps by then.
    setTimeout(() => {
      at = Date.now();
      process.kill(pid, 'SIGINT');
    }, 300);
  });
  expect(code, stderr).toBe(130);
  expect(Date.now() - at).toBeLessThan(3000);
  expect(stderr).toMatch('nothing was changed');
});

test('group-by jobs wait for each of their sources', async () => {
  const source = (table: string) =>
    dsl.eventSource({
      table,
      query: dsl.query({ selects: dsl.select('user', 'price'), timeColumn: 'ts' }),
    });
  const config = dsl.groupBy({
    name: 'both.v1',
    outputNamespace: 'out',
    sources: [source('data.clicks'), source('data.views')],
    keys: ['user'],
    aggregations: [dsl.sum('price', { windows: ['1d'] })],
  });
  take('views', last);
  const args = ['submit', small.write('both.json', config), '--end-ds', last, '--wait', '1s'];
  await small.refuse(args, 4, 'data.views: 2023-11-18');
  bring('views', last);
  const { code, stderr } = await small.run(args);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch('in 4 partitions');
});

test('staging queries wait for what they name, or for what they say that they depend on', async () => {
  const staging = (changes: Partial<Parameters<typeof dsl.stagingQuery>[0]>) =>
    small.write(
      'query.json',
      dsl.stagingQuery({
        name: 'daily.v1',
        outputNamespace: 'out',
        startPartition: days[0]!,
        query:
          "SELECT user, count(*) AS n, c.ds AS ds FROM data.clicks c JOIN data.views v USING (user) WHERE c.ds BETWEEN '{{ start_date }}' AND '{{ end_date }}' GROUP BY user, c.ds",
        ...changes,
      }),
    );
  const args = ['submit', staging({}), '--end-ds', last, '--wait', '1s'];
  take('views', last);
  await small.refuse(args, 4, 'waited 1 s', 'data.views: 2023-11-18', 'dependencies');
  staging({ dependencies: ['data.clicks/ds={{ ds }}', 'data.gone/ds={{ ds }}'] });
  await small.refuse(args, 4, 'no such table', 'data.gone');
  staging({ dependencies: ['data.clicks/ds={{ ds }}', 'data.views/ds={{ ds_add(ds, -1) }}'] });
  const { code, stderr } = await small.run(args);
  expect(code, stderr).toBe(0);
});

test('a plan of now waits for nothing', async () => {
  take('views', last);
  const args = ['submit', 'join.json', '--end-ds', last, '--wait', '10m', '--dry-run'];
  const { code, stdout } = await small.run(args);
  expect(code).toBe(0);
  expect(stdout).toMatch('2023-11-18');
});

test('without an end there is no day to wait for', async () => {
  take('views', last);
  const says = '--wait needs --end-ds: the day whose inputs it waits for';
  for (const more of [[], ['--start-ds', days[0]!], ['--dry-run']]) {
    const args = ['submit', 'join.json', '--wait', '1s', ...more];
    await small.refuse(args, 2, says, 'Give --end-ds yesterday');
  }
});

test.each([
  ['2 hours', '--wait 2 hours is no duration', 'Write 2h, 30m or 90s'],
  ['2', 'no duration', 'Write 2h'],
  ['-1h', 'no duration', 'Write 2h'],
  ['99d', 'no duration', '24d at most'],
])('--wait %s is refused', async (duration, ...says) => {
  await small.refuse(['submit', 'join.json', `--wait=${duration}`], 2, ...says);
});

test('yesterday is the last day that is over, in UTC', async () => {
  const args = ['submit', 'join.json', '--end-ds', 'yesterday', '--wait', '1s'];
  const { code, stderr } = await small.run(args, { HINDCAST_TODAY: '2023-11-18' });
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch('30 rows in 3 partitions');
  expect(await rows('out.small_v1')).toBe(30);
  const refused = await small.run(args, { HINDCAST_TODAY: '18.11.2023' });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch('HINDCAST_TODAY is no date');
});
