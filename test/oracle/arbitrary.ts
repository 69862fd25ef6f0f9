/**
 * Random joins over random tables: small, and full of what goes wrong. Every case is one that the
 * oracle computes and that a config check lets pass.
 */
import type { Join, JoinPart, Source, Window } from '@hindcast/shared/config/model';
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
import { type CasePart, partArbitrary } from './arbitrary-part.js';
import {
  type CaseShape,
  type CaseSizes,
  type CaseTable,
  defaultSizes,
  keyTuple,
  shapeArbitrary,
} from './arbitrary-shape.js';
import { entities, events, identity, join } from './config.js';
import type { OracleOptions } from './join.js';
import type { OracleRow } from './value.js';

export interface JoinCase {
  readonly join: Join;
  /** By table name, `namespace.name`. */
  readonly tables: ReadonlyMap<string, CaseTable>;
  /** At least one left row lies in the range. */
  readonly options: OracleOptions;
}

/** @param windowing null: either */
export function joinCase(
  windowing: OracleOptions['windowing'] | null = null,
  sizes: Partial<CaseSizes> = {},
): fc.Arbitrary<JoinCase> {
  const windowings = windowing === null ? (['exact', 'sawtooth'] as const) : [windowing];
  return shapeArbitrary({ ...defaultSizes, ...sizes }).chain((shape) =>
    fc
      .record({
        left: leftArbitrary(shape),
        parts: partsArbitrary(shape),
        windowing: fc.constantFrom(...windowings),
        stepDays: fc.constantFrom(1, 2, 1000),
      })
      .chain(({ left, parts, windowing: chosen, stepDays }) =>
        rangeArbitrary(left.table).map((range) => ({
          join: join(leftSource(left, range), partsOf(parts)),
          tables: new Map([
            ['data.lefts', left.table],
            ...parts.flatMap(({ tables }) => [...tables]),
          ]),
          // Sawtooth values depend on the steps: whole ones, or days, leave no doubt what they are.
          options: {
            windowing: chosen,
            startDs: range.startDs,
            endDs: range.endDs,
            stepDays: chosen === 'sawtooth' && stepDays === 2 ? 1 : stepDays,
          },
        })),
      ),
  );
}

/** The tables' rows alone, as the oracle takes them. */
export function rowsOf(tables: JoinCase['tables']): Map<string, readonly OracleRow[]> {
  return new Map([...tables].map(([name, { rows }]) => [name, rows]));
}

function partsArbitrary(shape: CaseShape): fc.Arbitrary<CasePart[]> {
  const parts = Array.from({ length: shape.sizes.parts }, (_, i) => partArbitrary(shape, i));
  const all = fc.tuple(...parts);
  const again = fc.constantFrom(null, 'whole', 'other');
  return fc
    .record({ all, count: fc.integer({ min: 1, max: parts.length }), again })
    .map(({ all: made, count, again: repeated }) => {
      const first = made[0]!;
      const part = repeated === 'other' ? withOtherValues(first.part) : first.part;
      const more = repeated === null ? [] : [{ ...first, part: { ...part, prefix: 'again' } }];
      return [...made.slice(0, count), ...more];
    });
}

/** A part of the same rows that asks for fewer of their values, where there are several. */
function withOtherValues(part: JoinPart): JoinPart {
  const { metaData, sources } = part.groupBy;
  const all = part.groupBy.aggregations ?? [];
  if (all.length < 2) return part;
  const windows = all.map((aggregation) => aggregation.windows ?? []);
  const widest = windows.toSorted((a, b) => longest(b) - longest(a))[0]!;
  // With the widest windows of all, both see the same files.
  const aggregations = all
    .slice(1)
    .map((each) => ({ ...each, windows: each.windows === null ? null : widest }));
  const used = new Set(
    aggregations.flatMap(({ inputColumn, buckets }) => [inputColumn, ...(buckets ?? [])]),
  );
  const isAsked = ([name]: [string, string]): boolean => used.has(name) || !(name in valueContents);
  const asking = <S extends Source>(source: S): S => {
    const selects = Object.fromEntries(Object.entries(source.query.selects!).filter(isAsked));
    return { ...source, query: { ...source.query, selects } };
  };
  const groupBy = {
    ...part.groupBy,
    metaData: { ...metaData, name: `${metaData.name}_other` },
    sources: sources.map(asking),
    aggregations,
  };
  return { ...part, groupBy };
}

