/**
 * The property: whatever older tables hold, the output is what the naive coalesce of these tables and the
 * backfill gives, row by row and column by column, however the job is cut up.
 */
import * as dsl from '@hindcast/shared/dsl/index';
import { partitionsOf } from '@hindcast/shared/time/partition-spec';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { workplace } from '../in-process.js';
import { type BootstrapRules, bootstrapped } from '../oracle/bootstrap.js';
import { type Row, SmallWorld } from '../small-world.js';
import { placeOfSmallTables, runsOf } from './random-joins.js';

const place = workplace('bootstrap-property', placeOfSmallTables);
const world = new SmallWorld(place);
const runs = runsOf(15);

const days = partitionsOf({ start: '2023-11-10', end: '2023-11-13' });
const midnight = (ds: string): number => Date.parse(`${ds}T00:00:00Z`);

const ofUser = ['users_v_sum_2d', 'users_v_count_2d'];
const ofItem = ['items_v_max'];
const externals = ['ext_contextual_note', 'ext_service_score'];
/** All are BIGINT, so that a random table may have any of them. */
const fillable = [...ofUser, ...ofItem, ...externals, 'twice'];

const key = fc.constantFrom('a', 'b', 'c', null);
const value = fc.option(fc.integer({ min: -9, max: 9 }), { freq: 3 });
const leftRow = fc.record({
  id: fc.option(fc.constantFrom('r0', 'r1', 'r2', 'r3', 'r4'), { freq: 9 }),
  user: key,
  item: key,
  ds: fc.constantFrom(...days),
});
const event = fc.record({ user: key, item: key, v: value, ds: fc.constantFrom(...days) });

const table = fc.record({
  byId: fc.boolean(),
  columns: fc.subarray(fillable, { minLength: 1 }),
  renamed: fc.boolean(),
  bounds: fc.tuple(fc.option(fc.constantFrom(...days)), fc.option(fc.constantFrom(...days))),
  /** Rows of the left that it has, by position, with values; some of them twice. */
  rows: fc.array(
    fc.record({ of: fc.nat(11), values: fc.array(value, { minLength: 6, maxLength: 6 }) }),
    { minLength: 1, maxLength: 14 },
  ),
  /** A day of which it has every row and every column. */
  whole: fc.option(fc.constantFrom(...days), { freq: 2 }),
});

const bootstrapCase = fc.record({
  left: fc.array(leftRow, { minLength: 1, maxLength: 12 }),
  events: fc.array(event, { minLength: 1, maxLength: 12 }),
  tables: fc.array(table, { minLength: 1, maxLength: 3 }),
  derived: fc.boolean(),
  memoryBytes: fc.constantFrom(2 ** 29, 5000),
  executors: fc.constantFrom(1, 3),
  stepDays: fc.constantFrom(null, 1, 3),
});

const sorted = (rows: readonly Row[]): string[] =>
  rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();

let cases = 0;

