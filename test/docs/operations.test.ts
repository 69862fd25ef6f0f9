/** docs/operations.md against the code's own tables: a row that tells something else fails. */
import { readFileSync } from 'node:fs';
import { type Operation, operations } from '@hindcast/shared/config/model';
import { parseConfig } from '@hindcast/shared/config/parse';
import { accepts, signatures } from '@hindcast/shared/config/signatures';
import { validateConfig } from '@hindcast/shared/config/validate';
import { describe, expect, test } from 'vitest';
import { ColumnIndex } from '../../packages/executor/src/aggregate/column-index.js';
import { operationTable } from '../../packages/executor/src/aggregate/operations.js';
import { type Cell, cellOf } from '../../packages/executor/src/aggregate/result-column.js';
import type { ValueEncoding } from '../../packages/executor/src/keys/values.js';
import type { Ranges } from '../../packages/executor/src/window/ranges.js';

const text = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const [header, , ...body] = text
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .slice(0, operations.length + 2)
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const documented = body.map((cells) =>
  Object.fromEntries(header!.map((name, i) => [name, cells[i]!])),
);

const types = ['BIGINT', 'INTEGER', 'DOUBLE', 'FLOAT', 'BOOLEAN', 'VARCHAR', 'DATE', 'TIMESTAMP'];

/** What the documentation's words say of a type. */
function outputOf(words: string, input: string): string {
  const [output] = words.split(', ') as [string];
  if (words.startsWith('bigint of integers and booleans, double of others'))
    return /DOUBLE|FLOAT/.test(input) ? 'DOUBLE' : 'BIGINT';
  const known: Record<string, string> = {
    bigint: 'BIGINT',
    double: 'DOUBLE',
    "the input's type": input,
    'list of float': 'FLOAT[]',
    "list of the input's type": `${input}[]`,
    'map of text to int': 'MAP(VARCHAR, INTEGER)',
    'map of text to bigint': 'MAP(VARCHAR, BIGINT)',
  };
  return known[output] ?? `unknown: ${words}`;
}

/** The arguments as a config gives them: those that must be there, and those with a default. */
function argumentsOf(words: string): { name: string; byDefault: string | null } | null {
  const match = /^`(\w+)`(?:, (.+))?$/.exec(words);
  return match === null ? null : { name: match[1]!, byDefault: match[2] ?? null };
}

function refusal(operation: Operation, argMap: Record<string, string>): string | null {
  const groupBy = {
    metaData: { name: 'team.group' },
    sources: [{ events: { table: 'data.rows', query: { selects: { v: 'v' }, timeColumn: 'ts' } } }],
    keyColumns: ['v'],
    aggregations: [{ inputColumn: 'v', operation: operations.indexOf(operation), argMap }],
  };
  try {
    validateConfig(parseConfig(groupBy, ''));
    return null;
  } catch (error) {
    return String(error);
  }
}

function compute(
  operation: Operation,
  encoding: ValueEncoding,
  values: readonly (number | null)[],
  args: Record<string, string>,
): Cell {
  const { length } = values;
  const data = Float64Array.from(values, (value) => value ?? 0);
  const valid = Uint8Array.from(values, (value) => (value === null ? 0 : 1));
  const ranges: Ranges = {
    count: 1,
    rows: Uint32Array.of(0),
    from: [Int32Array.of(0)],
    to: Int32Array.of(length),
    groups: Uint32Array.of(0, length),
  };
  const entry = operationTable[operation];
  const result = entry.result(encoding, 1);
  entry.fill(new ColumnIndex({ encoding, data, valid }, ranges), 0, result, args);
  return cellOf(result, 0);
}

test("the documentation has a row for every operation, in Chronon's order", () => {
  expect(documented.map((row) => row['operation'])).toEqual([...operations]);
});

describe.each(documented.map((row) => [row['operation'] as Operation, row] as const))(
  '%s',
  (operation, row) => {
    const argument = argumentsOf(row['arguments']!);

    test('takes and gives what is said', () => {
      expect(row['inputs']).toBe(signatures[operation].input);
      for (const type of types.filter((each) => accepts(signatures[operation], each)))
        expect(outputOf(row['output']!, type)).toBe(signatures[operation].outputType(type));
    });

    test('needs the arguments that are said, and takes the defaults', () => {
      const isNeeded = argument !== null && argument.byDefault === null;
      expect(refusal(operation, {}) !== null).toBe(isNeeded);
      if (argument === null) return;
      expect(refusal(operation, { [argument.name]: argument.name === 'k' ? '-1' : '[2]' })).toMatch(
        argument.name,
      );
      if (argument.byDefault === null) return;
      const encoding = operation === 'HISTOGRAM' ? 'ordinal' : 'double';
      const values = Array.from({ length: 40 }, (_, i) => i % 20);
      const given = { [argument.name]: argument.byDefault };
      expect(refusal(operation, given)).toBeNull();
      expect(compute(operation, encoding, values, {})).toEqual(
        compute(operation, encoding, values, given),
      );
    });

    test('without inputs gives what is said', () => {
      expect(row['without inputs']).toBe('NULL');
      const args = { k: '2', percentiles: '[0.5]' };
      for (const values of [[], [null, null]])
        expect(compute(operation, 'double', values, args)).toBeNull();
    });
  },
);