function longest(windows: readonly Window[]): number {
  return Math.max(
    0,
    ...windows.map(({ length, timeUnit }) => length * (timeUnit === 'DAYS' ? 24 : 1)),
  );
}

function partsOf(parts: readonly CasePart[]): JoinPart[] {
  return parts.map(({ part }) => part);
}

interface CaseLeft {
  readonly kind: 'events' | 'entities';
  readonly table: CaseTable;
  readonly timeColumn: string;
  readonly selects: readonly string[] | null;
  readonly clipped: boolean;
}

function leftArbitrary(shape: CaseShape): fc.Arbitrary<CaseLeft> {
  const { leftKind: kind, firstDay, lastDay, moments, sizes } = shape;
  const day = fc.integer({ min: firstDay, max: lastDay });
  const { long, text } = valueContents;
  const row = fc.record({
    key: keyTuple(shape),
    long: orNull(long!.values, 4),
    text: orNull(text!.values, 4),
    time: timeArbitrary(moments, day),
    landed: landing,
    day,
  });
  return fc
    .record({
      rows: withDuplicates(fc.array(row, { minLength: 1, maxLength: sizes.leftRows, size: 'max' })),
      timeColumn: fc.constantFrom('ts', 'at'),
      order: fc.shuffledSubarray(['long', 'text', ...shape.keys.map(({ name }) => name)]),
      everything: fc.boolean(),
      empty: fc.array(day, { maxLength: 2 }),
      clipped: fc.boolean(),
    })
    .map(({ rows, timeColumn, order, everything, empty, clipped }) => {
      const made = rows.map(({ key, time, landed, day, ...values }): OracleRow => {
        const columns = { ...values, ...key };
        if (kind === 'entities') return { ...columns, ds: partitionOf(day) };
        const ds = partitionOf(Math.floor(time / dayMs) + Math.sign(landed));
        return { ...columns, [timeColumn]: BigInt(time), ds };
      });
      const columns: CaseColumn[] = [
        { name: 'long', type: 'BIGINT' },
        { name: 'text', type: 'VARCHAR' },
        ...shape.keys.map(({ name, type }) => ({ name, type })),
        ...(kind === 'events' ? [{ name: timeColumn, type: 'BIGINT' as const }] : []),
      ];
      const selects = [...new Set([...order, ...shape.keys.map(({ name }) => name)])];
      return {
        kind,
        table: { columns, rows: made, emptyPartitions: empty.map(partitionOf) },
        timeColumn,
        selects: everything ? null : selects,
        clipped,
      };
    });
}

function leftSource(left: CaseLeft, range: CaseRange): Join['left'] {
  const query = {
    selects: left.selects === null ? null : identity(left.selects),
    endPartition: left.clipped ? range.clipDs : null,
  };
  return left.kind === 'entities'
    ? entities('data.lefts', query)
    : events('data.lefts', { ...query, timeColumn: left.timeColumn });
}

interface CaseRange {
  readonly startDs: string;
  readonly endDs: string;
  /** What may be the left's end partition: some rows of the range lie before or in it. */
  readonly clipDs: string;
}

/** From one partition that has left rows to another. */
function rangeArbitrary({ rows }: CaseTable): fc.Arbitrary<CaseRange> {
  const partitions = [...new Set(rows.map(({ ds }) => ds as string))].sort();
  const position = fc.nat(partitions.length - 1);
  return fc
    .record({ a: position, b: position, clip: fc.nat(), whole: fc.boolean(), beyond: fc.nat(2) })
    .map(({ a, b, clip, whole, beyond }) => {
      const first = whole ? 0 : Math.min(a, b);
      const last = whole ? partitions.length - 1 : Math.max(a, b);
      const end = Date.parse(`${partitions[last]}T00:00:00Z`) / dayMs + (whole ? beyond : 0);
      return {
        startDs: partitions[first]!,
        endDs: partitionOf(end),
        clipDs: partitions[first + (clip % (last - first + 1))]!,
      };
    });
}
