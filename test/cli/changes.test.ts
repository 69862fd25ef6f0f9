/** What changed in a definition is named field by field; what changes no value is not a change. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as dsl from '@hindcast/shared/dsl/index';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { onS3 } from '../test-store.js';
import { onTerminal } from './pseudo-terminal.js';
import { days, openSmallWarehouse, plainRows, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
beforeEach(() => {
  for (const folder of ['out', '_hindcast'])
    rmSync(join(small.warehouse, folder), { recursive: true, force: true });
});
afterAll(() => small.close());

const source = (table: string, changes: Parameters<typeof dsl.query>[0] = {}) =>
  dsl.eventSource({
    table,
    query: dsl.query({ selects: dsl.select('user', 'price'), timeColumn: 'ts', ...changes }),
  });
const group = (name: string, changes: Partial<Parameters<typeof dsl.groupBy>[0]> = {}) =>
  dsl.groupBy({
    name,
    sources: [source('data.views', { wheres: ['price > 1'] })],
    keys: ['user'],
    aggregations: [dsl.sum('price', { windows: ['1d', '2d'] })],
    accuracy: 'TEMPORAL',
    ...changes,
  });
const parts = (...groups: readonly dsl.GroupByStruct[]) =>
  groups.map((groupBy) => dsl.joinPart({ groupBy }));

function config(changes: Partial<Parameters<typeof dsl.join>[0]> = {}): void {
  const whole = {
    name: 'small.v1',
    outputNamespace: 'out',
    left: source('data.clicks', { wheres: ['price >= 0'] }),
    rightParts: parts(group('spent'), group('other')),
  };
  small.write('join.json', dsl.join({ ...whole, ...changes }));
}

async function json(args: readonly string[], code = 0) {
  const result = await small.run([...args, '--json']);
  expect(result.code, result.stderr).toBe(code);
  return JSON.parse(result.stdout);
}
const plan = () => json(['plan', 'join.json']);
const submit = (...flags: string[]) => json(['submit', 'join.json', ...flags]);
/** The lines that stand below "Changed". */
async function said(...flags: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await small.run(['plan', 'join.json', ...flags]);
  expect(code, stderr).toBe(0);
  const [, lines = ''] = /^Changed\n(.*?)\n\n/ms.exec(stdout) ?? [];
  return lines === '' ? [] : lines.split('\n').map((line) => line.trim());
}
const definitions = () => readdirSync(join(small.warehouse, '_hindcast/definitions')).sort();

test('fields of the left, of parts, and parts that come and go', async () => {
  config();
  await submit();
  expect(await said()).toEqual([]);
  config({
    rightParts: parts(
      group('spent', {
        sources: [source('data.views', { wheres: ['price > 2'] })],
        aggregations: [
          dsl.last('price'),
          dsl.sum('price', { windows: ['1d', '3d'] }),
          ...['7d', '8d'].map((window) => dsl.count('price', { windows: [window as '7d'] })),
        ],
      }),
      group('renamed'),
    ),
  });
  expect(await said()).toEqual([
    'part spent: aggregations: + LAST(price)',
    'part spent: aggregations[1].windows[1] 2d → 3d',
    'part spent: aggregations: + COUNT(price) over 7d',
    'part spent: aggregations: + COUNT(price) over 8d',
    'part spent: sources[0].query.wheres[0] "price > 1" → "price > 2"',
    'part renamed: new',
    'part other: gone',
  ]);
  const { changes, definitions: kept } = await plan();
  expect(
    changes.map(({ what, part, change }: Record<string, string>) => [what, part, change]),
  ).toEqual([
    ['part', 'spent', 'changed'],
    ['part', 'renamed', 'new'],
    ['part', 'other', 'gone'],
  ]);
  expect(changes[0].fields).toContainEqual({
    path: 'aggregations[1].windows[1]',
    change: 'changed',
    before: { length: 2, timeUnit: 'DAYS' },
    after: { length: 3, timeUnit: 'DAYS' },
  });
  expect(changes[0].partitions).toBeNull();
  const results = await small.run(['submit', 'join.json']);
  expect(results.code, results.stderr).toBe(0);
  expect(results.stderr).toMatch(/^changed:\n {2}part spent: aggregations: \+ LAST\(price\)\n/m);
  expect(await said()).toEqual([]);
  expect(definitions()).toEqual(
    expect.arrayContaining(Object.keys(kept).map((hash) => `${hash}.json`)),
  );
});

test('a schedule, a description, and the order of parts: nothing is reported or computed', async () => {
  config();
  await submit();
  const before = definitions();
  config({
    rightParts: parts(group('other', { team: 'x' }), group('spent', { production: true })),
    offlineSchedule: '0 4 * * *',
    customJson: '{"description": "more words"}',
  });
  expect(await said()).toEqual([]);
  const { changes, steps } = await plan();
  expect([changes, steps]).toEqual([[], []]);
  const results = await submit();
  expect(results).toMatchObject({ changes: [], steps: [], archived: null });
  expect(definitions()).toEqual(before);
});

