/** A staging query as a plan: which dates it runs for, and its text for each step: spec/semantics, "Staging queries". */
import type { StagingQuery } from '@hindcast/shared/config/model';
import { HindcastError, nearest } from '@hindcast/shared/errors';
import {
  dayOf,
  type PartitionRange,
  type PartitionSpec,
  partitionOf,
  partitionsOf,
  tryDayOf,
} from '@hindcast/shared/time/partition-spec';

/** Chronon's own days of a step. */
export const defaultStepDays = 30;

export interface MacroValues {
  readonly start_date: string;
  readonly end_date: string;
  readonly latest_date: string;
  /** Last partition of a table; null: it has none. */
  readonly maxDate: (table: string) => string | null;
}

const macro = /\{\{\s*(.*?)\s*\}\}/gs;

/** Tables whose last partition a query asks for. */
export function maxDateTables({ query }: StagingQuery): string[] {
  return [...query.matchAll(macro)].flatMap(([, text]) => {
    const { name, args } = call(text!);
    return name === 'max_date' && args['table'] !== undefined ? [args['table']] : [];
  });
}

/**
 * The query with its macros replaced, without quotes: `{{ start_date }}`, `{{ end_date }}`,
 * `{{ latest_date }}`, each with `offset` (days), `lower_bound` and `upper_bound` if it has them, and
 * `{{ max_date(table=ns.t) }}`.
 * @throws HindcastError kind `config` for macros that are none
 */
export function resolveMacros(
  { query, metaData }: StagingQuery,
  values: MacroValues,
  { format }: PartitionSpec,
): string {
  const origin = `staging query "${metaData.name}"`;
  return query.replace(macro, (whole, text: string) => {
    const { name, args } = call(text);
    if (name === 'max_date') {
      const { table } = args;
      if (table === undefined)
        throw wrong(origin, whole, 'Write {{ max_date(table=namespace.table) }}.');
      const found = values.maxDate(table);
      if (found !== null) return found;
      throw new HindcastError('missing-input', `${origin}: ${table} has no partition yet`, {
        found: whole,
      });
    }
    if (name !== 'start_date' && name !== 'end_date' && name !== 'latest_date') {
      const near = nearest(name, ['start_date', 'end_date', 'latest_date', 'max_date']);
      throw wrong(
        origin,
        whole,
        near === undefined
          ? 'Known: start_date, end_date, latest_date, max_date.'
          : `Did you mean "${near}"?`,
      );
    }
    return bounded(values[name], args, format, (hint) => wrong(origin, whole, hint));
  });
}

function call(text: string): {
  readonly name: string;
  readonly args: Readonly<Record<string, string>>;
} {
  const [, name = text, list = ''] = /^(\w+)\s*(?:\(([\s\S]*)\))?$/.exec(text) ?? [];
  const args = list
    .split(',')
    .map((part) => part.split('=').map((side) => side.trim().replace(/^(['"])(.*)\1$/, '$2')))
    .filter((sides) => sides.length === 2);
  return { name, args: Object.fromEntries(args) };
}

function bounded(
  date: string,
  args: Readonly<Record<string, string>>,
  format: string,
  fail: (hint: string) => HindcastError,
): string {
  const { offset = '0', lower_bound: lower, upper_bound: upper, ...others } = args;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined || !/^[+-]?\d+$/.test(offset))
    throw fail('It takes offset (days), lower_bound and upper_bound.');
  let value = partitionOf(dayOf(date, format) + Number(offset), format);
  for (const bound of [lower, upper])
    if (bound !== undefined && tryDayOf(bound, format) === null)
      throw fail(`Dates are written ${format}.`);
  if (lower !== undefined && value < lower) value = lower;
  if (upper !== undefined && value > upper) value = upper;
  return value;
}

function wrong(origin: string, found: string, hint: string): HindcastError {
  return new HindcastError('config', `${origin}: a macro that is none`, { found, hint });
}

/** Dates that follow each other, so many at most for a step. */
export function stagingSteps(
  missing: readonly string[],
  stepDays: number | null,
  format: string,
): PartitionRange[] {
  const ranges: { start: string; end: string }[] = [];
  for (const value of missing) {
    const last = ranges.at(-1);
    const days = last === undefined ? 0 : partitionsOf(last, format).length;
    const follows = last !== undefined && dayOf(value, format) === dayOf(last.end, format) + 1;
    if (follows && days < (stepDays ?? defaultStepDays)) last.end = value;
    else ranges.push({ start: value, end: value });
  }
  return ranges;
}
