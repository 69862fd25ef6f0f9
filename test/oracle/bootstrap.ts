/** Bootstrap row by row and column by column: spec/semantics, "Bootstrap". It shares nothing with the engine's own. */
import type { Row, Value } from '../small-world.js';

export interface BootstrapRules {
  readonly keys: readonly string[];
  /** Column of the output → column of the table. */
  readonly columns: Readonly<Record<string, string>>;
  readonly startDs: string | null; // inclusive
  readonly endDs: string | null; // inclusive
  readonly rows: readonly Row[];
}

/** The greatest row by its columns in order: NULL is the smallest. */
function greatest(rows: readonly Row[], columns: readonly string[]): Row | undefined {
  return [...rows].sort((a, b) => {
    for (const name of columns) {
      const [x, y] = [a[name] ?? null, b[name] ?? null];
      if (x === y) continue;
      if (x === null) return 1;
      if (y === null) return -1;
      return x < y ? 1 : -1;
    }
    return 0;
  })[0];
}

function rowOf(
  left: Row,
  { keys, columns, startDs, endDs, rows }: BootstrapRules,
): Row | undefined {
  const ds = String(left['ds']);
  if ((startDs !== null && ds < startDs) || (endDs !== null && ds > endDs)) return undefined;
  const same = rows.filter(
    (row) => row['ds'] === ds && keys.every((key) => left[key] !== null && row[key] === left[key]),
  );
  return greatest(same, Object.values(columns));
}

/**
 * @param computed the row as the join computes it without bootstrap
 * @param parts columns of each group-by
 * @param others columns that nothing computes
 */
export function bootstrapped(
  computed: Row,
  tables: readonly BootstrapRules[],
  parts: readonly (readonly string[])[],
  others: readonly string[],
): Row {
  const found = tables.map((table) => rowOf(computed, table));
  const value = (column: string): Value => {
    for (const [i, row] of found.entries()) {
      const of = tables[i]!.columns[column];
      const cell = row === undefined || of === undefined ? null : (row[of] ?? null);
      if (cell !== null) return cell;
    }
    return null;
  };
  const has = (column: string): boolean =>
    found.some((row, i) => row !== undefined && tables[i]!.columns[column] !== undefined);
  const features = parts.flatMap((columns) => {
    const covered = columns.every(has);
    return columns.map((column) => [
      column,
      value(column) ?? (covered ? null : (computed[column] ?? null)),
    ]);
  });
  const rest = others.map((column) => [column, value(column)]);
  return { ...computed, ...Object.fromEntries([...features, ...rest]) };
}
