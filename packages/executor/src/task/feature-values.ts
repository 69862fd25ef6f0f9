/** From a kernel's cells to DuckDB's values: which types lists and maps are made of. */
import type { Cell, MapCell } from '../aggregate/result-column.js';
import type { ValueColumn } from '../keys/values.js';
import { listOf, mapOf, type Value } from '../scan/duckdb.js';
import { javaText } from './java-text.js';

/** What a column's single values are. */
export interface Items {
  readonly encoding: ValueColumn['encoding'];
  readonly type: string; // DuckDB's
  /** Values of ordinals, ascending; null for numbers. */
  readonly dictionary: readonly Value[] | null;
}

export type Shape =
  | { readonly kind: 'item'; readonly items: Items }
  | { readonly kind: 'text'; readonly items: Items } // numbers as Java spells them
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'map'; readonly keys: Shape; readonly values: Shape }
  /** A map whose keys are positions from 0: a list as long as the last one asks. */
  | { readonly kind: 'positions'; readonly values: Shape };

export function typeOf(shape: Shape): string {
  switch (shape.kind) {
    case 'item':
      return itemType(shape.items);
    case 'text':
      return 'VARCHAR';
    case 'list':
      return `${typeOf(shape.of)}[]`;
    case 'map':
      return `MAP(${typeOf(shape.keys)}, ${typeOf(shape.values)})`;
    case 'positions':
      return `${typeOf(shape.values)}[]`;
  }
}

function itemType({ encoding, type }: Items): string {
  if (encoding === 'ordinal') return type;
  return encoding === 'double' ? 'DOUBLE' : 'BIGINT';
}

/** How cells of a shape become values; null is NULL. */
export function valueReader(shape: Shape): (cell: Cell) => Value {
  const read = readerOf(shape);
  return (cell) => (cell === null ? null : read(cell));
}

function readerOf(shape: Shape): (cell: NonNullable<Cell>) => Value {
  switch (shape.kind) {
    case 'item':
      return itemReader(shape.items);
    case 'text':
      return textReader(shape.items);
    case 'list': {
      const item = readerOf(shape.of);
      return (cell) => listOf((cell as readonly (number | bigint)[]).map((each) => item(each)));
    }
    case 'map': {
      const key = readerOf(shape.keys);
      const value = valueReader(shape.values);
      return (cell) => {
        const { keys, values } = cell as MapCell;
        return mapOf(keys.map((each, i) => ({ key: key(each), value: value(values[i]!) })));
      };
    }
    case 'positions': {
      const value = valueReader(shape.values);
      return (cell) => {
        const { keys, values } = cell as MapCell;
        const list: Value[] = new Array(Number(keys.at(-1)!) + 1).fill(null);
        for (const [i, key] of keys.entries()) list[Number(key)] = value(values[i]!);
        return listOf(list);
      };
    }
  }
}

function itemReader({ encoding, dictionary }: Items): (cell: NonNullable<Cell>) => Value {
  if (dictionary !== null) return (cell) => dictionary[cell as number]!;
  if (encoding === 'int53') return (cell) => BigInt(cell as number);
  return (cell) => cell as number | bigint;
}

function textReader({ encoding, dictionary }: Items): (cell: NonNullable<Cell>) => Value {
  if (dictionary !== null) return (cell) => dictionary[cell as number]!;
  if (encoding === 'double') return (cell) => javaText(cell as number);
  return (cell) => String(cell);
}
