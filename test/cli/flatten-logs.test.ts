/** A log of served requests as a table, through versions of its schema, and the features that come of it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as dsl from '@hindcast/shared/dsl/index';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { days, openSmallWarehouse, plainRows, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
  await small.table(
    'requests',
    `SELECT 'e' || row_number() OVER (ORDER BY ts) AS event_id, * EXCLUDE (price) FROM (${plainRows})`,
  );
});
beforeEach(() => {
  for (const folder of ['out', '_hindcast', 'logs'])
    rmSync(join(small.warehouse, folder), { recursive: true, force: true });
  small.write('join.json', config());
});
afterAll(() => small.close());

const spent = dsl.groupBy({
  name: 'spent',
  sources: [
    dsl.eventSource({
      table: 'data.views',
      query: dsl.query({ selects: dsl.select('user', 'price'), timeColumn: 'ts' }),
    }),
  ],
  keys: ['user'],
  aggregations: [dsl.sum('price', { windows: ['1d'] }), dsl.lastK('price', 2)],
  accuracy: 'TEMPORAL',
});
const config = (): object => ({
  ...dsl.join({
    name: 'model.v1',
    outputNamespace: 'out',
    left: dsl.eventSource({
      table: 'data.requests',
      query: dsl.query({ selects: dsl.select('event_id', 'user'), timeColumn: 'ts' }),
    }),
    rightParts: [dsl.joinPart({ groupBy: spent })],
    rowIds: ['event_id'],
    onlineExternalParts: [dsl.externalPart(dsl.contextualSource([['event_id', 'STRING']]))],
  }),
  metaData: {
    name: 'model.v1',
    outputNamespace: 'out',
    customJson: '{"bootstrap_from_log": true}',
  },
});

async function json(args: readonly string[], code = 0) {
  const result = await small.run([...args, '--json']);
  expect(result.code, result.stderr).toBe(code);
  return JSON.parse(result.stdout);
}
const rows = (query: string): Promise<Record<string, unknown>[]> => json(['sql', query]);
const line = (id: string, value: object, hash: string, ds: string, more: object = {}): string =>
  JSON.stringify({
    key: { event_id: id, user: 'u0' },
    value,
    ts: 7,
    schema_hash: hash,
    ds,
    ...more,
  });
async function log(...lines: string[]): Promise<void> {
  small.write('log.jsonl', lines.join('\n'));
  await json(['import', 'log.jsonl', '--table', 'logs.served']);
}
const flatten = (...flags: string[]) =>
  json(['flatten-logs', 'join.json', '--log', 'logs.served', ...flags]);

test('three versions of a schema are one table, which fills the features', async () => {
  await log(
    line('e1', { spent_price_sum_1d: 11, old: 1.5 }, 'v1', days[0]!),
    line('e2', { spent_price_sum_1d: 22, old: 2, spent_price_last2: [1, 2] }, 'v2', days[0]!),
    line('e11', { spent_price_last2: null, fresh: 'x', spent_price_sum_1d: 33 }, 'v3', days[1]!),
  );
  await flatten();
  expect(await rows('SELECT * FROM out.model_v1_logged ORDER BY event_id')).toEqual([
    {
      event_id: 'e1',
      user: 'u0',
      fresh: null,
      old: 1.5,
      spent_price_last2: null,
      spent_price_sum_1d: 11,
      ts: 7,
      schema_hash: 'v1',
      ds: days[0],
    },
    {
      event_id: 'e11',
      user: 'u0',
      fresh: 'x',
      old: null,
      spent_price_last2: null,
      spent_price_sum_1d: 33,
      ts: 7,
      schema_hash: 'v3',
      ds: days[1],
    },
    {
      event_id: 'e2',
      user: 'u0',
      fresh: null,
      old: 2,
      spent_price_last2: [1, 2],
      spent_price_sum_1d: 22,
      ts: 7,
      schema_hash: 'v2',
      ds: days[0],
    },
  ]);
  await json(['submit', 'join.json']);
  expect(
    await rows(
      `SELECT event_id, spent_price_sum_1d AS sum, spent_price_last2 AS last, ext_contextual_event_id AS id
       FROM out.model_v1 WHERE event_id IN ('e1', 'e2', 'e11') ORDER BY event_id`,
    ),
  ).toMatchObject([
    { event_id: 'e1', sum: 11, id: 'e1' },
    { event_id: 'e11', sum: 33, last: null, id: 'e11' },
    { event_id: 'e2', sum: 22, last: [1, 2], id: 'e2' },
  ]);
});

test('days that are new; a field that comes later is a column of the same table', async () => {
  await log(line('e1', { spent_price_sum_1d: 1 }, 'v1', days[0]!));
  await flatten();
  small.write('log.jsonl', line('e11', { spent_price_sum_1d: 2, later: true }, 'v2', days[1]!));
  await json(['import', 'log.jsonl', '--table', 'logs.served']);
  const { steps } = await flatten();
  expect(steps).toMatchObject([{ partitions: [days[1]], rows: 1 }]);
  expect((await flatten()).steps).toEqual([]);
  expect(
    await rows('SELECT event_id, later, schema_hash AS v FROM out.model_v1_logged ORDER BY ds'),
  ).toEqual([
    { event_id: 'e1', later: null, v: 'v1' },
    { event_id: 'e11', later: true, v: 'v2' },
  ]);
});

test('a log of several joins, of bytes, by other names of its columns', async () => {
  await small.table(
    'raw',
    `SELECT encode('{"event_id": "e1", "user": "u"}') AS key_bytes, '{"spent_price_sum_1d": ' || i || '}' AS value_json,
       i AS ts_millis, 'h' AS schema_hash, CASE i WHEN 1 THEN 'model.v1' ELSE 'other.v1' END AS name, '${days[0]}' AS ds
     FROM range(3) t(i)`,
  );
  await json(['flatten-logs', 'join.json', '--log', 'data.raw']);
  expect(
    await rows('SELECT event_id, spent_price_sum_1d AS sum, ts FROM out.model_v1_logged'),
  ).toEqual([{ event_id: 'e1', sum: 1, ts: 1 }]);
});

test('no such log, a table that is none, and a config that is no join', async () => {
  await log(line('e1', {}, 'v1', days[0]!));
  const refuse = (table: string, ...says: (string | RegExp)[]) =>
    small.refuse(['flatten-logs', 'join.json', '--log', table], 2, ...says);
  await refuse('logs.servd', /no log logs.servd/, 'Did you mean "logs.served"');
  await refuse('data.clicks', 'log data.clicks: no column "key"', 'user, ts, price');
  small.write('join.json', spent);
  await refuse('logs.served', 'only joins have labels and logs');
  await log(line('e1', { schema_hash: 'mine' }, 'v1', days[1]!));
  small.write('join.json', config());
  await small.refuse(
    ['flatten-logs', 'join.json', '--log', 'logs.served'],
    3,
    /a field is named "schema_hash"/,
  );
});

/** Lines whose key and value are text, as loggers write it. */
const texts = (value: string, ds = days[0]!, key = '{"event_id": "e1"}'): string =>
  JSON.stringify({ key, value, ts: 7, schema_hash: 'h', ds });
