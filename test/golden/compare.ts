/**
 * Compares two tables: columns by name and type, rows as a multiset, floating values within a
 * relative tolerance, everything else exactly. Where the expected table leaves room, an allowance
 * says which columns, how far, and in how many rows.
 */
import { type Cell, cellsEqual, plainCell, showCell } from './cell.js';

export interface Column {
  readonly name: string;
  readonly type: string; // DuckDB's, e.g. "MAP(VARCHAR, DOUBLE[])"
}

export interface Table {
  readonly columns: readonly Column[];
  /** Values as DuckDB's reader gives them (`getRows` or `getRowsJS`), in the order of the columns. */
  readonly rows: readonly (readonly unknown[])[];
}

export interface Allowance {
  readonly columns: (name: string) => boolean;
  /** Whether a differing value passes; without it every value does. */
  readonly accepts?: (actual: Cell, expected: Cell) => boolean;
  /** At most so many rows may need this allowance; without it all may. */
  readonly rows?: number;
}

export interface CompareOptions {
  /** Of floating values, also within lists and maps: |a − b| ≤ relative · max(|a|, |b|). 1e-8. */
  readonly relative?: number;
  /** |a − b| up to this passes too, for sums that cancel out. 0. */
  readonly absolute?: number;
  /** A column's first allowance is the one that counts. */
  readonly allowances?: readonly Allowance[];
}

export interface Comparison {
  readonly equal: boolean;
  /** Lines to read: columns first, then the first few differing rows with both values. */
  readonly differences: readonly string[];
  /** Rows that needed each allowance. */
  readonly allowed: readonly number[];
}

/** Names of columns whose value hangs on the order of events of equal time. */
export function isOrdered(name: string): boolean {
  return /_(first|last)\d*(_\d+[dh])?(_by_\w+)?$/.test(name);
}

const shownRows = 5;
/** Unpaired rows beyond these are counted but not paired with their likeliest counterpart. */
const pairedRows = 300;

interface Row {
  readonly cells: readonly Cell[];
}

interface Pair {
  readonly actual: Row;
  readonly expected: Row;
}

/** `actual` is as good as `expected`, or what is different. */
export function compareTables(
  actual: Table,
  expected: Table,
  options: CompareOptions = {},
): Comparison {
  const { allowances = [] } = options;
  const columns = compareColumns(actual.columns, expected.columns);
  if (columns.length > 0) {
    return { equal: false, differences: columns, allowed: allowances.map(() => 0) };
  }
  const matcher = new Matcher(expected.columns, options);
  const names = expected.columns.map(({ name }) => name);
  const { pairs, unexpected, missing } = matcher.match(
    plainRows(actual, names),
    plainRows(expected, names),
  );
  const allowed = allowances.map((_, i) => pairs.filter((pair) => matcher.needs(pair, i)).length);
  const excess = allowances.flatMap(({ rows = Number.POSITIVE_INFINITY }, i) =>
    allowed[i]! <= rows
      ? []
      : [
          `allowance ${i + 1} is for ${rows} rows, needed in ${allowed[i]}:`,
          ...describeAll(
            pairs.filter((pair) => matcher.needs(pair, i)),
            matcher,
          ),
        ],
  );
  const leftovers = describeLeftovers(unexpected, missing, matcher);
  const count =
    actual.rows.length === expected.rows.length
      ? []
      : [`${actual.rows.length} rows, expected ${expected.rows.length}`];
  const differences = [...count, ...leftovers, ...excess];
  return { equal: differences.length === 0, differences, allowed };
}

function compareColumns(actual: readonly Column[], expected: readonly Column[]): string[] {
  const types = new Map(actual.map(({ name, type }) => [name, plainType(type)]));
  const known = new Set(expected.map(({ name }) => name));
  const repeated = actual.filter(({ name }, i) => actual.findIndex((c) => c.name === name) !== i);
  return [
    ...repeated.map(({ name }) => `column ${name}: there twice`),
    ...actual
      .filter(({ name }) => !known.has(name))
      .map(({ name }) => `column ${name}: unexpected`),
    ...expected.flatMap(({ name, type }) => {
      const found = types.get(name);
      if (found === undefined) return [`column ${name}: missing`];
      return found === plainType(type)
        ? []
        : [`column ${name}: type ${found}, expected ${plainType(type)}`];
    }),
  ];
}

/** DuckDB quotes the field names of a STRUCT in some places only. */
function plainType(type: string): string {
  return type.replaceAll('"', '');
}

/** Rows with their cells in the order of `names`. */
function plainRows(table: Table, names: readonly string[]): Row[] {
  const positions = names.map((name) => table.columns.findIndex((column) => column.name === name));
  return table.rows.map((row) => ({ cells: positions.map((i) => plainCell(row[i])) }));
}

class Matcher {
  readonly columns: readonly Column[];
  private readonly floating: readonly boolean[];
  /** Per column the index of its allowance, −1 for none. */
  private readonly allowanceOf: readonly number[];
  private readonly allowances: readonly Allowance[];
  private readonly relative: number;
  private readonly absolute: number;

  constructor(columns: readonly Column[], options: CompareOptions) {
    this.columns = columns;
    this.allowances = options.allowances ?? [];
    this.relative = options.relative ?? 1e-8;
    this.absolute = options.absolute ?? 0;
    this.floating = columns.map(({ type }) => /DOUBLE|FLOAT|REAL/.test(type));
    this.allowanceOf = columns.map(({ name }) =>
      this.allowances.findIndex((allowance) => allowance.columns(name)),
    );
  }

