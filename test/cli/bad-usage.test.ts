/** Command lines that say nothing sensible: exit 2, what was not understood, and what is meant instead. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSmallWarehouse, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
let config: string;
beforeAll(async () => {
  small = await openSmallWarehouse();
  config = small.config();
});
afterAll(() => small.close());

/** A command line, and what its error says. */
type Case = [args: string[], ...says: string[]];

const refuse = (args: readonly string[], ...says: readonly (string | RegExp)[]) =>
  small.refuse(args, 2, 'error: ', ...says);

test.each<Case>([
  [[], 'Name a command'],
  [['submt', 'join.json'], 'no command "submt"', 'Did you mean "submit"?'],
  [['waltz'], 'no command "waltz"', 'Known: submit, plan, label-join'],
  [['submit'], 'submit: <config> is missing'],
  [['import', 'x.csv'], 'import: --table is missing'],
  [['submit', 'join.json', 'other.json'], 'submit: one argument too many', 'other.json'],
  [['submit', 'join.json', '--wherehouse', 'x'], '--wherehouse', 'Did you mean "--warehouse"?'],
  [['submit', 'join.json', '--stat-ds=2023-11-15'], '--stat-ds', 'Did you mean "--start-ds"?'],
  [['sql', 'SELECT 1', '--master', 'local'], 'unknown option --master'],
  [['sql', 'SELECT 1', '--format', 'jsn'], '--format: unknown value "jsn"', 'Did you mean "json"?'],
  [['config', 'shw'], 'unknown value "shw"', 'Did you mean "show"?'],
  [['submit', 'join.json', '--start-ds'], '--start-ds needs a value'],
  [['submit', 'join.json', '--name', 'a', '--name', 'b'], '--name is given more than once'],
])('hindcast %j', async (args, ...says) => {
  await refuse(args, ...says);
});

test.each<Case>([
  [['--start-ds', '2023-11-31'], '"2023-11-31" is not a date', 'yyyy-MM-dd'],
  [['--end-ds', '20231115'], '"20231115" is not a date', 'yyyy-MM-dd'],
  [['--start-ds', 'yesterday'], '"yesterday" is not a date'],
  [['--start-ds', '2023-11-18', '--end-ds', '2023-11-15'], 'is after --end-ds', 'swap them'],
  [['--step-days', '0'], '--step-days 0 is no whole number'],
  [['--step-days', '1.5'], '--step-days 1.5 is no whole number'],
  [['--step-days', 'week'], '--step-days week is no whole number'],
  [['--master', 'lcal[2]'], 'no launcher for --master lcal[2]', 'local[N]'],
  [['--master', 'local[0]'], 'local[0]', 'between 1 and 256'],
  [
    ['--master', 'k8s://prod', '--warehouse', 'elsewhere'],
    "pods can't see the warehouse",
    's3://bucket/prefix',
  ],
  [['--master', 'k9s://prod'], 'no launcher for --master k9s://prod', 'k8s://<context>'],
  [['--deploy-mode', 'cluster'], '--deploy-mode cluster is for --master k8s://'],
  [['--deploy-mode', 'clstr'], '--deploy-mode clstr: it is client or cluster'],
  [['--memory', 'plenty'], '--memory plenty is no size', '2g'],
  [['--memory', '1m'], '--memory 1m is too little', '64m'],
  [['--windowing', 'exct'], 'unknown windowing "exct"', 'Did you mean "exact"?'],
  [['--conf', 'mastr=local'], '--conf: unknown setting "mastr"', 'Did you mean "master"?'],
  [['--conf', 'master'], '--conf master is no key=value', 'warehouse'],
])('hindcast submit join.json %j', async (args, ...says) => {
  await refuse(['submit', config, ...args], ...says);
});

test('a warehouse on S3, and nothing that says where S3 is', async () => {
  const none = { AWS_REGION: '', AWS_DEFAULT_REGION: '', AWS_ENDPOINT_URL_S3: '' };
  const nowhere = { AWS_CONFIG_FILE: '/dev/null', AWS_ENDPOINT_URL: '', HINDCAST_S3_ENDPOINT: '' };
  const args = ['submit', config, '--warehouse', 's3://bucket/x'];
  const { code, stderr } = await small.run(args, { ...none, ...nowhere });
  expect(code, stderr).toBe(2);
  expect(stderr).toMatch(/s3:..bucket.x.*: no region is set/);
  expect(stderr).toMatch('AWS_REGION');
});

test('with --json the error is a JSON document on stdout, too', async () => {
  const { stdout } = await refuse(['submit', 'gone.json', '--json'], 'no config at gone.json');
  expect(JSON.parse(stdout)).toMatchObject({
    error: { kind: 'config', message: 'no config at gone.json' },
  });
});

test('a stack trace only where it was asked for', async () => {
  const { code, stderr } = await small.run(['submit', 'gone.json', '--log-level', 'debug']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^\s+at .*:\d+/m);
});

test('runs that nobody knows', async () => {
  await refuse(['status', 'nope'], 'no run "nope"');
  await refuse(['retry', 'nope'], 'no run "nope"');
});
