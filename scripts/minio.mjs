// Finds or starts a MinIO for tests and for `npm run quickstart -- --s3`: HINDCAST_S3_ENDPOINT, else
// Docker where it runs, else a `minio` on PATH, else one that Go builds once.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { builtMinio } from './build-minio.mjs';

const image = 'minio/minio:RELEASE.2025-09-07T16-13-09Z';
const user = 'hindcast';
const password = 'hindcast-secret';
const mostPatienceMs = 60_000;

/**
 * A MinIO that answers, the environment with which the AWS SDK finds it, and how to stop it.
 * @param {{ data?: string, port?: number }} [options] folder that is kept; a folder of its own, removed at
 * the end, without. It counts only where this process starts the binary.
 */
export async function openMinio(options = {}) {
  const given = process.env['HINDCAST_S3_ENDPOINT'];
  if (given) {
    const { AWS_ACCESS_KEY_ID = user, AWS_SECRET_ACCESS_KEY = password } = process.env;
    await answers(given, () => null);
    return { endpoint: given, env: envOf(given, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), close };
  }
  if (runs('docker', ['info'])) return fromImage();
  const binary = runs('minio', ['--version']) ? 'minio' : await builtMinio();
  return fromBinary(binary, options);
}

const close = () => Promise.resolve();

function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 20_000 }).status === 0;
}

function envOf(endpoint, key, secret) {
  return {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: key,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_REGION: 'us-east-1',
    // Neither a machine's own profile nor its metadata service has a say.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

async function fromImage() {
  const keys = ['-e', `MINIO_ROOT_USER=${user}`, '-e', `MINIO_ROOT_PASSWORD=${password}`];
  const started = spawnSync(
    'docker',
    ['run', '--rm', '-d', '-p', '127.0.0.1::9000', ...keys, image, 'server', '/data'],
    { encoding: 'utf8' },
  );
  if (started.status !== 0) throw new Error(`docker can't run ${image}: ${started.stderr}`);
  const id = started.stdout.trim();
  const port = spawnSync('docker', ['port', id, '9000/tcp'], { encoding: 'utf8' }).stdout;
  const endpoint = `http://${port.trim().split('\n')[0]}`;
  await answers(endpoint, () => null);
  return {
    endpoint,
    env: envOf(endpoint, user, password),
    close: async () => {
      spawnSync('docker', ['stop', '-t', '1', id], { stdio: 'ignore' });
    },
  };
}

async function fromBinary(binary, { data, port }) {
  const folder = data ?? mkdtempSync(join(tmpdir(), 'hindcast-minio-'));
  const address = `127.0.0.1:${port ?? (await freePort())}`;
  // When this process dies, however it does, the pipe ends and takes MinIO along.
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      '"$@" </dev/null & pid=$!; cat >/dev/null; kill $pid; wait $pid',
      'sh',
      ...[binary, 'server', '--quiet', '--address', address, folder],
    ],
    {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: {
        ...process.env,
        MINIO_ROOT_USER: user,
        MINIO_ROOT_PASSWORD: password,
        MINIO_BROWSER: 'off',
        MINIO_UPDATE: 'off',
      },
    },
  );
  let said = '';
  child.stderr.on('data', (text) => {
    said = `${said}${text}`.slice(-2000);
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const endpoint = `http://${address}`;
  await answers(endpoint, () => (child.exitCode === null ? null : said));
  child.unref();
  child.stdin.unref();
  child.stderr.unref();
  return {
    endpoint,
    env: envOf(endpoint, user, password),
    close: async () => {
      child.ref();
      child.stdin.end();
      await ended;
      if (data === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** @param failure what a process said that ended instead; null while it runs */
async function answers(endpoint, failure) {
  const start = Date.now();
  for (;;) {
    const reply = await fetch(`${endpoint}/minio/health/live`).catch((error) => error);
    if (reply.ok) return;
    const said = failure();
    if (said !== null || Date.now() - start > mostPatienceMs)
      throw new Error(`no MinIO answers at ${endpoint}: ${said ?? reply.message ?? reply.status}`);
    await sleep(50);
  }
}
