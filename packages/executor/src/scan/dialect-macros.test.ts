/** Spark's meaning of expressions, asked of DuckDB itself. */
import { type DuckDBConnection, DuckDBInstance, JsonDuckDBValueConverter } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { columnTypes, prepareExpressions, translateExpression } from './dialect.js';
import { macrosFor } from './dialect-macros.js';
import type { ColumnTypes } from './dialect-types.js';

let connection: DuckDBConnection;
let instance: DuckDBInstance;
let rowTypes: ColumnTypes;

beforeAll(async () => {
  await prepareExpressions(['a + 1']);
  instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  connection = await instance.connect();
  const described = await connection.runAndReadAll(`DESCRIBE ${row}`);
  rowTypes = columnTypes(
    described.getRows().map(([name, type]) => ({ name: String(name), type: String(type) })),
  );
});

afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

/** The one row that every expression of the table sees. */
const row = `SELECT
  7::INTEGER AS i, 0::INTEGER AS zero, -7::INTEGER AS below, 1700000000123::BIGINT AS ts,
  3000000000::BIGINT AS big, 2.5::DOUBLE AS d, 1e7::DOUBLE AS large, 0.1::FLOAT AS f,
  12.50::DECIMAL(10, 2) AS amount, true AS flag, 'abc'::VARCHAR AS s, ''::VARCHAR AS empty,
  '12.7'::VARCHAR AS num, ' 12 '::VARCHAR AS padded, 'x'::VARCHAR AS "user", NULL::VARCHAR AS n,
  NULL::INTEGER AS ni, DATE '2023-11-14' AS day, TIMESTAMP '2023-11-14 22:13:20.5' AS at,
  TIMESTAMPTZ '2023-11-14 22:13:20+00' AS atz, '2023-11-14'::VARCHAR AS ds,
  '2023-11-14 22:13:20'::VARCHAR AS dt, [10, 20, NULL]::INTEGER[] AS xs, ['p', 'q']::VARCHAR[] AS ss,
  NULL::INTEGER[] AS nl, MAP {'k': 1, 'l': 2} AS m, MAP {0: 'zero', 1: 'one'} AS mi,
  {'f': 5, 'g': {'h': 'deep'}} AS st, 'B'::VARCHAR AS "with blank", [{'a': 1}] AS structs,
  '{"a":{"b":[1,2]},"c d":"x","t":true,"z":null}'::VARCHAR AS js, 'oops'::VARCHAR AS bad`;

/** Translates, and defines the macros that are asked for, and no others. */
async function ready(sparkSql: string, types: ColumnTypes): Promise<string> {
  const translated = translateExpression(sparkSql, types);
  for (const statement of macrosFor([translated])) await connection.run(statement);
  return translated;
}

async function evaluate(sparkSql: string): Promise<unknown> {
  const sql = `SELECT ${await ready(sparkSql, rowTypes)} FROM (${row})`;
  const result = await connection.runAndReadAll(sql);
  return result.convertRows(JsonDuckDBValueConverter)[0]![0];
}

