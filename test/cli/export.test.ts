/** `hindcast export`: the quickstart's crontab run by a shell, hostile names, and what it refuses. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as dsl from '@hindcast/shared/dsl/index';
import { load } from 'js-yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCrontab, runAsCron } from './crontab.js';
import { type CliResult, cli, entry } from './run-cli.js';
import { openSmallWarehouse, type SmallWarehouse, tableFiles } from './small-warehouse.js';

const command = `${process.execPath} ${entry}`;
let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
afterAll(() => small.close());

/** A folder with these files alone. */
function project(files: Readonly<Record<string, string | object>>, name = 'project'): string {
  const folder = join(small.root, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [file, content] of Object.entries(files))
    writeFileSync(
      join(folder, file),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  return folder;
}

function exported(cwd: string, ...args: readonly string[]): Promise<CliResult> {
  return cli(['export', ...args], { cwd });
}

async function crontabOf(cwd: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await exported(cwd, 'cron', '.', '--command', command, ...args);
  expect(code, stderr).toBe(0);
  return readCrontab(stdout);
}

const events = dsl.eventSource({
  table: 'data.clicks',
  query: dsl.query({ selects: dsl.select('user'), timeColumn: 'ts' }),
});
const joinNamed = (name: string, more: object = {}) =>
  dsl.join({ name, outputNamespace: 'out', left: events, rightParts: [], ...more });
const stagingOf = (name: string, reads: string) =>
  dsl.stagingQuery({
    name,
    outputNamespace: 'data',
    query: `SELECT * FROM data.${reads}`,
    startPartition: '2023-11-01',
  });

test('the quickstart’s line computes what is missing, and gives up on a day that does not come', async () => {
  const made = await cli(['quickstart', '--folder', 'quick'], { cwd: small.root });
  expect(made.code, made.stderr).toBe(0);
  const folder = join(small.root, 'quick');
  const table = join(folder, 'warehouse/quickstart/quickstart_training_set_v1');
  const days = (): string[] => readdirSync(table).filter((name) => name.startsWith('ds='));
  const before = days();
  rmSync(table, { recursive: true });

  const [line, ...more] = await crontabOf(folder, '--warehouse', 'warehouse', '--wait', '1s');
  expect(more).toEqual([]);
  expect(line!.fields).toEqual(['0', '0', '*', '*', '*']);
  const first = await runAsCron(line!, { HINDCAST_TODAY: '2023-12-01' });
  expect(first.code, first.stderr).toBe(0);
  expect(days()).toEqual(before);
  const again = await runAsCron(line!, { HINDCAST_TODAY: '2023-12-01' });
  expect(again.code, again.stderr).toBe(0);
  expect(again.stderr).toContain('nothing to do');
  const late = await runAsCron(line!, { HINDCAST_TODAY: '2023-12-02' });
  expect(late.code, late.stderr).toBe(4);
  expect(late.stderr).toContain('data.checkouts: 2023-12-01');
});

test('hostile names are words to the shell of cron', async () => {
  const nasty = `-it's "odd" $(touch pwned) \`touch pwned\` \\ % 50% & ; # ü`;
  const folder = project({ [`${nasty}.json`]: joinNamed(`x${nasty}`) }, nasty);
  const echo = join(small.root, 'echo.js');
  writeFileSync(echo, 'console.log(JSON.stringify([process.cwd(), ...process.argv.slice(2)]))');
  const { stdout, stderr } = await exported(
    folder,
    ...['cron', '.', '--command', `${process.execPath} ${echo}`],
    ...['--conf', `partitionColumn=${nasty}`, '--memory', '2g'],
  );
  expect(stderr).toMatch(/^1 job /);
  const [line, ...more] = readCrontab(stdout);
  expect(more).toEqual([]);
  const { code, stdout: said } = await runAsCron(line!);
  expect(code).toBe(0);
  const words = [
    folder,
    ...['submit', `./${nasty}.json`, '--end-ds', 'yesterday', '--wait', '20h'],
    ...['--memory', '2g', '--conf', `partitionColumn=${nasty}`],
  ];
  // On S3 the endpoint that the environment sets follows.
  const rest = process.env['HINDCAST_TEST_STORE'] === 's3' ? 2 : 0;
  expect(JSON.parse(said).slice(0, words.length)).toEqual(words);
  expect(JSON.parse(said)).toHaveLength(words.length + rest);
  expect(readdirSync(folder)).toEqual([`${nasty}.json`]);
});

test('what a crontab can’t hold is refused', async () => {
  const folder = project({ 'a\nb.json': joinNamed('plain') });
  const { code, stdout, stderr } = await exported(folder, 'cron', '.');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('a crontab holds no line breaks');
});

test('a config that is deleted has no schedule any more, and its table stays', async () => {
  const folder = project({ 'one.json': joinNamed('one'), 'two.json': joinNamed('two') });
  const made = await small.run(['submit', 'project/two.json']);
  expect(made.code, made.stderr).toBe(0);
  const options = ['--warehouse', 's3://bucket/warehouse'];
  const texts = () =>
    Promise.all(
      ['airflow', 'kubernetes', 'cron'].map((to) => exported(folder, to, '.', ...options)),
    );
  for (const { stdout } of await texts()) expect(stdout).toMatch(/\bone\b[\s\S]*\btwo\b/);
  const tables = tableFiles(small.warehouse);
  expect(tables.some((name) => name.startsWith('out/two/'))).toBe(true);

  rmSync(join(folder, 'two.json'));
  for (const { code, stdout } of await texts()) {
    expect(code).toBe(0);
    expect(stdout).toMatch(/\bone\b/);
    expect(stdout).not.toMatch(/\btwo\b/);
  }
  expect(tableFiles(small.warehouse)).toEqual(tables);
});

/** Config → CronJob, of what is written for a project. */
async function cronJobsOf(named: string, names: readonly string[]): Promise<Map<string, string>> {
  const files = names.map((name, i) => [`${i}.json`, joinNamed(name)] as const);
  const folder = project(Object.fromEntries(files), 'cluster');
  const { code, stdout, stderr } = await exported(
    folder,
    ...['kubernetes', '.', '--project', named, '--warehouse', 's3://bucket/warehouse'],
  );
  expect(code, stderr).toBe(0);
  const objects = stdout
    .split('---\n')
    .slice(1)
    .map((text) => load(text) as { kind: string; metadata: Metadata });
  const [maps, jobs] = ['ConfigMap', 'CronJob'].map((kind) =>
    objects
      .filter((one) => one.kind === kind)
      .map(
        ({ metadata }) => [metadata.annotations['hindcast.dev/config']!, metadata.name] as const,
      ),
  );
  expect(maps).toEqual(jobs);
  expect(jobs).toHaveLength(names.length);
  return new Map(jobs);
}
interface Metadata {
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
}

test('projects of one namespace never name a CronJob alike', async () => {
  const long = `${'very_'.repeat(12)}long`;
  const names = ['features.v1', 'b-features.v1', 'Features_v1', long, `${long}er`, 'a日本'];
  const projects = ['shop', 'shop-b', 'shop.b', 'Shop', 's'.repeat(50), `${'s'.repeat(49)}t`];
  const seen: string[] = [];
  for (const one of projects) {
    const jobs = await cronJobsOf(one, names);
    for (const name of jobs.values()) {
      expect(name).toMatch(/^hindcast-[a-z0-9-]*[a-z0-9]$/);
      expect(name.length).toBeLessThanOrEqual(52);
    }
    seen.push(...jobs.values());
  }
  expect(new Set(seen).size).toBe(projects.length * names.length);
  expect(Object.fromEntries(await cronJobsOf('shop', names.slice(0, 2)))).toEqual({
    'features.v1': 'hindcast-shop--features-v1',
    'b-features.v1': 'hindcast-shop--b-features-v1',
  });
  // What else is in the project changes no name that was cut.
  const alone = await cronJobsOf('shop', [long]);
  expect(alone.get(long)).toBe((await cronJobsOf('shop', names)).get(long));
});

const circle = {
  'a.json': stagingOf('a', 'b'),
  'b.json': stagingOf('b', 'a'),
};

test.each([
  {
    what: 'a circle',
    files: circle,
    says: [
      'configs read each other, so that none can be first',
      'found: "a" (a.json) reads "b" (b.json) reads "a" (a.json)',
      'hint:  Let one of them read a table',
    ],
  },
  {
    what: 'a schedule of four fields',
    files: { 'join.json': joinNamed('x', { offlineSchedule: '0 6 * *' }) },
    says: ['join.json: metaData.offlineSchedule: "0 6 * *" is no cron', '4 fields', 'Write five'],
  },
  {
    what: 'an hour that no day has, among good configs',
    files: {
      'good.json': joinNamed('good'),
      'staging.json': { ...stagingOf('s', 'raw'), ...late('s', '0 25 * * *') },
    },
    says: ['staging.json: metaData.offlineSchedule', 'hour "25"', 'hour: 0-23'],
  },
  {
    what: 'a name that is nearly one',
    files: { 'join.json': joinNamed('x', { offlineSchedule: '@dayly' }) },
    says: ['join.json: metaData.offlineSchedule', 'Did you mean "@daily"?'],
  },
  {
    what: 'a schedule that would be a command',
    files: {
      'join.json': joinNamed('x', { offlineSchedule: '* * * * *\n* * * * * touch /tmp/x' }),
    },
    says: ['is no cron expression', '12 fields'],
  },
  {
    what: 'a schedule that is no text',
    files: { 'join.json': { ...joinNamed('x'), metaData: { name: 'x', offlineSchedule: 5 } } },
    says: ['join.json', 'offlineSchedule', '5'],
  },
  { what: 'no config', files: { 'read.me': '' }, says: ['no config in this folder'] },
  {
    what: 'a broken config',
    files: { 'good.json': joinNamed('good'), 'bad.json': '{"metaData": {"name": "x"}' },
    says: ['bad.json', 'not JSON'],
  },
])('$what is refused for every scheduler, and nothing is written', async ({ files, says }) => {
  const folder = project(files);
  for (const scheduler of ['airflow', 'kubernetes', 'cron']) {
    const options = ['--output', 'written', '--warehouse', 's3://bucket/warehouse'];
    const { code, stdout, stderr } = await exported(folder, scheduler, '.', ...options);
    expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' });
    for (const words of says) expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/^\s+at .*:\d+|bug in Hindcast/m);
    expect(existsSync(join(folder, 'written'))).toBe(false);
  }
});

