/** The manifests of infra/, as a real API server takes them: dry runs, every field known. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from './control-plane.js';

const manifests = fileURLToPath(new URL('../../infra/kubernetes', import.meta.url));
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
afterAll(() => plane.stop());

const dryRun = ['apply', '--dry-run=server', '--validate=strict'] as const;

describe.each(files.filter(isKustomization))('%s', (path) => {
  const folder = join(manifests, path, '..');

  test('is accepted as a whole', async () => {
    const { code, stdout, stderr } = await plane.kubectl(...dryRun, '-k', folder);
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
  const names = new Set([...text.matchAll(/^[ -]*([a-z]\w+):/gm)].map(([, name]) => name!));

  test('is accepted by itself', async () => {
    const { code, stderr } = await plane.kubectl(...dryRun, '-n', 'hindcast', '-f', at(path));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('is refused with any of its fields misspelt', async () => {
    for (const name of names) {
      const typo = join(tmpdir(), `hindcast-typo-${process.pid}.yaml`);
      writeFileSync(typo, text.replace(new RegExp(`^([ -]*)${name}:`, 'm'), `$1${name}x:`));
      const { code, stderr } = await plane.kubectl(...dryRun, '-n', 'hindcast', '-f', typo);
      expect({ name, code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(`${name}|not set|required`),
      });
    }
  });
});

function at(path: string): string {
  return join(manifests, path);
}
