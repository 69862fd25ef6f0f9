/** submit, and what retry has in common with it. */
import { createInterface } from 'node:readline/promises';
import { HindcastError, toErrorRecord } from '@hindcast/shared/errors';
import type { DefinitionChange } from '@hindcast/shared/plan/plan';
import { driverVariable } from '../launch/stage-job.js';
import type { JobRequest } from '../request.js';
import { interrupted, type RunResults } from '../results.js';
import type { RunFiles } from '../run-files.js';
import { submit } from '../submit.js';
import { type Command, logsJson } from './command.js';
import { refuseEndlessWait, requestOf } from './job-request.js';
import { progressOf, showResults } from './show.js';
import { Signals } from './signals.js';

export async function submitCommand(command: Command): Promise<number> {
  const request = requestOf(command, String(command.args['config']));
  refuseEndlessWait(command);
  if (command.args['dryRun'] === true) return (await import('./plan.js')).planCommand(command);
  return startJob(request, command);
}

/** Runs it from here, or has a pod do so. */
export async function startJob(request: JobRequest, command: Command): Promise<number> {
  if (request.kubernetes?.deployMode !== 'cluster') return runJob(request, command);
  return (await import('./submit-to-cluster.js')).submitToCluster(request, command);
}

/** @param resumed the run that is carried on; null for a new one */
export async function runJob(
  request: JobRequest,
  command: Command,
  resumed: RunFiles | null = null,
): Promise<number> {
  const { results, exitCode } = await runRequest(request, command, resumed);
  if (results !== null) showResults(results, command);
  return exitCode;
}

/**
 * Runs a request with progress on stderr. The first interrupt ends it cleanly, the second at once.
 * There are no results when it was interrupted before it had a plan.
 */
export async function runRequest(
  request: JobRequest,
  command: Command,
  resumed: RunFiles | null = null,
): Promise<{ readonly results: RunResults | null; readonly exitCode: number }> {
  const { args } = command;
  const progress = progressOf(command);
  const say = (text: string): void => {
    progress.stop();
    if (!logsJson(command)) process.stderr.write(`${text}\n`);
  };
  const controller = new AbortController();
  // A pod that is sent away leaves its Jobs to the next one.
  if (process.env[driverVariable] !== undefined) process.once('SIGTERM', () => process.exit(143));
  const signals = new Signals(() => {
    say('Stopping when the tasks that run now have ended; again stops at once.');
    controller.abort();
  });
  const signalCode = (): number => signals.exitCode ?? 130;
  try {
    const io = {
      onEvent: progress.onEvent,
      confirm: (question: string, changes: readonly DefinitionChange[]) => {
        if (process.stdin.isTTY === true) progress.showChanges(changes);
        return ask(question, progress.stop, controller.signal);
      },
      signal: controller.signal,
    };
    const results = await submit(request, io, resumed);
    const exitCode = results.status === 'interrupted' ? signalCode() : results.exitCode;
    return { results: { ...results, exitCode }, exitCode };
  } catch (error) {
    if (!(error instanceof HindcastError && error.kind === 'interrupted')) throw error;
    say('Stopped before anything was computed; nothing was changed.');
    const { stack: _, ...record } = toErrorRecord(interrupted());
    if (args['json'] === true) process.stdout.write(`${JSON.stringify({ error: record })}\n`);
    return { results: null, exitCode: signalCode() };
  } finally {
    progress.stop();
    signals.release();
  }
}

/** No on anything but a terminal, when interrupted, and when the input ends (Ctrl-D). */
async function ask(question: string, stopBars: () => void, signal: AbortSignal): Promise<boolean> {
  if (process.stdin.isTTY !== true) return false;
  stopBars();
  const readline = createInterface({ input: process.stdin, output: process.stderr });
  // A terminal that readline holds turns Ctrl-C into an event of its own.
  readline.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const ended = new Promise<string>((resolve) => {
    readline.once('close', () => resolve(''));
  });
  try {
    const answer = await Promise.race([readline.question(`${question} [y/N] `, { signal }), ended]);
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (signal.aborted || (error as NodeJS.ErrnoException).code === 'ABORT_ERR') return false;
    throw error;
  } finally {
    readline.close();
  }
}
