/** Configs that can't be run: one error that names the file and the field, exit 2, no table touched. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSmallWarehouse, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
  // A table that every refused submit would write to, and must leave as it is.
  const { code, stderr } = await small.run(['submit', small.config(), '--end-ds', '2023-11-16']);
  expect(code, stderr).toBe(0);
});
afterAll(() => small.close());

const refuse = (config: string, ...says: readonly (string | RegExp)[]) =>
  small.refuse(['submit', config], 2, ...says);

test('a path that is not there', async () => {
  small.write('jion.json', '{}');
  await refuse('joon.json', 'no config at joon.json', 'Did you mean "jion.json"?');
  await refuse('nowhere/join.json', /There is no folder .*nowhere/);
});

test('a file that is not JSON', async () => {
  const cut = '{\n  "metaData": {"name": "small.v1"},\n  "left": ';
  await refuse(
    small.write('cut.json', cut),
    /cut\.json.*: the config is not JSON/,
    'found:',
    'hint:',
  );
  const wrong = '{"metaData": oops}';
  await refuse(small.write('wrong.json', wrong), /wrong\.json.*: the config is not JSON/, 'oops');
  await refuse(small.write('empty.json', ''), /empty\.json.*: the config is not JSON/);
});

test.each([
  ['a list', '[1, 2]'],
  ['a number', '42'],
  ['null', 'null'],
  ['a package.json', '{"name": "x", "version": "1.0.0", "dependencies": {}}'],
])('JSON of something else: %s', async (_, text) => {
  await refuse(small.write('else.json', text), /else\.json.*(no config|not a config|is no)/);
});

test('a field of another kind', async () => {
  const left = { events: { table: 'data.clicks', query: { timeColumn: 7 } } };
  const config = { metaData: { name: 'small.v1' }, left, joinParts: [] };
  await refuse(small.write('field.json', config), 'left.events.query.timeColumn', 'found:');
});

test('an output among what is no table', async () => {
  const config = (metaData: object) => ({
    ...JSON.parse(readFileSync(join(small.root, small.config()), 'utf8')),
    metaData,
  });
  await refuse(
    small.write('hidden.json', config({ name: 'small.v1', outputNamespace: '_hindcast' })),
    'outputNamespace begins with "_"',
    'found: _hindcast',
  );
  await refuse(small.write('hidden.json', config({ name: '_small' })), 'name begins with "_"');
});

test('output columns of the same name', async () => {
  const once = { inputColumn: 'price', operation: 7 };
  const config = small.config({ aggregations: [once, once] });
  await refuse(
    config,
    'two columns of the output are named "views_v1_price_sum"',
    'join part "views.v1", twice',
    'Leave one of them out.',
  );
});

test('a key that the left does not have', async () => {
  const config = small.config({ keys: ['usr'], selects: { usr: 'user', price: 'price' } });
  await refuse(config, 'join part "views.v1": the left has no key "usr"', 'Did you mean "user"?');
});

test('a key that the group-by does not select', async () => {
  const config = small.config({ keys: ['usr'] });
  await refuse(config, 'the key column "usr" is not selected', 'Did you mean "user"?');
});

test('something else under the name of the partition column', async () => {
  const config = small.config({ leftSelects: { user: 'user', ds: 'user' } });
  await refuse(
    config,
    'left: data.clicks: "ds" is the partition column',
    'ds: user',
    'another name',
  );
  const itself = small.config({ leftSelects: { user: 'user', ds: 'ds' } });
  const { code, stderr } = await small.run(['plan', itself]);
  expect(code, stderr).toBe(0);
});

test('an aggregation of a column that is not selected', async () => {
  const config = small.config({ aggregations: [{ inputColumn: 'prise', operation: 7 }] });
  await refuse(config, 'aggregations[0] uses "prise"', 'Did you mean "price"?');
});

test.each([
  ['a number', 99, '99'],
  ['a word', 'SUMM', 'Did you mean "SUM"?'],
])('an unknown operation: %s', async (_, operation, says) => {
  const config = small.config({ aggregations: [{ inputColumn: 'price', operation }] });
  await refuse(config, /aggregations\[0\]/, 'operation', says);
});

test.each([
  ['no length', { length: 0, timeUnit: 1 }],
  ['a negative length', { length: -7, timeUnit: 1 }],
  ['half a day', { length: 0.5, timeUnit: 1 }],
  ['an unknown unit', { length: 1, timeUnit: 9 }],
  ['text', '1d'],
])('a bad window: %s', async (_, window) => {
  const aggregations = [{ inputColumn: 'price', operation: 7, windows: [window] }];
  await refuse(small.config({ aggregations }), /aggregations\[0\]\.windows\[0\]/, 'found:');
});

test('an operation that needs k and has none', async () => {
  const aggregations = [{ inputColumn: 'price', operation: 13 }];
  await refuse(small.config({ aggregations }), 'LAST_K of "price" needs argMap.k', 'no k');
});
