import { HindcastError } from '../errors.js';

/** Milliseconds of a day. */
export const dayMs = 86_400_000;

/** A table's partition column and how its values spell a date. */
export interface PartitionSpec {
  readonly column: string; // "ds" by default
  readonly format: string; // "yyyy-MM-dd" by default; yyyy, MM, dd and literal separators
}

export const defaultPartitionSpec: PartitionSpec = { column: 'ds', format: 'yyyy-MM-dd' };

/** Inclusive on both ends; values in the table's date format. */
export interface PartitionRange {
  readonly start: string;
  readonly end: string;
}

/**
 * Days since 1970-01-01 of a partition value.
 * @throws HindcastError kind `usage` for a value that is no date in the format
 */
export function dayOf(value: string, format: string = defaultPartitionSpec.format): number {
  const day = tryDayOf(value, format);
  if (day === null) {
    throw new HindcastError('usage', `"${value}" is not a date`, {
      hint: `Write it as ${format}, for example ${partitionOf(19_691, format)}.`,
    });
  }
  return day;
}

/** As `dayOf`, null for a value that is no date in the format. */
export function tryDayOf(
  value: string,
  format: string = defaultPartitionSpec.format,
): number | null {
  if (value.length !== format.length) return null;
  const at = (field: string): string => {
    const index = format.indexOf(field);
    return value.slice(index, index + field.length);
  };
  const [year, month, date] = [at('yyyy'), at('MM'), at('dd')];
  if (!/^\d{4}$/.test(year) || !/^\d\d$/.test(month) || !/^\d\d$/.test(date)) return null;
  const day = Date.parse(`${year}-${month}-${date}T00:00:00Z`) / dayMs;
  return !Number.isNaN(day) && partitionOf(day, format) === value ? day : null;
}

/** The partition value of a day (days since 1970-01-01). */
export function partitionOf(day: number, format: string = defaultPartitionSpec.format): string {
  const iso = new Date(day * dayMs).toISOString();
  return format
    .replace('yyyy', iso.slice(0, 4))
    .replace('MM', iso.slice(5, 7))
    .replace('dd', iso.slice(8, 10));
}

/** Every partition value of the range, in order. */
export function partitionsOf(range: PartitionRange, format?: string): string[] {
  const values: string[] = [];
  for (let day = dayOf(range.start, format); day <= dayOf(range.end, format); day++) {
    values.push(partitionOf(day, format));
  }
  return values;
}
