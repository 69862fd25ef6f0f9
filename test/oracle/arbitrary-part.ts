/** A random join part over random tables of its own. */
import {
  type Aggregation,
  type JoinPart,
  type Operation,
  operations,
  type Query,
  type Source,
  type Window,
} from '@hindcast/shared/config/model';
import { accepts, explodedType, signatures } from '@hindcast/shared/config/signatures';
import fc from 'fast-check';
import {
  type CaseColumn,
  dayMs,
  landing,
  orNull,
  partitionOf,
  timeArbitrary,
  valueContents,
  withDuplicates,
} from './arbitrary-column.js';
import { type CaseShape, type CaseTable, keyTuple } from './arbitrary-shape.js';
import { aggregation, days, entities, events, groupBy, hours, identity, part } from './config.js';
import type { OracleRow } from './value.js';

export interface CasePart {
  readonly part: JoinPart;
  readonly tables: ReadonlyMap<string, CaseTable>;
}

/**
 * Events first: `untimed` ones have no time column. Then snapshots: `plain` without aggregations,
 * `aggregated` without windows, `windowed`; and `mutated`, with what was changed in them.
 */
const kinds = [
  'temporal',
  'snapshot',
  'untimed',
  'plain',
  'aggregated',
  'windowed',
  'mutated',
] as const;
type Kind = (typeof kinds)[number];

interface PartShape {
  readonly kind: Kind;
  readonly name: string;
  /** Left key column → the part's name for it. */
  readonly keyNames: ReadonlyMap<string, string>;
  readonly values: readonly string[]; // in the order of the selects
  readonly timeColumn: string | null;
  readonly hourly: boolean; // whether windows of hours are allowed
}

export function partArbitrary(shape: CaseShape, index: number): fc.Arbitrary<CasePart> {
  return partShape(shape, index).chain((of) =>
    fc
      .record({
        aggregations: aggregationsArbitrary(of),
        sources: fc.array(sourceArbitrary(shape, of), { minLength: 1, maxLength: 2 }),
        explicit: fc.boolean(),
        twice: fc.boolean(),
        prefix: fc.constantFrom(null, null, 'pre', 'p_2'),
      })
      .map(({ aggregations, sources, explicit, twice, prefix }) => {
        // A second source is a second table, or the first one read once more.
        const names = sources.map((_, i) => `data.${of.name}_${twice ? 0 : i}`);
        const temporal = of.kind === 'temporal' || of.kind === 'mutated';
        const accuracy = explicit ? (temporal ? 'TEMPORAL' : 'SNAPSHOT') : null;
        const topic = temporal && !explicit ? 'some.topic' : null;
        const made = sources.map(({ query }, i) => toSource(of, names[i]!, query, topic));
        const keys = [...of.keyNames.values()];
        const group = groupBy(`team.${of.name}.v1`, made, keys, aggregations, accuracy);
        const mapping = [...of.keyNames].filter(([left, right]) => left !== right);
        const tables = sources.slice(0, twice ? 1 : 2).flatMap(({ table, mutations }, i) => {
          const own = [names[i]!, table] as const;
          return mutations === null ? [own] : [own, [mutationsOf(names[i]!), mutations] as const];
        });
        return {
          part: part(group, prefix, Object.fromEntries(mapping)),
          tables: new Map(tables),
        };
      }),
  );
}

function toSource(
  of: PartShape,
  table: string,
  query: Partial<Query>,
  topic: string | null,
): Source {
  if (!isSnapshot(of)) return events(table, query, topic);
  const source = entities(table, query);
  if (of.kind !== 'mutated') return source;
  return { ...source, mutationTable: mutationsOf(table), mutationTopic: topic };
}

function mutationsOf(table: string): string {
  return `${table}_mutations`;
}

function isSnapshot({ kind }: PartShape): boolean {
  return kind === 'plain' || kind === 'aggregated' || kind === 'windowed' || kind === 'mutated';
}

function partShape({ keys, leftKind }: CaseShape, index: number): fc.Arbitrary<PartShape> {
  const names = keys.map(({ name }) => name);
  return fc
    .record({
      // Entities on the left see snapshots alone.
      kind: fc.constantFrom<Kind>(
        'temporal',
        'temporal',
        ...kinds.filter((kind) => kind !== 'mutated' || leftKind === 'events'),
      ),
      keyColumns: fc.shuffledSubarray(names, { minLength: 1 }),
      naming: fc.constantFrom('same', 'same', 'own', 'turned'),
      values: fc.shuffledSubarray(Object.keys(valueContents), { minLength: 1, maxLength: 3 }),
      timeColumn: fc.constantFrom('ts', 'happened'),
      timed: fc.boolean(),
    })
    .map(({ kind, keyColumns, naming, values, timeColumn, timed }) => ({
      kind,
      name: `gb_${index}`,
      keyNames: new Map(keyColumns.map((name) => [name, keyName(name, naming, names)])),
      // Whole rows are ordered by their columns, and maps have no order.
      values: kind === 'plain' && values.some(isNested) ? ['long'] : values,
      timeColumn:
        kind === 'untimed' || kind === 'plain' || (kind === 'aggregated' && !timed)
          ? null
          : timeColumn,
      hourly: (kind === 'temporal' || kind === 'mutated') && leftKind === 'events',
    }));
}

