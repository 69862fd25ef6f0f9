/** Bootstrap and external parts on the command line: what is reused, counted, and what is refused. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as dsl from '@hindcast/shared/dsl/index';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Explanation } from '../../packages/driver/src/explanation.js';
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

const source = (table: string) =>
  dsl.eventSource({
    table,
    query: dsl.query({ selects: dsl.select('user', 'price'), timeColumn: 'ts' }),
  });
const spent = dsl.groupBy({
  name: 'spent',
  sources: [source('data.views')],
  keys: ['user'],
  aggregations: [dsl.sum('price', { windows: ['1d'] }), dsl.count('price', { windows: ['1d'] })],
  accuracy: 'TEMPORAL',
});
const ever = dsl.groupBy({
  name: 'ever',
  sources: [source('data.clicks')],
  keys: ['user'],
  aggregations: [dsl.max('price')],
  accuracy: 'TEMPORAL',
});
const both = [dsl.joinPart({ groupBy: spent }), dsl.joinPart({ groupBy: ever })];

const config = (changes: Partial<Parameters<typeof dsl.join>[0]> = {}): dsl.JoinStruct =>
  dsl.join({
    name: 'new.v1',
    outputNamespace: 'out',
    left: source('data.clicks'),
    rightParts: both,
    rowIds: ['user', 'ts'],
    ...changes,
  });
const from = (table: string, more: Partial<dsl.BootstrapPartStruct> = {}) => ({
  bootstrapParts: [dsl.bootstrapPart({ table, ...more })],
});

async function json(args: readonly string[], code = 0) {
  const result = await small.run([...args, '--json']);
  expect(result.code, result.stderr).toBe(code);
  return JSON.parse(result.stdout);
}
const submit = async (given: object, ...flags: string[]) => {
  small.write('join.json', given);
  return json(['submit', 'join.json', ...flags]);
};
const plan = async (given: object, ...flags: string[]) => {
  small.write('join.json', given);
  return json(['plan', 'join.json', ...flags]);
};
const rows = (query: string): Promise<Record<string, unknown>[]> => json(['sql', query]);
interface TaskLike {
  readonly output?: string;
  readonly left?: { readonly left: { readonly files: readonly object[] } };
}
interface PlanLike {
  readonly inputs: readonly { readonly table: string; readonly partitions: number }[];
  readonly steps: readonly {
    readonly stages: readonly { readonly name: string; readonly tasks: readonly TaskLike[] }[];
  }[];
}
const reads = ({ inputs }: PlanLike) =>
  inputs.map(({ table, partitions }) => `${table}: ${partitions}`);
const stages = ({ steps }: PlanLike) =>
  steps.flatMap(({ stages: own }) => own.map(({ name, tasks }) => `${name} ${tasks.length}`));

test('what another join has is not computed, and its sources are not read', async () => {
  await submit(config({ name: 'old.v1' }));
  rmSync(join(small.warehouse, '_hindcast'), { recursive: true });
  const reuse = config(
    from(dsl.getJoinOutputTableName(config({ name: 'old.v1' }), { fullName: true })),
  );
  const planned: PlanLike = await plan(reuse);
  expect(reads(planned)).toEqual([]);
  expect(stages(planned)).toEqual(['join 1']);
  const { rows: written } = await submit(reuse);
  expect(written).toBe(40);
  expect(await rows('SELECT * FROM out.new_v1 EXCEPT SELECT * FROM out.old_v1')).toEqual([]);
});

test('a part that is covered on some days reads what the others see', async () => {
  await submit(config({ name: 'old.v1' }), '--end-ds', days[2]!);
  rmSync(join(small.warehouse, '_hindcast'), { recursive: true });
  const planned: PlanLike = await plan(config(from('out.old_v1')));
  // One day and its window, and for `ever` all before.
  expect(reads(planned)).toEqual(['data.views: 2', 'data.clicks: 4']);
  // The other days are written as they are held, without KeyBuckets.
  const held = planned.steps.flatMap(({ stages }) =>
    stages.at(-1)!.tasks.filter(({ output }) => output?.includes('/held/')),
  );
  expect(held.flatMap(({ left }) => left!.left.files)).toHaveLength(3);
  const alone: PlanLike = await plan(config({}));
  expect(reads(alone)).toEqual(['data.views: 4', 'data.clicks: 4']);
});

test('a group-by that is covered for every row is not scanned; the others are', async () => {
  await submit(config({ name: 'old.v1' }));
  const some = from('out.old_v1', {
    query: dsl.query({
      selects: dsl.select('user', 'ts', 'spent_price_sum_1d', 'spent_price_count_1d'),
    }),
  });
  const planned: PlanLike = await plan(config(some));
  expect(reads(planned)).toEqual(['data.clicks: 4']);
  const partly = from('out.old_v1', {
    query: dsl.query({ selects: dsl.select('user', 'ts', 'spent_price_sum_1d') }),
  });
  expect(reads(await plan(config(partly)))).toEqual(['data.views: 4', 'data.clicks: 4']);
});

test('new features beside those of the old join, and another left later', async () => {
  await submit(config({ name: 'old.v1', rightParts: [dsl.joinPart({ groupBy: spent })] }));
  const reuse = config(from('out.old_v1'));
  expect(reads(await plan(reuse))).toEqual(['data.clicks: 4']);
  await submit(reuse);
  await submit(config({ name: 'whole.v1' }));
  expect(await rows('SELECT * FROM out.new_v1 EXCEPT SELECT * FROM out.whole_v1')).toEqual([]);
  // A changed part is computed anew, and what tables have of it is looked up again.
  const changed = dsl.groupBy({
    name: 'ever',
    sources: [source('data.views')],
    keys: ['user'],
    aggregations: [dsl.max('price')],
    accuracy: 'TEMPORAL',
  });
  const again = { ...reuse, joinParts: [both[0]!, dsl.joinPart({ groupBy: changed })] };
  const planned = await plan(again);
  expect(planned.partitions[0]).toMatchObject({ reason: 'part changed', parts: ['ever'] });
  await submit(again);
  expect(await rows('SELECT sum(spent_price_sum_1d) AS a FROM out.new_v1')).toEqual(
    await rows('SELECT sum(spent_price_sum_1d) AS a FROM out.whole_v1'),
  );
  // Another table is another join.
  const { stderr } = await small.refuse(
    ['submit', small.write('join.json', { ...again, bootstrapParts: [] })],
    2,
    /bootstrap changed, and nothing was changed/,
  );
  expect(stderr).toMatch('--yes');
});

test('rows that repeat a key are said, and one of them is taken', async () => {
  await small.table(
    'twice',
    `SELECT "user", ts, v AS ever_price_max, ds FROM (${plainRows}), (VALUES (1::BIGINT), (900), (NULL)) t(v)`,
  );
  const { warnings } = await submit(config(from('data.twice')));
  expect(warnings).toEqual([
    'bootstrap part: data.twice: 80 rows repeat a key: the greatest row of each key is taken',
  ]);
  expect(await rows('SELECT DISTINCT ever_price_max FROM out.new_v1')).toEqual([
    { ever_price_max: 900 },
  ]);
});

test('external columns are there, NULL where nothing fills them, and derivations name fields plainly', async () => {
  await small.table(
    'notes',
    `SELECT "user", ts, 'n' || price AS note, price AS score, ds FROM (${plainRows}) WHERE price < 50`,
  );
  const given = config({
    rightParts: [],
    onlineExternalParts: [
      dsl.externalPart(
        dsl.contextualSource([
          ['note', 'STRING'],
          ['price', 'LONG'],
        ]),
      ),
      dsl.externalPart(
        dsl.externalSource({
          name: 'service',
          keyFields: [],
          valueFields: [
            ['score', 'LONG'],
            ['tags', { list: 'STRING' }],
          ],
        }),
        { prefix: 'p' },
      ),
    ],
    derivations: [
      { name: '*', expression: '*' },
      { name: 'loud', expression: 'upper(note)' },
    ],
    ...from('data.notes', {
      query: dsl.query({
        selects: { ...dsl.select('user', 'ts', 'note'), ext_p_service_score: 'score' },
      }),
    }),
  });
  await submit(given);
  expect(
    await rows(
      `SELECT count(*) AS n, count(ext_contextual_note) AS notes, count(ext_p_service_score) AS scores,
         count(ext_p_service_tags) AS tags, bool_and(ext_contextual_price = price) AS of_left,
         bool_and(loud = 'N' || price) AS loud, any_value(typeof(ext_p_service_tags)) AS type FROM out.new_v1`,
    ),
  ).toEqual([
    { n: 40, notes: 20, scores: 20, tags: 0, of_left: true, loud: true, type: 'VARCHAR[]' },
  ]);
  // Another field is another table of the same join.
  const second = dsl.externalPart(
    dsl.externalSource({ name: 'other', keyFields: [], valueFields: [['a', 'INT']] }),
  );
  const more = { ...given, onlineExternalParts: [...given.onlineExternalParts!, second] };
  expect((await plan(more)).partitions[0]).toMatchObject({ reason: 'external parts changed' });
});

test('a flattened log fills what no other part does, and columns of before are passed over', async () => {
  await small.table(
    'old',
    `SELECT "user", ts, 1::BIGINT AS ever_price_max, ds FROM (${plainRows}) WHERE price < 50`,
  );
  const logged = {
    ...config(from('data.old')),
    metaData: {
      name: 'new.v1',
      outputNamespace: 'out',
      customJson: '{"bootstrap_from_log": true}',
    },
  };
  // Nobody has served it yet.
  await submit(logged, '--end-ds', days[0]!);
  const folder = join(small.warehouse, 'out/new_v1_logged');
  await small.session.run(
    `COPY (SELECT "user", ts, 2::BIGINT AS ever_price_max, 3 AS gone, ds FROM (${plainRows})) TO '${folder}' (FORMAT parquet, PARTITION_BY (ds))`,
  );
  await submit(logged);
  expect(
    await rows(
      `SELECT ever_price_max AS max, count(*) AS n FROM out.new_v1 WHERE ds > '${days[0]}' GROUP BY ALL ORDER BY ALL`,
    ),
  ).toEqual([
    { max: 1, n: 15 },
    { max: 2, n: 15 },
  ]);
});

test.each<[string, Partial<Parameters<typeof dsl.join>[0]>, RegExp]>([
  [
    'a table that is not there',
    from('data.click'),
    /bootstrap part: data.click: no such table in .*\n.*Did you mean "data.clicks"/,
  ],
  [
    'nothing that says which row is which',
    { rowIds: [], ...from('data.views') },
    /bootstrap part: data.views: nothing says which row is which\n.*no keyColumns, and no rowIds/,
  ],
  [
    'keys that the table lacks',
    from('data.views', { keyColumns: ['usr'] }),
    /bootstrap part: data.views: the table has no key "usr"\n.*\n.*Did you mean "user"/,
  ],
  [
    'columns that the join lacks',
    from('data.views', {
      query: dsl.query({ selects: { ...dsl.select('user', 'ts'), spent_price_sum: 'price' } }),
    }),
    /"spent_price_sum" is no column of the join\n.*spent_price_sum_1d, .*\n.*Did you mean "spent_price_sum_1d"\?/,
  ],
  [
    'another type',
    from('data.views', {
      query: dsl.query({
        selects: { ...dsl.select('user', 'ts'), spent_price_sum_1d: 'cast(price AS INT)' },
      }),
    }),
    /"spent_price_sum_1d" is of another type than in the join\n.*INTEGER, in the join BIGINT/,
  ],
  [
    'keys of another type',
    from('data.views', {
      query: dsl.query({ selects: { user: 'user', ts: 'user' } }),
    }),
    /key "ts" is of another type than on the left\n.*VARCHAR, on the left BIGINT/,
  ],
])('%s: refused', async (_, changes, says) => {
  small.write('join.json', config(changes));
  await small.refuse(['submit', 'join.json'], 2, says);
});

test("the join's own table is no bootstrap table: nothing is put aside for it", async () => {
  await submit(config());
  small.write('join.json', config(from('out.new_v1')));
  await small.refuse(['submit', 'join.json', '--yes'], 2, "out.new_v1 is the join's own table");
});

test('explain-row says what is taken from which table, and holds what submit wrote', async () => {
  await small.table(
    'first',
    `SELECT "user", ts, CASE WHEN price % 2 = 0 THEN 1000 + price END AS spent_price_sum_1d, ds FROM (${plainRows}) WHERE price < 60`,
  );
  await small.table(
    'second',
    `SELECT "user", ts, CASE WHEN price % 3 = 0 THEN 2000 + price END AS spent_price_sum_1d,
       CASE WHEN price % 3 = 1 THEN 3000 + price END AS spent_price_count_1d, price AS ext_service_score, ds
     FROM (${plainRows}) WHERE price < 30`,
  );
  const given = config({
    left: dsl.eventSource({
      table: 'data.clicks',
      query: dsl.query({ selects: dsl.select('user', 'price'), timeColumn: 'ts' }),
    }),
    onlineExternalParts: [
      dsl.externalPart(
        dsl.externalSource({ name: 'service', keyFields: [], valueFields: [['score', 'LONG']] }),
      ),
    ],
    bootstrapParts: ['data.first', 'data.second'].map((table) => dsl.bootstrapPart({ table })),
  });
  await submit(given);
  const explain = async (price: number) => {
    const [row] = await rows(`SELECT * FROM out.new_v1 WHERE price = ${price}`);
    const said: Explanation = await json([
      ...['explain-row', 'join.json', '--ds', String(row!['ds']), '--where', `price = ${price}`],
    ]);
    expect(said.stored).toEqual({ kind: 'row', different: [] });
    const features = said.parts.flatMap(({ readings }) =>
      readings.flatMap((reading) => reading.features),
    );
    for (const { column, value } of features) expect(value).toEqual(row![column]);
    const from = Object.fromEntries(
      features.flatMap(({ column, taken }) => (taken === null ? [] : [[column, taken.table]])),
    );
    return { from, value: row!, others: said.taken, features };
  };
  const sum = 'spent_price_sum_1d';
  const count = 'spent_price_count_1d';
  // Both have the row: the first value that is not NULL, and NULL where tables have the whole group-by.
  const even = await explain(24);
  expect(even.from).toEqual({ [sum]: 'data.first', [count]: 'data.second' });
  expect(even.value).toMatchObject({ [sum]: 1024, [count]: null, ext_service_score: 24 });
  expect(even.others).toEqual([{ column: 'ext_service_score', table: 'data.second', value: 24 }]);
  const odd = await explain(27);
  expect(odd.from).toEqual({ [sum]: 'data.second', [count]: 'data.second' });
  // One of them has a part of it only.
  const partly = await explain(34);
  expect(partly.from).toEqual({ [sum]: 'data.first' });
  expect(partly.features.find(({ column }) => column === sum)!.how).toMatch(
    /^taken from data.first; computed it would be \d+$/,
  );
  expect((await explain(31)).from).toEqual({});
  expect((await explain(93)).from).toEqual({});
});
