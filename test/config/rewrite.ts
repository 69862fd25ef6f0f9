/** A compiled config written again with the builders, as its author would have written it. */
import { type DataKind, dataKinds, operations } from '@hindcast/shared/config/model';
import * as dsl from '@hindcast/shared/dsl/index';

/** Chronon's JSON, of which every field may be there or not. */
// biome-ignore lint/suspicious/noExplicitAny: it is read field by field, as it comes
type Json = any;

export function rewriteJoin(json: Json): dsl.JoinStruct {
  const { metaData, left, joinParts, onlineExternalParts, labelPart, bootstrapParts, ...rest } =
    json;
  return dsl.join({
    ...metaData,
    ...rest,
    left: source(left),
    rightParts: (joinParts ?? []).map(joinPart),
    onlineExternalParts: onlineExternalParts?.map(externalPart),
    labelPart: labelPart && {
      ...dsl.labelPart({
        labels: labelPart.labels.map(joinPart),
        leftStartOffset: labelPart.leftStartOffset,
        leftEndOffset: labelPart.leftEndOffset,
        labelOfflineSchedule: labelPart.metaData?.offlineSchedule,
      }),
    },
    bootstrapParts: bootstrapParts?.map((part: Json) =>
      dsl.bootstrapPart({ ...part, query: part.query && dsl.query(part.query) }),
    ),
  });
}

function joinPart({ groupBy, ...rest }: Json): dsl.JoinPartStruct {
  return dsl.joinPart({ groupBy: rewriteGroupBy(groupBy), ...rest });
}

export function rewriteGroupBy(json: Json): dsl.GroupByStruct {
  const { metaData, sources, keyColumns, aggregations, accuracy, ...rest } = json;
  return dsl.groupBy({
    ...metaData,
    ...rest,
    sources: sources.map(source),
    keys: keyColumns,
    aggregations: aggregations?.map(aggregation) ?? null,
    ...(accuracy != null && { accuracy: accuracy === 0 ? 'TEMPORAL' : 'SNAPSHOT' }),
  });
}

function source({ events, entities, joinSource }: Json): dsl.SourceStruct {
  if (events) return dsl.eventSource({ ...events, query: dsl.query(events.query) });
  if (entities) {
    const [namespace, table] = entities.snapshotTable.split('.');
    const mutationTable = entities.mutationTable?.split('.')[1];
    const { snapshotTable: _, ...rest } = entities;
    const query = dsl.query(entities.query);
    return dsl.hiveEntitySource({ ...rest, namespace, table, mutationTable, query });
  }
  return dsl.joinSource({ join: rewriteJoin(joinSource.join), query: dsl.query(joinSource.query) });
}

const builders: Readonly<Record<string, (...args: Json[]) => dsl.AggregationStruct>> = {
  MIN: dsl.min,
  MAX: dsl.max,
  FIRST: dsl.first,
  LAST: dsl.last,
  COUNT: dsl.count,
  SUM: dsl.sum,
  AVERAGE: dsl.average,
  VARIANCE: dsl.variance,
  SKEW: dsl.skew,
  KURTOSIS: dsl.kurtosis,
  UNIQUE_COUNT: dsl.uniqueCount,
  HISTOGRAM: dsl.histogram,
  FIRST_K: dsl.firstK,
  LAST_K: dsl.lastK,
  TOP_K: dsl.topK,
  BOTTOM_K: dsl.bottomK,
  APPROX_HISTOGRAM_K: dsl.approxHistogramK,
  BOUNDED_UNIQUE_COUNT: dsl.boundedUniqueCount,
};

function aggregation({ inputColumn, operation, argMap, windows, ...rest }: Json) {
  const name = operations[operation]!;
  const options = {
    ...rest,
    windows: windows?.map(({ length, timeUnit }: Json) => `${length}${timeUnit === 1 ? 'd' : 'h'}`),
  };
  const builder = builders[name];
  const names = Object.keys(argMap ?? {});
  if (builder !== undefined && names.length === 0) return builder(inputColumn, options);
  if (builder?.length === 2 && names.join() === 'k')
    return builder(inputColumn, Number(argMap.k), options);
  return dsl.aggregation({ inputColumn, operation: name, argMap, ...options });
}

function externalPart({ source: { metadata, keySchema, valueSchema }, ...rest }: Json) {
  const keyFields = fields(keySchema);
  if (metadata.name === 'contextual')
    return dsl.externalPart(dsl.contextualSource(keyFields, metadata.team), rest);
  const valueFields = fields(valueSchema);
  return dsl.externalPart(dsl.externalSource({ ...metadata, keyFields, valueFields }), rest);
}

function fields({ params }: Json): dsl.Fields {
  return params.map(({ name, dataType }: Json) => [name, dataKinds[dataType.kind] as DataKind]);
}