/** `turned`: the part has another left key's name for it. */
function keyName(name: string, naming: string, all: readonly string[]): string {
  if (naming === 'own') return `${name}_of`;
  return naming === 'turned' ? all[(all.indexOf(name) + 1) % all.length]! : name;
}

function isNested(column: string): boolean {
  return column === 'longs' || column === 'weights';
}

/** Whatever the column's type takes, but for what no two ways of computing agree on to the last digit. */
function operationsOf(column: string): Operation[] {
  const { type } = valueContents[column]!;
  return operations.filter((operation) => {
    // As whole values, lists and maps have no order by which ties could be told apart.
    if (isNested(column) && !signatures[operation].flattens) return false;
    if (column === 'wide' && inexact.test(operation)) return false;
    // The oracle doesn't spell doubles.
    if (/^(double|weights)$/.test(column) && operation === 'APPROX_HISTOGRAM_K') return false;
    const input = explodedType({ operation, elementWise: false }, type)!;
    return accepts(signatures[operation], input.type);
  });
}

/** Through doubles, which the ends of 64 bits don't fit into. */
const inexact = /^(AVERAGE|VARIANCE|SKEW|KURTOSIS|APPROX_PERCENTILE)$/;

/** Every value column is the input of some aggregation, so that all of them order ties. */
function aggregationsArbitrary(of: PartShape): fc.Arbitrary<readonly Aggregation[] | null> {
  if (of.kind === 'plain') return fc.constant(null);
  const perColumn = of.values.map((column) =>
    fc.uniqueArray(aggregationArbitrary(of, column), {
      minLength: 1,
      maxLength: 3,
      // Windows may share lengths, and not all names tell k apart.
      selector: ({ operation, argMap, windows, buckets }) =>
        `${operation} ${/^(FIRST|LAST|TOP|BOTTOM)/.test(operation) ? argMap.k : ''} ${windows === null} ${buckets.length}`,
    }),
  );
  return fc.tuple(...perColumn).map((columns) => {
    const all = columns.flat();
    if (of.kind !== 'windowed' || all.some(({ windows }) => windows !== null)) return all;
    return [...all.slice(1), { ...all[0]!, windows: [days(2)] }];
  });
}

function aggregationArbitrary(of: PartShape, column: string): fc.Arbitrary<Aggregation> {
  return fc
    .record({
      operation: fc.constantFrom(...operationsOf(column)),
      windows: windowsArbitrary(of),
      k: fc.integer({ min: 1, max: 4 }),
      elementWise: fc.boolean(),
      bucketed: fc.constantFrom(true, false, false),
    })
    .map(({ operation, windows, k, elementWise, bucketed }) => {
      const positions = column === 'longs' && elementWise;
      const withK = /_K$|^(BOUNDED_UNIQUE_COUNT|HISTOGRAM)$/.test(operation);
      const made = aggregation(column, operation, windows, withK ? k : null);
      return {
        ...made,
        argMap:
          operation === 'APPROX_PERCENTILE' ? { percentiles: '[0, 0.25, 0.5, 1]' } : made.argMap,
        elementWise: positions,
        buckets:
          bucketed && !positions && column !== 'weights' && of.values.includes('text')
            ? ['text']
            : [],
      };
    });
}

const windowHours = [1, 5, 11, 12, 13, 24];

/** Both sides of 12 hours and of 12 days, where the sawtooth's hops change. */
function windowsArbitrary({ kind, hourly }: PartShape): fc.Arbitrary<readonly Window[] | null> {
  const pool = [1, 2, 3, 11, 12, 14].map(days);
  if (hourly) pool.push(...windowHours.map(hours));
  const windows = fc.uniqueArray(fc.constantFrom(...pool), {
    minLength: 1,
    maxLength: 3,
    selector: ({ length, timeUnit }) => `${length} ${timeUnit}`,
  });
  if (kind === 'aggregated') return fc.constant(null);
  return fc.oneof({ weight: 3, arbitrary: windows }, { weight: 1, arbitrary: fc.constant(null) });
}

interface CaseSource {
  readonly query: Partial<Query>;
  readonly table: CaseTable;
  readonly mutations: CaseTable | null;
}