  /** Pairs equal rows first, then rows that are equal with allowances. */
  match(actual: readonly Row[], expected: readonly Row[]) {
    const pairs: Pair[] = [];
    const unexpected: Row[] = [];
    const candidates = this.byAnchor(expected);
    for (const [anchor, rows] of this.byAnchor(actual)) {
      const others = candidates.get(anchor) ?? [];
      const strict = this.pairUp(rows, others, (row, other) =>
        this.columns.every((_, i) => this.sameCell(row, other, i)),
      );
      const lenient = this.pairUp(strict.rest, others, (row, other) =>
        this.columns.every((_, i) => this.sameCell(row, other, i) || this.allows(row, other, i)),
      );
      pairs.push(...strict.pairs, ...lenient.pairs);
      unexpected.push(...lenient.rest);
    }
    return { pairs, unexpected, missing: [...candidates.values()].flat() };
  }

  /** Takes from `others` the first match of each row. */
  private pairUp(
    rows: readonly Row[],
    others: Row[],
    matches: (row: Row, other: Row) => boolean,
  ): { readonly pairs: Pair[]; readonly rest: Row[] } {
    const pairs: Pair[] = [];
    const rest: Row[] = [];
    for (const actual of rows) {
      const at = others.findIndex((other) => matches(actual, other));
      if (at < 0) rest.push(actual);
      else pairs.push({ actual, expected: others.splice(at, 1)[0]! });
    }
    return { pairs, rest };
  }

  private byAnchor(rows: readonly Row[]): Map<string, Row[]> {
    const groups = new Map<string, Row[]>();
    for (const row of rows) {
      const anchor = this.anchor(row);
      const group = groups.get(anchor);
      if (group === undefined) groups.set(anchor, [row]);
      else group.push(row);
    }
    return groups;
  }

  /** Text that is the same for rows whose exact cells, free of allowances, are the same. */
  private anchor(row: Row): string {
    const exact = row.cells.filter((_, i) => !this.floating[i] && this.allowanceOf[i] === -1);
    return exact.map((cell) => showCell(cell)).join('\u0000');
  }

  sameCell(actual: Row, expected: Row, column: number): boolean {
    const tolerance = this.floating[column]
      ? { relative: this.relative, absolute: this.absolute }
      : null;
    return cellsEqual(actual.cells[column]!, expected.cells[column]!, tolerance);
  }

  allows(actual: Row, expected: Row, column: number): boolean {
    const allowance = this.allowances[this.allowanceOf[column]!];
    if (allowance === undefined) return false;
    return allowance.accepts?.(actual.cells[column]!, expected.cells[column]!) ?? true;
  }

  /** Whether the rows differ in a column of this allowance. */
  needs({ actual, expected }: Pair, allowance: number): boolean {
    return this.columns.some(
      (_, i) => this.allowanceOf[i] === allowance && !this.sameCell(actual, expected, i),
    );
  }

  differing({ actual, expected }: Pair): number[] {
    return this.columns.flatMap((_, i) => (this.sameCell(actual, expected, i) ? [] : [i]));
  }
}

/** Rows without a match, each beside the row that it is likeliest meant to be. */
function describeLeftovers(
  unexpected: readonly Row[],
  missing: readonly Row[],
  matcher: Matcher,
): string[] {
  const others = missing.slice(0, pairedRows);
  const lonely: Row[] = [];
  const pairs: Pair[] = [];
  for (const actual of unexpected.slice(0, pairedRows)) {
    const distances = others.map((expected) => matcher.differing({ actual, expected }).length);
    const least = Math.min(...distances);
    if (least > matcher.columns.length / 2) lonely.push(actual);
    else pairs.push({ actual, expected: others.splice(distances.indexOf(least), 1)[0]! });
  }
  lonely.push(...unexpected.slice(pairedRows));
  const absent = [...others, ...missing.slice(pairedRows)];
  return [
    ...(pairs.length > 0 ? [`${pairs.length} rows differ`, ...describeAll(pairs, matcher)] : []),
    ...describeRows('not expected', lonely, matcher),
    ...describeRows('missing', absent, matcher),
  ];
}

function describeAll(pairs: readonly Pair[], matcher: Matcher): string[] {
  return pairs.slice(0, shownRows).flatMap((pair) => {
    const differing = matcher.differing(pair);
    const same = matcher.columns.flatMap((_, i) => (differing.includes(i) ? [] : [i]));
    return [
      `  row ${showCells(pair.expected, same.slice(0, 6), matcher)}`,
      ...differing.map(
        (i) =>
          `    ${matcher.columns[i]!.name}: ${showCell(pair.actual.cells[i]!)}, expected ${showCell(pair.expected.cells[i]!)}`,
      ),
    ];
  });
}

function describeRows(what: string, rows: readonly Row[], matcher: Matcher): string[] {
  if (rows.length === 0) return [];
  const all = matcher.columns.map((_, i) => i);
  return [
    `${rows.length} rows ${what}`,
    ...rows.slice(0, shownRows).map((row) => `  row ${showCells(row, all.slice(0, 12), matcher)}`),
  ];
}

function showCells(row: Row, columns: readonly number[], matcher: Matcher): string {
  return columns.map((i) => `${matcher.columns[i]!.name}=${showCell(row.cells[i]!)}`).join(' ');
}
