/** Who watches a run: OpenLineage events, metrics, and lines of JSON that carry the run's id. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as dsl from '@hindcast/shared/dsl/index';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { onS3 } from '../test-store.js';
import { openSmallWarehouse, plainRows, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
let server: Server | null = null;
beforeAll(async () => {
  small = await openSmallWarehouse();
  await small.table('views', plainRows);
  await small.table('clicks', plainRows);
});
beforeEach(() => {
  for (const folder of ['out', '_hindcast'])
    rmSync(join(small.warehouse, folder), { recursive: true, force: true });
  for (const file of ['lineage.jsonl', 'metrics'])
    rmSync(join(small.root, file), { recursive: true, force: true });
  small.write('join.json', configOf(['price > 3']));
});
afterEach(() => server?.close());
afterAll(() => small.close());

const configOf = (wheres: readonly string[]) =>
  dsl.join({
    name: 'small.v1',
    outputNamespace: 'out',
    left: dsl.eventSource({
      table: 'data.clicks',
      query: dsl.query({ selects: { user: 'user', doubled: 'price * 2' }, timeColumn: 'ts' }),
    }),
    rightParts: [
      dsl.joinPart({
        groupBy: dsl.groupBy({
          name: 'spent',
          sources: [
            dsl.eventSource({
              table: 'data.views',
              query: dsl.query({
                selects: { who: 'user', price: "IF(user = 'u0', 0, price)" },
                wheres,
                timeColumn: 'ts',
              }),
            }),
          ],
          keys: ['who'],
          aggregations: [dsl.sum('price', { windows: ['1d'] })],
          accuracy: 'TEMPORAL',
        }),
        keyMapping: { user: 'who' },
      }),
    ],
    derivations: [
      dsl.derivation('*', '*'),
      dsl.derivation('share', 'spent_price_sum_1d / doubled'),
    ],
  });

interface Field {
  readonly inputFields: readonly {
    readonly name: string;
    readonly field: string;
    readonly transformations: readonly { readonly subtype: string }[];
  }[];
}
interface LineageEvent {
  readonly eventType: string;
  readonly run: { readonly runId: string; readonly facets: Record<string, { message?: string }> };
  readonly job: { readonly name: string };
  readonly inputs: readonly { readonly namespace: string; readonly name: string }[];
  readonly outputs: readonly {
    readonly name: string;
    readonly facets: {
      readonly schema: { readonly fields: readonly { readonly name: string }[] };
      readonly columnLineage: { readonly fields: Readonly<Record<string, Field>> };
    };
    readonly outputFacets: { readonly outputStatistics?: { readonly rowCount: number } };
  }[];
}
const eventsOf = (text: string): LineageEvent[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LineageEvent);
const ofField = ({ inputFields }: Field): string[] =>
  inputFields.flatMap(({ name, field, transformations }) =>
    transformations.map(({ subtype }) => `${name.split('/').at(-1)}.${field} ${subtype}`),
  );

test('lineage in a file: what is read and written, and where each column comes from', async () => {
  const { code, stderr } = await small.run([
    ...['submit', 'join.json', '--conf', 'lineage=lineage.jsonl'],
  ]);
  expect(code, stderr).toBe(0);
  const [start, end, ...others] = eventsOf(readFileSync(join(small.root, 'lineage.jsonl'), 'utf8'));
  expect(others).toEqual([]);
  expect([start!.eventType, end!.eventType]).toEqual(['START', 'COMPLETE']);
  expect(end!.run.runId).toBe(start!.run.runId);
  expect(end!.run.runId).toMatch(
    /^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
  );
  expect(end!.job.name).toBe('small.v1');
  const at = onS3 ? expect.stringMatching(/^s3:\/\/[^/]+$/) : 'file';
  expect(end!.inputs).toEqual([
    { namespace: at, name: expect.stringMatching(/data\/clicks$/) },
    { namespace: at, name: expect.stringMatching(/data\/views$/) },
  ]);
  const [output] = end!.outputs;
  expect(output).toMatchObject({ namespace: at, name: expect.stringMatching(/out\/small_v1$/) });
  expect(output!.outputFacets.outputStatistics).toMatchObject({ rowCount: 40 });
  expect(start!.outputs[0]!.outputFacets).toEqual({});
  const columns = ['user', 'doubled', 'ts', 'spent_price_sum_1d', 'share', 'ds'];
  expect(output!.facets.schema.fields.map(({ name }) => name)).toEqual(columns);
  const { fields } = output!.facets.columnLineage;
  const looked = ['clicks.ts JOIN', 'clicks.user JOIN'];
  const seen = [
    ...looked,
    'views.price AGGREGATION',
    'views.price FILTER',
    'views.ts JOIN',
    'views.user AGGREGATION',
    'views.user JOIN',
  ];
  expect(Object.fromEntries(Object.entries(fields).map(([n, of]) => [n, ofField(of)]))).toEqual({
    user: ['clicks.user IDENTITY'],
    doubled: ['clicks.price TRANSFORMATION'],
    ts: ['clicks.ts IDENTITY'],
    spent_price_sum_1d: seen,
    share: ['clicks.price TRANSFORMATION', ...seen],
  });
});

/** A server that answers every request so, and what it was sent. */
async function listen(status: number) {
  const heard: { url: string; headers: IncomingHttpHeaders; body: string }[] = [];
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text) => {
      body += text;
    });
    request.on('end', () => {
      heard.push({ url: request.url!, headers: request.headers, body });
      response.writeHead(status).end('{}');
    });
  });
  await new Promise<void>((resolve) => {
    server!.listen(0, '127.0.0.1', resolve);
  });
  return { heard, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('lineage to a server, with a key that nothing else holds', async () => {
  const { heard, url } = await listen(201);
  const { code, stderr } = await small.run(['submit', 'join.json', '--conf', `lineage=${url}`], {
    OPENLINEAGE_API_KEY: 'very-secret',
  });
  expect(code, stderr).toBe(0);
  expect(heard.map((one) => [one.url, one.headers.authorization])).toEqual([
    ['/api/v1/lineage', 'Bearer very-secret'],
    ['/api/v1/lineage', 'Bearer very-secret'],
  ]);
  expect(heard.map(({ body }) => eventsOf(body)[0]!.eventType)).toEqual(['START', 'COMPLETE']);
  const runs = await small.run(['status', '--json']);
  expect(runs.stdout + stderr).not.toContain('very-secret');
});

test('a server that does not want it, or is not there, fails no run', async () => {
  const { url } = await listen(403);
  const refused = await small.run(['submit', 'join.json', '--conf', `lineage=${url}/own/path`]);
  expect(refused.code).toBe(0);
  expect(refused.stderr).toContain(`lineage: ${url} does not take lineage: HTTP 403`);
  expect(refused.stderr).toContain('OPENLINEAGE_API_KEY');
  server!.close();
  const gone = await small.run([
    ...['submit', 'join.json', '--reprocess', 'all', '--conf', `lineage=${url}`],
  ]);
  expect(gone.code).toBe(0);
  expect(gone.stderr).toContain(`lineage: ${url} does not answer`);
});

test('a run that fails says so to both', async () => {
  small.write('join.json', configOf([]));
  await small.spoil('views', '2023-11-16', 'price');
  const { code, stderr } = await small.run([
    ...['submit', 'join.json', '--step-days', '1'],
    ...['--conf', 'lineage=lineage.jsonl', '--conf', 'metrics=metrics/hindcast.prom'],
  ]);
  await small.table('views', plainRows);
  expect(code, stderr).toBe(1);
  const [, end] = eventsOf(readFileSync(join(small.root, 'lineage.jsonl'), 'utf8'));
  expect(end!.eventType).toBe('FAIL');
  expect(end!.run.facets['errorMessage']!.message).toContain('data.views');
  const metrics = samples('metrics/hindcast.prom');
  expect(metrics.get('hindcast_run_succeeded')).toBe(0);
  expect(metrics.get('hindcast_run_exit_code')).toBe(1);
  expect(metrics.get('hindcast_run_partitions committed')).toBeGreaterThan(0);
  expect(metrics.get('hindcast_run_partitions failed')).toBeGreaterThan(0);
});

/** Metric, and the value of its own label where it has one → value. */
function samples(file: string): Map<string, number> {
  const lines = readFileSync(join(small.root, file), 'utf8').split('\n');
  return new Map(
    lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const [, name, labels, value] = /^(\w+)\{(.*)\} (\S+)$/.exec(line)!;
        expect(labels).toContain('config="small.v1",kind="join"');
        const own = /^(?:state|direction)="(\w+)"/.exec(labels!)?.[1];
        return [own === undefined ? name! : `${name} ${own}`, Number(value)];
      }),
  );
}

