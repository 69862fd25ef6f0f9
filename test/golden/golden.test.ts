/** Real Chronon's tables: every folder below cases/ is one case. */
import { describe, expect, test } from 'vitest';
import { warehouseAt } from '../test-store.js';
import { cases, outcome, testCase } from './run-case.js';

describe.each(cases)('%s', (name) => testCase(name, warehouseAt));

test('tables were compared', () => {
  process.stderr.write(`golden: ${outcome.compared} tables equal Chronon's\n`);
  expect(outcome.compared).toBeGreaterThan(15);
});