function sourceArbitrary(shape: CaseShape, of: PartShape): fc.Arbitrary<CaseSource> {
  const first = shape.firstDay - 15;
  const last = shape.lastDay + 1;
  const anyDay = fc.integer({ min: first, max: last });
  const bound = orNull(anyDay.map(partitionOf), 2) as fc.Arbitrary<string | null>;
  return fc
    .record({
      rows: withDuplicates(
        fc.array(rowArbitrary(shape, of, anyDay), {
          maxLength: shape.sizes.rightRows,
          size: 'max',
        }),
      ),
      startPartition: bound,
      endPartition: bound,
      bounded: fc.integer({ min: 0, max: 4 }),
      empty: fc.array(anyDay.map(partitionOf), { maxLength: 2 }),
      changes: fc.array(changeArbitrary(shape), { maxLength: shape.sizes.rightRows, size: 'max' }),
    })
    .map(({ rows, startPartition, endPartition, bounded, empty, changes }) => {
      const keys = shape.keys.filter(({ name }) => of.keyNames.has(name));
      const columns: CaseColumn[] = [
        ...keys.map(({ name, type }) => ({ name: of.keyNames.get(name)!, type })),
        { name: 'unused', type: 'BIGINT' },
        ...of.values.map((name) => ({ name, type: valueContents[name]!.type })),
        ...(of.timeColumn === null ? [] : [{ name: of.timeColumn, type: 'BIGINT' as const }]),
      ];
      const query = {
        selects: identity([...of.keyNames.values(), ...of.values]),
        timeColumn: of.timeColumn,
        ...(bounded === 4 ? { startPartition, endPartition } : {}),
      };
      return {
        query,
        table: { columns, rows, emptyPartitions: empty },
        mutations: of.kind === 'mutated' ? mutationTable(columns, rows, changes) : null,
      };
    });
}

interface Change {
  readonly of: number; // a row of the snapshots
  readonly day: number; // of the partition, days since epoch
  readonly at: number; // ms since epoch
  readonly isReversal: boolean;
}

/** Mostly on the day of its partition. */
function changeArbitrary({ firstDay, lastDay, moments }: CaseShape): fc.Arbitrary<Change> {
  return fc
    .record({
      of: fc.nat(),
      day: fc.integer({ min: firstDay - 1, max: lastDay + 1 }),
      moment: fc.constantFrom(...moments),
      off: fc.constantFrom(0, 0, 0, 1, -1, -dayMs, dayMs),
      isReversal: fc.boolean(),
    })
    .map(({ of, day, moment, off, isReversal }) => ({
      of,
      day,
      at: day * dayMs + moment + off,
      isReversal,
    }));
}

/** Rows of the snapshots come and go. */
function mutationTable(
  columns: readonly CaseColumn[],
  rows: readonly OracleRow[],
  changes: readonly Change[],
): CaseTable {
  return {
    columns: [
      ...columns,
      { name: 'mutation_ts', type: 'BIGINT' },
      { name: 'is_before', type: 'BOOLEAN' },
    ],
    rows: (rows.length === 0 ? [] : changes).map(({ of, day, at, isReversal }) => ({
      ...rows[of % rows.length]!,
      mutation_ts: BigInt(at),
      is_before: isReversal,
      ds: partitionOf(day),
    })),
    emptyPartitions: [partitionOf(0)],
  };
}

function rowArbitrary(
  shape: CaseShape,
  of: PartShape,
  anyDay: fc.Arbitrary<number>,
): fc.Arbitrary<OracleRow> {
  const near = fc.integer({ min: shape.firstDay - 2, max: shape.lastDay + 1 });
  const hoursBack = of.hourly ? [0, 0, 0, ...windowHours] : [0];
  const values = of.values.map((name) => [name, orNull(valueContents[name]!.values, 5)] as const);
  return fc
    .record({
      key: keyTuple(shape),
      values: fc.record(Object.fromEntries(values)),
      time: timeArbitrary(shape.moments, fc.oneof(near, near, anyDay), hoursBack),
      landed: landing,
      snapshot: near,
      timeless: fc.integer({ min: 0, max: 11 }),
    })
    .map(({ key, values: made, time, landed, snapshot, timeless }) => {
      const day = isSnapshot(of) ? snapshot : Math.floor(time / dayMs) + landed;
      const keys = [...of.keyNames].map(([left, right]) => [right, key[left]!]);
      const row = { ...Object.fromEntries(keys), unused: 1n, ...made, ds: partitionOf(day) };
      if (of.timeColumn === null) return row;
      // Where times order a snapshot's rows but choose none, a NULL has no defined place.
      const isNull = timeless === 11 && of.kind !== 'aggregated' && of.kind !== 'mutated';
      return { ...row, [of.timeColumn]: isNull ? null : BigInt(time) };
    });
}
