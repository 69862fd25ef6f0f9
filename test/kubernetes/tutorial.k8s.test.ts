/** The tutorial's chapter on Kubernetes, after those that it needs, on a cluster and a MinIO. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtControlPlane } from '../../scripts/build-control-plane.mjs';
import { copyRepository, newcomersEnvironment, readPage, stepsOf, walk } from '../docs/walk.js';
import { makeBucket, minioMs, type TestMinio, useMinio } from '../minio.js';
import { type Installation, install, namespace } from './installation.js';

const root = mkdtempSync(join(tmpdir(), 'hindcast-tutorial-'));
let minio: TestMinio;
let installation: Installation;
beforeAll(async () => {
  minio = await useMinio();
  await makeBucket('training');
  installation = await install();
}, minioMs);
afterAll(async () => {
  await installation?.stop();
  await minio?.close();
  rmSync(root, { recursive: true, force: true });
});

/** A folder for PATH. */
async function withKubectl(): Promise<string> {
  const folder = join(root, 'bin');
  mkdirSync(folder);
  const path = join(folder, 'kubectl');
  writeFileSync(path, `#!/bin/sh\nexec '${await builtControlPlane()}' kubectl "$@"\n`);
  chmodSync(path, 0o755);
  return folder;
}

test('a job that runs every night, from the tutorial', { timeout: 900_000 }, async () => {
  const clone = join(root, 'clone');
  await copyRepository(clone);
  // The base is applied already: applying it again changes nothing.
  const env = {
    ...newcomersEnvironment(),
    ...minio.env,
    KUBECONFIG: installation.plane.kubeconfig,
    PATH: `${await withKubectl()}:${process.env['PATH']}`,
  };
  const page = readPage('tutorial.md');
  const before = stepsOf(page, [1, 2, 3]).map((step) => ({ ...step, says: [] }));
  const chapter = stepsOf(page, [7]);
  expect(chapter.length).toBeGreaterThan(2);
  const steps = [...before, { line: 0, script: 'cd ..', says: [] }, ...chapter];
  const wrong = await walk(steps, clone, env);
  expect(wrong === null ? null : `${wrong}\n${await podsNow()}`).toBeNull();
});

async function podsNow(): Promise<string> {
  const { kubectl } = installation.plane;
  const jobs = await kubectl('describe', 'jobs,pods', '-n', namespace);
  const logs = await kubectl('logs', '-n', namespace, '-l', 'app.kubernetes.io/component=driver');
  return `${jobs.stdout}\n${logs.stdout}${logs.stderr}`;
}
