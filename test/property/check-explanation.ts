/**
 * What must hold of any explained row: its values are those that a submit wrote, its events lie between
 * the edges that it names, and counts and sums over them are the value.
 */
import { expect } from 'vitest';
import type {
  ExplainedFeature,
  ExplainedReading,
  Explanation,
} from '../../packages/driver/src/explanation.js';
import { renderExplanation } from '../../packages/driver/src/render-explanation.js';
import { styleFor } from '../../packages/driver/src/style.js';

/** @returns how many features it has */
export function checkExplanation(explanation: Explanation): number {
  let features = 0;
  const { stored, parts } = explanation;
  const asText = (): string => renderExplanation(explanation, styleFor(false), true);
  if (stored.different.length > 0) expect.fail(`${stored.different}: not as stored\n${asText()}`);
  expect(stored).toEqual({ kind: 'row', different: [] });
  for (const reading of parts.flatMap(({ readings }) => readings)) {
    for (const feature of reading.features) {
      features++;
      expect('stored' in feature).toBe(true);
      checkFeature(feature, reading, asText);
    }
  }
  expect(asText()).toMatch(explanation.join);
  return features;
}

function checkFeature(
  feature: ExplainedFeature,
  { events }: ExplainedReading,
  asText: () => string,
): void {
  const { operation, input, by, value, inside, outside, startMs, endMs, how } = feature;
  const found = inside.events.map((number) => events.find(({ event }) => event === number)!);
  if (operation !== null) expect(found.length).toBe(inside.count);
  const beyond = found.filter(
    ({ timeMs }) =>
      (startMs !== null && timeMs! < startMs) ||
      (endMs !== null && timeMs !== null && timeMs >= endMs),
  );
  if (beyond.length > 0) expect.fail(`${feature.column}: beyond its edges\n${asText()}`);
  for (const one of outside) {
    expect(inside.events).not.toContain(one.event);
    if (one.reason === 'not seen') expect.fail(`${feature.column}: ${one.why}\n${asText()}`);
  }
  if (value === null) expect(how).toMatch(/^NULL: /);
  if (operation === null || by !== null) return;
  const inputs = found.map(({ values }) => values[input] ?? null).filter((one) => one !== null);
  expect(inputs.length).toBe(inside.inputs);
  if (value === null) {
    if (/^(COUNT|SUM|MIN|LAST)$/.test(operation)) expect(inputs.length).toBe(0);
    return;
  }
  if (operation === 'COUNT') expect(value).toBe(inputs.length);
  if (operation === 'LAST') expect(inputs.at(-1)).toEqual(value);
  if (operation !== 'SUM' || !inputs.every(Number.isSafeInteger)) return;
  expect(inputs.reduce((sum: number, one) => sum + Number(one), 0)).toBeCloseTo(Number(value), 6);
}
