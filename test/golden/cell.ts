/** One value of a table, whichever of DuckDB's readers it came from. */

/** Lists are arrays; maps and structs have their entries sorted; dates and timestamps are text. */
export type Cell =
  | null
  | boolean
  | bigint
  | number
  | string
  | readonly Cell[]
  | { readonly entries: readonly (readonly [key: Cell, value: Cell])[] };

export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

/**
 * Takes what `getRows` and `getRowsJS` give, and plain JS values. Integers become bigint where they
 * came as such; `cellsEqual` takes 1 and 1n as equal, since types are compared apart.
 */
export function plainCell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return value as Cell;
  if (Array.isArray(value)) return listCell(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Map) return mapCell([...value]);
  const { items, entries } = value as { items?: unknown; entries?: unknown };
  if (Array.isArray(items)) return items.map(plainCell);
  if (Array.isArray(entries)) return entriesCell(entries);
  if (typeof entries === 'object' && entries !== null) return mapCell(Object.entries(entries));
  if (Object.getPrototypeOf(value) === Object.prototype) return mapCell(Object.entries(value));
  return String(value);
}

interface MapEntry {
  readonly key: unknown;
  readonly value: unknown;
}

/** `getRowsJS` gives a map as a list of `{ key, value }`. */
function listCell(values: readonly unknown[]): Cell {
  return isEntries(values) ? entriesCell(values) : values.map(plainCell);
}

function isEntries(values: readonly unknown[]): values is readonly MapEntry[] {
  return (
    values.length > 0 &&
    values.every((each) => typeof each === 'object' && each !== null && 'key' in each)
  );
}

function entriesCell(entries: readonly MapEntry[]): Cell {
  return mapCell(entries.map(({ key, value }) => [key, value]));
}

function mapCell(pairs: readonly (readonly [unknown, unknown])[]): Cell {
  const entries = pairs.map(([key, value]) => [plainCell(key), plainCell(value)] as const);
  const texts = new Map(entries.map((entry) => [entry, showCell(entry[0])]));
  return {
    entries: entries.sort((a, b) => (texts.get(a)! < texts.get(b)! ? -1 : 1)),
  };
}

/** Exact without a tolerance; −0 equals 0, NaN equals NaN. */
export function cellsEqual(a: Cell, b: Cell, tolerance: Tolerance | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  if (isNumeric(a) && isNumeric(b)) return numbersEqual(a, b, tolerance);
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (isList(a) || isList(b)) {
    return isList(a) && isList(b) && listsEqual(a, b, tolerance);
  }
  return listsEqual(a.entries.flat(), b.entries.flat(), tolerance);
}

function listsEqual(a: readonly Cell[], b: readonly Cell[], tolerance: Tolerance | null): boolean {
  return a.length === b.length && a.every((each, i) => cellsEqual(each, b[i]!, tolerance));
}

function numbersEqual(
  a: number | bigint,
  b: number | bigint,
  tolerance: Tolerance | null,
): boolean {
  // biome-ignore lint/suspicious/noDoubleEquals: 1n == 1, exactly
  if (a == b) return true;
  const [x, y] = [Number(a), Number(b)];
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) && Number.isNaN(y);
  if (tolerance === null || !Number.isFinite(x) || !Number.isFinite(y)) return false;
  const distance = Math.abs(x - y);
  return (
    distance <= tolerance.relative * Math.max(Math.abs(x), Math.abs(y)) ||
    distance <= tolerance.absolute
  );
}

/** Readable, and different for values that are different. */
export function showCell(cell: Cell): string {
  if (cell === null) return 'NULL';
  if (typeof cell === 'string') return JSON.stringify(cell);
  if (typeof cell !== 'object') return Object.is(cell, -0) ? '0' : String(cell);
  if (isList(cell)) return `[${cell.map(showCell).join(', ')}]`;
  return `{${cell.entries.map(([key, value]) => `${showCell(key)}: ${showCell(value)}`).join(', ')}}`;
}

function isNumeric(cell: Cell): cell is number | bigint {
  return typeof cell === 'number' || typeof cell === 'bigint';
}

function isList(cell: Cell): cell is readonly Cell[] {
  return Array.isArray(cell);
}
