/** What a job command shows: progress on stderr, results at the end. */
import { logEvents, type Progress, showProgress } from '../progress.js';
import { renderResults } from '../render.js';
import type { RunResults } from '../results.js';
import { type Command, logsJson } from './command.js';

export function progressOf(command: Command): Progress {
  const { args, style } = command;
  if (logsJson(command)) return logEvents(process.stderr);
  const bars = process.stderr.isTTY === true && args['progress'] !== false && args['json'] !== true;
  return showProgress(process.stderr, bars, style);
}

export function showResults(results: RunResults, command: Command): void {
  if (command.args['json'] === true) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
  else if (!logsJson(command)) process.stderr.write(`${renderResults(results, command.style)}\n`);
}
