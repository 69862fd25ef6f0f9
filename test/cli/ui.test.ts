/** `hindcast ui` as a process: whom it answers, what it shows of whatever lies in a warehouse, how it ends. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onS3, warehouseAt } from '../test-store.js';
import { type RunningUi, startUi } from './run-ui.js';
import { openSmallWarehouse, type SmallWarehouse, tableFiles } from './small-warehouse.js';

let small: SmallWarehouse;
let ui: RunningUi;
const scratch = (): string => join(small.root, 'scratch-ui');
const start = (args: readonly string[] = []): Promise<RunningUi> =>
  startUi(warehouseAt(small.warehouse), small.root, { TMPDIR: scratch() }, args);

beforeAll(async () => {
  small = await openSmallWarehouse();
  mkdirSync(scratch());
  small.config();
  const { code, stderr } = await small.run([
    ...['submit', 'join.json', '--step-days', '2', '--name', '<i>nightly</i>'],
  ]);
  expect(code, stderr).toBe(0);
  ui = await start();
});
afterAll(async () => {
  await ui?.stop();
  small.close();
});

interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Without tags, as a reader would see it. */
  readonly words: string;
}

/** Headers as given: `fetch` would not send some of them. */
function ask(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answered> {
  return new Promise((done, fail) => {
    const sent = request({ host: '127.0.0.1', port: ui.port, path, method, headers }, (answer) => {
      let body = '';
      answer.on('data', (data) => {
        body += data;
      });
      answer.on('end', () =>
        done({ status: answer.statusCode!, headers: answer.headers, body, words: wordsOf(body) }),
      );
    });
    sent.on('error', fail);
    sent.end();
  });
}

function wordsOf(page: string): string {
  return page
    .replace(/<(style|script)>.*?<\/\1>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

const pages = ['/', '/runs', '/tables', '/tables/out.small_v1', '/explain-row'];
const question = `ds=2023-11-17&where=${encodeURIComponent("user = 'u1'")}`;

describe('it answers', () => {
  test.each(pages)('%s, and lets the page load nothing', async (path) => {
    const { status, headers, body } = await ask(path);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
    });
    const policy = headers['content-security-policy'];
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^ ]+'; script-src 'sha256-/);
    expect(policy).toMatch(/frame-ancestors 'none'$/);
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(body).not.toMatch(/<link rel="stylesheet|<script src|<img|@import|url\(/);
    const head = await ask(path, {}, 'HEAD');
    expect([head.status, head.body]).toEqual([200, '']);
  });

  test('nobody from elsewhere', async () => {
    for (const [headers, says] of [
      [{ host: `rebound.example:${ui.port}` }, 'under no other name'],
      [{ origin: 'https://elsewhere.example' }, 'Another site asked'],
      [{ origin: 'null' }, 'Another site asked'],
      [{ 'sec-fetch-site': 'cross-site' }, 'Another site asked'],
      [{ 'sec-fetch-site': 'same-site' }, 'Another site asked'],
    ] as const) {
      const { status, body } = await ask(`/explain-row?${question}`, headers);
      expect([status, body]).toEqual([403, expect.stringMatching(says)]);
      expect(body).not.toMatch(/u1|small/);
    }
  });

  test('GET alone', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const { status, headers } = await ask('/', {}, method);
      expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
    }
  });

  test('on the loopback interface alone', async () => {
    const others = Object.values((await import('node:os')).networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const host of [...others.map(({ address }) => address), '127.0.0.2']) {
      const error = await new Promise((done) => {
        const socket = connect(ui.port, host, () => {
          socket.destroy();
          done(null);
        });
        socket.on('error', done);
      });
      expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    }
  });

  test.each([
    ['/nothing', 404, 'no page /nothing'],
    ['/runs/none', 404, 'no run &quot;none&quot;'],
    ['/runs/a/b', 404, 'no page'],
    ['/tables/out.small_v2', 404, 'Did you mean &quot;out.small_v1&quot;?'],
    ['/tables/..%2f..%2fetc%2fpasswd', 404, 'is no table name'],
    ['/tables/%3Cscript%3E', 404, '&quot;&lt;script&gt;&quot; is no table name'],
    ['/tables/%E0%A4%A', 404, 'no page'],
    ['/../../etc/passwd', 404, 'no page'],
    ['//elsewhere.example/', 404, 'no page'],
  ])('%s with a page that says what is wrong', async (path, status, says) => {
    const answer = await ask(path);
    expect([answer.status, answer.words]).toEqual([status, expect.stringMatching(says)]);
    expect(answer.body).not.toMatch(/<script>(?!\n?\(\(\))|passwd:/);
  });
});

