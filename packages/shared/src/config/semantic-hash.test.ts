import { expect, test } from 'vitest';
import {
  bootstrapPart,
  entitySource,
  eventSource,
  groupBy,
  join,
  joinPart,
  joinSource,
  query,
  select,
  sum,
} from '../dsl/index.js';
import type { Join } from './model.js';
import { parseConfig } from './parse.js';
import { definitionHash, semanticDefinitions, semanticHashes } from './semantic-hash.js';

const leftQuery = { selects: select('user', 'shop'), timeColumn: 'ts' };
const left = { table: 'data.checkouts', query: query(leftQuery) };
const rightQuery = { selects: select('user', 'price'), timeColumn: 'ts', wheres: ['price > 0'] };
const right = { table: 'data.purchases', query: query(rightQuery) };
const purchases = {
  name: 'team.purchases.v1',
  sources: [eventSource(right)],
  keys: ['user'],
  aggregations: [sum('price', { windows: ['3d', '7d'] })],
  accuracy: 'TEMPORAL' as const,
};
const base = {
  name: 'team.join.v1',
  left: eventSource(left),
  rightParts: [joinPart({ groupBy: groupBy(purchases) })],
};

const hashes = (options: Parameters<typeof join>[0]) =>
  semanticHashes((parseConfig(join(options), '') as { join: Join }).join);
const before = hashes(base);
const part = 'team_purchases_v1';
const withPart = (changes: Partial<Parameters<typeof groupBy>[0]>) =>
  hashes({ ...base, rightParts: [joinPart({ groupBy: groupBy({ ...purchases, ...changes }) })] });
const withRight = (changes: object) =>
  withPart({ sources: [eventSource({ ...right, query: query({ ...rightQuery, ...changes }) })] });

test.each([
  ['the name and namespace', hashes({ ...base, name: 'other', outputNamespace: 'out' })],
  ['the team, schedule and what is online', hashes({ ...base, team: 't', online: true })],
  ['a topic of the left', hashes({ ...base, left: eventSource({ ...left, topic: 't' }) })],
  [
    'a topic where accuracy is said',
    withPart({ sources: [eventSource({ ...right, topic: 't' })] }),
  ],
  ['custom JSON', hashes({ ...base, customJson: '{"a": 1}' })],
  ['a check of drift', hashes({ ...base, drift: { thresholds: { '*': { psi: 0.2 } } } })],
  ['the part: production', withPart({ production: true, team: 'x' })],
])('%s: not semantic', (_, after) => {
  expect(after).toEqual(before);
});

test('the order of fields: not semantic', () => {
  const turned = Object.fromEntries(Object.entries(leftQuery).reverse());
  expect(
    hashes({ ...base, left: eventSource({ query: query(turned), table: left.table }) }),
  ).toEqual(before);
});

test.each([
  ['its table', hashes({ ...base, left: eventSource({ ...left, table: 'data.other' }) })],
  ['its kind', hashes({ ...base, left: entitySource({ snapshotTable: left.table, query: {} }) })],
  [
    'a select',
    hashes({
      ...base,
      left: eventSource({ ...left, query: query({ ...leftQuery, selects: select('user') }) }),
    }),
  ],
  ['skewKeys', hashes({ ...base, skewKeys: { user: ['0'] } })],
])('the left: %s', (_, after) => {
  expect(after.left).not.toBe(before.left);
  expect(after.parts).toEqual(before.parts);
  expect(after.join).not.toBe(before.join);
});

test.each([
  ['a window', withPart({ aggregations: [sum('price', { windows: ['3d'] })] })],
  ['the order of windows', withPart({ aggregations: [sum('price', { windows: ['7d', '3d'] })] })],
  ['accuracy', withPart({ accuracy: 'SNAPSHOT' })],
  ['keys', withPart({ keys: ['shop'] })],
  ['one more source', withPart({ sources: [eventSource(right), eventSource(right)] })],
  ['a where', withRight({ wheres: [] })],
  ['a start partition', withRight({ startPartition: '2023-01-01' })],
  ['an expression', withRight({ selects: { user: 'user', price: 'price + 1' } })],
  [
    'key mapping',
    hashes({
      ...base,
      rightParts: [joinPart({ groupBy: groupBy(purchases), keyMapping: { shop: 'user' } })],
    }),
  ],
])('a part: %s', (_, after) => {
  expect(after.left).toBe(before.left);
  expect(after.parts[part]).toBeDefined();
  expect(after.parts[part]).not.toBe(before.parts[part]);
});

test('a topic where accuracy is not said makes the part TEMPORAL', () => {
  const { accuracy: _, ...unsaid } = purchases;
  const partOf = (topic: object) =>
    hashes({
      ...base,
      rightParts: [
        joinPart({
          groupBy: groupBy({ ...unsaid, sources: [eventSource({ ...right, ...topic })] }),
        }),
      ],
    }).parts[part];
  expect(partOf({ topic: 't' })).toBe(before.parts[part]);
  expect(partOf({})).not.toBe(before.parts[part]);
});

test('a prefix names another part', () => {
  const prefixed = joinPart({ groupBy: groupBy(purchases), prefix: 'p' });
  expect(Object.keys(hashes({ ...base, rightParts: [prefixed] }).parts)).toEqual([`p_${part}`]);
});

test('bootstrap parts, and the log', () => {
  const table = hashes({ ...base, bootstrapParts: [bootstrapPart({ table: 'a.b' })] });
  const log = hashes({ ...base, bootstrapFromLog: true });
  expect(new Set([before.bootstrap, table.bootstrap, log.bootstrap]).size).toBe(3);
  expect(table.left).toBe(before.left);
});

test('definitions: what each hash is of, also of joins that are read, and nothing of metadata', () => {
  const over = groupBy({
    ...purchases,
    name: 'team.over.v1',
    sources: [joinSource({ join: join(base), query: query(rightQuery) })],
  });
  const config = join({
    ...base,
    customJson: '{"token": "secret"}',
    team: 'secret',
    rightParts: [joinPart({ groupBy: over })],
  });
  const { join: outer } = parseConfig(config, '') as { join: Join };
  const definitions = semanticDefinitions(outer);
  for (const [hash, text] of Object.entries(definitions)) expect(definitionHash(text)).toBe(hash);
  const { left, parts, bootstrap, join: whole } = semanticHashes(outer);
  const own = [left, bootstrap, whole, ...Object.values(parts)];
  const inner = [before.left, before.bootstrap, before.join, ...Object.values(before.parts)];
  expect(Object.keys(definitions)).toEqual(expect.arrayContaining([...own, ...inner]));
  expect(definitions[before.parts[part]!]).toContain('"price > 0"');
  expect(JSON.stringify(definitions)).not.toContain('secret');
});

/** Tables of earlier versions must not look changed. */
test('hashes are those of earlier versions', () => {
  expect(before).toEqual({
    left: 'f41fcc0db3f937ca',
    parts: { team_purchases_v1: '0a7edd6edeb4551b' },
    bootstrap: '4f53cda18c2baa0c',
    derivations: null,
    externals: null,
    join: '1cc17d6bcfcf54e4',
  });
});
