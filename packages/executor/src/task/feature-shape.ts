/** Which shape the cells of an operation's result have. */
import type { Operation } from '@hindcast/shared/config/model';
import type { Column } from '@hindcast/shared/plan/task';
import type { OperationEntry } from '../aggregate/operations.js';
import type { ValueColumn } from '../keys/values.js';
import type { Value } from '../scan/duckdb.js';
import type { Items, Shape } from './feature-values.js';

/** An output as far as its shape asks: positions are those of the part's values. */
export interface ShapedOutput {
  readonly operation: Operation;
  readonly entry: OperationEntry;
  readonly column: number;
  readonly by: { readonly column: number; readonly into: 'map' | 'list' } | null;
}

export function shapeOf(
  { operation, entry, column, by }: ShapedOutput,
  types: readonly Column[],
  values: readonly ValueColumn[],
  dictionaries: readonly (readonly Value[] | null)[],
): Shape {
  const itemsOf = (i: number, encoding = values[i]!.encoding): Items => ({
    encoding,
    type: types[i]!.type,
    dictionary: encoding === 'ordinal' ? dictionaries[i]! : null,
  });
  const { kind, encoding } = entry.result(values[column]!.encoding, 0);
  const item: Shape = { kind: 'item', items: itemsOf(column, encoding) };
  const whole: Items = { encoding: 'int53', type: 'BIGINT', dictionary: null };
  const count: Shape = { kind: 'item', items: whole };
  const text: Shape = { kind: 'text', items: itemsOf(column) };
  const plain: Shape =
    kind === 'scalar'
      ? item
      : kind === 'list'
        ? { kind: 'list', of: item }
        : { kind: 'map', keys: operation === 'HISTOGRAM' ? item : text, values: count };
  if (by === null) return plain;
  return by.into === 'list'
    ? { kind: 'positions', values: plain }
    : { kind: 'map', keys: { kind: 'item', items: itemsOf(by.column) }, values: plain };
}
