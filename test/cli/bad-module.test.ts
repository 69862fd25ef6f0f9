/** TypeScript configs that can't be used, and those that can, by each way to name them. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSmallWarehouse, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
afterAll(() => small.close());

const imports = `import { eventSource, groupBy, join, joinPart, query, select, sum } from 'hindcast';\n`;
const definition = `
const views = groupBy({
  name: 'views.v1',
  sources: [eventSource({ table: 'data.views', query: query({ selects: select('user', 'price'), timeColumn: 'ts' }) })],
  keys: ['user'],
  aggregations: [sum('price', { windows: ['1d'] })],
  accuracy: 'TEMPORAL',
});
const small = join({
  name: 'small.v1',
  left: eventSource({ table: 'data.clicks', query: query({ selects: select('user'), timeColumn: 'ts' }) }),
  rightParts: [joinPart({ groupBy: views })],
});
`;

const refuse = (config: string, ...says: readonly (string | RegExp)[]) =>
  small.refuse(['submit', config], 2, ...says);

test('a module that throws', async () => {
  const module = small.write(
    'throws.ts',
    'throw new Error("the team file is gone");\nexport {};\n',
  );
  await refuse(
    module,
    'throws.ts: the module fails to load',
    'found: the team file is gone (throws.ts:1)',
    'hint:',
  );
});

test('the place is the innermost one, and debug shows the way there', async () => {
  small.write(
    'lib.ts',
    'export function priceOf(item: { cents?: bigint }) {\n  return item.cents!.toString();\n}\n',
  );
  const text = `import { priceOf } from './lib.ts';\n\nexport default priceOf({});\n`;
  const module = small.write('deep.ts', text);
  await refuse(module, 'deep.ts: the module fails to load', '(lib.ts:2)');
  const { stderr } = await small.run(['plan', module, '--log-level', 'debug']);
  expect(stderr).toMatch(/caused by TypeError: .*\n +at priceOf .*lib\.ts:2:\d+.*\n.*deep\.ts:3/);
});

const wait = 'await new Promise((resolve) => setTimeout(resolve, 300));\n';

test.each([
  ['a timer', `setTimeout(() => { throw new Error("too late") }, 50);\n${wait}`],
  ['a promise', `Promise.reject(new Error("too late"));\n${wait}`],
  ['a timer, while the job runs', 'setTimeout(() => { throw new Error("too late") }, 50);\n'],
])('an error that nothing catches: %s', async (_, code) => {
  const module = small.write('late.ts', `${imports}${code}${definition}export default small;\n`);
  const says = ['the config throws what nothing catches', 'found: too late (late.ts:2)'];
  await refuse(module, ...says);
  const { code: exit, stdout } = await small.run(['submit', module, '--json']);
  expect(exit).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ error: { kind: 'config', message: says[0] } });
});

test('a module that ends the process', async () => {
  const module = small.write('exits.ts', 'process.exit(0);\nexport {};\n');
  await refuse(module, 'exits.ts:1: the module calls process.exit(0)', 'hint: ');
});

test('what a config prints is on stderr', async () => {
  const chatty = `console.log('four parts');\nprocess.stdout.write('and a left\\n');\n`;
  small.write('chatty.ts', `${chatty}${imports}${definition}export default small;\n`);
  small.write('hindcast.config.ts', `console.log('settings');\nexport default {};\n`);
  for (const args of [
    ['compile', 'chatty.ts'],
    ['plan', 'chatty.ts', '--json'],
  ]) {
    const { code, stdout, stderr } = await small.run(args);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toBeTypeOf('object');
    expect(stderr).toMatch(/settings\nfour parts\nand a left\n/);
  }
  rmSync(join(small.root, 'hindcast.config.ts'));
});

test.each([
  ["accuracy: 'TEMPORAL'", "acuracy: 'TEMPORAL'", 'groupBy: no option "acuracy"', '"accuracy"'],
  ["accuracy: 'TEMPORAL'", "accuracy: 'temporal'", 'unknown accuracy "temporal"', '"TEMPORAL"'],
  ["timeColumn: 'ts'", "timeColumn: 'ts', where: ['a']", 'query: no option "where"', '"wheres"'],
  ["windows: ['1d']", "windows: '1d'", 'aggregation of "price": windows is no list', '["3d"]'],
  ["windows: ['1d']", "window: ['1d']", 'SUM of "price": no option "window"', '"windows"'],
  ["windows: ['1d']", "windows: ['1 day']", '"1 day" is no window', '"3d"'],
  ["select('user', 'price')", "select(['user', 'price'])", 'select: neither', 'select("user_id"'],
  ['groupBy: views }', 'groupby: views }', 'joinPart: no option "groupby"', '"groupBy"'],
  ['rightParts:', 'rightPart:', 'join: no option "rightPart"', '"rightParts"'],
  ["table: 'data.views'", "tabel: 'data.views'", 'eventSource: no option "tabel"', '"table"'],
])('the builders refuse %s as %s', async (right, wrong, ...says) => {
  const text = `${imports}${definition.replace(right, wrong)}export default small;\n`;
  const module = small.write('misspelt.ts', text);
  await refuse(module, /error: misspelt\.ts:\d+: /, ...says);
});

test('a module that throws something else than an error', async () => {
  await refuse(small.write('odd.ts', 'throw "just text";\nexport {};\n'), 'found: just text');
});

test('a module that never finishes loading', async () => {
  await refuse(
    small.write('waits.ts', 'export default new Promise(() => {});\n'),
    'the config never finishes loading',
    'hint:',
  );
});

test('a module with a syntax error', async () => {
  const module = small.write('syntax.ts', 'export default {;\n');
  await refuse(module, 'syntax.ts: the module fails to load', /found: .*(unexpected|syntax)/i);
});

test('a module that imports what is not there', async () => {
  const module = small.write('lost.ts', "import { x } from './teams.js';\nexport default x;\n");
  await refuse(module, 'lost.ts: the module fails to load', /found: .*teams/);
});

test('a module that uses a word the package does not have', async () => {
  const module = small.write(
    'word.ts',
    "import { joyn } from 'hindcast';\nexport default joyn({});\n",
  );
  await refuse(module, 'word.ts: the module fails to load', 'joyn');
});

test('an export that is not there', async () => {
  small.write('named.ts', `${imports}${definition}export { small, views };\n`);
  await refuse('named.ts:smal', 'named.ts: no export "smal"', 'Did you mean "small"?');
  await refuse('named.ts', 'no export "default"', 'named.ts:small', 'named.ts:views');
});

test('a module that exports nothing, or no config', async () => {
  await refuse(
    small.write('nothing.ts', 'const a = 1;\nvoid a;\nexport {};\n'),
    'exports no config',
  );
  await refuse(small.write('number.ts', 'export default 42;\n'), /number\.ts/);
  await refuse(small.write('function.ts', 'export default () => ({});\n'), /function\.ts/);
});

test('a staging query without tables does not know up to which date it runs', async () => {
  const module = `import { stagingQuery } from 'hindcast';\nexport default stagingQuery({ name: 'q', query: "SELECT '2023-11-15' AS ds" });\n`;
  await refuse(
    small.write('query.ts', module),
    'nothing says up to which date it runs',
    '--end-ds',
  );
});

test('what validation finds is named by the field', async () => {
  const wrong = definition.replace("keys: ['user']", "keys: ['usr']");
  const module = small.write('wrong.ts', `${imports}${wrong}export default small;\n`);
  await refuse(module, 'the key column "usr" is not selected', 'Did you mean "user"?');
  const window = definition.replace("'1d'", "'1 fortnight'");
  await refuse(
    small.write('window.ts', `${imports}${window}export default small;\n`),
    '1 fortnight',
  );
});

test('a named export, the default, and an only export are found', async () => {
  small.write('good.ts', `${imports}${definition}export { small };\nexport default small;\n`);
  small.write('only.ts', `${imports}${definition}export { small };\n`);
  for (const config of ['good.ts', 'good.ts:small', 'only.ts']) {
    const { code, stdout, stderr } = await small.run(['plan', config]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch('small.v1 → default.small_v1');
  }
});

test('a module and the JSON compiled from it plan alike', async () => {
  small.write('good.ts', `${imports}${definition}export default small;\n`);
  const compiled = await small.run(['compile', 'good.ts', '--output', 'production/small.v1']);
  expect(compiled.code, compiled.stderr).toBe(0);
  const printed = await small.run(['compile', 'good.ts']);
  expect(JSON.parse(printed.stdout)).toMatchObject({ metaData: { name: 'small.v1' } });
  // One after the other: each looks for what it left in the scratch folder.
  const plans = [];
  for (const config of ['good.ts', 'production/small.v1'])
    plans.push(await small.run(['plan', config, '--json']));
  // Only the run's own folder, which has its id, may differ.
  const [fromModule, fromJson] = plans.map(({ stdout }) =>
    JSON.parse(stdout.replace(/\d{8}T\d{9}-[0-9a-f]{6}/g, 'run')),
  );
  expect(fromModule.steps).toHaveLength(1);
  expect(fromJson).toEqual(fromModule);
});
