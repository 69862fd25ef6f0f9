/**
 * What an explanation says, as data: the document of `explain-row --json` (docs/explain-row.md), and all
 * that its text is made of. Times are ms since epoch, UTC.
 */
import type { Accuracy, Operation } from '@hindcast/shared/config/model';
import type {
  ExplainRowResult,
  FindRowResult,
  SeenEvents,
} from '@hindcast/shared/plan/explain-row';
import {
  type AggregateSpec,
  mutationTimeColumn,
  type PartSpec,
  type QueryResult,
  reversalColumn,
  rowIdentityColumn,
  type Windowing,
} from '@hindcast/shared/plan/task';
import { partitionOf } from '@hindcast/shared/time/partition-spec';
import type { RowRequest, StoredRow } from './explain-row.js';
import { type Unseen, whyUnseen } from './explain-unseen.js';
import { howItFollows, howItIsTaken } from './explain-value.js';
import { withNumbers } from './json-values.js';
import type { ExplanationPlan, PlannedExplanation, ReadSource } from './plan/explanation.js';
import type { JobRequest } from './request.js';
import type { Taken } from './taken-values.js';

export const explanationVersion = 1;

export interface Explanation {
  readonly version: number;
  readonly join: string;
  readonly output: string;
  readonly windowing: Windowing;
  readonly row: ExplainedRow;
  readonly stored: {
    readonly kind: StoredRow['kind'];
    /** Features whose stored value is another one. */
    readonly different: readonly string[];
  };
  readonly parts: readonly ExplainedPart[];
  /** What the output has in place of some features, or beside them: not explained, only told. */
  readonly derived: readonly {
    readonly of: string; // join or group-by
    readonly name: string;
    readonly expression: string; // Spark SQL
  }[];
  /** What bootstrap tables give of other columns: external and derived ones. */
  readonly taken: readonly (Taken & { readonly column: string })[];
}

export interface ExplainedRow {
  readonly where: string;
  readonly partition: string;
  readonly number: number; // from 1, among those that match
  readonly matches: number;
  readonly timeMs: number | null; // null for a left of entities
  readonly columns: Readonly<Record<string, unknown>>;
}

export interface ExplainedPart {
  readonly name: string;
  readonly accuracy: Accuracy;
  readonly lookup: PartSpec['lookup'];
  readonly keys: readonly {
    readonly left: string;
    readonly right: string;
    readonly value: unknown;
  }[];
  readonly keyIsNull: boolean;
  /** The snapshot that the row sees; null where events are joined. */
  readonly snapshot: string | null;
  /** Partitions that a row of this time may see; `firstPartition` null where no window bounds it. */
  readonly firstPartition: string | null;
  readonly lastPartition: string; // inclusive
  readonly sources: readonly ExplainedSource[];
  readonly readings: readonly ExplainedReading[];
}

export interface ExplainedSource {
  readonly table: string;
  readonly kind: 'events' | 'snapshots' | 'mutations';
  readonly partitionsRead: {
    readonly count: number;
    readonly first: string;
    readonly last: string;
  } | null;
  readonly partitionsMissing: readonly string[];
  /** Partitions that were looked into, read or not, which hold the key. */
  readonly bounds: ReadSource['bounds'];
}

/** One way in which the part's events become inputs: as they are, or with a list or map taken apart. */
export interface ExplainedReading {
  readonly exploded: string | null;
  /** Columns that the features read, by which events give their values. */
  readonly inputs: readonly string[];
  /** Partitions with the key, read or not, among those that were looked into. */
  readonly partitionsWithKey: readonly string[];
  /** Those that features name, in order of time. */
  readonly events: readonly ExplainedEvent[];
  readonly features: readonly ExplainedFeature[];
}

