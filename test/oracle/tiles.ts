/**
 * The time axis cut into tiles of a day, an hour and five minutes, and the tiles that a window
 * consists of. Times are ms since epoch UTC.
 */
import { group } from './group.js';
import type { SourceRow } from './source.js';

const fiveMinutesMs = 300_000;
const hourMs = 3_600_000;
export const dayMs = 86_400_000;
const hopsMs = [dayMs, hourMs, fiveMinutesMs]; // each is a whole number of the next

/** Where the oldest tile of a sawtooth window at `timeMs` begins: inclusive. */
export function oldestTileMs(timeMs: number, windowMs: number): number {
  const hop = windowMs < 12 * hourMs ? fiveMinutesMs : windowMs < 12 * dayMs ? hourMs : dayMs;
  const headMs = Math.floor(timeMs / fiveMinutesMs) * fiveMinutesMs;
  return Math.floor((headMs - windowMs) / hop) * hop;
}

/** Rows dealt out to tiles of every hop by their own time; a row without a time is in none. */
export class Tiles {
  /** Hop → number of the tile since epoch → its rows. */
  private readonly byHop: ReadonlyMap<number, ReadonlyMap<number, readonly SourceRow[]>>;

  constructor(rows: readonly SourceRow[]) {
    const timed = rows.filter(({ time }) => time !== null);
    this.byHop = new Map(
      hopsMs.map((hop) => [hop, group(timed, ({ time }) => Math.floor(time! / hop))]),
    );
  }

  /**
   * The rows of whole tiles, and one by one those of the last tile, which `endMs` cuts.
   * @param startMs inclusive, on a border of tiles; −∞ for every tile there is
   * @param endMs exclusive
   */
  rows(startMs: number, endMs: number): SourceRow[] {
    const head = Math.floor(endMs / fiveMinutesMs);
    const whole = wholeTiles(Math.max(startMs, this.firstMs()), head * fiveMinutesMs);
    return [
      ...whole.flatMap(([hop, tile]) => this.tile(hop, tile)),
      ...this.tile(fiveMinutesMs, head).filter(({ time }) => time! < endMs),
    ];
  }

  private tile(hop: number, tile: number): readonly SourceRow[] {
    return this.byHop.get(hop)!.get(tile) ?? [];
  }

  /** Where the first tile of a day begins; ∞ without rows. */
  private firstMs(): number {
    return Math.min(...this.byHop.get(dayMs)!.keys()) * dayMs;
  }
}

/** The fewest tiles from one border of five minutes to another, as hop and number. */
function wholeTiles(startMs: number, endMs: number): (readonly [hop: number, tile: number])[] {
  const tiles: (readonly [number, number])[] = [];
  for (let at = startMs; at < endMs; ) {
    const hop = hopsMs.find((each) => at % each === 0 && at + each <= endMs)!;
    tiles.push([hop, at / hop]);
    at += hop;
  }
  return tiles;
}
