import type { DriftResults } from '@hindcast/shared/plan/drift';
import { expect, test } from 'vitest';
import { exitCodeWithDrift, type StepOutcome } from './results.js';

const step = (partition: string, status: StepOutcome['status']): StepOutcome => ({
  step: 0,
  partitions: [partition],
  status,
  rows: 0,
  version: null,
  error: null,
});
const drift = (
  when: DriftResults['when'],
  drifted: readonly string[],
  unchecked: readonly string[] = [],
): DriftResults => ({
  when,
  partitions: [],
  unchecked,
  findings: drifted.map((partition) => ({
    partition,
    column: 'c',
    measure: 'psi',
    found: 1,
    threshold: 0,
  })),
});

test('drift is exit 3, unless something else failed as well', () => {
  const committed = step('1', 'committed');
  expect(exitCodeWithDrift(0, [committed], null)).toBe(0);
  expect(exitCodeWithDrift(0, [committed], drift('after', []))).toBe(0);
  expect(exitCodeWithDrift(0, [committed], drift('after', ['1']))).toBe(3);
  expect(exitCodeWithDrift(1, [committed, step('2', 'failed')], drift('after', ['1']))).toBe(1);
  expect(exitCodeWithDrift(1, [committed, step('2', 'failed')], drift('before', ['2']))).toBe(3);
  const both = [committed, step('2', 'failed'), step('3', 'failed')];
  expect(exitCodeWithDrift(1, both, drift('before', ['2']))).toBe(1);
  expect(exitCodeWithDrift(130, [committed], drift('before', ['2']))).toBe(130);
});

test('what could not be checked is not passed over', () => {
  expect(exitCodeWithDrift(0, [step('1', 'committed')], drift('after', [], ['1']))).toBe(1);
  expect(exitCodeWithDrift(0, [step('1', 'committed')], drift('after', ['2'], ['1']))).toBe(3);
});
