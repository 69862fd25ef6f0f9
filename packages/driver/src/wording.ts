/** Dates, sizes and numbers as messages have them. */
import type { MissingInput } from '@hindcast/shared/plan/plan';

/** Some dates, shortened where they are many. */
export function summary(partitions: readonly string[]): string {
  if (partitions.length <= 6) return partitions.join(', ');
  return `${partitions.slice(0, 3).join(', ')} … ${partitions.at(-1)} (${partitions.length})`;
}

/** Of a step: a query without dates gives its table whole. */
export function partitionsText(partitions: readonly string[]): string {
  return partitions.length === 0 ? 'the whole table' : summary(partitions);
}

export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 partition`, `1,200 partitions`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** What to do about missing partitions of another job's table; empty for tables of others. */
export function whoWrites({ writtenBy }: MissingInput): string {
  return writtenBy === null ? '' : ` (submit the join "${writtenBy}" first)`;
}
