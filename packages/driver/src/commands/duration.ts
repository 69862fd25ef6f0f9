import { HindcastError } from '@hindcast/shared/errors';

const units: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
/** What a timer of Node.js can take, and more than anyone waits. */
const mostMs = 24 * 86_400_000;

/**
 * `90s`, `30m`, `2h`, `1d` → ms.
 * @throws HindcastError kind `usage`
 */
export function durationMs(option: string, text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  const ms = number === undefined ? Number.NaN : Math.round(Number(number) * units[unit!]!);
  if (ms <= mostMs) return ms;
  throw new HindcastError('usage', `${option} ${text} is no duration`, {
    hint: Number.isNaN(ms) ? 'Write 2h, 30m or 90s.' : 'It is 24d at most.',
  });
}
