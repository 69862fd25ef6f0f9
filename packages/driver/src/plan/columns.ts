/** Columns of a join's output: names, types, and what they are computed from. */
import type { JoinPart } from '@hindcast/shared/config/model';
import {
  aggregateColumns,
  computedColumn,
  leftKeys,
  partPrefix,
  plainColumns,
} from '@hindcast/shared/config/names';
import { accepts, type RunnableOperation, signatureOf } from '@hindcast/shared/config/signatures';
import { didYouMean, HindcastError } from '@hindcast/shared/errors';
import type { AggregateSpec, Column } from '@hindcast/shared/plan/task';
import { commonType, typeFamily } from '@hindcast/shared/table/column-type';
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
  /** What segments hold beside keys and times. */
  readonly values: readonly (Column & { readonly output: string | null })[];
  readonly aggregates: readonly AggregateSpec[] | null;
  /** What is computed of the part, in order: its features, unless the group-by derives them. */
  readonly outputs: readonly Column[];
  /** The group-by's own names of what is computed. */
  readonly unprefixed: readonly (Column & { readonly held: string })[];
  /** Column that says whether a row was found; null for aggregates, and where nobody asks. */
  readonly found: string | null;
}

export function partColumns(
  { part, sources }: InspectedPart,
  left: readonly Column[],
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
    const outputs = values.map(({ output, type }) => ({ name: output, type }));
    const unprefixed = values.map(({ name, type, output }) => ({ name, type, held: output }));
    const plain = { ...keys, values, aggregates: null, unprefixed };
    if (part.groupBy.derivations.length === 0) return { ...plain, outputs, found: null };
    const found = `__${partPrefix(part)}__found`;
    return { ...plain, outputs: [...outputs, { name: found, type: 'BOOLEAN' }], found };
  }
  const inputs = [...new Set(part.groupBy.aggregations.map(({ inputColumn }) => inputColumn))];
  const values = inSelectOrder(part, inputs).map((name) => ({
    ...typedColumn(part, sources, name),
    output: null,
  }));
  const { aggregates, outputs } = aggregateSpecs(part, values);
  const names = aggregateColumns(part.groupBy).map(({ name }) => name);
  const unprefixed = outputs.map(({ name, type }, i) => ({ name: names[i]!, type, held: name }));
  return { ...keys, values, aggregates, outputs, unprefixed, found: null };
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

function aggregateSpecs(
  part: JoinPart,
  values: readonly Column[],
): { aggregates: AggregateSpec[]; outputs: Column[] } {
  const aggregates = new Map<
    object,
    AggregateSpec & { windows: { lengthMs: number | null; column: string }[] }
  >();
  const outputs: Column[] = [];
  for (const { name, aggregation, window, bucket } of aggregateColumns(part.groupBy)) {
    const { inputColumn, operation, argMap } = aggregation;
    const place = `join part "${part.groupBy.metaData.name}": ${operation} of "${inputColumn}"`;
    const signature = signatureOf(operation);
    if (signature === null) throw new HindcastError('config', `${place} does not run yet`);
    if (bucket !== null) throw new HindcastError('config', `${place}: buckets do not run yet`);
    if (aggregation.elementWise)
      throw new HindcastError('config', `${place}: element-wise does not run yet`);
    const { type } = values.find((value) => value.name === inputColumn)!;
    if (!accepts(signature, type)) {
      throw new HindcastError('config', `${place} needs numbers`, {
        found: typeFamily(type) === 'decimal' ? `${type}: sums of decimals do not run yet` : type,
        hint: `Cast it in the selects: "CAST(${inputColumn} AS DOUBLE)".`,
      });
    }
    if (/\[\]$|^(MAP|STRUCT)/.test(type) && !/^(FIRST|LAST)/.test(operation)) {
      throw new HindcastError('config', `${place}: lists and maps do not run yet`, { found: type });
    }
    const column = computedColumn(part, name);
    outputs.push({ name: column, type: signature.outputType(type) });
    const spec = aggregates.get(aggregation) ?? {
      inputColumn,
      operation: operation as RunnableOperation,
      argMap,
      windows: [],
    };
    spec.windows.push({ lengthMs: window === null ? null : windowMs(window), column });
    aggregates.set(aggregation, spec);
  }
  return { aggregates: [...aggregates.values()], outputs };
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
  for (const { columns, scan } of sources) {
    const found = columns.find((column) => column.name === name);
    if (found === undefined) {
      const names = columns.map((column) => column.name);
      throw new HindcastError('config', `${scan.origin}: no column "${name}"`, {
        found: names.join(', '),
        hint: didYouMean(name, names),
      });
    }
    const common: string | null = type === null ? found.type : commonType(type, found.type);
    if (common === null) {
      throw new HindcastError(
        'config',
        `join part "${part.groupBy.metaData.name}": its sources give "${name}" different types`,
        {
          found: `${type} and ${found.type}`,
          hint: 'Cast it to one type in the selects of each source.',
        },
      );
    }
    type = common;
  }
  return { name, type: type! };
}
