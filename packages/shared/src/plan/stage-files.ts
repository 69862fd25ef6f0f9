/**
 * What a driver and pods leave each other in a folder of the store: `stage.json`, `tasks/<i>.json`,
 * `results/<i>.json`, `errors/<i>.json`. Names are known on both sides: listings may be behind.
 */
import type { ErrorRecord } from '../errors.js';
import type { StoreUse } from '../store/use.js';
import type { ExecutorOptions, TaskResult } from './task.js';

/** `stage.json`: what all pods of a stage have in common. */
export interface StageFile {
  readonly version: 1;
  /** Folders on a pod's disk are the pod's own. */
  readonly executor: Pick<ExecutorOptions, 'memoryBytes' | 'mirrorBytes' | 'threads'>;
}

export interface TaskReply {
  readonly result: TaskResult;
  readonly use: StoreUse;
}

export interface TaskFailure {
  readonly error: ErrorRecord;
  readonly pod: string;
}

export const stageFile = (folder: string): string => `${folder}/stage.json`;
export const taskFile = (folder: string, index: number): string => `${folder}/tasks/${index}.json`;
export const resultsFolder = (folder: string): string => `${folder}/results/`;
export const resultFile = (folder: string, index: number): string =>
  `${resultsFolder(folder)}${index}.json`;
export const errorFile = (folder: string, index: number): string =>
  `${folder}/errors/${index}.json`;

/** A pod's exit code for what no further try mends; any other but 0 is tried again. */
export const refusedExit = 42;

/** Environment of an executor's pod, beside what Kubernetes and the AWS SDK have there. */
export const podVariables = {
  warehouse: 'HINDCAST_WAREHOUSE',
  stage: 'HINDCAST_STAGE', // folder of the store
  index: 'JOB_COMPLETION_INDEX',
  name: 'HINDCAST_POD',
} as const;
