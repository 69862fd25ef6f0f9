import type { Join } from '@hindcast/shared/config/model';
import { parseConfig } from '@hindcast/shared/config/parse';
import { semanticDefinitions, semanticHashes } from '@hindcast/shared/config/semantic-hash';
import * as dsl from '@hindcast/shared/dsl/index';
import { expect, test } from 'vitest';
import { days, joinOf, part, planOf } from '../../../../test/small-plans.js';
import { changeLines, changeSummary } from '../render-changes.js';
import { type Provenance, provenanceOf } from './decide.js';
import { definitionChanges } from './definition-changes.js';

const [one, two, three] = days('2023-11-10', '2023-11-12') as [string, string, string];
const provenance = (join: Join): Provenance => provenanceOf(semanticHashes(join), 'exact');
/** Changes from these joins, each of which computed some partitions, to the last. */
function changes(former: readonly (readonly [Join, readonly string[]])[], now: Join, all?: number) {
  const present = new Map(
    former.flatMap(([join, values]) => values.map((value) => [value, provenance(join)] as const)),
  );
  const known = Object.assign(
    {},
    ...[...former.map(([join]) => join), now].map(semanticDefinitions),
  );
  return definitionChanges(present, provenance(now), known, all);
}
const windows = (...lengths: ('1d' | '3d' | '7d')[]) =>
  part({ aggregations: [dsl.sum('price', { windows: lengths })] });
const before = joinOf([windows('3d')]);

test('the same definition has none, nor has what was never computed', () => {
  expect(changes([[before, [one]]], joinOf([windows('3d')]))).toEqual([]);
  expect(changes([], before)).toEqual([]);
  expect(planOf().changes).toEqual([]);
});

test('in the order of the config; what is gone comes last', () => {
  const gone = part({ name: 'gone.v1' });
  const now = joinOf([part({ name: 'new.v1' }), windows('7d')], { wheres: ['shop > 1'] });
  const found = changes([[joinOf([gone, windows('3d')]), [one]]], now);
  expect(changeLines(found)).toEqual([
    '  left.query.wheres: + "shop > 1"',
    '  part new_v1: new',
    '  part sales_v1: aggregations[0].windows[0] 3d → 7d',
    '  part gone_v1: gone',
  ]);
  expect(found.map(({ fields }) => fields?.length)).toEqual([1, 0, 1, 0]);
  expect(changeSummary(found)).toBe(
    'left.query.wheres: + "shop > 1"; part new_v1: new; part sales_v1: aggregations[0].windows[0] 3d → 7d; part gone_v1: gone',
  );
});

test('from several definitions: each with its partitions', () => {
  const now = joinOf([windows('7d')]);
  const found = changes(
    [
      [before, [three, one]],
      [joinOf([windows('1d')]), [two]],
    ],
    now,
  );
  expect(changeLines(found)).toEqual([
    `  part sales_v1 (${one}, ${three}): aggregations[0].windows[0] 3d → 7d`,
    `  part sales_v1 (${two}): aggregations[0].windows[0] 1d → 7d`,
  ]);
  // Of a table with further partitions, too.
  expect(changes([[before, [one]]], now, 2)[0]!.partitions).toEqual([one]);
  expect(changes([[before, [one]]], now, 1)[0]!.partitions).toBeNull();
});

test('what is not on record, and what no definition is behind', () => {
  const now = joinOf([windows('7d')]);
  const known = semanticDefinitions(now);
  const unknown = new Map([[one, { ...provenance(before), query: 'f00', left: 'f00' }]]);
  const found = definitionChanges(unknown, provenance(now), known);
  expect(changeLines(found)).toEqual([
    '  left: changed; its former definition is not on record (earlier versions kept none)',
    '  part sales_v1: changed; its former definition is not on record (earlier versions kept none)',
  ]);
});

test('definitions of another shape are as good as none', () => {
  const now = joinOf([windows('7d')]);
  const former = provenance(before);
  const odd = Object.values(former).map((hash) => [hash.slice(0, 16), '[{"sources":1}]']);
  const known = { ...Object.fromEntries(odd), ...semanticDefinitions(now) };
  const [found] = definitionChanges(new Map([[one, former]]), provenance(now), known);
  expect(found).toMatchObject({ what: 'part', change: 'changed', fields: null });
});

test('the log of a join is told from its bootstrap tables', () => {
  const joinWith = (changes: Partial<Parameters<typeof dsl.join>[0]>) =>
    (
      parseConfig(
        dsl.join({
          name: 'small.v1',
          left: dsl.eventSource({
            table: 'data.visits',
            query: dsl.query({ selects: dsl.select('user'), timeColumn: 'ts' }),
          }),
          rightParts: [part()],
          rowIds: ['user'],
          ...changes,
        }),
        '',
      ) as { join: Join }
    ).join;
  const tables = ['a.b', 'c.d'].map((table) => dsl.bootstrapPart({ table }));
  const plain = joinWith({ bootstrapParts: tables });
  const logged = joinWith({ bootstrapParts: tables.toReversed(), bootstrapFromLog: true });
  expect(changeLines(changes([[plain, [one]]], logged))).toEqual([
    '  bootstrapParts: in another order',
    '  bootstrapFromLog false → {"rowIds":["user"]}',
  ]);
  const others = joinWith({ bootstrapFromLog: true, rowIds: ['ts'] });
  expect(changeLines(changes([[logged, [one]]], others))).toEqual([
    '  bootstrapParts: − c.d',
    '  bootstrapParts: − a.b',
    '  bootstrapFromLog.rowIds[0] "user" → "ts"',
  ]);
});
