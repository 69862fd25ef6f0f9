/** How far a column of one partition is from what it was in others, by their statistics. Pure. */
import { mostCounted, mostTop } from '@hindcast/shared/plan/statistics';

/** What measures look at of a row of statistics. */
export interface ColumnSummary {
  readonly rows: number;
  readonly nulls: number;
  /** Null: values are not told apart. */
  readonly distinct: number | null;
  /** Ascending, at even steps from 0 to 1; null: no numbers. */
  readonly quantiles: readonly number[] | null;
  /** The most frequent first. */
  readonly top: readonly { readonly value: string; readonly rows: number }[];
}

/** A measure is null where it can't be told: a side without rows, and KS of what is not numbers. */
export interface Drift {
  /** Population stability index: 0 is alike, from 0.1 on some change, from 0.25 on a great one. */
  readonly psi: number | null;
  /** Kolmogorov–Smirnov distance, 0 to 1. */
  readonly ks: number | null;
  /** Share of NULLs, less what it was: -1 to 1. */
  readonly nullShare: number | null;
}

/** No share counts as less: a bin that was empty would be infinitely far. */
export const leastShare = 0.0001;

/** The share of numbers below `x`, and with those that are `x`. */
interface Share {
  readonly below: number;
  readonly upTo: number;
}

/** How the numbers of a partition are distributed: at ascending points; between two, shares grow evenly. */
interface Numbers {
  readonly count: number;
  readonly points: readonly (Share & { readonly x: number })[];
}

/** Now, and before. */
type Bin = readonly [number, number];

/** @param before the partitions that it is compared with, taken together */
export function driftOf(now: ColumnSummary, before: readonly ColumnSummary[]): Drift {
  return {
    psi: psiOf(now, before),
    ks: ksOf(now, before),
    nullShare: nullShareChange(now, before),
  };
}

const valuesOf = ({ rows, nulls }: ColumnSummary): number => rows - nulls;

function rowsOf(parts: readonly ColumnSummary[]): number {
  return parts.reduce((sum, { rows }) => sum + rows, 0);
}

function nullShare(parts: readonly ColumnSummary[]): number {
  return parts.reduce((sum, { nulls }) => sum + nulls, 0) / rowsOf(parts);
}

export function nullShareChange(
  now: ColumnSummary,
  before: readonly ColumnSummary[],
): number | null {
  if (now.rows === 0 || rowsOf(before) === 0) return null;
  return nullShare([now]) - nullShare(before);
}

/** The greatest distance between the two distributions of numbers; null without numbers on both sides. */
export function ksOf(now: ColumnSummary, before: readonly ColumnSummary[]): number | null {
  const [mine, others] = [numbersOf([now]), numbersOf(before)];
  if (mine.length === 0 || others.length === 0) return null;
  let greatest = 0;
  for (const x of placesOf([...mine, ...others])) {
    const [a, b] = [shareOf(mine, x), shareOf(others, x)];
    greatest = Math.max(greatest, Math.abs(a.below - b.below), Math.abs(a.upTo - b.upTo));
  }
  return greatest;
}

/**
 * Σ (now − before) ln(now / before) over shares of rows: NULLs, and numbers in the bins that the tenths of
 * before make, or other values as they are listed and all others together. Null where a side has no rows.
 */
export function psiOf(now: ColumnSummary, before: readonly ColumnSummary[]): number | null {
  if (now.rows === 0 || rowsOf(before) === 0) return null;
  const nulls: Bin = [nullShare([now]), nullShare(before)];
  return [nulls, ...valueBins(now, before, [1 - nulls[0], 1 - nulls[1]])]
    .map(([a, b]) => [Math.max(a, leastShare), Math.max(b, leastShare)] as const)
    .reduce((sum, [a, b]) => sum + (a - b) * Math.log(a / b), 0);
}

function valueBins(now: ColumnSummary, before: readonly ColumnSummary[], all: Bin): Bin[] {
  const [mine, others] = [numbersOf([now]), numbersOf(before)];
  if (mine.length > 0 && others.length > 0)
    return numberBins(mine, others).map(([a, b]) => [a * all[0], b * all[1]]);
  if (mine.length > 0 || others.length > 0) return [all];
  return listedBins(now, before, all);
}

function numbersOf(parts: readonly ColumnSummary[]): Numbers[] {
  return parts.flatMap((part) => {
    const count = valuesOf(part);
    if (part.quantiles === null || count === 0) return [];
    return [{ count, points: pointsOfListed(part) ?? pointsOfQuantiles(part.quantiles) }];
  });
}

/** Exact ones; null unless all values are listed, as numbers. */
function pointsOfListed(part: ColumnSummary): Numbers['points'] | null {
  const count = valuesOf(part);
  const listed = part.top
    .map(({ value, rows }) => ({ x: Number(value), rows }))
    .sort((a, b) => a.x - b.x);
  const all = listed.reduce((sum, { rows }) => sum + rows, 0);
  if (all !== count || listed.some(({ x }) => !Number.isFinite(x))) return null;
  let before = 0;
  return listed.map(({ x, rows }) => {
    const below = before / count;
    before += rows;
    return { x, below, upTo: before / count };
  });
}