/** Spark 3.5's values, in UTC and without ANSI mode. 64-bit integers read as text. */
const cases: Readonly<Record<string, readonly (readonly [string, unknown])[]>> = {
  'text beside numbers': [
    ['num = 12', true],
    ['num != 12', false],
    ['num > 12.5', true],
    ['padded IN (11, 12)', false],
    ['num IN (12.7, 3)', true],
    ['padded BETWEEN 11 AND 13', true],
    ['-1 < num', true],
    ['bad = 1', null],
    ['bad > 0.5', null],
    ['n <=> 1', false],
    ['i > 6', true],
    ['i IN (7, 8)', true],
    ['big = 3000000000', true],
    ['ts > 1700000000122', true],
    ['d = 2.5', true],
    ['d > 2', true],
    ['f > 0', true],
    ['amount >= 12.5', true],
    ['ni = 1', null],
    ['length(s) = 3', true],
    ["ds = '2023-11-14' AND num < 13", true],
  ],
  'columns and literals': [
    ['user', 'x'],
    ["user != 'u0'", true],
    ['`with blank`', 'B'],
    ['concat(`with blank`, "!")', 'B!'],
    ['"abc"', 'abc'],
    ['s = "abc"', true],
    [`"it's"`, "it's"],
    [String.raw`'it\'s'`, "it's"],
    [String.raw`'a\nb'`, 'a\nb'],
    [String.raw`'\u0041\101'`, 'AA'],
    [String.raw`'a\\b\d'`, 'a\\bd'],
    [String.raw`r'a\d'`, 'a\\d'],
    ["'é' || 'ß' || date_add(ds, 1)", 'éß2023-11-15'],
    ["'a' 'b'", 'ab'],
    ['1L', '1'],
    ['1.5D', 1.5],
    ['1Y + 1S', 2],
    ['1.5BD', '1.5'],
    ['1e3', 1000],
    ['true', true],
    ['NULL', null],
    ['/* note */ i -- and more', 7],
  ],
  arithmetic: [
    ['i / 2', 3.5],
    ['i / zero', null],
    ['d / 0.0', null],
    ['num / 2', 6.35],
    ['i div 2', '3'],
    ['below div 2', '-3'],
    ['i div 0', null],
    ['i % 4', 3],
    ['below % 4', -3],
    ['i % zero', null],
    ['d % 0', null],
    ['pmod(below, 4)', 1],
    ['pmod(7, -4)', 3],
    ['mod(i, 4)', 3],
    ['-i + 2 * 3', -1],
    ['(i + 1) * 2', 16],
    ['ts / 1000', 1700000000.123],
    ['floor(d)', '2'],
    ['ceil(-2.5)', '-2'],
    ['round(2.5)', '3'],
    ['round(d)', 3],
    ['round(1.25D, 1)', 1.3],
    ['bround(2.5D)', 2],
    ['abs(below)', 7],
    ['power(2, 10)', 1024],
    ['sqrt(16)', 4],
    ['log(0)', null],
    ['log(2, 8)', 3],
    ['log10(1000)', 3],
    ['signum(below)', -1],
    ['i & 3', 3],
    ['i ^ 2', 5],
    ['~i', -8],
    ['shiftleft(1, 4)', 16],
    ['greatest(1, NULL, 3)', 3],
    ['least(i, ni)', 7],
  ],
  casts: [
    ["CAST('abc' AS INT)", null],
    ['CAST(num AS INT)', 12],
    ['CAST(padded AS BIGINT)', '12'],
    ["CAST('-12.9' AS INT)", -12],
    ["CAST('.5' AS INT)", 0],
    ["CAST('1e3' AS INT)", null],
    ["CAST('9007199254740993' AS BIGINT)", '9007199254740993'],
    ["CAST('3000000000' AS INT)", null],
    ['CAST(d AS INT)', 2],
    ['CAST(-2.5 AS INT)', -2],
    ['CAST(1e20 AS BIGINT)', '9223372036854775807'],
    ['CAST(1e20 AS INT)', 2147483647],
    ["CAST(CAST('NaN' AS DOUBLE) AS INT)", 0],
    ['CAST(big AS INT)', -1294967296],
    ['CAST(300 AS TINYINT)', 44],
    ['CAST(d AS SMALLINT)', 2],
    ['CAST(flag AS INT)', 1],
    ['CAST(flag AS STRING)', 'true'],
    ['CAST(at AS BIGINT)', '1700000000'],
    ['CAST(at AS DOUBLE)', 1700000000.5],
    ['CAST(big AS TIMESTAMP)', '2065-01-24 05:20:00'],
    ["CAST('1.5' AS DOUBLE)", 1.5],
    ["CAST('x' AS DOUBLE)", null],
    ["CAST('12.345' AS DECIMAL(10, 2))", '12.35'],
    ["CAST('12.5' AS DECIMAL)", '13'],
    ["CAST('yes' AS BOOLEAN)", true],
    ["CAST('maybe' AS BOOLEAN)", null],
    ['CAST(zero AS BOOLEAN)', false],
    ['CAST(i AS STRING)', '7'],
    ['CAST(d AS STRING)', '2.5'],
    ['CAST(large AS STRING)', '1.0E7'],
    ['CAST(123456789.125D AS STRING)', '1.23456789125E8'],
    ['CAST(-0.00015D AS STRING)', '-1.5E-4'],
    ['CAST(1e22 AS STRING)', '1.0E22'],
    ['CAST(f AS STRING)', '0.1'],
    ['CAST(amount AS STRING)', '12.50'],
    ['CAST(day AS STRING)', '2023-11-14'],
    ['CAST(atz AS STRING)', '2023-11-14 22:13:20'],
    ['CAST(ds AS DATE)', '2023-11-14'],
    ["CAST('2023-11' AS DATE)", '2023-11-01'],
    ["CAST('2023-11-14abc' AS DATE)", null],
    ["CAST('2023-11-14T01:02:03+02:00' AS TIMESTAMP)", '2023-11-13 23:02:03'],
    ["CAST('nope' AS TIMESTAMP)", null],
    ["CAST(array('1', 'x') AS ARRAY<INT>)", [1, null]],
    ['int(num)', 12],
    ['string(i)', '7'],
    ['num::int', 12],
    ['CAST(NULL AS STRING)', null],
  ],
  dates: [
    ["UNIX_TIMESTAMP(ds, 'yyyy-MM-dd') * 1000 + 86399999", '1700006399999'],
    ['unix_timestamp(dt)', '1700000000'],
    ['unix_timestamp(at)', '1700000000'],
    ["unix_timestamp('nope')", null],
    ["unix_timestamp(dt, 'yyyy-MM-dd HH:mm:ss') * 1000L", '1700000000000'],
    ['hour(from_unixtime(ts / 1000))', 22],
    ['from_unixtime(ts / 1000)', '2023-11-14 22:13:20'],
    ["from_unixtime(1700000000, 'yyyy/MM/dd')", '2023/11/14'],
    ['to_timestamp(dt)', '2023-11-14 22:13:20'],
    ["to_timestamp('14.11.2023 05:06', 'dd.MM.yyyy HH:mm')", '2023-11-14 05:06:00'],
    [
      `to_timestamp('2023-11-14T05:06:07.890', "yyyy-MM-dd'T'HH:mm:ss.SSS")`,
      '2023-11-14 05:06:07.89',
    ],
    ["to_date('20231114', 'yyyyMMdd')", '2023-11-14'],
    ['to_date(dt)', '2023-11-14'],
    ["to_date('x')", null],
    ['date_add(day, 3)', '2023-11-17'],
    ['date_add(ds, -14)', '2023-10-31'],
    ['date_sub(ds, 14)', '2023-10-31'],
    ["datediff(ds, '2023-11-01')", 13],
    ["date_format(day, 'yyyyMM')", '202311'],
    ["date_format(at, 'EEE, d MMM yyyy h:mm a')", 'Tue, 14 Nov 2023 10:13 PM'],
    ['year(ds)', 2023],
    ['month(at)', 11],
    ['day(atz)', 14],
    ['dayofmonth(ds)', 14],
    ['dayofyear(ds)', 318],
    ['quarter(ds)', 4],
    ['weekofyear(ds)', 46],
    ['dayofweek(ds)', 3],
    ['weekday(ds)', 1],
    ['hour(dt)', 22],
    ['minute(at)', 13],
    ['second(at)', 20],
    ['extract(HOUR FROM at)', 22],
    ["date_trunc('MM', at)", '2023-11-01 00:00:00'],
    ["trunc(day, 'YEAR')", '2023-01-01'],
    ['last_day(ds)', '2023-11-30'],
    ["add_months('2023-01-31', 1)", '2023-02-28'],
    ["months_between('1997-02-28 10:30:00', '1996-10-30')", 3.94959677],
    ["next_day(ds, 'Mon')", '2023-11-20'],
    ['day + INTERVAL 2 DAYS', '2023-11-16'],
    ['day - INTERVAL 1 MONTH', '2023-10-14'],
    ['at + INTERVAL 2 HOURS', '2023-11-15 00:13:20.5'],
    ["DATE '2023-11-14' = day", true],
    ["day >= '2023-11-01'", true],
    ['ds BETWEEN date_sub(ds, 1) AND ds', true],
    ["ds >= date_sub('2023-11-20', 30)", true],
    ['ds = current_date()', false],
    ['ds IN (date_add(ds, 0), NULL)', true],
    ["at > to_date('2023-11-14')", true],
    ['dt = timestamp_millis(1700000000000)', true],
    ["TIMESTAMP '2023-11-14 00:00:00' < at", true],
    ['timestamp_millis(ts)', '2023-11-14 22:13:20.123'],
    ['unix_millis(at)', '1700000000500'],
    ["from_utc_timestamp(dt, 'America/New_York')", '2023-11-14 17:13:20'],
    ["to_utc_timestamp(dt, 'Asia/Tokyo')", '2023-11-14 13:13:20'],
    ['make_date(2023, 2, 29)', null],
    ['current_date() = to_date(current_timestamp())', true],
    ['current_date >= day', true],
    ['unix_timestamp() > 1700000000', true],
  ],
  text: [
    ["concat(s, '-', i)", 'abc-7'],
    ['concat(s, n)', null],
    ["CONCAT(s, '-', ds)", 'abc-2023-11-14'],
    ["s || n || 'x'", null],
    ["concat_ws('-', s, n, 'z')", 'abc-z'],
    ["concat_ws(',', ss)", 'p,q'],
    ['substring(s, 2)', 'bc'],
    ['substring(s, 0, 2)', 'ab'],
    ['substr(s, -2)', 'bc'],
    ['substring(s, 2, -1)', ''],
    ['substring(at, 1, 10)', '2023-11-14'],
    ['substring(s FROM 2 FOR 1)', 'b'],
    ["split('a,b,,', ',')", ['a', 'b', '', '']],
    [String.raw`split('a.b', '\\.')[1]`, 'b'],
    ["split('a.b', '[.]')[5]", null],
    [String.raw`regexp_extract('100-200', '(\\d+)-(\\d+)', 2)`, '200'],
    [String.raw`regexp_extract('100-200', '(\\d+)')`, '100'],
    ["regexp_extract('foo', '(x)', 1)", ''],
    ["regexp_replace('aXbX', '(X)', '[$1]')", 'a[X]b[X]'],
    ["s RLIKE 'b.$'", true],
    ["regexp_like(s, '^b')", false],
    ["s LIKE 'a%'", true],
    [String.raw`'a_c' LIKE 'a\_c'`, true],
    [String.raw`'abc' LIKE 'a\_c'`, false],
    ["s NOT LIKE '%z'", true],
    ["s ILIKE 'AB%'", true],
    ["get_json_object(js, '$.a.b[1]')", '2'],
    ["get_json_object(js, '$.a')", '{"b":[1,2]}'],
    [`get_json_object(js, "$['c d']")`, 'x'],
    ["get_json_object(js, '$.t')", 'true'],
    ["get_json_object(js, '$.z')", null],
    ["get_json_object(bad, '$.a')", null],
    ["get_json_object(n, '$.a')", null],
    ["upper(s) || lower('X')", 'ABCx'],
    ["trim('  a ')", 'a'],
    ["trim(BOTH 'x' FROM 'xxaxx')", 'a'],
    ["ltrim('  a ')", 'a '],
    ["length('é ')", 2],
    ["instr(s, 'c')", 3],
    ["locate('c', s)", 3],
    ["locate('a', 'abca', 2)", 4],
    ["position('b' IN s)", 2],
    ["lpad('7', 3, '0')", '007'],
    ['rpad(s, 2)', 'ab'],
    ["repeat('ab', 2)", 'abab'],
    ['reverse(s)', 'cba'],
    ["initcap('hello wORLD')", 'Hello World'],
    ["replace(s, 'b')", 'ac'],
    ["translate(s, 'ab', 'x')", 'xc'],
    ["substring_index('a.b.c', '.', 2)", 'a.b'],
    ["substring_index('a.b.c', '.', -1)", 'c'],
    ["startswith(s, 'ab')", true],
    ['left(s, 2)', 'ab'],
    ['right(s, 2)', 'bc'],
    ["ascii('')", 0],
    ['hex(255)', 'FF'],
    ["base64('abc')", 'YWJj'],
    ["levenshtein('kitten', 'sitting')", 3],
  ],
  'lists, maps and structs': [
    ['xs[0]', 10],
    ['xs[9]', null],
    ['xs[-1]', null],
    ['element_at(xs, 2)', 20],
    ['element_at(ss, -1)', 'q'],
    ["m['k']", 1],
    ["m['none']", null],
    ['mi[1]', 'one'],
    ['mi[zero]', 'zero'],
    ["element_at(m, 'l')", 2],
    ['st.f + 1', 6],
    ['st.g.h', 'deep'],
    ['structs[0].a', 1],
    ['size(xs)', 3],
    ['size(nl)', -1],
    ['size(m)', 2],
    ['size(structs)', 1],
    ['array_contains(xs, 20)', true],
    ['array_contains(xs, 30)', null],
    ["array_contains(ss, 'z')", false],
    ['array(1, 2, 3)[2]', 3],
    ["map('a', 1, 'b', 2)['b']", 2],
    ["named_struct('a', i).a", 7],
    ['map_keys(m)', ['k', 'l']],
    ['array_max(xs)', 20],
    ["array_join(ss, '+')", 'p+q'],
    ['array_distinct(array(3, 1, 3))', [3, 1]],
    ['sort_array(xs)', [null, 10, 20]],
    ['transform(xs, x -> x / 2)', [5, 10, null]],
    ['filter(xs, e -> e > i + 10)', [20]],
    ['concat(xs, array(1))', [10, 20, null, 1]],
  ],
  conditions: [
    ['if(i > 3, "big", "small")', 'big'],
    ['IF(ni IS NULL, 0, 1)', 0],
    ['if(NULL, 1, 2)', 2],
    ['coalesce(ni, i, 1)', 7],
    ["nvl(n, 'none')", 'none'],
    ['ifnull(ni, 0)', 0],
    ['nvl2(n, 1, 2)', 2],
    ['nullif(i, 7)', null],
    ['isnull(n) AND isnotnull(s)', true],
    ['CASE WHEN i > 9 THEN 1 WHEN flag THEN 2 ELSE 3 END', 2],
    ["CASE s WHEN 'abc' THEN 1 END", 1],
    ['i == 7', true],
    ['i <> 7', false],
    ['ni <=> NULL', true],
    ['i <=> ni', false],
    ['!flag', false],
    ['!(i = 7) OR ! isnull(n)', false],
    ['NOT flag', false],
    ['s IN (\'abc\', "x")', true],
    ["s NOT IN ('abc')", false],
    ['i BETWEEN 1 AND 7', true],
    ['n IS NOT NULL', false],
    ['flag IS TRUE', true],
    ["nanvl(CAST('NaN' AS DOUBLE), 1D)", 1],
  ],
  hashes: [
    ["md5('Spark')", '8cde774d6f7333752ed72cacddb05126'],
    ["sha1('Spark')", '85f5955f4b27a9a4c2aab6ffe5d7189fc298b92c'],
    ["sha2('Spark', 256)", '529bc3b07127ecb7e53a4dcf1991d9152c24537d919178022b2c42657f79a26b'],
    ["crc32('Spark')", '1557323817'],
    ["crc32('')", '0'],
    ['crc32(n)', null],
  ],
};