test('metrics of a run, whole or not at all', async () => {
  const file = ['--conf', 'metrics=metrics/hindcast.prom'];
  const { code, stderr } = await small.run(['submit', 'join.json', ...file]);
  expect(code, stderr).toBe(0);
  const metrics = samples('metrics/hindcast.prom');
  expect(metrics.get('hindcast_run_info')).toBe(1);
  expect(metrics.get('hindcast_run_succeeded')).toBe(1);
  expect(metrics.get('hindcast_run_rows')).toBe(40);
  expect(metrics.get('hindcast_run_partitions committed')).toBe(4);
  expect(metrics.get('hindcast_output_latest_partition_seconds')).toBe(
    Date.parse('2023-11-18T00:00:00Z') / 1000,
  );
  expect(metrics.get('hindcast_run_end_time_seconds')).toBeGreaterThan(1.7e9);
  // A file in the way of the folder: the run is done all the same.
  small.write('taken', 'a file');
  const blocked = await small.run(['submit', 'join.json', '--conf', 'metrics=taken/hindcast.prom']);
  expect(blocked.code).toBe(0);
  expect(blocked.stderr).toContain('metrics: ');
  expect(existsSync(join(small.root, 'taken', 'hindcast.prom'))).toBe(false);
});

test.each([
  ['ftp://example.org/x', 'http(s)'],
  ['http://user:hidden@example.org', 'OPENLINEAGE_API_KEY'],
])('lineage=%s is refused', async (target, says) => {
  const { stderr } = await small.refuse(
    ['submit', 'join.json', '--conf', `lineage=${target}`],
    2,
    says,
  );
  expect(stderr).not.toContain('hidden');
});

test('each line of the log carries the run', async () => {
  const { stderr, code } = await small.run(['submit', 'join.json', '--log-format', 'json']);
  expect(code).toBe(0);
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; runId: string });
  expect(lines.map(({ type }) => type)).toContain('step-committed');
  expect(new Set(lines.map(({ runId }) => runId)).size).toBe(1);
  expect(lines[0]!.runId).toMatch(/^\d{8}T/);
});
