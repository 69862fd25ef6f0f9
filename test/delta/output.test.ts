/** What delta-rs, which knows nothing of us, finds in our output tables. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventsConfig } from '../cli/run-cli.js';
import { preparePython } from '../python.js';
import { history, readTable } from './delta-rs.js';
import { days, fileRelation, rowsOf, World } from './world.js';

let world: World;

beforeAll(async () => {
  await preparePython();
  world = await World.open();
  await world.write('data.clicks', rowsOf(days));
  await world.write('data.views', rowsOf(days));
}, 600_000);
afterAll(() => world.close());

test('delta-rs reads the rows that DuckDB reads, and every row of the left once', async () => {
  const config = world.config({ name: 'plain.v1', left: 'data.clicks', right: 'data.views' });
  const { runId } = await world.submit(config, { stepDays: 2 });
  const copy = world.newFile();
  const table = await readTable(world.folder('out.plain_v1'), copy);
  expect(table).toEqual({
    version: 1,
    partitionColumns: ['ds'],
    schema: {
      user: 'string',
      ts: 'long',
      views_v1_price_sum_1d: 'double',
      views_v1_price_count_1d: 'long',
      views_v1_price_last3: '{"type": "array", "elementType": "double", "containsNull": true}',
      ds: 'string',
    },
    rows: Object.fromEntries(days.map((day) => [day, 24])),
  });
  await world.expectSameRows(fileRelation(copy), await world.relation('out.plain_v1'));
  await world.expectSameRows(fileRelation(copy), rowsOf(days), 'user, ts, ds');

  const commits = await history(world.folder('out.plain_v1'));
  expect(commits).toHaveLength(2);
  for (const commit of commits) {
    expect(commit).toMatchObject({
      operation: 'WRITE',
      operationParameters: { mode: 'Overwrite', partitionBy: '["ds"]' },
      engineInfo: expect.stringMatching(/^hindcast\/\d/),
      runId,
      configHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      windowing: 'exact',
      inputs: { 'data.clicks': expect.any(String), 'data.views': expect.any(String) },
    });
  }
});

test('delta-rs reads a label table: two partition columns, and every label once', async () => {
  const plain = { name: 'labels.v1', left: 'data.clicks', right: 'data.views' };
  const path = world.config(plain);
  const groupBy = {
    metaData: { name: 'last' },
    sources: [
      {
        entities: {
          snapshotTable: 'data.views',
          query: { selects: { user: 'user', price: 'price' } },
        },
      },
    ],
    keyColumns: ['user'],
  };
  const labelPart = { labels: [{ groupBy }], leftStartOffset: 2, leftEndOffset: 1 };
  writeFileSync(path, JSON.stringify({ ...eventsConfig(plain), rowIds: ['ts'], labelPart }));
  await world.submit(path);
  await world.submit(path, { labelJoin: true, startDs: days[1], endDs: days[2] });
  const copy = world.newFile();
  const table = await readTable(world.folder('out.labels_v1_labels'), copy);
  expect(table).toEqual({
    version: 1,
    partitionColumns: ['label_ds', 'ds'],
    schema: { ts: 'long', last_price: 'double', label_ds: 'string', ds: 'string' },
    rows: { [days[0]]: 24, [days[1]]: 48, [days[2]]: 24 },
  });
  const dates = `SELECT * FROM ${rowsOf(days)} JOIN (VALUES ${[
    [days[1], days[0]],
    [days[1], days[1]],
    [days[2], days[1]],
    [days[2], days[2]],
  ]
    .map(([labelDs, ds]) => `('${labelDs}', '${ds}')`)
    .join(', ')}) v(label_ds, ds) USING (ds)`;
  const labels = `SELECT ds AS label_ds, user, max(price) AS last_price FROM ${rowsOf(days)} GROUP BY ALL`;
  await world.expectSameRows(
    fileRelation(copy),
    `(SELECT ts, last_price, label_ds, ds FROM (${dates}) JOIN (${labels}) USING (label_ds, user))`,
    'ts, last_price, label_ds, ds',
  );
});

test('a commit tells its inputs apart by their content', async () => {
  const config = world.config({ name: 'inputs.v1', left: 'data.clicks', right: 'data.changing' });
  const output = world.folder('out.inputs_v1');
  await world.write('data.changing', rowsOf(days));
  await world.submit(config, { startDs: days[0], endDs: days[0] });
  await world.submit(config, { startDs: days[1], endDs: days[1] });
  await world.write('data.changing', rowsOf(days, ', 1 AS more'));
  await world.submit(config, { startDs: days[2], endDs: days[2] });
  const [changed, same, first] = (await history(output)).map(
    ({ inputs }) => inputs as Record<string, string>,
  );
  expect(same).toEqual(first);
  expect(changed!['data.clicks']).toBe(first!['data.clicks']);
  expect(changed!['data.changing']).not.toBe(first!['data.changing']);
});

/** Column of the left → DuckDB's expression, and the type that the table must have. */
const typed: Readonly<Record<string, readonly [sql: string, delta: string]>> = {
  flag: ['i % 2 = 0', 'boolean'],
  byte: ['(-i)::TINYINT', 'byte'],
  short: ['(-300 * i)::SMALLINT', 'short'],
  int: ['-i::INTEGER', 'integer'],
  long: ['9223372036854775807 - i', 'long'],
  unsigned_byte: ['(255 - i)::UTINYINT', 'short'],
  unsigned_short: ['(65535 - i)::USMALLINT', 'integer'],
  unsigned_int: ['(4294967295 - i)::UINTEGER', 'long'],
  single: ['(i / 3)::FLOAT', 'float'],
  double: [`CASE i WHEN 0 THEN 'nan' WHEN 1 THEN '-inf' ELSE '0.1' END::DOUBLE`, 'double'],
  money: ['(i / 7)::DECIMAL(10,2)', 'decimal(10,2)'],
  wide: ['(i / 7)::DECIMAL(38,18)', 'decimal(38,18)'],
  text: [`CASE WHEN i % 3 > 0 THEN 'é "x" ' || i END`, 'string'],
  bytes: [`'\\x00\\xff'::BLOB`, 'binary'],
  date: [`DATE '1969-12-31' + i::INTEGER`, 'date'],
  micros: [`TIMESTAMP '1969-12-31 23:59:59.123456' + to_seconds(i)`, 'timestamp'],
  millis: [`TIMESTAMP_MS '2023-11-15 12:00:00.123'`, 'timestamp'],
  zoned: [`TIMESTAMPTZ '2023-11-15 12:00:00.123456+02'`, 'timestamp'],
  'a "quoted" name': ['i', 'long'],
  list: [
    `['a', NULL, i::VARCHAR]`,
    '{"type": "array", "elementType": "string", "containsNull": true}',
  ],
  map: [
    `MAP {'k': i}`,
    '{"type": "map", "keyType": "string", "valueType": "long", "valueContainsNull": true}',
  ],
  struct: [
    `{'x': i, 'y y': [1.5]}`,
    '{"type": "struct", "fields": [{"name": "x", "type": "long", "nullable": true, "metadata": {}}, {"name": "y y", "type": {"type": "array", "elementType": "decimal(2,1)", "containsNull": true}, "nullable": true, "metadata": {}}]}',
  ],
};