/** Where several quantiles are one number, it has the share between them. */
function pointsOfQuantiles(quantiles: readonly number[]): Numbers['points'] {
  const steps = quantiles.length - 1;
  return [...new Set(quantiles)].map((x) => ({
    x,
    below: quantiles.indexOf(x) / steps,
    upTo: quantiles.lastIndexOf(x) / steps,
  }));
}

/** All points, ascending. */
function placesOf(parts: readonly Numbers[]): number[] {
  const places = new Set(parts.flatMap(({ points }) => points.map(({ x }) => x)));
  return [...places].sort((a, b) => a - b);
}

/** Shares of the numbers. */
function numberBins(mine: readonly Numbers[], others: readonly Numbers[]): Bin[] {
  const places = placesOf(others).map((x) => ({ x, ...shareOf(others, x) }));
  const edges = new Set(Array.from({ length: 9 }, (_, i) => quantileOf(places, (i + 1) / 10)));
  // A number that many have is a bin of its own.
  const cuts = [...edges].flatMap((x): Bin[] => {
    const [now, before] = [shareOf(mine, x), shareOf(others, x)];
    const upTo: Bin = [now.upTo, before.upTo];
    return before.upTo - before.below > 1e-9 ? [[now.below, before.below], upTo] : [upTo];
  });
  return [...cuts, [1, 1] as const].map(([a, b], i) => {
    const last = cuts[i - 1] ?? [0, 0];
    return [a - last[0], b - last[1]];
  });
}

/** Of several partitions together, by how many numbers each has. */
function shareOf(parts: readonly Numbers[], x: number): Share {
  const all = parts.reduce((sum, { count }) => sum + count, 0);
  let below = 0;
  let upTo = 0;
  for (const { count, points } of parts) {
    const share = shareIn(points, x);
    below += (share.below * count) / all;
    upTo += (share.upTo * count) / all;
  }
  return { below, upTo };
}

function shareIn(points: Numbers['points'], x: number): Share {
  let [at, end] = [0, points.length];
  while (at < end) {
    const middle = (at + end) >> 1;
    if (points[middle]!.x >= x) end = middle;
    else at = middle + 1;
  }
  const to = points[at];
  if (to === undefined) return { below: 1, upTo: 1 };
  if (to.x === x) return to;
  const from = points[at - 1];
  if (from === undefined) return { below: 0, upTo: 0 };
  const between = from.upTo + ((x - from.x) / (to.x - from.x)) * (to.below - from.upTo);
  return { below: between, upTo: between };
}

/** The number that this share of all is not above. */
function quantileOf(places: Numbers['points'], share: number): number {
  let before = { x: places[0]!.x, upTo: 0 };
  for (const { x, below, upTo } of places) {
    // What lies within rounding of a place is the place.
    if (share <= below - 1e-9)
      return before.x + ((share - before.upTo) / (below - before.upTo)) * (x - before.x);
    if (share <= upTo + 1e-9) return x;
    before = { x, upTo };
  }
  return places.at(-1)!.x;
}

/** @param all shares of the rows that have values */
function listedBins(now: ColumnSummary, before: readonly ColumnSummary[], all: Bin): Bin[] {
  const names = new Set([now, ...before].flatMap(({ top }) => top.map(({ value }) => value)));
  let [nowRest, beforeRest] = all;
  const bins: Bin[] = [];
  for (const name of names) {
    const mine = listed(now, name);
    const others = before.map((part) => listed(part, name));
    const known = others.reduce<number>((sum, rows) => sum + (rows ?? 0), 0);
    const most = before.reduce(
      (sum, part, i) => sum + (others[i] === null ? mostUnlisted(part) : 0),
      0,
    );
    // Who does not list a value may have some of it: nearest to the other side is assumed.
    const from = known / rowsOf(before);
    const to = (known + most) / rowsOf(before);
    const b = mine === null ? from : Math.min(to, Math.max(from, mine / now.rows));
    const a = mine === null ? Math.min(b, mostUnlisted(now) / now.rows) : mine / now.rows;
    bins.push([a, b]);
    nowRest -= a;
    beforeRest -= b;
  }
  return [...bins, [nowRest, beforeRest]];
}

function listed({ top }: ColumnSummary, name: string): number | null {
  return top.find(({ value }) => value === name)?.rows ?? null;
}

/** Rows that a value which is not listed may have. */
function mostUnlisted(part: ColumnSummary): number {
  const { rows, top, distinct } = part;
  const unlisted = top.reduce((left, one) => left - one.rows, valuesOf(part));
  if (top.length >= mostTop) return Math.min(unlisted, top.at(-1)!.rows);
  const most = distinct !== null && distinct <= mostCounted ? 1 : Math.ceil(rows / 1000);
  return Math.min(unlisted, most);
}
