/** A schedule as a crontab. Cron knows no dependencies: each job waits for its inputs by itself. */
import { HindcastError } from '@hindcast/shared/errors';
import { shellWord, shellWords } from '../shell-words.js';
import type { Schedule, ScheduledJob } from './schedule.js';

export interface CrontabPlace {
  /** Shell text that runs Hindcast. */
  readonly command: string;
  /** Folder that jobs run in. */
  readonly folder: string;
  /** How long a job waits, as `--wait` takes it. */
  readonly wait: string;
  /** Options of every job. */
  readonly options: readonly string[];
}

const head = `# Written by \`hindcast export cron\`: export again after a change instead of editing this file.
# Times are of UTC: CRON_TZ says so where cron reads it; elsewhere the machine's own time has to be UTC.
CRON_TZ=UTC
`;

/** @throws HindcastError kind `config` for a line break, which a crontab can't hold */
export function renderCrontab({ jobs }: Schedule, place: CrontabPlace): string {
  return `${head}\n${jobs.map((job) => entry(job, place)).join('\n')}`;
}

function entry(job: ScheduledJob, { command, folder, wait, options }: CrontabPlace): string {
  const { verb, config, dayOption, cron, kind, name } = job;
  const words = [verb, config, dayOption, 'yesterday', '--wait', wait, ...options];
  const text = `cd ${shellWord(folder)} && ${command} ${shellWords(words)}`;
  if (/[\r\n]/.test(text)) {
    throw new HindcastError('config', `${JSON.stringify(config)}: a crontab holds no line breaks`, {
      found: JSON.stringify(text),
      hint: 'Rename what has one.',
    });
  }
  // Cron makes a line break of every % without a backslash.
  return `# ${kind} ${JSON.stringify(name)}\n${cron} ${text.replaceAll('%', '\\%')}\n`;
}