test('a changed left: in the question, in what is said without an answer, and in the results', async () => {
  config();
  await submit();
  const field = 'left.query.wheres[0] "price >= 0" → "price >= 10"';
  config({ left: source('data.clicks', { wheres: ['price >= 10'] }) });
  expect(await said()).toEqual([field]);
  const { stderr } = await small.refuse(['submit', 'join.json'], 2, 'left changed', '--yes');
  expect(stderr).toContain(`found: ${field}\n`);
  const answered = { prompt: 'compute it anew? [y/N]', typed: 'y\r' };
  const { code, screen } = await onTerminal(small, ['submit', 'join.json'], answered);
  expect(code, screen).toBe(0);
  expect(screen.indexOf(field)).toBeGreaterThan(-1);
  expect(screen.indexOf(field)).toBeLessThan(screen.indexOf('compute it anew?'));
  expect(screen.split(field)).toHaveLength(2);
  config({ left: source('data.clicks') });
  expect((await submit('--yes')).changes).toEqual([
    {
      what: 'left',
      part: null,
      change: 'changed',
      fields: [{ path: 'left.query.wheres', change: 'removed', before: 'price >= 10' }],
      partitions: null,
    },
  ]);
});

test('derivations, external parts, bootstrap parts, and windowing', async () => {
  const old = (table: string) =>
    dsl.bootstrapPart({
      table,
      keyColumns: ['user', 'ts'],
      query: dsl.query({ selects: { user: 'user', ts: 'ts', spent_price_sum_1d: 'price' } }),
    });
  config();
  await submit();
  config({
    onlineExternalParts: [dsl.externalPart(dsl.contextualSource([['hour', 'LONG']]))],
    derivations: [
      { name: '*', expression: '*' },
      { name: 'twice', expression: 'spent_price_sum_1d * 2' },
    ],
  });
  const derived = [
    'externalColumns: + ext_contextual_hour BIGINT',
    'derivations: + * = "*"',
    'derivations: + twice = "spent_price_sum_1d * 2"',
  ];
  expect(await said()).toEqual(derived);
  expect(await said('--windowing', 'sawtooth')).toEqual([
    ...derived,
    'part spent: windowing exact → sawtooth',
    'part other: windowing exact → sawtooth',
  ]);
  config({ bootstrapParts: [old('data.clicks')] });
  expect(await said()).toEqual(['bootstrapParts: + data.clicks']);
  await submit('--yes');
  config({ bootstrapParts: [old('data.views')] });
  expect(await said()).toEqual(['bootstrapParts[0].table "data.clicks" → "data.views"']);
});

test('a join that a part reads: its own fields', async () => {
  const inner = (where: string) =>
    dsl.join({
      name: 'inner.v1',
      outputNamespace: 'out',
      left: source('data.views', { wheres: [where] }),
      rightParts: parts(group('spent')),
    });
  const outer = (where: string) =>
    config({
      rightParts: parts(
        group('over', {
          sources: [
            dsl.joinSource({
              join: inner(where),
              query: dsl.query({ selects: dsl.select('user', { price: 'spent_price_sum_1d' }) }),
            }),
          ],
        }),
      ),
    });
  small.write('inner.json', inner('price > 1'));
  await json(['submit', 'inner.json']);
  outer('price > 1');
  await submit();
  outer('price > 3');
  expect(await said()).toEqual([
    'part over: sources[0].join.left.query.wheres[0] "price > 1" → "price > 3"',
  ]);
  // Without what the join was, the part is known still.
  const [hash] = (await json(['plan', 'inner.json'])).hashes.left.match(/.*/);
  rmSync(join(small.warehouse, '_hindcast/definitions', `${hash}.json`));
  expect(await said()).toEqual(['part over: sources[0].join: another definition']);
});

test('partitions of several former definitions: each is told', async () => {
  const withPrice = (price: string) => {
    const views = source('data.views', { selects: { user: 'user', price } });
    const aggregations = [dsl.sum('price', { windows: ['1d'] })];
    config({ rightParts: parts(group('spent', { sources: [views], aggregations })) });
  };
  withPrice('price');
  await submit();
  // On the third day the values can't be read.
  await small.spoil('views', days[2]!, 'price');
  withPrice('price * 2');
  await json(['submit', 'join.json', '--step-days', '1'], 1);
  await small.table('views', plainRows);
  withPrice('price * 3');
  expect(await said()).toEqual([
    `part spent (${days[0]}, ${days[1]}): sources[0].query.selects.price "price * 2" → "price * 3"`,
    `part spent (${days[2]}, ${days[3]}): sources[0].query.selects.price "price" → "price * 3"`,
  ]);
});

