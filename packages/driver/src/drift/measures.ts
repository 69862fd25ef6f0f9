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

/** How numbers are distributed: at ascending places; between two of them, shares grow evenly. */
interface Distribution {
  readonly count: number;
  readonly places: Float64Array;
  /** The shares of numbers below each place, and with those that are there. */
  readonly below: Float64Array;
  readonly upTo: Float64Array;
}

/** Now, and before. */
type Bin = readonly [number, number];

/** Two sides, and how their numbers are distributed; null without numbers. */
interface Compared {
  readonly now: ColumnSummary;
  readonly before: readonly ColumnSummary[];
  readonly mine: Distribution | null;
  readonly others: Distribution | null;
}

/** @param before the partitions that it is compared with, taken together */
export function driftOf(now: ColumnSummary, before: readonly ColumnSummary[]): Drift {
  const compared = { now, before, mine: numbersOf([now]), others: numbersOf(before) };
  const told = now.rows > 0 && rowsOf(before) > 0;
  return {
    psi: told ? psiOf(compared) : null,
    ks: ksOf(compared),
    nullShare: told ? nullShare([now]) - nullShare(before) : null,
  };
}

const valuesOf = ({ rows, nulls }: ColumnSummary): number => rows - nulls;

function rowsOf(parts: readonly ColumnSummary[]): number {
  return parts.reduce((sum, { rows }) => sum + rows, 0);
}

function nullShare(parts: readonly ColumnSummary[]): number {
  return parts.reduce((sum, { nulls }) => sum + nulls, 0) / rowsOf(parts);
}

/** The greatest distance between the two distributions of numbers; null without numbers on both sides. */
function ksOf({ mine, others }: Compared): number | null {
  if (mine === null || others === null) return null;
  const places = placesOf([mine, others]);
  const [a, b] = [at(places, mine), at(places, others)];
  let greatest = 0;
  for (let i = 0; i < places.length; i++) {
    const below = Math.abs(a.below[i]! - b.below[i]!);
    const upTo = Math.abs(a.upTo[i]! - b.upTo[i]!);
    greatest = Math.max(greatest, below, upTo);
  }
  return greatest;
}

/**
 * Σ (now − before) ln(now / before) over shares of rows: NULLs, and numbers in the bins that the tenths of
 * before make, or other values as they are listed and all others together.
 */
function psiOf(compared: Compared): number {
  const nulls: Bin = [nullShare([compared.now]), nullShare(compared.before)];
  return [nulls, ...valueBins(compared, [1 - nulls[0], 1 - nulls[1]])]
    .map(([a, b]) => [Math.max(a, leastShare), Math.max(b, leastShare)] as const)
    .reduce((sum, [a, b]) => sum + (a - b) * Math.log(a / b), 0);
}

function valueBins({ now, before, mine, others }: Compared, all: Bin): Bin[] {
  if (mine !== null && others !== null)
    return numberBins(mine, others).map(([a, b]) => [a * all[0], b * all[1]]);
  if (mine !== null || others !== null) return [all];
  return listedBins(now, before, all);
}

/** Of several partitions together; null without numbers. */
function numbersOf(parts: readonly ColumnSummary[]): Distribution | null {
  const known = parts.flatMap((part): Distribution[] => {
    const count = valuesOf(part);
    if (part.quantiles === null || count === 0) return [];
    return [ofListed(part) ?? ofQuantiles(count, part.quantiles)];
  });
  return known.length > 1 ? together(known) : (known[0] ?? null);
}

/** Exact; null unless all values are listed, as numbers. */
function ofListed(part: ColumnSummary): Distribution | null {
  const count = valuesOf(part);
  if (part.top.reduce((sum, { rows }) => sum + rows, 0) !== count) return null;
  const listed = part.top
    .map(({ value, rows }) => ({ x: Number(value), rows }))
    .sort((a, b) => a.x - b.x);
  if (listed.some(({ x }) => !Number.isFinite(x))) return null;
  const places = Float64Array.from(listed, ({ x }) => x);
  const distribution = distributionAt(count, places);
  let before = 0;
  for (const [i, { rows }] of listed.entries()) {
    distribution.below[i] = before / count;
    before += rows;
    distribution.upTo[i] = before / count;
  }
  return distribution;
}

