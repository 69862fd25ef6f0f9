/** Schedules as configs write them → five fields that every cron, Airflow and Kubernetes read alike. */
import { HindcastError, nearest } from '@hindcast/shared/errors';
import { dayMs } from '@hindcast/shared/time/partition-spec';
import { Cron } from 'croner';

const presets: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@quarterly': '0 0 1 */3 *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** Takes a config out of every schedule. */
export const never = '@never';

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

interface Field {
  readonly name: string;
  readonly range: string;
  /** Names of values from `first` on. */
  readonly names: readonly string[];
  readonly first: number;
}

const fields: readonly Field[] = [
  { name: 'minute', range: '0-59', names: [], first: 0 },
  { name: 'hour', range: '0-23', names: [], first: 0 },
  { name: 'day of month', range: '1-31', names: [], first: 1 },
  { name: 'month', range: '1-12 or JAN-DEC', names: months, first: 1 },
  { name: 'day of week', range: '0-6 or SUN-SAT', names: weekdays, first: 0 },
];

/**
 * @param place config and field, for messages
 * @returns five fields of numbers, in UTC; null for `@never`
 * @throws HindcastError kind `config` that names the fields that are wrong
 */
export function cronOf(given: string, place: string): string | null {
  const text = given.trim();
  if (text === never) return null;
  if (text.startsWith('@')) {
    const preset = presets[text];
    if (preset !== undefined) return preset;
    const known = [...Object.keys(presets), never];
    const near = nearest(text, known);
    throw new HindcastError('config', `${place}: there is no schedule ${JSON.stringify(given)}`, {
      hint: near === undefined ? `Known: ${known.join(', ')}.` : `Did you mean "${near}"?`,
    });
  }
  const parts = text === '' ? [] : text.split(/\s+/);
  if (parts.length !== fields.length) {
    throw new HindcastError('config', `${place}: ${JSON.stringify(given)} is no cron expression`, {
      found: `${parts.length} fields`,
      hint: `Write five: ${fields.map(({ name }) => name).join(', ')}; or @daily, @weekly, @never.`,
    });
  }
  const numbers = parts.map((part, i) => withNumbers(part, fields[i]!));
  const wrong = fields.flatMap(({ name, range }, i) =>
    isField(numbers[i]!, i) ? [] : [{ name, range, part: parts[i]! }],
  );
  if (wrong.length > 0) {
    throw new HindcastError('config', `${place}: ${JSON.stringify(given)} is no cron expression`, {
      found: wrong.map(({ name, part }) => `${name} ${JSON.stringify(part)}`).join(', '),
      hint: `${wrong.map(({ name, range }) => `${name}: ${range}`).join('; ')}; with lists, ranges and steps: 1,15 or 1-5 or */2.`,
    });
  }
  const cron = [...numbers.slice(0, 4), withoutSeven(numbers[4]!)].join(' ');
  if (new Cron(cron, { timezone: 'UTC', mode: '5-part' }).nextRun() !== null) return cron;
  throw new HindcastError('config', `${place}: the schedule ${JSON.stringify(given)} never comes`, {
    hint: 'No year has such a day.',
  });
}

/** Not every cron takes names in lists and ranges. A range that ends with Sunday ends with 7. */
function withNumbers(part: string, { names, first }: Field): string {
  return part.replace(/(-?)([A-Za-z]{3})(?![A-Za-z])/g, (whole, dash: string, name: string) => {
    const index = names.indexOf(name.toUpperCase());
    if (index < 0) return whole;
    return `${dash}${dash !== '' && name.toUpperCase() === 'SUN' ? 7 : index + first}`;
  });
}

/** What all of them read: no L, W, # or ?, which some have. */
function isField(part: string, index: number): boolean {
  if (!/^[\d*,/-]+$/.test(part)) return false;
  const pattern = fields.map((_, i) => (i === index ? part : '*')).join(' ');
  try {
    new Cron(pattern, { timezone: 'UTC', mode: '5-part' });
    return true;
  } catch {
    return false;
  }
}

/** Kubernetes knows no day 7: a Sunday is 0. */
function withoutSeven(part: string): string {
  if (!/(^|[,-])7/.test(part)) return part;
  const days = part.split(',').flatMap((item) => {
    const [range = '', step = '1'] = item.split('/');
    const [from, to = from] = range === '*' ? ['0', '6'] : range.split('-');
    const count = Math.floor((Number(to) - Number(from)) / Number(step)) + 1;
    return Array.from({ length: count }, (_, i) => (Number(from) + i * Number(step)) % 7);
  });
  return [...new Set(days)].sort((a, b) => a - b).join(',');
}

/** Days on which a schedule comes, of the first so many since 1970-01-01. */
export function daysDue(cron: string, days: number): ReadonlySet<number> {
  const due = new Set<number>();
  const found = new Cron(cron, { timezone: 'UTC', mode: '5-part' });
  for (let day = 0; day < days; day++) {
    const next = found.nextRun(new Date(day * dayMs - 1));
    if (next === null) break;
    day = Math.floor(next.getTime() / dayMs);
    if (day < days) due.add(day);
  }
  return due;
}
