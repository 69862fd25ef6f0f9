/** From a join's drift check to what is checked of each output column. Pure. */
import type { DriftReference, DriftThresholds } from '@hindcast/shared/config/drift';
import type { Join } from '@hindcast/shared/config/model';
import { didYouMean, HindcastError } from '@hindcast/shared/errors';
import type { PlannedDrift } from '@hindcast/shared/plan/drift';
import { hasQuantiles } from '@hindcast/shared/plan/statistics';
import type { Column } from '@hindcast/shared/plan/task';
import { tryDayOf } from '@hindcast/shared/time/partition-spec';

/**
 * @returns null for a join without a check
 * @throws HindcastError kind `config` for columns that the output has not, and partitions that are none
 */
export function planDrift(
  { drift, metaData }: Pick<Join, 'drift' | 'metaData'>,
  columns: readonly Column[],
  dateFormat: string,
): PlannedDrift | null {
  if (drift === null) return null;
  const place = `join "${metaData.name}": drift`;
  const { reference, when, thresholds } = drift;
  refuseWrongRange(reference, dateFormat, place);
  const names = new Set(columns.map(({ name }) => name));
  for (const [name, asked] of Object.entries(thresholds)) {
    if (names.has(name)) refuseKs(columns.find((column) => column.name === name)!, asked, place);
    else if (!columns.some((column) => fits(name, column, names)))
      throw new HindcastError('config', `${place}: no column "${name}" in the output`, {
        hint: didYouMean(name, [...names]),
      });
  }
  const checked = columns.flatMap((column) => {
    const entry = Object.entries(thresholds).findLast(([name]) => fits(name, column, names));
    const own = entry === undefined ? {} : possible(entry[1], column);
    return Object.keys(own).length === 0 ? [] : [{ column: column.name, thresholds: own }];
  });
  if (checked.length > 0) return { when, reference, columns: checked };
  throw new HindcastError('config', `${place} has no threshold for any column`, {
    hint: 'Give some, e.g. thresholds: { "*": { psi: 0.25 } }, or leave drift out.',
  });
}

function fits(name: string, column: Column, names: ReadonlySet<string>): boolean {
  if (name === column.name) return true;
  if (names.has(name) || !name.includes('*') || movesByNature(column)) return false;
  const pattern = name.split('*').map((text) => text.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`, 's').test(column.name);
}

/** Times of a day's rows are that day's: such columns are looked at when they are named. */
function movesByNature({ name, type }: Column): boolean {
  return name === 'ts' || type === 'DATE' || type.startsWith('TIMESTAMP');
}

/** Thresholds that are given, of measures that the column has. */
function possible(thresholds: DriftThresholds, { type }: Column): DriftThresholds {
  return Object.fromEntries(
    Object.entries(thresholds).filter(
      ([measure, most]) => most !== undefined && (measure !== 'ks' || hasQuantiles(type)),
    ),
  );
}

function refuseKs({ name, type }: Column, { ks }: DriftThresholds, place: string): void {
  if (ks === undefined || hasQuantiles(type)) return;
  throw new HindcastError('config', `${place}: "${name}" has no KS, which is of numbers`, {
    found: type,
    hint: 'Give it a threshold for psi.',
  });
}

function refuseWrongRange(reference: DriftReference, dateFormat: string, place: string): void {
  if ('previous' in reference) return;
  const { startPartition, endPartition } = reference;
  for (const [name, value] of Object.entries(reference)) {
    if (tryDayOf(value, dateFormat) !== null) continue;
    throw new HindcastError('config', `${place}: reference.${name} is not a date`, {
      found: value,
      hint: `Write it as ${dateFormat}.`,
    });
  }
  if (startPartition <= endPartition) return;
  throw new HindcastError('config', `${place}: the reference ends before it begins`, {
    found: `${startPartition} to ${endPartition}`,
  });
}
