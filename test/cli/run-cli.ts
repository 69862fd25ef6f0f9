/** The built command line as a process, and small configs for it. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export const entry = fileURLToPath(new URL('../../packages/driver/dist/cli.js', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function cli(
  args: readonly string[],
  options: {
    cwd?: string;
    env?: Record<string, string>;
    killWith?: NodeJS.Signals;
    afterMs?: number;
  } = {},
): Promise<CliResult> {
  const child = spawn(process.execPath, [entry, ...args], {
    cwd: options.cwd === undefined ? process.cwd() : resolve(options.cwd),
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (options.killWith !== undefined)
    setTimeout(() => child.kill(options.killWith), options.afterMs ?? 0);
  return collect(child);
}

/** What a process says, and how it ends. */
export function collect(
  child: ChildProcessByStdio<Writable | null, Readable, Readable>,
): Promise<CliResult> {
  return new Promise((settle, fail) => {
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.on('error', fail);
    child.on('close', (code) => settle({ code, stdout, stderr }));
  });
}

export interface EventsConfig {
  readonly name: string;
  readonly left: string;
  readonly right: string;
  readonly leftSelects?: Readonly<Record<string, string>>;
  readonly selects?: Readonly<Record<string, string>>;
  readonly leftTime?: string;
  readonly time?: string;
  readonly wheres?: readonly string[];
  readonly keys?: readonly string[];
  readonly aggregations?: readonly object[];
  readonly parts?: readonly object[];
}

/** A join of events with events: SUM and COUNT of price by user over a day and without a window. */
export function eventsConfig(options: EventsConfig): object {
  const { name, left, right } = options;
  const windows = [{ length: 1, timeUnit: 1 }];
  const part = {
    groupBy: {
      metaData: { name: 'views.v1' },
      sources: [
        {
          events: {
            table: right,
            query: {
              selects: options.selects ?? { user: 'user', price: 'price' },
              wheres: options.wheres ?? [],
              timeColumn: options.time ?? 'ts',
            },
          },
        },
      ],
      keyColumns: options.keys ?? ['user'],
      aggregations: options.aggregations ?? [
        { inputColumn: 'price', operation: 7, windows },
        { inputColumn: 'price', operation: 6, windows },
        { inputColumn: 'price', operation: 13, argMap: { k: '3' } },
      ],
      accuracy: 0,
    },
  };
  return {
    metaData: { name, outputNamespace: 'out' },
    left: {
      events: {
        table: left,
        query: {
          selects: options.leftSelects ?? { user: 'user' },
          timeColumn: options.leftTime ?? 'ts',
        },
      },
    },
    joinParts: options.parts ?? [part],
  };
}

export function writeEventsConfig(path: string, options: EventsConfig): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(eventsConfig(options)));
}
