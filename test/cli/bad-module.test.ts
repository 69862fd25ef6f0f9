/** TypeScript configs that can't be used, and those that can, by each way to name them. */
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
    'found: the team file is gone',
    'hint:',
  );
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

test('a staging query by itself says that it does not run yet', async () => {
  const module = `import { stagingQuery } from 'hindcast';\nexport default stagingQuery({ name: 'q', query: 'SELECT 1' });\n`;
  await refuse(small.write('query.ts', module), 'a StagingQuery by itself does not run yet');
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
  const plans = await Promise.all(
    ['good.ts', 'production/small.v1'].map((config) => small.run(['plan', config, '--json'])),
  );
  // Only the run's own folder, which has its id, may differ.
  const [fromModule, fromJson] = plans.map(({ stdout }) =>
    JSON.parse(stdout.replace(/\d{8}T\d{6}-[0-9a-f]{6}/g, 'run')),
  );
  expect(fromModule.steps).toHaveLength(1);
  expect(fromJson).toEqual(fromModule);
});
