/**
 * The structs of Chronon's compiled JSON and what becomes of them in the model. Unknown fields are
 * ignored, as thrift does.
 */
import * as v from 'valibot';
import { driftCheckIn } from './drift.js';
import { externalPart } from './external-schema.js';
import type { GroupBy, Join, Operation, Source, StagingQuery } from './model.js';
import { operations } from './model.js';
import { enumOf, flag, listOf, maybe, text, textMap, texts } from './thrift-fields.js';

const queryStruct = v.object({
  selects: maybe(v.record(v.string(), v.string())),
  wheres: texts,
  startPartition: text,
  endPartition: text,
  timeColumn: text,
  setups: texts,
  mutationTimeColumn: text,
  reversalColumn: text,
  partitionColumn: text,
});
const query = v.nullish(queryStruct, {});

const metaData = v.object({
  name: v.string(),
  team: text,
  outputNamespace: text,
  online: flag,
  production: flag,
  offlineSchedule: text,
  customJson: text,
  dependencies: texts,
  tableProperties: textMap,
  historicalBackfill: v.nullish(flag, 1),
});

/** Chronon looks at what follows the name, `/system=mobile`, only to find partitions; rows are the table's. */
const table = v.pipe(
  v.string(),
  v.transform((name) => name.split('/')[0]!),
);

const source: v.GenericSchema<unknown, Source> = v.pipe(
  v.object({
    events: v.nullish(v.object({ table, topic: text, isCumulative: flag, query })),
    entities: v.nullish(
      v.object({ snapshotTable: table, mutationTable: maybe(table), mutationTopic: text, query }),
    ),
    joinSource: v.nullish(v.object({ join: v.lazy(() => joinStruct), query })),
  }),
  v.rawTransform(({ dataset, addIssue, NEVER }): Source => {
    const { events, entities, joinSource } = dataset.value;
    if ([events, entities, joinSource].filter(Boolean).length > 1) {
      addIssue({
        message: 'a source is one of events, entities and joinSource, and no two of them',
      });
      return NEVER;
    }
    if (events) return { kind: 'events', ...events };
    if (entities) return { kind: 'entities', ...entities };
    if (joinSource) return { kind: 'joinSource', ...joinSource };
    addIssue({ message: 'a source is events, entities or joinSource' });
    return NEVER;
  }),
);

const window = v.object({
  length: v.pipe(
    v.number(),
    v.integer('a window has a whole length'),
    v.minValue(1, 'a window is at least 1 long'),
  ),
  timeUnit: enumOf('time unit', ['HOURS', 'DAYS'] as const),
});

const aggregation = v.object({
  inputColumn: v.string(),
  operation: enumOf<Operation>('operation', operations),
  argMap: textMap,
  windows: maybe(
    v.pipe(
      v.array(window),
      v.minLength(1, 'no window at all: leave the field out for all of time'),
    ),
  ),
  buckets: texts,
  elementWise: flag,
});

const derivation = v.object({ name: v.string(), expression: v.string() });

export const groupByStruct: v.GenericSchema<unknown, GroupBy> = v.object({
  metaData,
  sources: v.pipe(v.array(source), v.minLength(1, 'a group-by has at least one source')),
  keyColumns: v.pipe(v.array(v.string()), v.minLength(1, 'a group-by has at least one key column')),
  // None are as good as no field, as in Chronon.
  aggregations: v.pipe(
    maybe(v.array(aggregation)),
    v.transform((all) => (all === null || all.length === 0 ? null : all)),
  ),
  accuracy: maybe(enumOf('accuracy', ['TEMPORAL', 'SNAPSHOT'] as const)),
  backfillStartDate: text,
  derivations: listOf(derivation),
});

const joinPart = v.object({ groupBy: groupByStruct, keyMapping: textMap, prefix: text });

const labelPart = v.pipe(
  v.object({
    labels: v.array(joinPart),
    leftStartOffset: v.pipe(v.number(), v.integer('an offset is a whole number of days')),
    leftEndOffset: v.pipe(v.number(), v.integer('an offset is a whole number of days')),
    metaData: v.nullish(v.object({ offlineSchedule: text })),
  }),
  v.transform(({ metaData: meta, ...rest }) => ({
    ...rest,
    labelOfflineSchedule: meta?.offlineSchedule ?? null,
  })),
);

const bootstrapPart = v.object({
  metaData: maybe(metaData),
  table: v.string(),
  query: maybe(queryStruct),
  keyColumns: texts,
});

export const joinStruct: v.GenericSchema<unknown, Join> = v.pipe(
  v.object({
    metaData,
    left: source,
    joinParts: listOf(joinPart),
    onlineExternalParts: listOf(externalPart),
    labelPart: maybe(labelPart),
    bootstrapParts: listOf(bootstrapPart),
    rowIds: texts,
    derivations: listOf(derivation),
    skewKeys: v.nullish(v.record(v.string(), v.array(v.string())), {}),
  }),
  v.transform((join) => {
    const { hindcast, bootstrap_from_log: fromLog } = customOf(join.metaData.customJson);
    const drift = driftCheckIn(hindcast, `join "${join.metaData.name}"`);
    return { ...join, drift, bootstrapFromLog: Boolean(fromLog) };
  }),
);

export const stagingQueryStruct: v.GenericSchema<unknown, StagingQuery> = v.object({
  metaData,
  query: v.string(),
  startPartition: text,
  setups: texts,
  createView: flag,
});

/** What thrift has no field for: of Chronon's Python API, and of ours. */
function customOf(customJson: string | null): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(customJson ?? '{}') ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}