const refuseLog = (...says: (string | RegExp)[]) =>
  small.refuse(['flatten-logs', 'join.json', '--log', 'logs.served'], 3, ...says);

test('what does not fit a column is refused with its count, and never rounded', async () => {
  await log(line('e1', { spent_price_sum_1d: 12.7 }, 'v1', days[0]!));
  await refuseLog('"spent_price_sum_1d" is no BIGINT in 1 rows', 'found: 12.7', 'one in the join');
  rmSync(join(small.warehouse, 'logs'), { recursive: true });
  await log(line('e1', { spent_price_last2: [1.5, 2] }, 'v1', days[0]!));
  await refuseLog('"spent_price_last2" is no BIGINT[] in 1 rows', 'found: [1.5,2]');
  rmSync(join(small.warehouse, 'logs'), { recursive: true });
  await log(line('e1', { spent_price_sum_1d: 'abc' }, 'v1', days[0]!));
  await refuseLog('"spent_price_sum_1d" is no BIGINT in 1 rows', 'found: abc');
  // A field of before has the type that it began with.
  rmSync(join(small.warehouse, 'logs'), { recursive: true });
  await log(line('e1', { old: 1, whole: 1e15, big: 1 }, 'v1', days[0]!));
  await flatten();
  await log(line('e2', { whole: '1.0E7', old: 2.7 }, 'v1', days[1]!));
  await refuseLog('"old" is no BIGINT in 1 rows', 'It is one in out.model_v1_logged');
});

