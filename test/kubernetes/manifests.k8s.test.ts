/** The manifests of infra/, as a real API server takes them: dry runs, every field known. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from './control-plane.js';

const manifests = fileURLToPath(new URL('../../infra/kubernetes', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'hindcast-manifests-'));
const files = (readdirSync(manifests, { recursive: true }) as string[])
  .filter((path) => path.endsWith('.yaml'))
  .sort();
const resources = files.filter((path) => path.startsWith('base/') && !isKustomization(path));

function isKustomization(path: string): boolean {
  return path.endsWith('kustomization.yaml');
}

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
  // A dry run makes no namespace for what comes after it.
  const made = await plane.kubectl('apply', '-f', join(manifests, 'base/namespace.yaml'));
  expect(made).toMatchObject({ code: 0, stderr: '' });
});
afterAll(async () => {
  await plane?.stop();
  rmSync(folder, { recursive: true });
});

/** Without these it is some other object, or none. */
const identity = new Set(['apiVersion', 'kind', 'metadata', 'name']);
const dryRun = ['apply', '--dry-run=server', '--validate=strict'] as const;

describe.each(files.filter(isKustomization))('%s', (path) => {
  test('is accepted as a whole', async () => {
    const { code, stdout, stderr } = await plane.kubectl(...dryRun, '-k', at(`${path}/..`));
    // Warnings, as of pods that the namespace would refuse, come on stderr.
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.match(/^\S+/gm)!.map((name) => name.replace(/-[0-9a-z]{10}$/, ''))).toEqual(
      expect.arrayContaining([
        'namespace/hindcast',
        'serviceaccount/hindcast-driver',
        'serviceaccount/hindcast-executor',
        'role.rbac.authorization.k8s.io/hindcast-driver',
        'rolebinding.rbac.authorization.k8s.io/hindcast-driver',
        'cronjob.batch/front-fill',
      ]),
    );
  });
});

test('every manifest of the base is part of it', () => {
  const listed = readFileSync(join(manifests, 'base/kustomization.yaml'), 'utf8');
  for (const path of resources) expect(listed).toContain(`- ${path.slice('base/'.length)}`);
  expect(resources.length).toBeGreaterThan(3);
});

describe.each(resources)('%s', (path) => {
  const text = readFileSync(join(manifests, path), 'utf8');
  const written = [...text.matchAll(/^[ -]*([a-z]\w+):(?: |$)/gm)].map(([, field]) => field!);
  const fields = new Set(written.filter((field) => !identity.has(field)));

  test('is accepted by itself', async () => {
    const { code, stderr } = await plane.kubectl(...dryRun, '-n', 'hindcast', '-f', at(path));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('is refused with any of its fields misspelt', async () => {
    const typo = join(folder, 'typo.yaml');
    for (const field of fields) {
      writeFileSync(
        typo,
        text.replace(new RegExp(`^([ -]*)${field}:(?= |$)`, 'm'), `$1${field}x:`),
      );
      const { code, stderr } = await plane.kubectl(...dryRun, '-n', 'hindcast', '-f', typo);
      expect({ field, code }).toEqual({ field, code: 1 });
      expect(stderr).toContain(`${field}x`);
    }
  });
});

function at(path: string): string {
  return join(manifests, path);
}