test('what was written before definitions were kept, or was tampered with: said, and no error', async () => {
  const withAccuracy = (accuracy: 'TEMPORAL' | 'SNAPSHOT') =>
    config({ rightParts: parts(group('spent', { accuracy })) });
  withAccuracy('TEMPORAL');
  await submit();
  const folder = join(small.warehouse, '_hindcast/definitions');
  for (const name of definitions()) {
    const text = readFileSync(join(folder, name), 'utf8');
    writeFileSync(join(folder, name), text.replace('price > 1', 'price > 9'));
  }
  withAccuracy('SNAPSHOT');
  const unknown =
    'part spent: changed; its former definition is not on record (earlier versions kept none)';
  expect(await said()).toEqual([unknown]);
  rmSync(folder, { recursive: true });
  expect(await said()).toEqual([unknown]);
  // Where only the windowing is another, it is the same definition.
  withAccuracy('TEMPORAL');
  expect(await said('--windowing', 'sawtooth')).toEqual(['part spent: windowing exact → sawtooth']);
});

test.skipIf(onS3)(
  'where definitions cannot be kept the table is computed, and that is said',
  async () => {
    config({ rightParts: parts(group('spent')) });
    mkdirSync(join(small.warehouse, '_hindcast'), { recursive: true });
    writeFileSync(
      join(small.warehouse, '_hindcast/definitions'),
      'a file where a folder has to be',
    );
    const { rows, warnings } = await submit();
    expect(rows).toBe(40);
    expect(warnings).toEqual([
      expect.stringContaining(
        'definitions are not kept, and later plans may not name what changed',
      ),
    ]);
    config({ rightParts: parts(group('spent', { accuracy: 'SNAPSHOT' })) });
    expect(await said()).toEqual([
      'part spent: changed; its former definition is not on record (earlier versions kept none)',
    ]);
  },
);

test('a group-by, and labels', async () => {
  const alone = (window: '1d' | '2d') =>
    small.write(
      'join.json',
      group('alone', {
        outputNamespace: 'out',
        aggregations: [dsl.sum('price', { windows: [window] })],
      }),
    );
  alone('1d');
  await submit();
  alone('2d');
  expect(await said()).toEqual(['group-by: aggregations[0].windows[0] 1d → 2d']);
  const labeled = (where: string) =>
    config({
      rowIds: ['user', 'ts'],
      labelPart: dsl.labelPart({
        labels: parts(
          group('late', {
            sources: [source('data.views', { wheres: [where] })],
            aggregations: [dsl.sum('price', { windows: ['2d'] })],
            accuracy: 'SNAPSHOT',
          }),
        ),
        leftStartOffset: 2,
        leftEndOffset: 2,
      }),
    });
  labeled('price > 1');
  await submit();
  await json(['label-join', 'join.json', '--label-ds', days[3]!]);
  labeled('price > 2');
  expect(await said('--label-ds', days[3]!)).toEqual([
    'labels: labels.late.sources[0].query.wheres[0] "price > 1" → "price > 2"',
  ]);
});

test('many fields: some in text, all as data', async () => {
  const many = (expression: string) =>
    config({
      rightParts: parts(
        group('spent', {
          sources: [
            source('data.views', {
              selects: {
                user: 'user',
                ...Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`p${i}`, expression])),
              },
            }),
          ],
          aggregations: [dsl.sum('p0', { windows: ['1d'] })],
        }),
      ),
    });
  many('price');
  await submit();
  many('price + 1');
  const lines = await said();
  expect(lines).toHaveLength(6);
  expect(lines[5]).toBe('part spent: … and 7 more');
  expect((await plan()).changes[0].fields).toHaveLength(12);
});

test('gc keeps what tables name, and takes the rest', async () => {
  config();
  await submit();
  const gc = async (...flags: string[]) =>
    (await json(['gc', ...flags])).found.map(({ what }: { what: string }) => what);
  expect(await gc()).toEqual([]);
  config({ rightParts: parts(group('spent')) });
  await submit();
  // The archived table names what it was computed from.
  expect(await gc()).toEqual([]);
  const before = definitions();
  config({ left: source('data.views') });
  await submit('--yes');
  expect(definitions()).toEqual(expect.arrayContaining(before));
  expect(await gc('--keep', '0d', '--archives')).toEqual([
    'KeyBuckets',
    'definitions',
    'archived tables',
  ]);
  await json(['gc', '--keep', '0d', '--archives', '--yes']);
  const kept = (await plan()).definitions;
  expect(definitions()).toEqual(
    Object.keys(kept)
      .map((hash) => `${hash}.json`)
      .sort(),
  );
  expect(await said()).toEqual([]);
});
