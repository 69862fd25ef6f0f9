/** The Job of a driver: `--deploy-mode cluster`. When its pod dies, the next one carries the run on. */
import type { V1Job } from '@kubernetes/client-node';
import type { JobRequest } from '../request.js';
import { driverVariable, jobOf, ownerVariables } from './stage-job.js';

/** Drivers that died, as nodes do, beyond the first. */
const retries = 3;
const cli = '/opt/hindcast/packages/driver/dist/cli.js';
/**
 * What a driver ends with when it has said what is wrong, and no other pod would do better. Storage may:
 * it is exit 3, as wrong data is. A pod that is sent away ends with 143.
 */
const said = [1, 2, 4, 130];

export function driverJob(runId: string, request: JobRequest, warehouse: string): V1Job {
  const { form, driverServiceAccount } = request.kubernetes!;
  const name = `hindcast-${runId}-driver`.toLowerCase();
  const spec = {
    backoffLimit: retries,
    podFailurePolicy: {
      rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: said } }],
    },
  };
  return jobOf(runId, name, spec, form, {
    name: 'driver',
    command: ['node', cli, 'retry', runId, '--warehouse', warehouse, '--no-progress'].concat(
      request.yes ? ['--yes'] : [],
    ),
    env: [
      { name: driverVariable, value: runId },
      ...Object.entries(ownerVariables).map(([variable, label]) => ({
        name: variable,
        valueFrom: { fieldRef: { fieldPath: `metadata.labels['${label}']` } },
      })),
    ],
    serviceAccount: driverServiceAccount,
    memoryBytes: driverBytes,
    token: true,
  });
}

/** Plans, and the one thread that answers planning's questions. */
const driverBytes = 2 ** 30;