/** What a join of typed columns comes to, for delta-rs and beside the left. */
async function passThrough(name: string, columns: typeof typed) {
  const quoted = Object.fromEntries(
    Object.keys(columns).map((c) => [c, `"${c.replaceAll('"', '""')}"`]),
  );
  const extra = Object.entries(columns)
    .map(([c, [sql]]) => `, ${sql} AS ${quoted[c]}`)
    .join('');
  await world.write(`types.${name}`, rowsOf(days, extra));
  const config = world.config({
    name: `${name}.v1`,
    left: `types.${name}`,
    right: 'data.views',
    leftSelects: Object.fromEntries(['user', ...Object.keys(columns)].map((c) => [c, `\`${c}\``])),
  });
  await world.submit(config);
  const copy = world.newFile();
  const { schema, rows } = await readTable(world.folder(`out.${name}_v1`), copy);
  expect(rows).toEqual(Object.fromEntries(days.map((day) => [day, 24])));
  expect(schema).toMatchObject(
    Object.fromEntries(Object.entries(columns).map(([c, [, type]]) => [c, type])),
  );
  // DuckDB has two kinds of timestamps, delta-rs gives one.
  const compared = Object.entries(columns).map(([c, [, type]]) =>
    type === 'timestamp' ? `${quoted[c]}::TIMESTAMP` : quoted[c]!,
  );
  const select = ['user', 'ts', ...compared].join(', ');
  await world.expectSameRows(fileRelation(copy), rowsOf(days, extra), select);
}

test('columns of every type pass from the left to delta-rs', async () => {
  await passThrough('every', typed);
});

test('nanoseconds become microseconds, which is what tables hold', async () => {
  const sql = `TIMESTAMP_NS '2023-11-15 12:00:00.123456789'`;
  await passThrough('nanos', { nanos: [sql, 'timestamp'] });
});
