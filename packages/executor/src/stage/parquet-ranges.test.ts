/** DuckDB reads files of which the bytes are missing that these ranges leave out. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from '../scan/duckdb.js';
import { identifiersOf } from './identifiers.js';
import {
  chunkBytes,
  type Footer,
  footerBytes,
  neededByBucket,
  neededByColumns,
  readFooter,
} from './parquet-ranges.js';
import { bytesIn, type Ranges } from './ranges.js';

const root = mkdtempSync(join(tmpdir(), 'hindcast-ranges-'));
const whole = join(root, 'whole.parquet');
let session: Session;
let bytes: Buffer;
let footer: Footer;
beforeAll(async () => {
  session = await Session.open({ threads: 1, memoryBytes: 2 ** 28, scratch: root });
  await session.run(
    `COPY (SELECT hash(i) AS __hash, i AS "A key", 'v' || (i % 100) AS text, md5(i::VARCHAR) AS noise,
       {'x': i, 'y': [i, NULL]} AS nested, i % 7 AS small FROM range(60000) t(i) ORDER BY 1)
     TO '${whole}' (FORMAT parquet, ROW_GROUP_SIZE 20480)`,
  );
  bytes = readFileSync(whole);
  const length = footerBytes(bytes.subarray(-100))!;
  footer = readFooter(bytes.subarray(-length))!;
});
afterAll(() => {
  session.close();
  rmSync(root, { recursive: true, force: true });
});

let files = 0;

/** A file of the same size that holds these bytes and zeros. */
function sparse(ranges: Ranges): string {
  const path = join(root, `sparse-${files++}.parquet`);
  const copy = Buffer.alloc(bytes.length);
  for (const { from, to } of ranges) bytes.copy(copy, from, from, to);
  writeFileSync(path, copy);
  return path;
}

test.each([
  ['sum("A key")', 'true'],
  ['count(*)', "text = 'v7'"],
  ['count(*)', 'small = 3 AND "a KEY" > 100'],
  ['sum(nested.x), count(nested.y[2])', 'small < 5'],
  ['count(DISTINCT noise)', "noise LIKE 'a%'"],
  ['count(*)', 'true'],
])('SELECT %s WHERE %s', async (select, where) => {
  const columns = identifiersOf([select, where]);
  const ranges = neededByColumns(footer, columns, bytes.length);
  const sql = (file: string): string =>
    `SELECT ${select} FROM read_parquet('${file}') WHERE ${where}`;
  expect(await session.rows(sql(sparse(ranges)))).toEqual(await session.rows(sql(whole)));
  const used = chunkBytes(footer, columns);
  expect(bytesIn(ranges)).toBeGreaterThanOrEqual(used);
  // What is beyond the chunks: the footer, and filters of columns that are used.
  expect(bytesIn(ranges) - used).toBeLessThan(16_000);
});

test.each([0, 1, 2, 3])('KeyBucket %i of 4', async (index) => {
  const ranges = neededByBucket(footer, { index, bits: 2 }, bytes.length);
  const width = 2n ** 62n;
  const low = BigInt(index) * width;
  const sql = (file: string): string =>
    `SELECT file_row_number, * FROM read_parquet('${file}', file_row_number = true)
     WHERE __hash BETWEEN ${low}::UBIGINT AND ${low + width - 1n}::UBIGINT`;
  const rows = await session.rows(sql(whole));
  expect(rows.length).toBeGreaterThan(10_000);
  expect(await session.rows(sql(sparse(ranges)))).toEqual(rows);
  expect(bytesIn(ranges)).toBeLessThan(bytes.length * 0.75);
});

test('what is no Parquet has no footer', () => {
  expect(footerBytes(bytes.subarray(0, 100))).toBeNull();
  expect(footerBytes(new Uint8Array(3))).toBeNull();
  const torn = join(root, 'torn.parquet');
  writeFileSync(torn, bytes);
  truncateSync(torn, bytes.length - 20);
  expect(footerBytes(readFileSync(torn))).toBeNull();
  expect(readFooter(Buffer.from('no Parquet at all PAR1'))).toBeNull();
});

test('names are found, whatever their case and quotes', () => {
  const found = identifiersOf([
    '"A key" + `B``c` * coalesce(ts_2, \'text\')',
    's.Field["x"]',
    'é + _a$',
  ]);
  for (const name of ['a key', 'b`c', 'ts_2', 's', 'field', 'é', '_a$'])
    expect(found).toContain(name);
});
