/**
 * `hindcast export airflow` to Python itself: the file parses, and its data hold together. Under Airflow it is
 * read by `npm run test:airflow`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as dsl from '@hindcast/shared/dsl/index';
import { afterAll, expect, test } from 'vitest';
import { cli } from '../cli/run-cli.js';

const root = mkdtempSync(join(tmpdir(), 'hindcast-dag-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Constants of a module, without running any of it; the names that it assigns nothing else to. */
const constants = `
import ast, json, sys
tree = ast.parse(open(sys.argv[1], encoding='utf-8').read())
found = {}
for node in tree.body:
    if isinstance(node, ast.Assign):
        found[node.targets[0].id] = ast.literal_eval(node.value)
print(json.dumps(found))
`;

interface Dag {
  readonly sensors: readonly { readonly id: string }[];
  readonly jobs: readonly { readonly id: string; readonly after: readonly string[] }[];
}

const nasty = `it's "odd" {{ 7 }} \\ \n""" ü 𝒳 % \u2028`;
const events = (table: string) =>
  dsl.eventSource({
    table,
    query: dsl.query({ selects: dsl.select('user'), timeColumn: 'ts', partitionColumn: nasty }),
  });
const staging = dsl.stagingQuery({
  name: nasty,
  outputNamespace: 'data',
  query: 'SELECT * FROM data.raw',
  startPartition: '2023-11-01',
});
const reader = dsl.join({
  name: 'reader',
  outputNamespace: 'out',
  left: events('data.visits'),
  rightParts: ['a', 'b'].map((end) =>
    dsl.joinPart({
      prefix: end,
      groupBy: dsl.groupBy({
        name: end,
        sources: [events(`data.${'very_'.repeat(60)}${end}`)],
        keys: ['user'],
        aggregations: [dsl.count('user')],
      }),
    }),
  ),
  offlineSchedule: '5 4 * * SUN',
});

test('what it exports is Python with the data of the schedule', async () => {
  writeFileSync(join(root, 'staging.json'), JSON.stringify(staging));
  writeFileSync(join(root, 'reader.json'), JSON.stringify(reader));
  const args = ['export', 'airflow', 'reader.json', 'staging.json', '--output', 'dag.py'];
  const options = ['--project', 'odd', '--folder', `/srv/${nasty}`, '--wait', '90m'];
  const { code, stderr } = await cli([...args, ...options], { cwd: root });
  expect(code, stderr).toBe(0);
  const text = execFileSync('python3', ['-c', constants, join(root, 'dag.py')], {
    encoding: 'utf8',
  });
  const { HINDCAST, WAIT_SECONDS, DAY_FORMAT, DAGS } = JSON.parse(text);
  const quoted = nasty.replaceAll("'", "'\\''");
  expect({ HINDCAST, WAIT_SECONDS, DAY_FORMAT }).toEqual({
    HINDCAST: `cd '/srv/${quoted}' && hindcast`,
    WAIT_SECONDS: 5400,
    DAY_FORMAT: '%Y-%m-%d',
  });
  expect(Object.keys(DAGS)).toEqual(['hindcast_odd_daily', 'hindcast_odd_5_4_x_x_0']);
  const ids = /^[A-Za-z0-9_.-]{1,250}$/;
  for (const [id, dag] of Object.entries<Dag>(DAGS)) {
    expect(id).toMatch(ids);
    const tasks = [...dag.sensors, ...dag.jobs];
    const known = new Set(tasks.map((task) => task.id));
    expect(known.size).toBe(tasks.length);
    for (const task of tasks) expect(task.id).toMatch(ids);
    for (const job of dag.jobs) for (const before of job.after) expect(known).toContain(before);
  }
  expect(DAGS['hindcast_odd_5_4_x_x_0'].sensors[0]).toMatchObject({
    words: 'has-partition data.visits --ds',
    options: `--partition-column '${quoted}'`,
  });
});
