/** Data on stdout, everything else on stderr; both as JSON for programs. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openSmallWarehouse, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
  small.config();
});
beforeEach(() => rmSync(join(small.warehouse, 'out'), { recursive: true, force: true }));
afterAll(() => small.close());

test('a submit says what it does on stderr, and nothing on stdout', async () => {
  const { code, stdout, stderr } = await small.run(['submit', 'join.json', '--step-days', '2']);
  expect([code, stdout]).toEqual([0, '']);
  // No terminal, so no bars: one line per step, one for the whole.
  expect(stderr.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^step 0: committed 2023-11-15, 2023-11-16 · 20 rows · version 0$/),
    expect.stringMatching(/^step 1: committed 2023-11-17, 2023-11-18 · 20 rows · version 1$/),
    expect.stringMatching(/^✓ out\.small_v1: 40 rows in 4 partitions, [\d.]+ s$/),
  ]);
});

test('--json: one document, the same as run_results.json', async () => {
  const { code, stdout } = await small.run(['submit', 'join.json', '--json']);
  expect(code).toBe(0);
  const results = JSON.parse(stdout);
  expect(results).toMatchObject({
    status: 'succeeded',
    exitCode: 0,
    rows: 40,
    output: 'out.small_v1',
  });
  const path = join(small.warehouse, '_hindcast/runs', results.runId, 'run_results.json');
  const [[text]] = (await small.session.rows(`SELECT content FROM read_text('${path}')`)) as [
    [string],
  ];
  expect(JSON.parse(text)).toEqual(results);
});

test('--json: one document, also when it is interrupted before it has a plan', async () => {
  const config = readFileSync(join(small.root, 'join.json'), 'utf8');
  small.write(
    'stops.ts',
    `process.kill(process.pid, 'SIGINT');
     await new Promise((resolve) => setTimeout(resolve, 200));
     export default ${config};`,
  );
  const { code, stdout, stderr } = await small.run(['submit', 'stops.ts', '--json']);
  expect(code, stderr).toBe(130);
  expect(JSON.parse(stdout)).toMatchObject({ error: { kind: 'interrupted' } });
});

test('--log-format json: stderr is the event log, and nothing else', async () => {
  const { code, stderr } = await small.run(['submit', 'join.json', '--log-format', 'json']);
  expect(code).toBe(0);
  const events = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events.map(({ type }) => type).filter((type) => !/^(task|stage)/.test(type))).toEqual([
    'run-started',
    'planned',
    'step-committed',
    'run-finished',
  ]);
  for (const event of events) expect(event).toMatchObject({ v: 1, at: expect.any(Number) });
  const refused = await small.run(['submit', 'gone.json', '--log-format', 'json']);
  expect(refused.code).toBe(2);
  expect(JSON.parse(refused.stderr)).toMatchObject({
    error: { message: 'no config at gone.json' },
  });
});
