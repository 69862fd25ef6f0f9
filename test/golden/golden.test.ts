/** Real Chronon's tables: every folder below cases/ is one case. */
import { describe, expect, test } from 'vitest';
import { workplace } from '../in-process.js';
import { warehouseAt } from '../test-store.js';
import { checkCompare, compared } from './check-compare.js';
import { cases, outcome, testCase } from './run-case.js';

const work = workplace('golden-compare');

describe.each(cases)('%s', (name) =>
  testCase(name, warehouseAt, (output) => checkCompare(output, work.session)),
);

test('tables were compared', () => {
  process.stderr.write(`golden: ${outcome.compared} tables equal Chronon's\n`);
  expect(outcome.compared).toBeGreaterThan(15);
});

test('compare was asked, too', () => {
  process.stderr.write(`compare: ${compared.tables} tables, ${compared.cells} cells\n`);
  expect(compared.tables).toBeGreaterThan(30);
});
