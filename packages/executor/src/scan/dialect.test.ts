import { HindcastError } from '@hindcast/shared/errors';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { prepareExpressions, referencedColumns, translateExpression } from './dialect.js';
import { sparkFunctions } from './dialect-functions.js';

beforeAll(() => prepareExpressions(['a + 1']));

function refusal(expression: string): HindcastError {
  try {
    translateExpression(expression);
  } catch (error) {
    if (error instanceof HindcastError) return error;
    throw error;
  }
  throw new Error(`translated: ${expression}`);
}

describe('translateExpression', () => {
  test.each([
    ['a', '"a"'],
    [' user ', '"user"'],
    ['`a"b``c`', '"a""b`c"'],
    ['42', '42'],
    ["'x'", "'x'"],
    ['a > b', '("a" > "b")'],
    ['a > 1', '(SPARK_BESIDE_BIGINT("a") > 1)'],
    ['a IN (1, -0.5)', '("a" IN (1, -0.5))'],
    ['a == "x"', `("a" = 'x')`],
    ['s.f[0]', '(SPARK_AT("s"."f", 0))'],
    ['NOT a OR b', '(NOT "a" OR "b")'],
    ["ds >= '2023-11-14'", `("ds" >= '2023-11-14')`],
    ['amt * 1000L', '("amt" * CAST(1000 AS BIGINT))'],
  ])('%s', (spark, duckdb) => {
    expect(translateExpression(spark)).toBe(duckdb);
  });

  test('columns that go by another name, but not the parameters of lambdas', () => {
    const held = new Map([
      ['amt', '__amt'],
      ['s', 'b c'],
    ]);
    expect(translateExpression('AMT', undefined, held)).toBe('"__amt"');
    expect(translateExpression('`amt`', undefined, held)).toBe('"__amt"');
    expect(translateExpression('amt + s.f', undefined, held)).toBe('("__amt" + "b c"."f")');
    const lambda = translateExpression('filter(xs, amt -> amt > s)', undefined, held);
    expect(lambda).toMatch(/"amt" > "b c"/);
    expect(lambda).not.toMatch('__amt');
  });

  test('a cast of a column that has the type already stays a plain column to the optimizer', () => {
    expect(translateExpression('CAST(flag AS STRING)')).toBe('(SPARK_STRING("flag"))');
  });
});

describe('refusals', () => {
  test.each([
    ['a; DROP TABLE t', /semicolon/],
    ['a;', /semicolon/],
    ['a, b', /more than one expression/],
    ['a AS b', /./],
    ['a b', /./],
    ['', /empty/],
    ['  ', /empty/],
    ['-- nothing', /empty/],
    ['a /* open', /not closed/],
    ['a) + (b', /more than one expression/],
    ['a) FROM t WHERE (b', /clause of a query/],
    ['1) UNION (SELECT 2', /more than one expression/],
    ['(SELECT 1)', /subquery/],
    ['a IN (SELECT 1)', /subquery/],
    ['EXISTS (SELECT 1)', /exists/],
    ['*', /./],
    ['t.*', /./],
    ['a +', /./],
    ["'open", /./],
    ['xxhash64(a)', /"xxhash64" is not supported/],
    ['hash(a, b)', /"hash" is not supported/],
    ['explode(xs)', /"explode" is not supported/],
    ['posexplode(xs)', /"posexplode" is not supported/],
    ['SUM(a)', /"sum" is not supported/],
    ['count(*)', /"count" is not supported/],
    ['row_number() OVER (ORDER BY a)', /window function/],
    ['rand()', /"rand" is not supported/],
    ['current_user', /"current_user" is not supported/],
    ['uper(a)', /"uper" is not supported/],
    ['read_parquet(a)', /"read_parquet" is not supported/],
    ['upper(a, b)', /upper with 2 arguments/],
    ['CAST(a AS JSON)', /type json/],
    ['sha2(a, 512)', /256 bits/],
    ["date_format(a, 'QQQ')", /"QQQ"/],
    ['date_format(a, b)', /no literal/],
    ["get_json_object(a, '$.b[*]')", /wildcard/],
    ['aggregate(xs, 0, (x, y) -> x + y)', /./],
    [':p', /./],
    ['?', /./],
    [`\${x}`, /./],
  ])('%s', (expression, found) => {
    const error = refusal(expression);
    expect(error.kind).toBe('config');
    expect(error.message).toContain(`"${expression}"`);
    expect(error.found).toMatch(found);
    expect(error.hint).toBeTruthy();
  });

  test('a typo gets the nearest function for a hint', () => {
    expect(refusal('uper(a)').hint).toBe('Did you mean "upper"?');
    expect(refusal('date_ad(a, 1)').hint).toBe('Did you mean "date_add"?');
  });

  test('hints say what to use in place of it', () => {
    expect(refusal('xxhash64(a)').hint).toContain('crc32');
    expect(refusal('explode(a)').hint).toContain('StagingQuery');
    expect(refusal('sum(a)').hint).toContain('GroupBy');
  });
});

describe('referencedColumns', () => {
  test.each<[string, string[]]>([
    ['a', ['a']],
    ['`a b`', ['a b']],
    ['1', []],
    ["'a'", []],
    ['"a"', []],
    ['a + b * a', ['a', 'b']],
    ["concat(user, '-', ds)", ['user', 'ds']],
    ['s.f + m["k"]', ['s', 'm']],
    ['CASE a WHEN b THEN c ELSE d END', ['a', 'b', 'c', 'd']],
    ['a BETWEEN b AND c OR d IN (e, 1)', ['a', 'b', 'c', 'd', 'e']],
    ['transform(xs, x -> x + y)', ['xs', 'y']],
    ['if(a IS NULL, CAST(b AS INT), c)', ['a', 'b', 'c']],
    ['d + INTERVAL n DAYS', ['d', 'n']],
    ['current_date', []],
    ['trim(BOTH c FROM a)', ['a', 'c']],
    ['size(xs)', ['xs']],
  ])('%s', (expression, columns) => {
    expect(referencedColumns(expression)).toEqual(columns);
  });

  test.each(['Pi', 'current_date', 'user', 'localtimestamp'])('`%s` is a column', (name) => {
    expect(translateExpression(`1 + \`${name}\``)).toBe(`(1 + "${name}")`);
    expect(referencedColumns(`1 + \`${name}\``)).toEqual([name]);
  });

  test('any name is quoted and reported', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 12 }), (name) => {
        fc.pre(!/[`\\]/.test(name));
        expect(referencedColumns(`1 + \`${name}\``)).toEqual([name]);
        expect(translateExpression(`1 + \`${name}\``)).toBe(
          `(1 + "${name.replaceAll('"', '""')}")`,
        );
      }),
    );
  });
});

test('every function is known by one lower-case name', () => {
  for (const [name, { minArgs, maxArgs }] of sparkFunctions) {
    expect(name).toBe(name.toLowerCase());
    expect(minArgs).toBeLessThanOrEqual(maxArgs);
  }
});
