/** Where a setting comes from, and what a settings file may not hold. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openSmallWarehouse, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
let user: string;
beforeAll(async () => {
  small = await openSmallWarehouse();
  user = join(small.root, 'home/hindcast/config.json');
  mkdirSync(join(user, '..'), { recursive: true });
});
afterEach(() => {
  for (const file of [
    user,
    join(small.root, 'hindcast.config.json'),
    join(small.root, 'hindcast.config.ts'),
  ])
    rmSync(file, { force: true });
});
afterAll(() => small.close());

async function show(
  env: Record<string, string> = {},
  ...flags: string[]
): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await small.run(
    ['config', 'show', '--origin', '--json', ...flags],
    env,
  );
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

test('flag > environment > project > user > default', async () => {
  const env = { HINDCAST_WAREHOUSE: '' };
  expect((await show(env))['warehouse']).toEqual({ value: 'warehouse', origin: 'default' });
  writeFileSync(user, '{ "warehouse": "of-user", "memory": "1g" }');
  expect((await show(env))['warehouse']).toEqual({ value: 'of-user', origin: 'user' });
  small.write('hindcast.config.json', { warehouse: 'of-project' });
  const project = { value: join(small.root, 'of-project'), origin: 'project' };
  expect((await show(env))['warehouse']).toEqual(project);
  const environment = { HINDCAST_WAREHOUSE: 'of-environment' };
  expect((await show(environment))['warehouse']).toEqual({
    value: 'of-environment',
    origin: 'environment',
  });
  const settings = await show(environment, '--warehouse', 'of-flag');
  expect(settings['warehouse']).toEqual({ value: 'of-flag', origin: 'flag' });
  expect(settings['memory']).toEqual({ value: '1g', origin: 'user' });
});

test('the winner is the one that a job uses', async () => {
  small.write('hindcast.config.json', { windowing: 'sawtooth' });
  const planned = async (...flags: string[]) =>
    JSON.parse((await small.run(['plan', small.config(), '--json', ...flags])).stdout).windowing;
  expect(await planned()).toBe('sawtooth');
  expect(await planned('--conf', 'windowing=exact')).toBe('exact');
  expect(await planned('--conf', 'windowing=exact', '--windowing', 'sawtooth')).toBe('sawtooth');
});

test('a project file may be TypeScript, and maps tables beside itself', async () => {
  const tables = `{ 'lake.clicks': 'warehouse/data/clicks', 'lake.views': 'warehouse/data/views' }`;
  small.write(
    'hindcast.config.ts',
    `export default { warehouse: 'elsewhere', tables: ${tables} };\n`,
  );
  const config = small.config({ left: 'lake.clicks', right: 'lake.views' });
  const env = { HINDCAST_WAREHOUSE: '' };
  const { code, stderr } = await small.run(['submit', config], env);
  expect(code, stderr).toBe(0);
  const { stdout } = await small.run(
    ['sql', 'SELECT count(*) AS n FROM out.small_v1', '--json'],
    env,
  );
  expect(JSON.parse(stdout)).toEqual([{ n: 40 }]);
});

test('a table that is mapped to where there is none', async () => {
  small.write('hindcast.config.json', { tables: { 'lake.clicks': 'nowhere' } });
  const config = small.config({ left: 'lake.clicks' });
  await small.refuse(['plan', config], 2, /left: lake.clicks: the table is mapped to \S+nowhere/);
});

test('a table without --origin, for people', async () => {
  const { stdout } = await small.run(['config', 'show']);
  expect(stdout).toMatch(/^setting +value$/m);
  expect(stdout).toMatch(/^windowing +exact$/m);
});

test.each([
  ['not JSON', '{ "warehouse": ', 'not JSON'],
  ['a list', '[]', 'not an object of settings'],
  [
    'an unknown setting',
    '{ "wherehouse": "x" }',
    'unknown setting "wherehouse"',
    'Did you mean "warehouse"?',
  ],
  ['a number for a text', '{ "memory": 2 }', 'memory is not a text', 'found: 2'],
  ['tables that are none', '{ "tables": ["a"] }', 'tables is not'],
  ['a date format without days', '{ "dateFormat": "yyyy" }', 'date format "yyyy"', 'yyyyMMdd'],
  [
    'a date format that does not order as text',
    '{ "dateFormat": "dd-MM-yyyy" }',
    'has no year, month and day, in this order',
  ],
])('a settings file that holds %s', async (_, text, ...says) => {
  writeFileSync(join(small.root, 'hindcast.config.json'), text);
  await small.refuse(['plan', small.config()], 2, ...says);
  rmSync(join(small.root, 'hindcast.config.json'));
  writeFileSync(user, text);
  await small.refuse(['plan', small.config()], 2, ...says);
});