test('runs lead to reports, tables to their history', async () => {
  const runs = await ask('/runs');
  expect(runs.words).toMatch(/1 in this warehouse, newest first/);
  expect(runs.words).toMatch(/succeeded join\.json &lt;i&gt;nightly&lt;\/i&gt; 4 40/);
  const run = /href="(\/runs\/[^"?]+)"/.exec(runs.body)![1]!;
  expect((await ask(run)).words).toMatch(/Join succeeded small\.v1 writes out\.small_v1/);
  const tables = await ask('/tables');
  expect(tables.words).toMatch(/out\.small_v1 Delta, version 1 4 2023-11-15 … 2023-11-18 40/);
  expect(tables.words).toMatch(/data\.clicks Parquet 4 2023-11-15 … 2023-11-18 –/);
  expect(tables.words).not.toMatch('daily_stats');
  const table = await ask('/tables/out.small_v1');
  expect(table.words).toMatch(/40 rows · 4 partitions by ds · 2023-11-15 … 2023-11-18/);
  expect(table.words).toMatch(
    /1 \d{4}-\d\d-\d\d [\d:]+ WRITE 2023-11-17, 2023-11-18 20 \+2 −0 run /,
  );
  expect(table.words).toMatch(
    /0 \d{4}-\d\d-\d\d [\d:]+ WRITE 2023-11-15, 2023-11-16 20 \+2 −0 run /,
  );
  expect(table.body).toMatch(`<a href="${run}">run `);
  expect(table.words).toMatch('The rows of 2023-11-18');
  expect(table.words).toMatch('5 columns over 4 partitions');
  const plain = await ask('/tables/data.clicks');
  expect(plain.words).toMatch('4 partitions by ds');
  expect(plain.words).not.toMatch('Commits of the Delta log');
});

test('a row is explained, or it is said why not', async () => {
  const { status, words } = await ask(`/explain-row?${question}`);
  expect(status).toBe(200);
  expect(words).toMatch('2023-11-17 where user = &#39;u1&#39; , row 1 of the 2 that match');
  expect(words).toMatch('out.small_v1 holds these values.');
  expect(words).toMatch(/price_sum_1d \d+ 1 d [\d +]+= \d+/);
  const one = await ask(`/explain-row?${question}&row=2&column=views_v1_price_sum_1d`);
  expect(one.words).toMatch('SUM of price over 1 d: from 2023-11-1');
  for (const [query, says] of [
    ['ds=2023-11-17&where=nobody+%3D+1', 'nobody'],
    ['ds=2023-11-17&where=1+%3D', 'can&#39;t run here'],
    ['ds=2024-01-01&where=true', 'no partition 2024-01-01'],
    ['ds=2023-11-17&where=user+%3D+%27%3Cb%3E%27', 'no row of the left'],
    ['where=true', 'partition is not given'],
    [`${question}&row=9`, '--row 9: 2 rows match'],
    [`${question}&column=views_v1_price_sum_2d`, 'Did you mean &quot;views_v1_price_sum_1d&quot;'],
  ] as const) {
    const answer = await ask(`/explain-row?${query}`);
    expect([answer.status, answer.words]).toEqual([422, expect.stringMatching(says)]);
    expect(answer.body).not.toMatch('<b>');
  }
});

