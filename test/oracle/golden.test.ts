/** The oracle against tables that Chronon made: proof that the oracle's rules are Chronon's. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { GroupBy, Join, Query, Source } from '@hindcast/shared/config/model';
import { parseConfig } from '@hindcast/shared/config/parse';
import { describe, expect, it } from 'vitest';
import { type Allowance, compareTables, isOrdered, type Table } from '../golden/compare.js';
import { openValues } from '../golden/open-values.js';
import { readExpected, readParquet } from '../golden/read-table.js';
import { oracleJoin } from './join.js';
import { sawtoothJoin } from './sawtooth.js';
import type { OracleRow, OracleValue } from './value.js';

interface GoldenJoin {
  readonly folder: string;
  readonly config: string;
  readonly output: string;
  /** Files of `inputs`; what follows an @ is no part of the table's name. */
  readonly tables: readonly string[];
  readonly start?: string;
  readonly end: string;
  readonly stepDays?: number;
  /** Features that the oracle computes of this table. */
  readonly features: number;
  /** Whether events of equal time show: Chronon leaves their order open. */
  readonly hasTies?: boolean;
}

const end = '2023-11-24';
const events = 'golden_in.events_a';
const checkouts = 'golden_in.checkouts_a';

const joins: readonly GoldenJoin[] = [
  {
    folder: 'd_entities_mutations',
    config: 'golden/d_mut_temporal.v1',
    output: 'golden.golden_d_mut_temporal_v1',
    tables: [
      'golden_in.ratings_snapshot',
      'golden_in.ratings_mutations',
      'golden_in.listing_views',
    ],
    end: end,
    features: 8,
  },
  {
    folder: 'l_lists_maps',
    config: 'golden/l_lm.v1',
    output: 'golden.golden_l_lm_v1',
    tables: ['golden_in.lm_events', 'golden_in.checkouts_l'],
    end: end,
    features: 19,
  },
  {
    folder: 'quickstart',
    config: 'quickstart/training_set.v1',
    output: 'default.quickstart_training_set_v1',
    tables: ['data.checkouts', 'data.purchases', 'data.returns', 'data.users'],
    end: '2023-11-30',
    features: 22,
  },
  {
    folder: 'quickstart',
    config: 'quickstart/training_set.v2',
    output: 'default.quickstart_training_set_v2',
    tables: ['data.checkouts', 'data.purchases', 'data.returns', 'data.users'],
    end: '2023-11-30',
    features: 20,
  },
  {
    folder: 'a_temporal_events',
    config: 'golden/a_temporal.v1',
    output: 'golden.golden_a_temporal_v1',
    tables: [events, checkouts],
    end: end,
    features: 179,
    hasTies: true,
  },
  {
    folder: 'b_snapshot_events',
    config: 'golden/b_snapshot.v1',
    output: 'golden.golden_b_snapshot_v1',
    tables: [events, checkouts],
    end: end,
    features: 164,
    hasTies: true,
  },
  {
    folder: 'b_snapshot_events',
    config: 'golden/b_snapshot_nots.v1',
    output: 'golden.golden_b_snapshot_nots_v1',
    tables: [events, checkouts],
    end: end,
    features: 3,
  },
  {
    folder: 'c_entities_x_events',
    config: 'golden/c_ent_ev_snapshot.v1',
    output: 'golden.golden_c_ent_ev_snapshot_v1',
    tables: [events, 'golden_in.users_left'],
    end: end,
    features: 55,
  },
  {
    folder: 'c_entities_x_events',
    config: 'golden/c_ent_ev_temporal.v1',
    output: 'golden.golden_c_ent_ev_temporal_v1',
    tables: [events, 'golden_in.users_left'],
    end: end,
    features: 55,
  },
  {
    folder: 'd_entities_right',
    config: 'golden/d_ev_ent_none.v1',
    output: 'golden.golden_d_ev_ent_none_v1',
    tables: [checkouts, 'golden_in.dims'],
    end: end,
    features: 4,
  },
  {
    folder: 'd_entities_right',
    config: 'golden/d_ev_ent_agg.v1',
    output: 'golden.golden_d_ev_ent_agg_v1',
    tables: [checkouts, 'golden_in.dims'],
    end: end,
    features: 5,
  },
  {
    folder: 'd_entities_right',
    config: 'golden/d_ent_ent.v1',
    output: 'golden.golden_d_ent_ent_v1',
    tables: ['golden_in.users_left_d', 'golden_in.dims'],
    end: end,
    features: 9,
  },
  {
    folder: 'd_entities_mutations',
    config: 'golden/d_mut_snapshot.v1',
    output: 'golden.golden_d_mut_snapshot_v1',
    tables: ['golden_in.listing_views', 'golden_in.ratings_snapshot'],
    end: end,
    features: 8,
  },
  {
    folder: 'h_keymapping_prefix',
    config: 'golden/h_keymap.v1',
    output: 'golden.golden_h_keymap_v1',
    tables: [events, 'golden_in.deals'],
    end: end,
    features: 10,
  },
  {
    folder: 'h_keymapping_prefix',
    config: 'golden/h_multikey.v1',
    output: 'golden.golden_h_multikey_v1',
    tables: [events, 'golden_in.multi_left'],
    end: end,
    features: 4,
  },
  {
    folder: 'h_keymapping_prefix',
    config: 'golden/h_selectstar.v1',
    output: 'golden.golden_h_selectstar_v1',
    tables: [events, checkouts],
    end: end,
    features: 4,
    hasTies: true,
  },
  {
    folder: 'j_incremental',
    config: 'golden/j_inc.v1@1',
    output: 'golden.golden_j_inc_v1@1_to_1121',
    tables: [events, checkouts],
    end: '2023-11-21',
    features: 6,
  },
  {
    folder: 'j_incremental',
    config: 'golden/j_step.v1',
    output: 'golden.golden_j_step_v1',
    tables: [`${events}@poisoned`, checkouts],
    end: end,
    features: 4,
    hasTies: true,
    start: '2023-11-22',
    stepDays: 2,
  },
  {
    folder: 'm_quirks',
    config: 'golden/m_snapshot.v1',
    output: 'golden.golden_m_snapshot_v1',
    tables: [events, 'golden_in.checkouts_q'],
    end: end,
    features: 27,
  },
  {
    folder: 'm_quirks',
    config: 'golden/m_gap.v1',
    output: 'golden.golden_m_gap_v1',
    tables: [events, 'golden_in.checkouts_gap'],
    end: end,
    features: 54,
  },
];

