/** The range of partitions that a command line asks for: dates, both inclusive, or null where it names none. */
import { HindcastError } from '@hindcast/shared/errors';
import { dayOf } from '@hindcast/shared/time/partition-spec';

export interface AskedRange {
  readonly startDs: string | null;
  readonly endDs: string | null;
}

/** @throws HindcastError kind `usage` for dates that are none, or in the wrong order */
export function checkRange({ startDs, endDs }: AskedRange, format: string): void {
  for (const value of [startDs, endDs]) if (value !== null) dayOf(value, format);
  if (startDs !== null && endDs !== null && startDs > endDs) {
    throw new HindcastError('usage', `--start-ds ${startDs} is after --end-ds ${endDs}`, {
      hint: 'Both ends are inclusive; swap them.',
    });
  }
}

/** `from 2023-11-01 to 2023-11-30`, or as much of it as is named. */
export function rangeText({ startDs, endDs }: AskedRange): string {
  return [startDs === null ? [] : [`from ${startDs}`], endDs === null ? [] : [`to ${endDs}`]]
    .flat()
    .join(' ');
}