/** Where several quantiles are one number, it has the share between them. */
function ofQuantiles(count: number, quantiles: readonly number[]): Distribution {
  const places = distinct(Float64Array.from(quantiles));
  const distribution = distributionAt(count, places);
  let i = 0;
  for (const [q, x] of quantiles.entries()) {
    const share = q / (quantiles.length - 1);
    if (places[i] !== x) distribution.below[++i] = share;
    distribution.upTo[i] = share;
  }
  return distribution;
}

function distributionAt(count: number, places: Float64Array): Distribution {
  const shares = (): Float64Array => new Float64Array(places.length);
  return { count, places, below: shares(), upTo: shares() };
}

/** Each by how many numbers it has. */
function together(parts: readonly Distribution[]): Distribution {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const all = distributionAt(count, placesOf(parts));
  for (const part of parts) {
    const { below, upTo } = at(all.places, part);
    const weight = part.count / count;
    for (let i = 0; i < below.length; i++) {
      all.below[i]! += below[i]! * weight;
      all.upTo[i]! += upTo[i]! * weight;
    }
  }
  return all;
}

/** The same one, at other places. */
function at(places: Float64Array, known: Distribution): Distribution {
  const found = distributionAt(known.count, places);
  const last = known.places.length - 1;
  let next = 0; // the first of the known places that is not below
  for (let i = 0; i < places.length; i++) {
    const x = places[i]!;
    while (next <= last && known.places[next]! < x) next++;
    const there = known.places[next];
    if (there === x) {
      found.below[i] = known.below[next]!;
      found.upTo[i] = known.upTo[next]!;
      continue;
    }
    const from = known.places[next - 1];
    let share = there === undefined ? 1 : 0;
    if (there !== undefined && from !== undefined) {
      const before = known.upTo[next - 1]!;
      share = before + ((x - from) / (there - from)) * (known.below[next]! - before);
    }
    found.below[i] = share;
    found.upTo[i] = share;
  }
  return found;
}

/** Places of all of them, ascending. */
function placesOf(parts: readonly Distribution[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { places }) => sum + places.length, 0));
  let count = 0;
  for (const { places } of parts) {
    all.set(places, count);
    count += places.length;
  }
  return distinct(all.sort());
}

/** @param ascending is written over */
function distinct(ascending: Float64Array): Float64Array {
  let count = 0;
  for (const x of ascending) if (count === 0 || x !== ascending[count - 1]) ascending[count++] = x;
  return ascending.subarray(0, count);
}

/** Shares of the numbers. */
function numberBins(mine: Distribution, others: Distribution): Bin[] {
  const edges = distinct(
    Float64Array.from({ length: 9 }, (_, i) => quantileOf(others, (i + 1) / 10)),
  );
  const [now, before] = [at(edges, mine), at(edges, others)];
  const cuts: Bin[] = [[0, 0]];
  for (let i = 0; i < edges.length; i++) {
    // A number that many have is a bin of its own.
    if (before.upTo[i]! - before.below[i]! > 1e-9) cuts.push([now.below[i]!, before.below[i]!]);
    cuts.push([now.upTo[i]!, before.upTo[i]!]);
  }
  cuts.push([1, 1]);
  return cuts.slice(1).map(([a, b], i) => [a - cuts[i]![0], b - cuts[i]![1]]);
}

/** The number that this share of all is not above. */
function quantileOf({ places, below, upTo }: Distribution, share: number): number {
  for (let i = 0; i < places.length; i++) {
    const x = places[i]!;
    // What lies within rounding of a place is the place.
    if (share <= below[i]! - 1e-9) {
      const [from, before] = i === 0 ? [x, 0] : [places[i - 1]!, upTo[i - 1]!];
      return from + ((share - before) / (below[i]! - before)) * (x - from);
    }
    if (share <= upTo[i]! + 1e-9) return x;
  }
  return places.at(-1)!;
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