describe.each([
  ['the oracle', oracleJoin],
  ['the oracle of tiles', sawtoothJoin],
])('%s, in sawtooth windowing, makes the tables that Chronon made', (_, oracle) => {
  it.each(joins)('$output', async (golden) => {
    const join = computable(readJoin(golden));
    const expected = await readExpected(pathOf(golden, 'output', `${golden.output}.parquet`));
    const tables = await readTables(golden);
    const rows = oracle(join, tables, {
      windowing: 'sawtooth',
      startDs: golden.start ?? '0001-01-01',
      endDs: golden.end,
      stepDays: golden.stepDays ?? 1000,
    });
    const left = new Set(['ds', 'ts', ...leftColumns(join.left, tables)]);
    const computed = Object.keys(rows[0] ?? {});
    expect(computed.filter((name) => !left.has(name))).toHaveLength(golden.features);
    const ties: Allowance = { columns: isOrdered, rows: golden.hasTies ? tiedRows(tables) : 0 };
    const comparison = compareTables(toTable(rows, expected), only(expected, new Set(computed)), {
      allowances: [ties, ...drifting(golden), ...openValues(await inputsOf(golden))],
    });
    expect(comparison.differences).toEqual([]);
  });
});

/** Chronon checks a mutation against the window of the first row after it, and never again that day. */
function drifting({ folder }: GoldenJoin): Allowance[] {
  if (folder !== 'd_entities_mutations') return [];
  return [{ columns: (name) => name.endsWith('_rating_count_1d'), rows: 1 }];
}

function inputsOf(golden: GoldenJoin): Promise<Table[]> {
  return Promise.all(
    golden.tables.map((name) => readParquet(pathOf(golden, 'inputs', `${name}.parquet`))),
  );
}

