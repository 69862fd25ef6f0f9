/**
 * The property: whatever labels came and in whatever order label dates were computed, the label table and
 * both views are what the naive label join says.
 */
import * as dsl from '@hindcast/shared/dsl/index';
import { HindcastError } from '@hindcast/shared/errors';
import { partitionsOf } from '@hindcast/shared/time/partition-spec';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { workplace } from '../in-process.js';
import { labeledRows, labelRows, latestRows } from '../oracle/labels.js';
import { type Row, SmallWorld } from '../small-world.js';
import { placeOfSmallTables, runsOf } from './random-joins.js';

const place = workplace('label-property', placeOfSmallTables);
const world = new SmallWorld(place);
const runs = runsOf(12);

const featureDays = partitionsOf({ start: '2023-11-10', end: '2023-11-14' });
const labelDays = partitionsOf({ start: '2023-11-09', end: '2023-11-18' });
const midnight = (ds: string): number => Date.parse(`${ds}T00:00:00Z`);

const user = fc.constantFrom('a', 'b', 'c', null);
const value = fc.option(fc.integer({ min: -3, max: 9 }), { freq: 4 });
const feature = fc.record({
  id: fc.constantFrom('r0', 'r1', 'r2', 'r3', 'r4', null),
  user,
  ds: fc.constantFrom(...featureDays),
});
const labels = fc.array(
  fc.record({ user, v: value, at: fc.nat(86_399_999), late: fc.constantFrom(0, 0, 0, 1, 2) }),
  { minLength: 1, maxLength: 8 },
);
const changes = fc.oneof(
  { weight: 4, arbitrary: fc.record({ labelDs: fc.constantFrom(...labelDays.slice(1)) }) },
  { weight: 1, arbitrary: fc.record({ ds: fc.constantFrom(...labelDays), rows: labels }) },
);

const labelCase = fc.record({
  features: fc.array(feature, { minLength: 4, maxLength: 20 }),
  // Now and then a day has none.
  labels: fc.tuple(...labelDays.map(() => fc.option(labels, { freq: 9 }))),
  rowIds: fc.constantFrom(['id', 'user'], ['id'], []),
  offsets: fc
    .tuple(fc.nat(4), fc.integer({ min: 1, max: 9 }))
    .map(([a, b]) => ({ start: Math.max(a, b), end: Math.min(a, b) })),
  window: fc.option(fc.integer({ min: 1, max: 4 })),
  withFeature: fc.boolean(),
  changes: fc.array(changes, { minLength: 2, maxLength: 7 }),
});

const sorted = (rows: readonly Row[]): string[] =>
  rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();

const counted = (table: string): dsl.GroupByStruct =>
  dsl.groupBy({
    name: 'rows',
    sources: [
      dsl.eventSource({
        table,
        query: dsl.query({ selects: dsl.select('user', 'id'), timeColumn: 'ts' }),
      }),
    ],
    keys: ['user'],
    aggregations: [dsl.count('id', { windows: ['2d'] })],
    accuracy: 'TEMPORAL',
  });

let cases = 0;

test(`${runs.numRuns} random histories of labels`, { timeout: 3_600_000 }, async () => {
  let refused = 0;
  let computed = 0;
  await fc.assert(
    fc.asyncProperty(labelCase, async (given) => {
      fc.pre(given.labels.some((rows) => rows !== null));
      const n = cases++;
      const [left, source] = [`d.left${n}`, `d.labels${n}`];
      const leftRows = given.features.map((row, i): Row => ({ ...row, ts: midnight(row.ds) + i }));
      await world.write(left, { id: 'VARCHAR', user: 'VARCHAR', ts: 'BIGINT' }, leftRows);
      const known = new Map<string, readonly Row[]>();
      const land = async (
        ds: string,
        rows: NonNullable<(typeof given.labels)[number]>,
      ): Promise<void> => {
        const landed = rows.map(({ user: who, v, at, late }): Row => {
          return { user: who, v, ts: midnight(ds) + at - late * 86_400_000, ds };
        });
        known.set(ds, landed);
        await world.write(source, { user: 'VARCHAR', v: 'INTEGER', ts: 'BIGINT' }, landed);
      };
      for (const [i, rows] of given.labels.entries())
        if (rows !== null) await land(labelDays[i]!, rows);
      const { window } = given;
      const selects = dsl.select('user', 'v');
      const groupBy = dsl.groupBy({
        name: 'g',
        sources: [
          window === null
            ? dsl.entitySource({ snapshotTable: source, query: dsl.query({ selects }) })
            : dsl.eventSource({ table: source, query: dsl.query({ selects, timeColumn: 'ts' }) }),
        ],
        keys: ['user'],
        aggregations: window === null ? null : [dsl.sum('v', { windows: [`${window}d`] })],
      });
      const offsets = window === null ? given.offsets : { start: window, end: window };
      const config = dsl.join({
        name: `j${n}`,
        outputNamespace: 'out',
        left: dsl.eventSource({
          table: left,
          query: dsl.query({ selects: dsl.select('id', 'user'), timeColumn: 'ts' }),
        }),
        rightParts: given.withFeature ? [dsl.joinPart({ groupBy: counted(left) })] : [],
        rowIds: given.rowIds,
        labelPart: dsl.labelPart({
          labels: [dsl.joinPart({ groupBy })],
          leftStartOffset: offsets.start,
          leftEndOffset: offsets.end,
        }),
      });
      const rules = {
        identity: [...(given.rowIds.length > 0 ? given.rowIds : ['user']), 'ds'],
        startOffset: offsets.start,
        endOffset: offsets.end,
        window,
      };
      await world.submit(config);
      // What the views must have of the features is what the join's table has.
      const features: Row[] = await world.rows(`SELECT * FROM out.j${n}`);
      expect(features).toHaveLength(leftRows.length);
      let expected: Row[] = [];
      for (const change of given.changes) {
        if ('ds' in change) {
          await land(change.ds, change.rows);
          continue;
        }
        const { labelDs } = change;
        const rows = labelRows(labelDs, features, [...known.values()].flat(), rules);
        const ran = await world.labelJoin(config, labelDs).catch((error: unknown) => {
          if (error instanceof HindcastError && error.kind === 'missing-input') return null;
          throw error;
        });
        expect(ran === null, `label date ${labelDs} refused`).toBe(rows === null);
        if (rows === null) refused++;
        else {
          computed++;
          expected = [...expected.filter((row) => row['label_ds'] !== labelDs), ...rows];
        }
      }
      const column = window === null ? 'g_v' : `g_v_sum_${window}d`;
      const select = (table: string, columns: string): Promise<Row[]> =>
        world.rows(`SELECT ${columns} FROM out.j${n}_${table}`);
      if (expected.length > 0)
        expect(sorted(await select('labels', `* RENAME (${column} AS label)`))).toEqual(
          sorted(expected),
        );
      const labeled = labeledRows(features, expected, rules.identity);
      const all = `* RENAME (label_${column} AS label)`;
      expect(sorted(await select('labeled', all))).toEqual(sorted(labeled));
      expect(sorted(await select('labeled_latest', all))).toEqual(
        sorted(latestRows(labeled, expected)),
      );
    }),
    runs,
  );
  process.stderr.write(
    `labels: ${cases} histories, ${computed} label dates computed, ${refused} refused\n`,
  );
});
