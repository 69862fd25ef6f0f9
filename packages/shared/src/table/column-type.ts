/** Families of DuckDB column types, as far as planning asks. */

export type TypeFamily = 'integer' | 'fraction' | 'decimal' | 'text' | 'timestamp' | 'other';

export function typeFamily(type: string): TypeFamily {
  if (/^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/.test(type)) return 'integer';
  if (/^(FLOAT|DOUBLE)$/.test(type)) return 'fraction';
  if (/^DECIMAL/.test(type)) return 'decimal';
  if (/^(VARCHAR|ENUM)/.test(type)) return 'text';
  return /^TIMESTAMP/.test(type) ? 'timestamp' : 'other';
}

/** Integers that 64 bits with a sign can hold. */
export function isLong(type: string): boolean {
  return /^U?(TINYINT|SMALLINT|INTEGER)$|^BIGINT$/.test(type);
}

/** What sums as a number: Spark counts true as 1. */
export function isSummable(type: string): boolean {
  return isLong(type) || type === 'BOOLEAN' || typeFamily(type) === 'fraction';
}

/** The type in which both can be compared for equality; null when they are of different families. */
export function commonType(a: string, b: string): string | null {
  if (a === b) return a;
  const family = typeFamily(a);
  if (family !== typeFamily(b)) return null;
  if (family === 'integer') return isLong(a) && isLong(b) ? 'BIGINT' : 'HUGEINT';
  if (family === 'fraction') return 'DOUBLE';
  if (family === 'text') return 'VARCHAR';
  if (family === 'timestamp') return 'TIMESTAMP';
  if (family !== 'decimal') return null;
  const scale = (type: string): number => Number(/,\s*(\d+)\)/.exec(type)?.[1] ?? 3);
  return `DECIMAL(38,${Math.max(scale(a), scale(b))})`;
}

const byWidth = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'FLOAT', 'DOUBLE'];

/** The type of a UNION's column as Spark has it: of two numbers the wider one; null for others. */
export function unionType(a: string, b: string): string | null {
  const width = Math.max(byWidth.indexOf(a), byWidth.indexOf(b));
  if (byWidth.includes(a) && byWidth.includes(b)) return byWidth[width]!;
  return commonType(a, b);
}
