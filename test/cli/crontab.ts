/** A crontab as cron reads it. */
import { spawn } from 'node:child_process';
import { type CliResult, collect } from './run-cli.js';

export interface CronLine {
  readonly fields: readonly string[];
  /** What the shell gets. */
  readonly command: string;
}

/** @throws Error for a line that is none of: comment, variable, five fields and a command */
export function readCrontab(text: string): CronLine[] {
  if (!text.endsWith('\n')) throw new Error('cron passes over a last line that does not end');
  return text.split('\n').flatMap((line): CronLine[] => {
    if (line.trim() === '' || line.startsWith('#') || /^\w+=\S*$/.test(line)) return [];
    const [, five, rest] = /^((?:[\d*,/-]+ ){5})(\S.*)$/.exec(line) ?? [];
    if (five === undefined) throw new Error(`no line of a crontab: ${line}`);
    // An unescaped % ends the command; what follows would be its input.
    if (/(?<!\\)%/.test(rest!)) throw new Error(`a bare % in ${line}`);
    return [{ fields: five.trim().split(' '), command: rest!.replaceAll('\\%', '%') }];
  });
}

/** Runs a command as cron does, by /bin/sh and with next to no environment. */
export function runAsCron(
  { command }: CronLine,
  env: Readonly<Record<string, string>> = {},
  /** Gets what it says on stderr. */
  heard: (text: string) => void = () => {},
): Promise<CliResult> {
  const child = spawn('/bin/sh', ['-c', command], {
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: '/', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr.on('data', (data) => heard(String(data)));
  return collect(child);
}