test.each([
  [['cron', 'nowhere.ts'], 'no config at nowhere.ts'],
  [['cron'], '<config> is missing'],
  [['crn', '.'], 'Did you mean "cron"?'],
  [['cron', '.', '--wait', '2 hours'], '--wait 2 hours is no duration'],
  [['cron', '.', '--command', ' '], '--command is empty'],
  [['airflow', '.', '--project', 'a b'], '--project "a b" is no name'],
  [['kubernetes', '.', '--warehouse', 'here'], "pods can't see the warehouse here"],
  [['kubernetes', '.', '--master', 'local[2]'], '--master is for Airflow and cron'],
  [['airflow', '.', '--memory', 'much'], 'much'],
])('%j is refused', async (args, says) => {
  const folder = project({ 'join.json': joinNamed('x') });
  const { code, stdout, stderr } = await exported(folder, ...args);
  expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(says);
  expect(stderr).toMatch(/hint:|Did you mean|no config at/);
});

test('warnings and what is scheduled are said on stderr, the file alone on stdout', async () => {
  const folder = project({
    'a.json': { ...stagingOf('clean', 'raw'), ...late('clean', '@weekly') },
    'b.json': joinNamed('reader', {
      left: dsl.eventSource({
        table: 'data.clean',
        query: dsl.query({ selects: dsl.select('user'), timeColumn: 'ts' }),
      }),
    }),
  });
  const { code, stdout, stderr } = await exported(folder, 'cron', '.');
  expect(code, stderr).toBe(0);
  expect(readCrontab(stdout)).toHaveLength(2);
  expect(stderr).toMatch(/warning: "reader" \(0 0 \* \* \*\) reads what "clean" \(0 0 \* \* 0\)/);
  expect(stderr).toMatch(/^2 jobs \(UTC\):$/m);
  expect(stderr).toMatch(/join reader, after clean$/m);
});

/** Metadata of a staging query with a schedule. */
function late(name: string, offlineSchedule: string) {
  return { metaData: { name, outputNamespace: 'data', offlineSchedule } };
}
