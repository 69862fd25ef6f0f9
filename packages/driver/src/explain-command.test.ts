/** Command lines that a shell and Spark SQL read back as they were meant. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { explainCommand } from './explain-command.js';
import { readableWord } from './shell-words.js';

const hostile = ["it's", '"', '$(touch x)', '`id`', '\\', 'a b', '', '!', "'; rm -rf x; '", '\n'];

test.each(hostile)('a shell reads back %j', (text) => {
  const read = execFileSync('sh', ['-c', `printf %s ${readableWord(text)}`], { encoding: 'utf8' });
  expect(read).toBe(text);
});

function line(type: string, value: unknown): string {
  const row = { key: [{ name: 'k', type, value }], partition: '2023-11-30' };
  return explainCommand({ config: 'a b.ts', flags: [], windowing: null }, row, null);
}

test('values as Spark SQL writes them', () => {
  const start = `hindcast explain-row 'a b.ts' --ds 2023-11-30 --where`;
  expect(line('BIGINT', 5)).toBe(`${start} 'k = 5'`);
  expect(line('BIGINT', '9007199254740993')).toBe(`${start} 'k = 9007199254740993'`);
  expect(line('VARCHAR', '5')).toBe(`${start} "k = '5'"`);
  expect(line('VARCHAR', null)).toBe(`${start} 'k IS NULL'`);
  expect(line('DATE', '2023-01-01')).toBe(`${start} "k = DATE '2023-01-01'"`);
  expect(line('VARCHAR', '\u001b[2J')).not.toContain('\u001b');
  // No literal: the condition says nothing of it.
  expect(line('BIGINT[]', [1])).toBe(`${start} true`);
});

test('a column, the windowing and flags come along', () => {
  const key = [
    { name: 'odd name', type: 'BIGINT', value: 1 },
    { name: 'ts', type: 'BIGINT', value: 2 },
  ];
  const context = { config: 'j.json', flags: ['--warehouse w'], windowing: 'sawtooth' } as const;
  expect(explainCommand(context, { key, partition: '2023-11-30' }, 'price_sum')).toBe(
    "hindcast explain-row j.json --ds 2023-11-30 --where '`odd name` = 1 AND ts = 2' --column price_sum --windowing sawtooth --warehouse w",
  );
});
