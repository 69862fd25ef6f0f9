/** Window arithmetic of spec/semantics: all times ms since epoch UTC, lower bounds inclusive. */
import type { Window } from '../config/model.js';
import { dayMs } from './partition-spec.js';

const hourMs = 3_600_000;
const fiveMinutesMs = 300_000;

export function windowMs(window: Window): number {
  return window.length * (window.timeUnit === 'DAYS' ? dayMs : hourMs);
}

/** `time` rounded down to a multiple of `unit` since the epoch, also before 1970. */
export function floorTo(time: number, unit: number): number {
  return Math.floor(time / unit) * unit;
}

/** The step by which Chronon's sawtooth moves a window's tail: 5 minutes, an hour or a day. */
export function hopMs(lengthMs: number): number {
  if (lengthMs >= 12 * dayMs) return dayMs;
  return lengthMs >= 12 * hourMs ? hourMs : fiveMinutesMs;
}

/** First millisecond of a sawtooth window of `lengthMs` as of `time`. */
export function sawtoothStart(time: number, lengthMs: number): number {
  return floorTo(floorTo(time, fiveMinutesMs) - lengthMs, hopMs(lengthMs));
}

/** First millisecond of an exact window of `lengthMs` as of `time`. */
export function exactStart(time: number, lengthMs: number): number {
  return time - lengthMs;
}

/**
 * From where on Chronon reads events for rows as of `time` and later (GroupBy.getIntersectedRange): by
 * whole days, a day or two before the window. It shows where events landed before they happened.
 */
export function sawtoothReadingStart(time: number, lengthMs: number, temporal: boolean): number {
  return floorTo(time, dayMs) - (temporal ? 1 : 2) * dayMs - lengthMs;
}
