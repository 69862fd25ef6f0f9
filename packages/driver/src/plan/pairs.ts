/** Which element of a list is which of another: the same ones, else those about the same thing. */
import { canonical } from '@hindcast/shared/config/semantic-hash';

/** Positions in both lists, in the order of the first. Each element is in one pair at most. */
export type Pairs = readonly (readonly [from: number, to: number])[];

/**
 * Equal elements first, then aggregations of one operation and input, sources of one table, what has a
 * name by its name. What is left of plain values and sources is taken for changed where it stands
 * behind the same neighbour.
 */
export function pairsOf(before: readonly unknown[], after: readonly unknown[]): Pairs {
  const pairing = new Pairing(before, after);
  pairing.match(canonical);
  pairing.match(subjectOf);
  pairing.matchInPlace();
  return pairing.pairs();
}

class Pairing {
  private readonly to = new Map<number, number>();
  private readonly from = new Map<number, number>();

  constructor(
    private readonly before: readonly unknown[],
    private readonly after: readonly unknown[],
  ) {}

  /** Pairs those of one key, in order. Elements without a key are left. */
  match(keyOf: (element: unknown) => string | null): void {
    const open = new Map<string, number[]>();
    this.before.forEach((element, i) => {
      const key = keyOf(element);
      if (key !== null && !this.to.has(i)) open.set(key, [...(open.get(key) ?? []), i]);
    });
    this.after.forEach((element, i) => {
      const key = keyOf(element);
      if (key === null || this.from.has(i)) return;
      const from = open.get(key)?.shift();
      if (from !== undefined) this.pair(from, i);
    });
  }

  matchInPlace(): void {
    const places = placesIn(this.before.length, (i) => (this.to.has(i) ? i : null));
    const places2 = placesIn(this.after.length, (i) => this.from.get(i) ?? null);
    for (const [place, some] of places) {
      const others = places2.get(place) ?? [];
      const replaced = some.filter((i) => isReplaceable(this.before[i]));
      const replacing = others.filter((i) => isReplaceable(this.after[i]));
      replaced.slice(0, replacing.length).forEach((from, i) => {
        this.pair(from, replacing[i]!);
      });
    }
  }

  pairs(): Pairs {
    return [...this.to].sort(([a], [b]) => a - b);
  }

  private pair(from: number, to: number): void {
    this.to.set(from, to);
    this.from.set(to, from);
  }
}

/** The paired neighbour before them (as its position in the first list; -1: none) → unpaired positions. */
function placesIn(length: number, pairedAs: (i: number) => number | null): Map<number, number[]> {
  const places = new Map<number, number[]>();
  let neighbour = -1;
  for (let i = 0; i < length; i++) {
    const paired = pairedAs(i);
    if (paired === null) places.set(neighbour, [...(places.get(neighbour) ?? []), i]);
    else neighbour = paired;
  }
  return places;
}

/** An aggregation with another input, or a derivation of another name, is another one. */
function isReplaceable(element: unknown): boolean {
  return subjectOf(element) === null || tableOf(element) !== null;
}

/** What an element is about; null for plain values. */
function subjectOf(element: unknown): string | null {
  const { operation, inputColumn, name } = Object(element) as Record<string, unknown>;
  if (typeof operation === 'string') return `${operation}(${String(inputColumn)})`;
  const table = tableOf(element);
  if (table !== null) return `table ${table}`;
  return typeof name === 'string' ? `name ${name}` : null;
}

function tableOf(element: unknown): string | null {
  const { table, snapshotTable } = Object(element) as Record<string, unknown>;
  const found = table ?? snapshotTable;
  return typeof found === 'string' ? found : null;
}