test('a run that is no join is not explained in the place of another', async () => {
  for (const run of ['20231201T020000000-1f3a9c', '../../outside']) {
    const none = await ask(`/explain-row?${question}&run=${encodeURIComponent(run)}`);
    expect([none.status, none.words]).toEqual([
      422,
      expect.stringMatching(`no run "${run}" of a join`.replaceAll('"', '&quot;')),
    ]);
  }
});

test('hostile names and values of a table stay text', async () => {
  const hostile = `<img src=x onerror=alert(1)><script>alert(2)</script>`;
  await small.table(
    'hostile',
    `SELECT '${hostile}' AS "<b>${hostile}</b>", '2023-11-15' AS ds FROM range(3)`,
  );
  // A command that brings the table to wherever the warehouse is.
  const { code, stderr } = await small.run(['sql', 'SELECT count(*) FROM data.hostile']);
  expect(code, stderr).toBe(0);
  const { status, body, words } = await ask('/tables/data.hostile');
  expect(status).toBe(200);
  expect(words).toMatch('The rows of 2023-11-15 &lt;b&gt;&lt;img src=x');
  expect(body).not.toMatch(/<img|<b>|<script>alert/);
});

test('a row is explained by the definition of its run, wherever the config is by now', async () => {
  const config = join(small.root, 'join.json');
  const text = readFileSync(config, 'utf8');
  try {
    for (const left of [null, text.replace('"operation":7', '"operation":1'), 'no JSON']) {
      if (left === null) rmSync(config);
      else writeFileSync(config, left);
      const { status, words } = await ask(`/explain-row?${question}`);
      expect(status, words).toBe(200);
      expect(words).toMatch('out.small_v1 holds these values.');
      expect(words).toMatch('price_sum_1d');
      expect(words).not.toMatch('price_max_1d');
    }
  } finally {
    writeFileSync(config, text);
  }
});

