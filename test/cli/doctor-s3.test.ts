/** doctor for a warehouse on S3: each misconfiguration is named, and how to mend it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { minioMs, type TestMinio, useMinio } from '../minio.js';
import { type Asked, type FaultyStore, openProxy } from '../s3-proxy.js';
import { type CliResult, cli } from './run-cli.js';

const root = mkdtempSync(join(tmpdir(), 'hindcast-doctor-'));
let minio: TestMinio;
let proxy: FaultyStore;
beforeAll(async () => {
  minio = await useMinio();
  proxy = await openProxy(minio.endpoint);
}, minioMs);
beforeEach(() => {
  proxy.fault = () => null;
});
afterAll(async () => {
  await proxy.close();
  await minio.close();
  rmSync(root, { recursive: true, force: true });
});

function doctor(url: string, env: Record<string, string> = {}): Promise<CliResult> {
  const endpoint = { AWS_ENDPOINT_URL_S3: proxy.endpoint };
  return cli(['doctor', '--warehouse', url], {
    cwd: root,
    // A MinIO that the tests were given is behind the proxy, too.
    env: { ...minio.env, ...endpoint, HINDCAST_S3_ENDPOINT: '', XDG_CONFIG_HOME: root, ...env },
  });
}

async function finds(url: string, says: string | RegExp, env = {}): Promise<string> {
  const { code, stdout } = await doctor(url, env);
  expect(code, stdout).toBe(3);
  expect(stdout).toMatch(says);
  expect(stdout).toMatch(/✗ .*\n {2}mend: \S/);
  // Never a secret.
  expect(stdout).not.toMatch(minio.env['AWS_SECRET_ACCESS_KEY']!);
  return stdout;
}

const writes = ({ method }: Asked): boolean => method === 'PUT' || method === 'DELETE';

test('all is well', async () => {
  const { code, stdout } = await doctor(minio.newUrl('doctor'));
  expect(code, stdout).toBe(0);
  for (const name of ['bucket', 'clock', 'writing', 'conditional writes'])
    expect(stdout).toMatch(`✓ ${name}: `);
});

test('no bucket', async () => {
  const stdout = await finds('s3://no-such-bucket/w', /✗ bucket: .*there is no such bucket/);
  expect(stdout).toMatch('aws s3 mb');
});

test('no permission to read', async () => {
  proxy.fault = () => ({ kind: 'status', status: 403, code: 'AccessDenied' });
  await finds(minio.newUrl('doctor'), /✗ bucket: .*permission denied/);
});

test('no permission to write', async () => {
  proxy.fault = (asked) =>
    writes(asked) ? { kind: 'status', status: 403, code: 'AccessDenied' } : null;
  const stdout = await finds(minio.newUrl('doctor'), /✗ writing: can't write .*permission denied/);
  expect(stdout).toMatch(/mend: .*s3:PutObject/);
  expect(stdout).toMatch('✓ bucket: ');
});

test('conditional writes ignored', async () => {
  proxy.fault = (asked) =>
    asked.headers['if-none-match'] === undefined ? null : { kind: 'unconditional' };
  await finds(minio.newUrl('doctor'), /✗ conditional writes: .*ignores put-if-absent/);
});

test('conditional writes unknown', async () => {
  proxy.fault = (asked) =>
    asked.headers['if-none-match'] === undefined
      ? null
      : { kind: 'status', status: 501, code: 'NotImplemented' };
  await finds(minio.newUrl('doctor'), /✗ conditional writes: .*does not know this request/);
});

test('clock off', async () => {
  proxy.fault = () => ({ kind: 'clock off', ms: 20 * 60_000 });
  const stdout = await finds(minio.newUrl('doctor'), /✗ clock: .* 20 minutes behind the store's/);
  expect(stdout).toMatch('mend: Set it (NTP)');
});

test('a clock so far off that the store refuses', async () => {
  proxy.fault = () => ({ kind: 'status', status: 403, code: 'RequestTimeTooSkewed' });
  await finds(minio.newUrl('doctor'), /✗ bucket: .*this machine's clock is off/);
});

test.each([
  ['a wrong secret', { AWS_SECRET_ACCESS_KEY: 'wrong' }, /the secret key does not fit/],
  ['an unknown key', { AWS_ACCESS_KEY_ID: 'nobody' }, /the access key is unknown there/],
  ['no credentials', { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }, /no credentials/],
  ['no endpoint', { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' }, /nothing answers/],
  ['no such host', { AWS_ENDPOINT_URL_S3: 'http://no-such-host.invalid' }, /name/],
])('%s', async (_, env, says) => {
  await finds(minio.newUrl('doctor'), says, env);
});

test('an expired credential', async () => {
  proxy.fault = () => ({ kind: 'status', status: 400, code: 'ExpiredToken' });
  await finds(minio.newUrl('doctor'), /the credentials have expired/);
});
