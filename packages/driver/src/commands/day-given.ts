/** Days as options give them: partitions, or `yesterday`. */
import { HindcastError } from '@hindcast/shared/errors';
import { dayMs, partitionOf, tryDayOf } from '@hindcast/shared/time/partition-spec';
import type { Settled } from '../settings.js';

/** Says which day is today, `yyyy-MM-dd`: for a run that is made up for, and for tests. */
export const todayVariable = 'HINDCAST_TODAY';

/**
 * @returns the partition; null where none is given
 * @throws HindcastError kind `usage` for a `HINDCAST_TODAY` that is no date
 */
export function dayGiven(
  given: unknown,
  { dateFormat }: Pick<Settled, 'dateFormat'>,
): string | null {
  if (given === undefined) return null;
  if (given !== 'yesterday') return String(given);
  return partitionOf(today() - 1, dateFormat.value);
}

/** Days since 1970-01-01, in UTC. */
function today(): number {
  const told = process.env[todayVariable];
  if (told === undefined || told === '') return Math.floor(Date.now() / dayMs);
  const day = tryDayOf(told);
  if (day !== null) return day;
  throw new HindcastError('usage', `${todayVariable} is no date`, {
    found: told,
    hint: 'Write it as yyyy-MM-dd, whatever the date format of the tables.',
  });
}
