/**
 * The specification's own example of a window, through the whole line: a left row at 2023-12-20
 * 12:01:01.923 and ten days, with events on either side of both edges.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventsConfig } from '../cli/run-cli.js';
import { importInto, readOutput, submitJoin } from '../harness.js';

const at = (text: string): number => Date.parse(`${text}Z`);
const root = mkdtempSync(join(tmpdir(), 'hindcast-window-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Each event's price says which one was seen. */
const events = [
  ['2023-12-09T23:59:59.999', 1],
  ['2023-12-10T00:00:00.000', 2],
  ['2023-12-10T12:01:01.922', 4],
  ['2023-12-10T12:01:01.923', 8],
  ['2023-12-19T23:59:59.999', 16],
  ['2023-12-20T00:00:00.000', 32],
  ['2023-12-20T12:01:01.922', 64],
  ['2023-12-20T12:01:01.923', 128],
  ['2023-12-20T12:01:01.924', 256],
] as const;

beforeAll(async () => {
  const csv = (rows: readonly string[]): string => ['user,ts,price,ds', ...rows, ''].join('\n');
  const line = (time: string, price: number): string =>
    `u,${at(time)},${price},${time.slice(0, 10)}`;
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'rows.csv'), csv([line('2023-12-20T12:01:01.923', 0)]));
  writeFileSync(join(root, 'events.csv'), csv(events.map(([time, price]) => line(time, price))));
  await importInto(root, join(root, 'rows.csv'), 'data.rows');
  await importInto(root, join(root, 'events.csv'), 'data.events');
});

/** The ten days' sum of the example's row. */
async function sum(
  name: string,
  accuracy: 'TEMPORAL' | 'SNAPSHOT',
  windowing: 'exact' | 'sawtooth',
) {
  const windows = [{ length: 10, timeUnit: 1 }];
  const aggregations = [{ inputColumn: 'price', operation: 7, windows }];
  const config = eventsConfig({ name, left: 'data.rows', right: 'data.events', aggregations });
  const [part] = (config as { joinParts: { groupBy: { accuracy: number } }[] }).joinParts;
  part!.groupBy.accuracy = accuracy === 'TEMPORAL' ? 0 : 1;
  const file = join(root, `${name}.json`);
  writeFileSync(file, JSON.stringify(config));
  const { error } = await submitJoin(file, root, { windowing });
  expect(error).toBeNull();
  const { columns, rows } = await readOutput(root, `out.${name}`);
  expect(rows).toHaveLength(1);
  return Number(rows[0]![columns.findIndex((column) => column.name.endsWith('price_sum_10d'))]);
}

test('temporal: from 2023-12-10 12:01:01.923 to 2023-12-20 12:01:01.922, both included', async () => {
  expect(await sum('temporal', 'TEMPORAL', 'exact')).toBe(8 + 16 + 32 + 64);
});

test('snapshot: from 2023-12-10 00:00:00.000 to 2023-12-19 23:59:59.999, both included', async () => {
  expect(await sum('snapshot', 'SNAPSHOT', 'exact')).toBe(2 + 4 + 8 + 16);
});

test("sawtooth: the tail rounded down to the hour, as Chronon's", async () => {
  expect(await sum('sawtooth', 'TEMPORAL', 'sawtooth')).toBe(4 + 8 + 16 + 32 + 64);
});
