/** Columns of a join's output: names, types, and what they are computed from. */
import type { JoinPart } from '@hindcast/shared/config/model';
import {
  type AggregateColumn,
  aggregateColumns,
  computedColumn,
  leftKeys,
  partPrefix,
  plainColumns,
} from '@hindcast/shared/config/names';
import { accepts, explodedType, signatures } from '@hindcast/shared/config/signatures';
import { didYouMean, HindcastError } from '@hindcast/shared/errors';
import {
  type AggregateSpec,
  type Column,
  type Explode,
  explodedColumn,
  mutationTimeColumn,
  type PartSpec,
  reversalColumn,
  rowIdentityColumn,
} from '@hindcast/shared/plan/task';
import { commonType, typeFamily, unionType } from '@hindcast/shared/table/column-type';
import { windowMs } from '@hindcast/shared/time/window';
import type { InspectedPart, InspectedSource } from '../join-state.js';

/** Left columns of the output in order: as selected, `ts` last. */
export function leftColumns(left: InspectedSource): Column[] {
  const { partitionColumn, time } = left.scan;
  const columns = left.columns.filter(({ name }) => name !== partitionColumn && name !== 'ts');
  const own = left.columns.find(({ name }) => name === 'ts');
  if (time.kind !== 'none') return [...columns, { name: 'ts', type: 'BIGINT' }];
  return own === undefined ? columns : [...columns, own];
}

export interface PartColumns {
  /** Left column and key type, per key of the group-by. */
  readonly leftKeys: readonly Column[];
  /** Group-by key column and type, per key. */
  readonly rightKeys: readonly Column[];
  readonly streams: readonly PartStream[];
  readonly windows: PartSpec['windows'];
  /** What is computed of the part, in order: its features, unless the group-by derives them. */
  readonly outputs: readonly Column[];
  /** The group-by's own names of what is computed. */
  readonly unprefixed: readonly (Column & { readonly held: string })[];
  /** Column that says whether a row was found; null for aggregates, and where nobody asks. */
  readonly found: string | null;
}

/** Inputs of some aggregations that come out of one reading of the sources. */
export interface PartStream {
  /** Null: every event is one input. */
  readonly explode: Explode | null;
  /** What segments hold beside keys and times. */
  readonly values: readonly (Column & { readonly output: string | null })[];
  readonly aggregates: readonly AggregateSpec[] | null;
}

export function partColumns(
  { part, sources }: InspectedPart,
  left: readonly Column[],
  mutations: boolean,
): PartColumns {
  const keys = keyColumns(part, sources, left);
  if (part.groupBy.aggregations === null) {
    const names =
      plainColumns(part.groupBy, sources[0]!.scan.partitionColumn) ??
      everyColumn(part, sources[0]!);
    const values = names.map((name) => ({
      ...typedColumn(part, sources, name),
      output: computedColumn(part, name),
    }));
    if (values.length === 0) {
      throw new HindcastError(
        'config',
        `join part "${part.groupBy.metaData.name}" has no column beside its keys`,
        { hint: 'Select one, or leave the part out.' },
      );
    }
    const outputs = values.map(({ output, type }) => ({ name: output, type }));
    const unprefixed = values.map(({ name, type, output }) => ({ name, type, held: output }));
    const plain = {
      ...keys,
      streams: [{ explode: null, values, aggregates: null }],
      windows: { any: false, longestMs: null },
      unprefixed,
    };
    if (part.groupBy.derivations.length === 0) return { ...plain, outputs, found: null };
    const found = `__${partPrefix(part)}__found`;
    return { ...plain, outputs: [...outputs, { name: found, type: 'BOOLEAN' }], found };
  }
  const { streams, outputs } = aggregateStreams(part, sources);
  const apart = streams.some(({ explode }) => explode !== null);
  const values = mutations ? [...mutationValues, ...(apart ? [rowIdentity] : [])] : [];
  const names = aggregateColumns(part.groupBy).map(({ name }) => name);
  return {
    ...keys,
    streams: streams.map((stream) => ({ ...stream, values: [...stream.values, ...values] })),
    windows: windowsOf(streams),
    outputs,
    unprefixed: outputs.map(({ name, type }, i) => ({ name: names[i]!, type, held: name })),
    found: null,
  };
}

const mutationValues: PartStream['values'] = [
  { name: mutationTimeColumn, type: 'BIGINT', output: null },
  { name: reversalColumn, type: 'BOOLEAN', output: null },
];

const rowIdentity = { name: rowIdentityColumn, type: 'BIGINT', output: null };