for (const [group, rows] of Object.entries(cases)) {
  describe(group, () => {
    test.each(rows)('%s', async (expression, expected) => {
      const value = await evaluate(expression);
      if (typeof expected === 'number') expect(value).toBeCloseTo(expected, 9);
      else expect(value).toEqual(expected);
    });
  });
}

/** A cell of a one-row relation `v(x)`, as JSON gives it. */
async function evaluateOn(type: string, literal: string, sparkSql: string): Promise<unknown> {
  const types = columnTypes([{ name: 'x', type }]);
  const sql = `SELECT ${await ready(sparkSql, types)} FROM (SELECT CAST(${literal} AS ${type}) AS x)`;
  const result = await connection.runAndReadAll(sql);
  return result.convertRows(JsonDuckDBValueConverter)[0]![0];
}

describe('random values', () => {
  test('integers wrap as in Java', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), async (x) => {
        const cast = (type: string) => evaluateOn('BIGINT', `'${x}'`, `CAST(x AS ${type})`);
        expect(await cast('INT')).toBe(Number(BigInt.asIntN(32, x)));
        expect(await cast('SMALLINT')).toBe(Number(BigInt.asIntN(16, x)));
        expect(await cast('TINYINT')).toBe(Number(BigInt.asIntN(8, x)));
      }),
      { numRuns: 50 },
    );
  });

  test('text of whole numbers and fractions is cut, not rounded', async () => {
    const text = fc.tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.nat(999999));
    await fc.assert(
      fc.asyncProperty(text, async ([whole, fraction]) => {
        const value = await evaluateOn('VARCHAR', `' ${whole}.${fraction} '`, 'CAST(x AS BIGINT)');
        expect(value).toBe(String(whole));
      }),
      { numRuns: 50 },
    );
  });

  test('doubles become text as Java writes them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ noNaN: true, noDefaultInfinity: true }), async (x) => {
        const value = await evaluateOn(
          'DOUBLE',
          `'${Object.is(x, -0) ? '-0.0' : x}'`,
          'CAST(x AS STRING)',
        );
        expect(value).toBe(javaText(x));
      }),
      { numRuns: 200 },
    );
  });

  test('crc32 of any text is that of its UTF-8 bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 20 }), async (text) => {
        fc.pre(!text.includes('\0'));
        const literal = `'${text.replaceAll("'", "''")}'`;
        expect(await evaluateOn('VARCHAR', literal, 'crc32(x)')).toBe(String(crc32(text)));
      }),
      { numRuns: 50 },
    );
  });

  test('a text literal comes through as it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 20 }),
        fc.boolean(),
        async (text, double) => {
          fc.pre(!text.includes('\0'));
          const quote = double ? '"' : "'";
          const literal = text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`);
          const value = await evaluateOn('INTEGER', '1', `concat(${quote}${literal}${quote})`);
          expect(value).toBe(text);
        },
      ),
      { numRuns: 100 },
    );
  });
});

/** Java's Double.toString, of JavaScript's shortest digits. */
function javaText(x: number): string {
  if (Object.is(x, -0)) return '-0.0';
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [digits, exponent] = x.toExponential().split('e');
    return `${digits!.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
  }
  return Number.isInteger(x) ? `${x}.0` : String(x);
}

/** Bit by bit. */
function crc32(text: string): number {
  let crc = ~0;
  for (const byte of Buffer.from(text, 'utf8')) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
