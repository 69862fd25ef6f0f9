/** Entry of a pod: the one task that its completion index picks, from the store and back to it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ErrorKind, HindcastError, toErrorRecord } from '@hindcast/shared/errors';
import {
  errorFile,
  podVariables,
  refusedExit,
  resultFile,
  type StageFile,
  stageFile,
  type TaskFailure,
  type TaskReply,
  taskFile,
} from '@hindcast/shared/plan/stage-files';
import type { Task, TaskResult } from '@hindcast/shared/plan/task';
import { openStore } from '@hindcast/shared/store/open';
import { adoptPlace } from '@hindcast/shared/store/s3-place';
import type { Store } from '@hindcast/shared/store/store';
import { runTimed } from './run-timed.js';
import { openRunner } from './runner.js';
import { Session } from './scan/duckdb.js';

/** What another try of the same task can't mend. */
const final: ReadonlySet<ErrorKind> = new Set(['usage', 'config', 'data', 'missing-input']);

// As the first process of a container it would not hear of it otherwise.
process.once('SIGTERM', () => process.exit(143));
adoptPlace();
process.exitCode = await run();

/** @returns the exit code */
async function run(): Promise<number> {
  const folder = variable(podVariables.stage);
  const index = Number(variable(podVariables.index));
  const warehouse = variable(podVariables.warehouse);
  try {
    const store = await openStore(warehouse);
    // A pod that was replaced may have done it already, and only its end was not seen.
    if ((await store.get(resultFile(folder, index))) !== null) return 0;
    const reply = await work(store, folder, index);
    await store.put(resultFile(folder, index), JSON.stringify(reply));
    say(`task ${index}: ${reply.result.kind}, ${reply.result.seconds.toFixed(2)} s`);
    return 0;
  } catch (error) {
    const record = toErrorRecord(error);
    const { kind, message, found, hint, stack } = record;
    say(`task ${index}: error: ${kind === 'bug' ? stack : message}`);
    if (found !== undefined) say(`  found: ${found}`);
    if (hint !== undefined) say(`  hint:  ${hint}`);
    const failure: TaskFailure = { error: record, pod: process.env[podVariables.name] ?? '' };
    await openStore(warehouse)
      .then((store) => store.put(errorFile(folder, index), JSON.stringify(failure)))
      .catch(() => say('  and it could not be written to the store'));
    return error instanceof HindcastError && final.has(error.kind) ? refusedExit : 1;
  }
}

async function work(store: Store, folder: string, index: number): Promise<TaskReply> {
  const { executor } = await read<StageFile>(store, stageFile(folder));
  const task = await read<Task>(store, taskFile(folder, index));
  const scratch = mkdtempSync(join(tmpdir(), 'hindcast-'));
  const options = {
    ...executor,
    warehouse: store.url,
    scratch,
    mirror: `${scratch}/objects`,
  };
  const session = await Session.open(options);
  try {
    const runner = await openRunner(session, options);
    const pod = process.env[podVariables.name] ?? 'pod';
    const result = (await runTimed(runner, task, pod)) as TaskResult;
    return { result, use: runner.use() };
  } finally {
    session.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function read<T>(store: Store, key: string): Promise<T> {
  const data = await store.get(key);
  if (data === null) throw new HindcastError('storage', `${store.url}/${key} is not there`);
  return JSON.parse(new TextDecoder().decode(data)) as T;
}

function variable(name: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== '') return value;
  say(`${name} is not set: this is the entry of a pod that a driver starts`);
  process.exit(refusedExit);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