function windowsOf(streams: readonly PartStream[]): PartSpec['windows'] {
  const lengths = streams.flatMap(({ aggregates }) =>
    (aggregates ?? []).flatMap(({ windows }) => windows.map(({ lengthMs }) => lengthMs)),
  );
  return {
    any: lengths.some((length) => length !== null),
    longestMs: lengths.includes(null) ? null : Math.max(...(lengths as number[])),
  };
}

function everyColumn({ groupBy }: JoinPart, source: InspectedSource): string[] {
  return source.columns
    .map(({ name }) => name)
    .filter(
      (name) =>
        !groupBy.keyColumns.includes(name) && name !== 'ts' && name !== source.scan.partitionColumn,
    );
}

/** Ties in time are ordered by the values in the order of the selects. */
function inSelectOrder({ groupBy }: JoinPart, names: readonly string[]): string[] {
  const order = Object.keys(groupBy.sources[0]!.query.selects ?? {});
  return [...names].sort((a, b) => order.indexOf(a) - order.indexOf(b));
}

type OpenAggregate = AggregateSpec & {
  readonly windows: { lengthMs: number | null; column: string }[];
};

interface OpenStream {
  readonly explode: Explode | null;
  readonly types: Map<string, string>; // of the values, by name
  /** By aggregation and bucket. */
  readonly aggregates: Map<string, OpenAggregate>;
}

/** Aggregations by the way in which events become their inputs; plain events first. */
function aggregateStreams(
  part: JoinPart,
  sources: readonly InspectedSource[],
): Pick<PartColumns, 'streams' | 'outputs'> {
  const open = new Map<string, OpenStream>();
  const outputs: Column[] = [];
  for (const column of aggregateColumns(part.groupBy)) {
    const input = aggregateInput(part, sources, column);
    const { aggregation, window, bucket } = column;
    const name = computedColumn(part, column.name);
    outputs.push({ name, type: input.outputType });
    const key = JSON.stringify(input.explode);
    const stream = open.get(key) ?? {
      explode: input.explode,
      types: new Map<string, string>(),
      aggregates: new Map<string, OpenAggregate>(),
    };
    open.set(key, stream);
    for (const value of input.values) stream.types.set(value.name, value.type);
    const place = part.groupBy.aggregations!.indexOf(aggregation);
    const spec = stream.aggregates.get(`${place} ${bucket}`) ?? {
      inputColumn: aggregation.inputColumn,
      operation: aggregation.operation,
      by: input.by,
      argMap: aggregation.argMap,
      windows: [],
    };
    spec.windows.push({ lengthMs: window === null ? null : windowMs(window), column: name });
    stream.aggregates.set(`${place} ${bucket}`, spec);
  }
  const streams = [...open.values()].map(({ explode, types, aggregates }) => ({
    explode,
    values: inSelectOrder(part, [...types.keys()]).map((name) => ({
      name,
      type: types.get(name)!,
      output: null,
    })),
    aggregates: [...aggregates.values()],
  }));
  const plainFirst = streams.toSorted(
    (a, b) => Number(a.explode !== null) - Number(b.explode !== null),
  );
  return { streams: plainFirst, outputs };
}

interface AggregateInput {
  readonly explode: Explode | null;
  readonly values: readonly Column[];
  readonly by: AggregateSpec['by'];
  readonly outputType: string;
}

/** @throws HindcastError kind `config` for inputs that the operation does not take */
function aggregateInput(
  part: JoinPart,
  sources: readonly InspectedSource[],
  { aggregation, bucket }: AggregateColumn,
): AggregateInput {
  const { inputColumn, operation } = aggregation;
  const place = `join part "${part.groupBy.metaData.name}": ${operation} of "${inputColumn}"`;
  const { type } = typedColumn(part, sources, inputColumn);
  const exploded = explodedType(aggregation, type);
  if (exploded === null) {
    throw new HindcastError('config', `${place}: element-wise needs a list of scalar values`, {
      found: type,
      hint: 'Leave elementWise out, or select a list.',
    });
  }
  const signature = signatures[operation];
  if (!accepts(signature, exploded.type)) throw refusedInput(place, aggregation, exploded.type);
  const { explosion } = exploded;
  const explode = explosion === null ? null : { column: inputColumn, into: explosion };
  const input = { name: inputColumn, type: exploded.type };
  const plain = signature.outputType(exploded.type);
  if (explosion === 'entries' || explosion === 'positions') {
    if (bucket !== null) {
      throw new HindcastError(
        'config',
        `${place}: buckets of ${explosion === 'entries' ? 'a map' : 'list positions'}`,
        {
          found: type,
          hint: 'Leave the buckets out: the values are kept apart already.',
        },
      );
    }
    const map = explosion === 'entries';
    const by = { column: explodedColumn, into: map ? ('map' as const) : ('list' as const) };
    const kept = { name: explodedColumn, type: map ? 'VARCHAR' : 'BIGINT' };
    const outputType = map ? `MAP(VARCHAR, ${plain})` : `${plain}[]`;
    return { explode, values: [input, kept], by, outputType };
  }
  if (bucket === null) return { explode, values: [input], by: null, outputType: plain };
  const by = typedColumn(part, sources, bucket);
  if (typeFamily(by.type) !== 'text') {
    throw new HindcastError('config', `${place}: the bucket column "${bucket}" is no text`, {
      found: by.type,
      hint: `Cast it in the selects: "CAST(${bucket} AS STRING)".`,
    });
  }
  return {
    explode,
    values: [input, { name: bucket, type: by.type }],
    by: { column: bucket, into: 'map' },
    outputType: `MAP(VARCHAR, ${plain})`,
  };
}

