// The `minio` binary, built once with Go and kept below .cache/minio: about three minutes the first time.
import { spawn } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildOnce } from './build-once.mjs';

/** A version of github.com/minio/minio that the Go module proxy serves. */
const version = 'v0.0.0-20260212201848-7aac2a2c5b7c';
const cache = fileURLToPath(new URL('../.cache/minio', import.meta.url));

/** Path of the binary. Of several processes that ask at once one builds, and the others wait. */
export async function builtMinio() {
  const folder = join(cache, version);
  const binary = join(folder, 'minio');
  await buildOnce(cache, binary, () => build(folder));
  return binary;
}

async function build(folder) {
  process.stderr.write('Building MinIO with Go, once (about three minutes) …\n');
  const staging = `${folder}.${process.pid}`;
  const go = spawn('go', ['install', `github.com/minio/minio@${version}`], {
    // Outside of any Go module.
    cwd: cache,
    env: { ...process.env, GOFLAGS: '-mod=mod', GOBIN: staging, CGO_ENABLED: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  go.stderr.on('data', (text) => {
    said = `${said}${text}`.slice(-2000);
  });
  const why = await new Promise((resolve) => {
    go.once('error', ({ message }) => resolve(message));
    go.once('close', (code) =>
      resolve(code === 0 ? null : said.trim().split('\n').slice(-3).join('\n')),
    );
  });
  if (why !== null) {
    rmSync(staging, { recursive: true, force: true });
    throw new Error(
      `no MinIO, and Go could not build one: ${why}\n` +
        'Set HINDCAST_S3_ENDPOINT (and AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), start Docker, put a minio binary on PATH, or install Go.',
    );
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(staging, folder);
}