// What happens to files here would have to be brought to S3 behind the UI's back.
describe.skipIf(onS3)('while it runs', () => {
  const runs = (): string => join(small.warehouse, '_hindcast/runs');

  test('runs that go on, crashed or left nothing have a state and a report', async () => {
    const from = join(runs(), readdirSync(runs()).sort()[0]!);
    const made = { going: process.pid, crashed: 2 ** 22 + 1 };
    for (const [name, pid] of Object.entries(made)) {
      const folder = join(runs(), `20990101T000000000-${name}`);
      mkdirSync(folder);
      for (const file of ['plan.json', 'request.json'])
        copyFileSync(join(from, file), join(folder, file));
      const lines = readFileSync(join(from, 'events.jsonl'), 'utf8').split('\n').slice(0, 4);
      writeFileSync(join(folder, 'events.jsonl'), `${lines.join('\n')}\n{"v":1,"at":17`);
      writeFileSync(join(folder, 'driver.json'), JSON.stringify({ host: hostname(), pid }));
    }
    const torn = join(runs(), '20990101T000000000-torn');
    mkdirSync(torn);
    for (const file of ['plan.json', 'request.json', 'driver.json', 'events.jsonl'])
      writeFileSync(join(torn, file), '{"torn');
    try {
      const { status, words } = await ask('/runs');
      expect(status).toBe(200);
      expect(words).toMatch(/4 in this warehouse.* crashed .* still going .* succeeded /);
      expect((await ask('/runs/20990101T000000000-going')).words).toMatch(
        'This run is still going.',
      );
      expect((await ask('/runs/20990101T000000000-crashed')).words).toMatch('This run crashed');
      expect((await ask('/runs/20990101T000000000-torn')).status).toBe(200);
      expect((await ask('/explain-row')).status).toBe(200);
      const older = await ask('/runs?before=20990101T000000000-crashed');
      expect(older.words).toMatch('1 before 20990101T000000000-crashed');
      expect((await ask('/runs?before=1')).words).toMatch('No run is earlier.');
    } finally {
      for (const name of [...Object.keys(made), 'torn'])
        rmSync(join(runs(), `20990101T000000000-${name}`), { recursive: true });
    }
  });

  test('a join whose log was compared lately can still be asked for', async () => {
    const runs = join(small.warehouse, '_hindcast/runs');
    const [own] = readdirSync(runs).sort();
    const compared = join(runs, '29991231T000000000-c0ffee');
    mkdirSync(compared);
    const read = (name: string) => JSON.parse(readFileSync(join(runs, own!, name), 'utf8'));
    const request = { ...read('request.json'), consistency: { tolerance: 0 } };
    writeFileSync(join(compared, 'request.json'), JSON.stringify(request));
    writeFileSync(
      join(compared, 'plan.json'),
      JSON.stringify({ ...read('plan.json'), job: 'consistency' }),
    );
    try {
      const { body } = await ask('/explain-row');
      expect(body).toContain(`<option value="${own}"`);
    } finally {
      rmSync(compared, { recursive: true });
    }
  });

  test('a run that kept no config says how to ask, and opens none', async () => {
    const ran = join(small.root, 'ran-by-old');
    const config = small.write(
      'it is old.ts',
      `import { appendFileSync } from 'node:fs';\n\nappendFileSync(${JSON.stringify(ran)}, 'x');\nexport default {};\n`,
    );
    const [own] = readdirSync(runs()).sort();
    const old = '29991231T000000000-01dc0d';
    const folder = join(runs(), old);
    mkdirSync(folder);
    copyFileSync(join(runs(), own!, 'plan.json'), join(folder, 'plan.json'));
    const request = JSON.parse(readFileSync(join(runs(), own!, 'request.json'), 'utf8'));
    const write = (changes: object): void =>
      writeFileSync(
        join(folder, 'request.json'),
        JSON.stringify({ ...request, config: join(small.root, config), ...changes }),
      );
    const asked = `/explain-row?${question}&row=2&column=views_v1_price_sum_1d&run=${old}`;
    try {
      write({});
      const none = await ask(asked);
      expect(none.status).toBe(422);
      expect(none.words).toMatch(`run ${old} kept no config`);
      expect(none.words).toMatch(
        `hindcast explain-row &#39;${join(small.root, config)}&#39; --ds 2023-11-17 --where &quot;user = &#39;u1&#39;&quot; --row 2 --column views_v1_price_sum_1d --windowing exact --warehouse ${small.warehouse}`,
      );
      // Such a request may be anybody's: what is pasted into a shell does one thing.
      write({ windowing: 'exact; touch x' });
      expect((await ask(asked)).words).toMatch('--windowing &#39;exact; touch x&#39;');
      // A driver in a pod had the config in its request.
      write({ compiled: JSON.parse(readFileSync(join(runs(), own!, 'config.json'), 'utf8')) });
      expect((await ask(asked)).words).toMatch('SUM of price over 1 d');
      writeFileSync(join(folder, 'config.json'), '{"torn');
      const torn = await ask(asked);
      expect([torn.status, torn.words]).toEqual([422, expect.stringMatching('is not JSON')]);
      writeFileSync(join(folder, 'config.json'), '{"metaData": {"name": "x"}}');
      expect((await ask(asked)).status).toBe(422);
      expect(existsSync(ran)).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a damaged table is told beside the others, and on its page', async () => {
    const log = join(small.warehouse, 'out/broken/_delta_log');
    mkdirSync(log, { recursive: true });
    writeFileSync(join(log, '00000000000000000000.json'), 'torn');
    try {
      const { status, words } = await ask('/tables');
      expect([status, words]).toEqual([200, expect.stringMatching(/out\.broken can't be read/)]);
      expect(words).toMatch('out.small_v1 Delta, version 1');
      const broken = await ask('/tables/out.broken');
      expect([broken.status, broken.words]).toEqual([500, expect.stringMatching('no JSON object')]);
    } finally {
      rmSync(join(small.warehouse, 'out/broken'), { recursive: true });
    }
  });

  test('statistics that cannot be read leave the rest of a table as it is', async () => {
    const folder = join(small.warehouse, 'out/small_v1_daily_stats/ds=2023-11-15');
    const file = join(folder, readdirSync(folder)[0]!);
    const data = readFileSync(file);
    writeFileSync(file, 'no');
    try {
      const { status, words } = await ask('/tables/out.small_v1');
      expect([status, words]).toEqual([200, expect.stringMatching(/Features .* History .* WRITE/)]);
    } finally {
      writeFileSync(file, data);
    }
  });

  test('it writes nothing', async () => {
    const before = tableFiles(small.warehouse);
    for (const path of [...pages, `/explain-row?${question}`]) await ask(path);
    expect(tableFiles(small.warehouse)).toEqual(before);
  });
});

test('a module is never run, whatever it would give', async () => {
  const ran = join(small.root, 'ran');
  const json = readFileSync(join(small.root, 'join.json'), 'utf8').replace('small.v1', 'module.v1');
  const module = `import { appendFileSync } from 'node:fs';\n\nappendFileSync(${JSON.stringify(ran)}, 'x');\nexport default ${json};\n`;
  small.write('module.ts', module);
  const { code, stderr } = await small.run(['submit', 'module.ts']);
  expect(code, stderr).toBe(0);
  expect(readFileSync(ran, 'utf8'), 'once, by submit').toBe('x');
  const run = runOf('module.ts', (await ask('/explain-row')).body);
  // What it is by now is another's to say.
  small.write('module.ts', `${module}throw new Error('never');\n`);
  const { status, words } = await ask(`/explain-row?${question}&run=${run}`);
  expect(status, words).toBe(200);
  expect(words).toMatch('out.module_v1 holds these values.');
  expect(readFileSync(ran, 'utf8')).toBe('x');
});

/** The run that stands for a config in the form. */
function runOf(config: string, page: string): string {
  const options = [...page.matchAll(/<option value="([^"]+)"[^>]*>[^<]*\(([^<]*)\)</g)];
  return options.find(([, , path]) => path!.endsWith(`/${config}`))![1]!;
}

test('an empty warehouse has pages that say what to do', async () => {
  const empty = join(small.root, 'empty');
  mkdirSync(empty, { recursive: true });
  const other = await startUi(warehouseAt(empty), small.root, { TMPDIR: scratch() });
  try {
    const read = async (path: string) => wordsOf(await (await fetch(`${other.url}${path}`)).text());
    expect(await read('/runs')).toMatch('No run yet.');
    expect(await read('/tables')).toMatch('No table yet.');
    expect(await read('/explain-row')).toMatch('No run of a join yet');
  } finally {
    expect(await other.stop()).toMatchObject({ code: 0 });
  }
});

test('a signal ends it well, with its scratch folder, even while it explains', async () => {
  const other = await start(['--json']);
  const waiting = fetch(`${other.url}/explain-row?${question}`).catch(() => null);
  await new Promise((done) => setTimeout(done, 300));
  const { code, stdout, stderr } = await other.stop('SIGTERM');
  await waiting;
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    { url: other.url, warehouse: warehouseAt(small.warehouse) },
  ]);
  expect(stderr).toMatch('Ctrl-C ends it');
  expect(readdirSync(scratch()).filter((name) => name.endsWith(`-${other.port}`))).toEqual([]);
});

test.each([
  ['a port in use', () => String(ui.port), /port \d+ of 127\.0\.0\.1 is in use/],
  ['a port that is none', () => '65536', /--port 65536 is no port/],
  ['a word', () => 'eighty', /--port eighty is no port/],
])('%s is a wrong command line', async (_, port, says) => {
  const { stderr } = await small.refuse(['ui', '--port', port()], 2, says);
  expect(stderr).toMatch(/hint: .*(--port 0 takes any that is free|from 0 \(any that is free\))/);
});