test('whole numbers beyond 64 bits keep their digits', async () => {
  await log(texts('{"big": 18446744073709551615}'), texts('{"big": 1}'));
  await flatten();
  expect(await rows('SELECT big FROM out.model_v1_logged ORDER BY 1')).toEqual([
    { big: '1' },
    { big: '18446744073709551615' },
  ]);
});

test('fields by any name, and names that no column can have', async () => {
  const names = ['*', 'a.b', 'a/b', '~0', 'q"x', 'b\\s', "it's", '$', '0', 'sp ace'];
  const value = Object.fromEntries(names.map((name, i) => [name, i + 1]));
  await log(texts(JSON.stringify(value)));
  await flatten();
  expect((await rows('SELECT * FROM out.model_v1_logged'))[0]).toEqual({
    event_id: 'e1',
    ...value,
    ts: 7,
    schema_hash: 'h',
    ds: days[0],
  });
  const again = async (...lines: string[]): Promise<void> => {
    rmSync(join(small.warehouse, 'logs'), { recursive: true });
    await log(...lines);
  };
  await again(texts('{"": 1}', days[1]));
  await refuseLog('a field of value has no name');
  await again(texts('{"Old": 1}', days[1]), texts('{"old": 2}', days[1]));
  await refuseLog('two fields differ in case alone', 'found: "Old" and "old"');
  await again(texts('{"Spent_Price_Sum_1d": 1}', days[1]));
  await refuseLog('"Spent_Price_Sum_1d", and "spent_price_sum_1d" of before or of the join');
  // Also when the flattened log is there, and has this column.
  await again(texts('{"ts": 5}', days[1]));
  await refuseLog('a field is named "ts"');
  await again(texts('{"TS": 5}', days[1]));
  await refuseLog('a field is named "TS"');
});

test('rows that can not be taken apart are counted and refused', async () => {
  await log(texts('{"torn": '), texts('{"whole": 1}'));
  await refuseLog('log logs.served: value is no JSON object in 1 rows', 'found: {"torn":');
  rmSync(join(small.warehouse, 'logs'), { recursive: true });
  await log(texts('[1, 2]'), texts('7'));
  await refuseLog('value is no JSON object in 2 rows');
  rmSync(join(small.warehouse, 'logs'), { recursive: true });
  await log(JSON.stringify({ key: '{}', value: '{}', ts: 'noon', schema_hash: 'h', ds: days[0] }));
  await refuseLog('ts is no time in 1 rows', 'found: noon');
  await small.table(
    'raw',
    `SELECT '\\xff'::BLOB AS key_bytes, '{}' AS value_json, 1 AS ts_millis, 'h' AS schema_hash, '${days[0]}' AS ds`,
  );
  await small.refuse(
    ['flatten-logs', 'join.json', '--log', 'data.raw'],
    3,
    'key is no JSON object in 1 rows',
  );
});

test('times of a log may be timestamps', async () => {
  await small.table(
    'raw',
    `SELECT '{"event_id": "e1"}' AS key, '{}' AS value, TIMESTAMP '2023-11-15 00:00:07' AS ts, 'h' AS schema_hash, '${days[0]}' AS ds`,
  );
  await json(['flatten-logs', 'join.json', '--log', 'data.raw']);
  expect(await rows('SELECT ts FROM out.model_v1_logged')).toEqual([{ ts: 1_700_006_407_000 }]);
});