function pathOf({ folder }: GoldenJoin, ...rest: readonly string[]): string {
  return fileURLToPath(new URL(`../golden/cases/${folder}/${rest.join('/')}`, import.meta.url));
}

function readJoin(golden: GoldenJoin): Join {
  const path = pathOf(golden, 'config/joins', golden.config);
  const config = parseConfig(JSON.parse(readFileSync(path, 'utf8')), golden.config);
  if (config.kind !== 'join') throw new Error(`${golden.config} is no join`);
  return config.join;
}

/** The join without expressions, which the oracle leaves out. */
function computable(join: Join): Join {
  const joinParts = join.joinParts.map((part) => ({
    ...part,
    groupBy: withPlainColumns(part.groupBy),
  }));
  return { ...join, joinParts };
}

function withPlainColumns(groupBy: GroupBy): GroupBy {
  const sources = groupBy.sources.map(plainColumns);
  const { selects } = sources[0]!.query;
  const aggregations = groupBy.aggregations?.map((aggregation) => ({
    ...aggregation,
    buckets: aggregation.buckets.filter((column) => selects === null || column in selects),
  }));
  return { ...groupBy, sources, aggregations: aggregations ?? null };
}

function plainColumns(source: Source): Source {
  const { selects } = source.query;
  if (selects === null) return source;
  const plain = Object.entries(selects).filter(([, expression]) => /^\w+$/.test(expression));
  const query: Query = { ...source.query, selects: Object.fromEntries(plain) };
  return { ...source, query };
}

function leftColumns(left: Source, tables: ReadonlyMap<string, readonly OracleRow[]>): string[] {
  if (left.query.selects !== null) return Object.keys(left.query.selects);
  return left.kind === 'events' ? Object.keys(tables.get(left.table)![0]!) : [];
}

async function readTables(golden: GoldenJoin): Promise<Map<string, OracleRow[]>> {
  const tables = new Map<string, OracleRow[]>();
  for (const name of golden.tables) {
    const { columns, rows } = await readParquet(pathOf(golden, 'inputs', `${name}.parquet`));
    const toRow = (row: readonly unknown[]): OracleRow =>
      Object.fromEntries(columns.map(({ name, type }, i) => [name, toValue(row[i], type)]));
    tables.set(name.replace(/@.*/, ''), rows.map(toRow));
  }
  return tables;
}

/** Left rows whose user has two events of the same time before the row's. */
function tiedRows(tables: ReadonlyMap<string, readonly OracleRow[]>): number {
  const seen = new Set<string>();
  const tied = tables.get(events)!.filter(({ user, ts }) => {
    const known = seen.has(`${user} ${ts}`);
    seen.add(`${user} ${ts}`);
    return known;
  });
  const holdsTie = (row: OracleRow): boolean =>
    tied.some(({ user, ts }) => user !== null && user === row.user && ts! < row.ts!);
  return tables.get(checkouts)!.filter(holdsTie).length;
}

function toValue(value: unknown, type: string): OracleValue {
  if (type === 'INTEGER' && typeof value === 'number') return BigInt(value);
  if (typeof value !== 'object' || value === null) return value as OracleValue;
  const { items, entries } = value as { items?: unknown; entries?: unknown };
  if (Array.isArray(items)) return items as OracleValue[];
  return new Map(
    (entries as { key: string; value: OracleValue }[]).map(({ key, value }) => [key, value]),
  );
}

/** The oracle's rows know no types: they take the expected ones. */
function toTable(rows: readonly OracleRow[], expected: Table): Table {
  const columns = expected.columns.filter(({ name }) => rows[0] !== undefined && name in rows[0]);
  return {
    columns,
    rows: rows.map((row) => columns.map(({ name }) => row[name]!)),
  };
}

function only(table: Table, names: ReadonlySet<string>): Table {
  const kept = table.columns.flatMap(({ name }, i) => (names.has(name) ? [i] : []));
  return {
    columns: kept.map((i) => table.columns[i]!),
    rows: table.rows.map((row) => kept.map((i) => row[i])),
  };
}
