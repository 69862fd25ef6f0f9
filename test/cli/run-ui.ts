/** `hindcast ui` as a process, on a port that is free. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type CliResult, collect, entry } from './run-cli.js';

export interface RunningUi {
  readonly url: string;
  readonly port: number;
  /** Ends it by a signal, and says how it ended. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<CliResult>;
}

export async function startUi(
  warehouse: string,
  cwd: string,
  env: Record<string, string> = {},
  args: readonly string[] = [],
): Promise<RunningUi> {
  const child = spawn(process.execPath, [entry, 'ui', '--port', '0', ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', HINDCAST_WAREHOUSE: warehouse, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const result = collect(child);
  const first = await Promise.race([
    once(child.stdout, 'data').then(([data]) => String(data)),
    result.then(({ stderr }) => Promise.reject(new Error(stderr))),
  ]);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(first)![0];
  return {
    url,
    port: Number(new URL(url).port),
    stop: (signal = 'SIGINT') => {
      child.kill(signal);
      return result;
    },
  };
}