export interface ExplainedEvent {
  readonly event: number; // its number in this reading, from 1 in order of time
  /** Position among the part's sources, and that source's table. */
  readonly source: number;
  readonly table: string;
  readonly partition: string;
  readonly timeMs: number | null;
  readonly mutation: { readonly timeMs: number; readonly takesAway: boolean } | null;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface ExplainedFeature {
  readonly column: string;
  readonly type: string;
  readonly value: unknown;
  /** Absent where the output table has no such row or column. */
  readonly stored?: unknown;
  /** The bootstrap table that has the value, and what would be computed; null: it is computed. */
  readonly taken: { readonly table: string; readonly computed: unknown } | null;
  /** Null for a snapshot's column as it is. */
  readonly operation: Operation | null;
  readonly input: string;
  readonly argMap: Readonly<Record<string, string>>;
  /** Aggregated apart per value of this column. */
  readonly by: string | null;
  readonly windowMs: number | null; // null: everything before
  readonly startMs: number | null; // inclusive; null: no bound
  readonly endMs: number | null; // exclusive; null: times don't matter
  readonly inside: {
    readonly count: number;
    readonly inputs: number; // not NULL
    /** The oldest and the newest, in order of time; of a snapshot's rows the one that won first. */
    readonly events: readonly number[];
  };
  readonly outside: readonly (Unseen & { readonly event: number })[];
  readonly hiddenCount: number; // between the bounds and not seen
  readonly how: string;
}

export interface Findings {
  readonly plan: ExplanationPlan;
  readonly request: JobRequest;
  readonly wanted: RowRequest;
  readonly found: FindRowResult;
  readonly computed: QueryResult;
  /** Column → what bootstrap tables give of it. */
  readonly taken: ReadonlyMap<string, Taken>;
  readonly stored: StoredRow;
  /** By part and reading. */
  readonly seen: readonly (readonly ExplainRowResult[])[];
  readonly derived: Explanation['derived'];
}

export function explanationOf(findings: Findings): Explanation {
  const { plan, wanted, found, computed, taken, stored, seen, request, derived } = findings;
  const columns = rowOf(found.values);
  const timed = plan.left.scan.time.kind !== 'none';
  const computedValues = rowOf(computed);
  const storedValues =
    stored.kind === 'row' || stored.kind === 'outdated' ? rowOf(stored.values) : {};
  const context = {
    computed,
    computedValues,
    taken,
    storedValues,
    columns,
    wanted: wanted.columns,
  };
  const explained = new Set(plan.parts.flatMap(({ outputs }) => outputs.map(({ name }) => name)));
  const parts = plan.parts.map((part, p) =>
    explainedPart(part, seen[p]!, { ...context, format: request.partitionSpec.format }),
  );
  const shown = parts.filter(({ readings }) => readings.length > 0);
  const features = shown.flatMap(({ readings }) => readings.flatMap((reading) => reading.features));
  return {
    version: explanationVersion,
    join: plan.plan.name,
    output: plan.plan.output.table,
    windowing: plan.plan.windowing,
    row: {
      where: wanted.where,
      partition: wanted.partition,
      number: wanted.row,
      matches: found.matches,
      timeMs: timed ? Number(columns['ts']) : null,
      columns,
    },
    stored: {
      kind: stored.kind,
      different: features
        .filter((feature) => 'stored' in feature && !isSame(feature.stored, feature.value))
        .map(({ column }) => column),
    },
    parts: shown,
    derived,
    taken: [...taken]
      .filter(([column]) => !explained.has(column) && wanted.columns === null)
      .map(([column, { table, value }]) => ({ column, table, value })),
  };
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function rowOf({ columns, rows }: QueryResult): Record<string, unknown> {
  return Object.fromEntries(columns.map(({ name }, i) => [name, rows[0]?.[i] ?? null]));
}

interface Context {
  readonly computed: QueryResult;
  readonly computedValues: Readonly<Record<string, unknown>>;
  readonly taken: ReadonlyMap<string, Taken>;
  readonly storedValues: Readonly<Record<string, unknown>>;
  readonly columns: Readonly<Record<string, unknown>>;
  readonly wanted: readonly string[] | null;
  readonly format: string;
}

/** Its readings are those that some feature which is asked for has. */
function explainedPart(
  planned: PlannedExplanation,
  seen: readonly ExplainRowResult[],
  context: Context,
): ExplainedPart {
  const { spec } = planned.streams[0]!;
  const { view } = seen[0]!;
  const day = (value: number): string => partitionOf(value, context.format);
  const snapshotDay = { 'as-of': null, snapshot: view.lastDay, mutations: view.lastDay - 1 }[
    spec.lookup
  ];
  const part = {
    name: planned.name,
    accuracy: planned.accuracy,
    lookup: spec.lookup,
    keys: planned.keys.map((key) => ({ ...key, value: context.columns[key.left] ?? null })),
    keyIsNull: view.keyIsNull,
    snapshot: snapshotDay === null ? null : day(snapshotDay),
    firstPartition: view.firstDay === null ? null : day(view.firstDay),
    lastPartition: day(view.lastDay),
    sources: planned.sources.map((source) => explainedSource(source, spec.lookup)),
  };
  const readings = planned.streams.map((_, i) =>
    explainedReading(planned, i, seen[i]!, part, context),
  );
  return { ...part, readings: readings.filter(({ features }) => features.length > 0) };
}

function explainedSource(source: ReadSource, lookup: PartSpec['lookup']): ExplainedSource {
  const { table, read, missing, mutations, bounds } = source;
  return {
    table,
    kind: lookup === 'as-of' ? 'events' : mutations ? 'mutations' : 'snapshots',
    partitionsRead:
      read.length === 0 ? null : { count: read.length, first: read[0]!, last: read.at(-1)! },
    partitionsMissing: missing,
    bounds,
  };
}

/** What is known of a part before its features. */
export type PartFacts = Omit<ExplainedPart, 'readings'>;

function explainedReading(
  planned: PlannedExplanation,
  i: number,
  seen: ExplainRowResult,
  part: PartFacts,
  context: Context,
): ExplainedReading {
  const { stream, spec } = planned.streams[i]!;
  const { events: all, numberOf } = eventsOf(seen.events, spec, planned);
  const byNumber = new Map(all.map((event) => [event.event, event]));
  const partitionsWithKey = seen.days.map((day) => partitionOf(day, context.format));
  const features = featuresOf(spec, seen)
    .filter(({ column }) => context.wanted === null || context.wanted.includes(column))
    .map((asked): ExplainedFeature => {
      const { column, operation, input, argMap, by, windowMs, events } = asked;
      const at = context.computed.columns.findIndex(({ name }) => name === column);
      const value = context.computedValues[column] ?? null;
      const older = context.taken.get(column);
      const bounds = { startMs: events.startMs, endMs: events.endMs };
      const outside = outsideOf(events, (number) => byNumber.get(numberOf(number))!, {
        ...bounds,
        untilMs: seen.view.untilMs,
        part,
        planned,
      });
      const feature = {
        column,
        type: context.computed.columns[at]?.type ?? '',
        value,
        ...(column in context.storedValues && { stored: context.storedValues[column] ?? null }),
        operation,
        input,
        argMap,
        by,
        windowMs,
        ...bounds,
        inside: { count: events.count, inputs: events.inputs, events: events.inside.map(numberOf) },
        outside,
        hiddenCount: events.hiddenCount,
      };
      if (older !== undefined) {
        const taken = { table: older.table, computed: value };
        return { ...feature, value: older.value, taken, how: howItIsTaken(older, value) };
      }
      const inside = events.inside.map((number) => byNumber.get(numberOf(number))!);
      const how = howItFollows(feature, inside, part, partitionsWithKey);
      return { ...feature, taken: null, how };
    });
  const named = new Set(
    features.flatMap(({ inside, outside }) => [
      ...inside.events,
      ...outside.map(({ event }) => event),
    ]),
  );
  const used = new Set(features.flatMap(({ input, by }) => [input, ...(by === null ? [] : [by])]));
  return {
    exploded: stream.explode?.column ?? null,
    inputs: spec.values.map(({ name }) => name).filter((name) => used.has(name)),
    partitionsWithKey,
    events: all.filter(({ event }) => named.has(event)),
    features,
  };
}

interface AskedFeature {
  readonly column: string;
  readonly operation: Operation | null;
  readonly input: string;
  readonly argMap: AggregateSpec['argMap'];
  readonly by: string | null;
  readonly windowMs: number | null;
  readonly events: SeenEvents;
}

function featuresOf(
  { aggregates, values }: PartSpec,
  { features }: ExplainRowResult,
): AskedFeature[] {
  if (aggregates === null) {
    return values.map(({ name, output }) => ({
      column: output!,
      operation: null,
      input: name,
      argMap: {},
      by: null,
      windowMs: null,
      events: features[0]!,
    }));
  }
  const seen = new Map(features.map((events) => [events.column, events]));
  return aggregates.flatMap(({ operation, inputColumn, argMap, by, windows }) =>
    windows.map(({ lengthMs, column }) => ({
      column,
      operation,
      input: inputColumn,
      argMap,
      by: by?.column ?? null,
      windowMs: lengthMs,
      events: seen.get(column)!,
    })),
  );
}

function eventsOf(
  result: QueryResult,
  { values }: PartSpec,
  { sources }: PlannedExplanation,
): { readonly events: ExplainedEvent[]; readonly numberOf: (event: number) => number } {
  const { rows } = withNumbers(result);
  const numbers = new Map(rows.map(([event], i) => [Number(event), i + 1]));
  const events = rows.map(([, source, time, partition, , ...cells], i) => {
    const named = Object.fromEntries(values.map(({ name }, i) => [name, cells[i] ?? null]));
    const {
      [mutationTimeColumn]: changed,
      [reversalColumn]: reversal,
      [rowIdentityColumn]: _,
      ...rest
    } = named;
    const { table, mutations } = sources[Number(source)]!;
    return {
      event: i + 1,
      source: Number(source),
      table,
      partition: String(partition),
      timeMs: time === null ? null : Number(time),
      mutation: mutations
        ? { timeMs: Number(changed ?? Number.NaN), takesAway: reversal === true }
        : null,
      values: rest,
    };
  });
  return { events, numberOf: (event) => numbers.get(event)! };
}

/** What a feature's window leaves out, and why: the nearest on either side, and what lies between. */
function outsideOf(
  { before, after, hidden }: SeenEvents,
  eventOf: (number: number) => ExplainedEvent,
  context: {
    readonly startMs: number | null;
    readonly endMs: number | null;
    readonly untilMs: number;
    readonly part: PartFacts;
    readonly planned: PlannedExplanation;
  },
): ExplainedFeature['outside'] {
  const { planned } = context;
  return [before, ...hidden, after].flatMap((number) => {
    if (number === null) return [];
    const event = eventOf(number);
    const source = planned.sources[event.source]!;
    return [{ event: event.event, ...whyUnseen(event, source, context) }];
  });
}