test(`${runs.numRuns} random bootstraps`, { timeout: 3_600_000 }, async () => {
  let covered = 0;
  let heldPartitions = 0;
  await fc.assert(
    fc.asyncProperty(bootstrapCase, async (given) => {
      const n = cases++;
      const leftRows = given.left.map((row, i): Row => ({ ...row, ts: midnight(row.ds) + i }));
      const keyed = { user: 'VARCHAR', item: 'VARCHAR', ts: 'BIGINT' } as const;
      await world.write(`d.left${n}`, { id: 'VARCHAR', ...keyed }, leftRows);
      const events = given.events.map((row, i): Row => ({ ...row, ts: midnight(row.ds) + 7 * i }));
      await world.write(`d.events${n}`, { ...keyed, v: 'BIGINT' }, events);

      const rules: BootstrapRules[] = [];
      const bootstrapParts: dsl.BootstrapPartStruct[] = [];
      for (const [t, one] of given.tables.entries()) {
        const keys = one.byId ? ['id'] : ['user', 'ts'];
        const some = fillable.filter((name) => one.whole !== null || one.columns.includes(name));
        const known = some.filter((name) => given.derived || name !== 'twice');
        const columns = known.length > 0 ? known : ofItem;
        const stored = (name: string): string => (one.renamed ? `was_${name}` : name);
        const ofWhole = leftRows.flatMap((row, i) => (row['ds'] === one.whole ? [i] : []));
        const held = [...one.rows, ...ofWhole.map((of) => ({ of, values: one.rows[0]!.values }))];
        const rows = held.map(({ of, values }): Row => {
          const { ds, ...row } = leftRows[of % leftRows.length]!;
          const own = Object.fromEntries(keys.map((name) => [name, row[name]!]));
          const filled = columns.map((name, i) => [stored(name), values[i]!]);
          return { ...own, ...Object.fromEntries(filled), ds: ds! };
        });
        const name = `d.old${n}_${t}`;
        const types = [
          ...keys.map((column) => [column, column === 'ts' ? 'BIGINT' : 'VARCHAR'] as const),
          ...columns.map((column) => [stored(column), 'BIGINT'] as const),
        ];
        await world.write(name, Object.fromEntries(types), rows);
        const [startDs, endDs] = one.bounds;
        const bounded = startDs !== null && endDs !== null && startDs > endDs ? null : startDs;
        const selects = Object.fromEntries([
          ...keys.map((column) => [column, column]),
          ...columns.map((column) => [column, stored(column)]),
        ]);
        bootstrapParts.push(
          dsl.bootstrapPart({
            table: name,
            keyColumns: one.byId ? [] : keys,
            query: dsl.query({
              ...(one.renamed ? { selects } : {}),
              ...(bounded === null ? {} : { startPartition: bounded }),
              ...(endDs === null ? {} : { endPartition: endDs }),
            }),
          }),
        );
        rules.push({
          keys,
          columns: Object.fromEntries(columns.map((column) => [column, stored(column)])),
          startDs: bounded,
          endDs,
          rows,
        });
      }

      const config = joinOf(n, given.derived, []);
      const cut = {
        memoryBytes: given.memoryBytes,
        executors: given.executors,
        stepDays: given.stepDays,
      };
      await world.submit(config, cut);
      const backfilled = await world.rows(`SELECT * FROM out.j${n}`);
      const with_ = {
        ...joinOf(n, given.derived, bootstrapParts),
        metaData: { ...config.metaData, name: `b${n}` },
      };
      const planned = await world.plan(with_, cut);
      const tasks = planned.steps.flatMap(({ stages }) => stages.at(-1)?.tasks ?? []);
      heldPartitions += tasks.filter(
        (task) => 'output' in task && task.output.includes('/held/'),
      ).length;
      await world.submit(with_, cut);
      const expected = backfilled.map((row) => {
        const base = bootstrapped(row, rules, [ofUser, ofItem], externals);
        if (!given.derived) return base;
        const own = base['users_v_sum_2d'];
        const derivedOnly = bootstrapped({ ...base, twice: null }, rules, [], ['twice'])['twice'];
        return { ...base, twice: derivedOnly ?? (typeof own === 'number' ? own * 2 : null) };
      });
      covered += expected.filter(
        (row, i) => row['items_v_max'] !== backfilled[i]!['items_v_max'],
      ).length;
      expect(sorted(await world.rows(`SELECT * FROM out.b${n}`))).toEqual(sorted(expected));
    }),
    runs,
  );
  process.stderr.write(
    `bootstrap: ${cases} cases, ${covered} cells of one column from tables, ${heldPartitions} tasks for days that tables hold\n`,
  );
});

function joinOf(
  n: number,
  derived: boolean,
  bootstrapParts: readonly dsl.BootstrapPartStruct[],
): dsl.JoinStruct {
  const source = dsl.eventSource({
    table: `d.events${n}`,
    query: dsl.query({ selects: dsl.select('user', 'item', 'v'), timeColumn: 'ts' }),
  });
  const users = dsl.groupBy({
    name: 'users',
    sources: [source],
    keys: ['user'],
    aggregations: [dsl.sum('v', { windows: ['2d'] }), dsl.count('v', { windows: ['2d'] })],
    accuracy: 'TEMPORAL',
  });
  const items = dsl.groupBy({
    name: 'items',
    sources: [source],
    keys: ['item'],
    aggregations: [dsl.max('v')],
    accuracy: 'SNAPSHOT',
  });
  return dsl.join({
    name: `j${n}`,
    outputNamespace: 'out',
    left: dsl.eventSource({
      table: `d.left${n}`,
      query: dsl.query({ selects: dsl.select('id', 'user', 'item'), timeColumn: 'ts' }),
    }),
    rightParts: [dsl.joinPart({ groupBy: users }), dsl.joinPart({ groupBy: items })],
    rowIds: ['id'],
    onlineExternalParts: [
      dsl.externalPart(dsl.contextualSource([['note', 'LONG']])),
      dsl.externalPart(
        dsl.externalSource({
          name: 'service',
          keyFields: [['user', 'STRING']],
          valueFields: [['score', 'LONG']],
        }),
      ),
    ],
    bootstrapParts,
    derivations: derived
      ? [
          { name: '*', expression: '*' },
          { name: 'twice', expression: 'users_v_sum_2d * 2' },
        ]
      : [],
  });
}
