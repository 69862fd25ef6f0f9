/** A control plane with one node and infra's base, as tests of Jobs and drivers need them. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { builtControlPlane } from '../../scripts/build-control-plane.mjs';
import { type ControlPlane, startControlPlane } from './control-plane.js';
import { ProcessKubelet } from './process-kubelet.js';

const repository = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Of the base. */
export const namespace = 'hindcast';

export interface Installation {
  readonly plane: ControlPlane;
  readonly node: ProcessKubelet;
  stop(): Promise<void>;
}

export async function install(): Promise<Installation> {
  const plane = await startControlPlane();
  const node = await ProcessKubelet.start(plane, {
    entrypoint: ['node', '/opt/hindcast/packages/driver/bin/hindcast.js'],
    folders: { '/opt/hindcast': repository, '/opt/kubectl': join(await builtControlPlane(), '..') },
  });
  const applied = await plane.kubectl('apply', '-k', join(repository, 'infra/kubernetes/base'));
  expect(applied).toMatchObject({ code: 0, stderr: '' });
  return {
    plane,
    node,
    stop: async () => {
      await node.stop();
      await plane.stop();
    },
  };
}
