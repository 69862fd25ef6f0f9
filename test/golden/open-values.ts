/**
 * Where Chronon's values leave room: its sketches are approximate and ours are exact, and which of
 * equally frequent values a bounded histogram keeps is open (golden/README).
 */
import type { Cell } from './cell.js';
import type { Allowance, Table } from './compare.js';

/** @param inputs tables that the case's features were computed from */
export function openValues(inputs: readonly Table[]): Allowance[] {
  return [
    // A CPC sketch of lgK 8 has a relative standard error of 4.3 %: three of them, and rounding down.
    {
      columns: named('approx_unique_count'),
      accepts: (ours, theirs) => within(ours, theirs, 0.13),
    },
    { columns: named('histogram'), accepts: hasSameCutOff },
    // A full histogram may have left values out: then Chronon's sketch of k items has counts that are
    // estimates, and up to twice as high since merging hops counts some of them again.
    {
      columns: named('approx_histogram_k'),
      accepts: (ours, theirs) => isFull(ours) && !isEmpty(theirs),
    },
    ...inputs.flatMap(percentileAllowances),
  ];
}

function named(operation: string): (name: string) => boolean {
  const pattern = new RegExp(`_${operation}(_\\d+[dh])?$`);
  return (name) => pattern.test(name) && (operation !== 'histogram' || !/approx/.test(name));
}

function within(ours: Cell, theirs: Cell, relative: number): boolean {
  if (ours === null || theirs === null) return false;
  return Math.abs(Number(ours) - Number(theirs)) <= 1 + relative * Number(ours);
}

/** Of a histogram's entries, greatest first. */
function counts(cell: Cell): number[] {
  if (cell === null || typeof cell !== 'object' || !('entries' in cell)) return [];
  if (typeof cell.entries === 'function') return [];
  return cell.entries.map(([, count]) => Number(count)).sort((a, b) => b - a);
}

/** Chronon keeps any k of the values that are as frequent as the k-th, or more. */
function hasSameCutOff(ours: Cell, theirs: Cell): boolean {
  const [best, kept] = [counts(ours), counts(theirs)];
  return best.length === kept.length && best.at(-1) === kept.at(-1);
}

/** k of the golden cases. */
const approxHistogramK = 3;

function isFull(cell: Cell): boolean {
  return counts(cell).length === approxHistogramK;
}

function isEmpty(cell: Cell): boolean {
  return counts(cell).length === 0;
}

/** A KLL sketch of k 128 errs by some 2 % of ranks: three times that, by the ranks of all inputs. */
function percentileAllowances({ columns, rows }: Table): Allowance[] {
  return columns.flatMap(({ name, type }, i) => {
    if (!/^(DOUBLE|FLOAT|BIGINT|INTEGER)$/.test(type)) return [];
    const values = rows
      .flatMap((row) => (row[i] === null ? [] : [Number(row[i])]))
      .sort((a, b) => a - b);
    const rank = (value: unknown): number =>
      values.findLastIndex((each) => Math.fround(each) <= Number(value)) / values.length;
    return [
      {
        columns: (column: string) =>
          new RegExp(`_${name}_approx_percentile(_\\d+[dh])?$`).test(column),
        accepts: (ours: Cell, theirs: Cell) =>
          Array.isArray(ours) &&
          Array.isArray(theirs) &&
          ours.length === theirs.length &&
          ours.every((value, p) => Math.abs(rank(value) - rank(theirs[p])) <= 0.07),
      },
    ];
  });
}
