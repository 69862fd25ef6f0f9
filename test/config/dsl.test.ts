/** What Chronon compiled can be written with our builders, and compiles to the same. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '@hindcast/shared/config/parse';
import { externalSource } from '@hindcast/shared/dsl/index';
import { expect, test } from 'vitest';
import { rewriteGroupBy, rewriteJoin } from './rewrite.js';

const cases = fileURLToPath(new URL('../golden/cases', import.meta.url));
const shown = fileURLToPath(new URL('./compiled', import.meta.url));
const filesOf = (folder: string, under: RegExp): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && under.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
const joins = [...filesOf(cases, /\/config\/joins/), ...filesOf(shown, /compiled/)];
const groupBys = filesOf(cases, /\/config\/group_bys/);
const named = (files: readonly string[]) => files.map((file) => [relative(cases, file), file]);

test('there are configs to look at', () => {
  expect(joins.length).toBeGreaterThan(30);
  expect(groupBys.length).toBeGreaterThan(2);
});

test.each(named(joins))('%s', (_, file) => {
  const json: unknown = JSON.parse(readFileSync(file!, 'utf8'));
  expect(parseConfig(rewriteJoin(json), '')).toEqual(parseConfig(json, ''));
  expect(semantic(rewriteJoin(json))).toEqual(semantic(json));
});

test.each(named(groupBys))('%s', (_, file) => {
  const json: unknown = JSON.parse(readFileSync(file!, 'utf8'));
  expect(parseConfig(rewriteGroupBy(json), '')).toEqual(parseConfig(json, ''));
  expect(semantic(rewriteGroupBy(json))).toEqual(semantic(json));
});

/** The JSON itself, without what the labels' job and its scheduler alone look at. */
function semantic(json: unknown): unknown {
  return JSON.parse(
    JSON.stringify(json, (name, value) => (name === 'dependencies' ? undefined : value)),
  );
}

test('external fields of every type', () => {
  const { valueSchema } = externalSource({
    name: 'service',
    keyFields: [['user', 'LONG']],
    valueFields: [
      ['tags', { list: 'STRING' }],
      ['scores', { map: ['STRING', 'DOUBLE'] }],
      ['place', { struct: 'place', fields: [['city', 'STRING']] }],
    ],
  });
  expect(valueSchema.params!.map(({ dataType }) => dataType)).toEqual([
    { kind: 12, params: [{ name: 'elem', dataType: { kind: 7 } }] },
    {
      kind: 11,
      params: [
        { name: 'key', dataType: { kind: 7 } },
        { name: 'value', dataType: { kind: 6 } },
      ],
    },
    { kind: 13, params: [{ name: 'city', dataType: { kind: 7 } }], name: 'place' },
  ]);
});
