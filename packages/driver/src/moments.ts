/** Times and durations as people read them. */

/** `2023-11-30 05:01:15.364`, UTC. */
export function moment(timeMs: number): string {
  const date = new Date(timeMs);
  if (Number.isNaN(date.getTime())) return String(timeMs);
  return date.toISOString().replace('T', ' ').replace('Z', '');
}

const units = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
  [1, 'ms'],
] as const;

/**
 * The three greatest units that are not nought: `2 d 3 h 12 min`, `1 d 1 ms`.
 * @param least ms of the least unit that is looked at; it is rounded to them
 */
export function duration(lengthMs: number, least: 1 | 1000 = 1): string {
  const parts: string[] = [];
  let rest = Math.round(Math.abs(lengthMs) / least) * least;
  for (const [unit, name] of units) {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.length === 0 ? `0 ${least === 1 ? 'ms' : 's'}` : parts.slice(0, 3).join(' ');
}

/** A window's length: `3 d`, `36 h`. */
export function windowLength(lengthMs: number): string {
  const hours = lengthMs / 3_600_000;
  return hours % 24 === 0 ? `${hours / 24} d` : `${hours} h`;
}
