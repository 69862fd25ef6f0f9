/** A question about a join's table: executors answer it, and the answer goes to stdout. Nothing is written. */
import { loadConfig } from '@hindcast/shared/config/load';
import type { Join } from '@hindcast/shared/config/model';
import { HindcastError } from '@hindcast/shared/errors';
import { openStore } from '@hindcast/shared/store/open';
import type { Store } from '@hindcast/shared/store/store';
import type { Launcher } from '../launch/launcher.js';
import { openLauncher } from '../launch/open-launcher.js';
import type { JobRequest } from '../request.js';
import { newRunId } from '../run-files.js';
import { type Style, styleFor } from '../style.js';
import type { Command } from './command.js';
import { Signals } from './signals.js';

export interface Question<T> {
  readonly request: JobRequest;
  /** Of a config that is no join: what it lacks, and what to give instead. */
  readonly needs: { readonly lacks: string; readonly hint: string };
  readonly ask: (join: Join, store: Store, launcher: Launcher) => Promise<T>;
  /** Without `--json`. */
  readonly render: (answer: T, style: Style) => string;
  readonly exitCode: (answer: T) => number;
}

/** @returns the exit code; that of the signal when one stopped it */
export async function answer<T>(
  { args, color }: Command,
  { request, needs, ask, render, exitCode }: Question<T>,
): Promise<number> {
  const launcher = openLauncher(request, newRunId(new Date()));
  const signals = new Signals(() => launcher.interrupt());
  try {
    const join = await joinOf(request.config, needs);
    const found = await ask(join, await openStore(request.warehouse), launcher);
    // Colors are for the terminal that the text goes to.
    const style = styleFor(color && process.stdout.isTTY === true);
    const text = args['json'] === true ? JSON.stringify(found, null, 2) : render(found, style);
    process.stdout.write(`${text}\n`);
    return exitCode(found);
  } catch (error) {
    const isInterrupt = error instanceof HindcastError && error.kind === 'interrupted';
    if (signals.exitCode === null || !isInterrupt) throw error;
    process.stderr.write('Stopped; nothing was changed.\n');
    return signals.exitCode;
  } finally {
    signals.release();
    await launcher.close();
  }
}

async function joinOf(path: string, { lacks, hint }: Question<unknown>['needs']): Promise<Join> {
  const config = await loadConfig(path);
  if (config.kind === 'join') return config.join;
  const what = config.kind === 'groupBy' ? 'a GroupBy' : 'a StagingQuery';
  throw new HindcastError('config', `${path}: ${what} has ${lacks}`, { hint });
}
