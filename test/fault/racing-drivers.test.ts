/**
 * Drivers of one join at the same time: the table comes out right, whoever is first. HINDCAST_RACES runs
 * more races of eight than the one of `npm test`.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli } from '../cli/run-cli.js';
import { days, type SmallWarehouse } from '../cli/small-warehouse.js';
import { checksum, forget, openBigEnough } from './big-enough.js';

const races = Number(process.env['HINDCAST_RACES'] ?? 1);
const drivers = 8;

let small: SmallWarehouse;
let reference: unknown;
beforeAll(async () => {
  small = await openBigEnough();
  const { code, stderr } = await small.run(['submit', 'join.json']);
  expect(code, stderr).toBe(0);
  reference = await checksum(small);
});
afterAll(() => small.close());

test.each([
  ['in one step', [], []],
  ['day by day', ['--step-days', '1'], ['--step-days', '1']],
  ['cut differently', ['--step-days', '1'], ['--step-days', '3']],
])('two: %s', async (_, one, other) => {
  forget(small, 'out', '_hindcast');
  const options = { cwd: small.root, env: { HINDCAST_WAREHOUSE: small.warehouse } };
  const both = await Promise.all(
    [one, other].map((flags) => cli(['submit', 'join.json', ...flags], options)),
  );
  for (const { code, stderr } of both) {
    expect([0, 1], stderr).toContain(code);
    if (code === 0) continue;
    expect(stderr).toMatch(
      /out\.small_v1: (another run|run \S+) wrote 2023-11-1\d.* while this one computed it/,
    );
    expect(stderr).toMatch('nothing was doubled');
    expect(stderr).not.toMatch(/^\s+at .*:\d+|bug in Hindcast/m);
  }
  // Whatever one of them left out, the next submit adds.
  const { code, stderr } = await small.run(['submit', 'join.json']);
  expect(code, stderr).toBe(0);
  expect(await checksum(small)).toEqual(reference);
  const last = await small.run(['submit', 'join.json']);
  expect(last.stderr).toMatch('nothing to do');
});

/** Every range of the days, and how it is cut. */
function flagsOf(driver: number, race: number): string[] {
  const n = driver + race * drivers;
  const first = n % days.length;
  const last = first + (Math.floor(n / days.length) % (days.length - first));
  return [
    ...['--start-ds', days[first]!, '--end-ds', days[last]!],
    ...(n % 3 === 0 ? [] : ['--step-days', String(n % 3), '--parallelism', '2']),
  ];
}

test(`${races} races of ${drivers} drivers`, { timeout: 3_600_000 }, async () => {
  let lost = 0;
  for (let race = 0; race < races; race++) {
    forget(small, 'out', '_hindcast');
    const options = { cwd: small.root, env: { HINDCAST_WAREHOUSE: small.warehouse } };
    const ended = await Promise.all(
      Array.from({ length: drivers }, (_, driver) =>
        cli(['submit', 'join.json', '--master', 'local[1]', ...flagsOf(driver, race)], options),
      ),
    );
    for (const { code, stderr } of ended) {
      expect([0, 1], stderr).toContain(code);
      if (code === 0) continue;
      lost++;
      expect(stderr).toMatch(/wrote (2023-11-1\d|the table).* while this one computed it/);
      expect(stderr).not.toMatch(/^\s+at .*:\d+|bug in Hindcast/m);
    }
    const { code, stderr } = await small.run(['submit', 'join.json']);
    expect(code, stderr).toBe(0);
    expect(await checksum(small)).toEqual(reference);
  }
  process.stderr.write(
    `races: ${lost} of ${races * drivers} drivers lost a partition to another\n`,
  );
});