function refusedInput(
  place: string,
  { operation, inputColumn }: AggregateColumn['aggregation'],
  type: string,
): HindcastError {
  const { input } = signatures[operation];
  const target = input === 'text' ? 'STRING' : /numbers/.test(input) ? 'DOUBLE' : null;
  const decimal = typeFamily(type) === 'decimal' && target === 'DOUBLE';
  return new HindcastError('config', `${place} needs ${input}`, {
    found: decimal ? `${type}: decimals have no exact ${operation.toLowerCase()}` : type,
    hint:
      target === null
        ? 'Select a scalar value of it.'
        : `Cast it in the selects: "CAST(${inputColumn} AS ${target})".`,
  });
}

function keyColumns(
  part: JoinPart,
  sources: readonly InspectedSource[],
  left: readonly Column[],
): Pick<PartColumns, 'leftKeys' | 'rightKeys'> {
  const place = `join part "${part.groupBy.metaData.name}"`;
  const rightKeys: Column[] = [];
  const keys = leftKeys(part).map((name, i): Column => {
    const right = typedColumn(part, sources, part.groupBy.keyColumns[i]!);
    const column = left.find((candidate) => candidate.name === name);
    if (column === undefined) {
      const names = left.map((candidate) => candidate.name);
      if (sources[0]?.scan.partitionColumn === name) {
        throw new HindcastError('config', `${place}: the partition column "${name}" is no key`, {
          found: names.join(', '),
          hint: `Select it on the left under another name, e.g. day: '${name}', and map that one.`,
        });
      }
      throw new HindcastError('config', `${place}: the left has no key "${name}"`, {
        found: names.join(', '),
        hint: `${didYouMean(name, names) ?? ''} Select it on the left, or map another column with keyMapping.`.trim(),
      });
    }
    const type = commonType(column.type, right.type);
    if (type === null) {
      throw new HindcastError(
        'config',
        `${place}: key "${right.name}" and the left's "${name}" are of different types`,
        {
          found: `${right.type} and ${column.type}`,
          hint: 'Cast one of them in its selects.',
        },
      );
    }
    rightKeys.push({ name: right.name, type });
    return { name, type };
  });
  return { leftKeys: keys, rightKeys };
}

/** A column that every source of the part has, in the type that holds all of theirs. */
export function typedColumn(
  part: JoinPart,
  sources: readonly InspectedSource[],
  name: string,
): Column {
  let type: string | null = null;
  for (const source of sources) {
    const found = typeIn(source, name);
    const common: string | null = type === null ? found : unionType(type, found);
    if (common === null) {
      throw new HindcastError(
        'config',
        `join part "${part.groupBy.metaData.name}": its sources give "${name}" different types`,
        {
          found: `${type} and ${found}`,
          hint: 'Cast it to one type in the selects of each source.',
        },
      );
    }
    type = common;
  }
  return { name, type: type! };
}

/** The time and the partition are there without being selected. */
function typeIn({ columns, scan }: InspectedSource, name: string): string {
  const found = columns.find((column) => column.name === name);
  if (found !== undefined) return found.type;
  if (name === scan.partitionColumn) return 'VARCHAR';
  if (name === 'ts' && scan.time.kind !== 'none') return 'BIGINT';
  const names = columns.map((column) => column.name);
  throw new HindcastError('config', `${scan.origin}: no column "${name}"`, {
    found: names.join(', '),
    hint: didYouMean(name, names),
  });
}
