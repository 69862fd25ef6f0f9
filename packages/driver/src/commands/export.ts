/** export: the schedule of a project's configs as the file of a scheduler. */
import { basename, isAbsolute, relative, resolve, sep } from 'node:path';
import { loadProject, type ProjectConfig } from '@hindcast/shared/config/load-project';
import { HindcastError } from '@hindcast/shared/errors';
import { renderAirflow } from '../export/airflow.js';
import { renderCrontab } from '../export/crontab.js';
import { renderKubernetes } from '../export/kubernetes.js';
import { type Schedule, scheduleOf } from '../export/schedule.js';
import { partitionSpecOf, type Settings, type Settled } from '../settings.js';
import type { Command } from './command.js';
import { durationMs } from './duration.js';
import { requestOf } from './job-request.js';
import { writeOut } from './write-out.js';

export async function exportCommand(command: Command): Promise<number> {
  const { args, style } = command;
  const scheduler = String(args['scheduler']) as keyof typeof renderers;
  const settings = scheduler === 'kubernetes' ? inCluster(command) : command.settings;
  // What its jobs would refuse is refused here.
  requestOf({ ...command, settings }, '');
  durationMs('--wait', String(args['wait']));
  const configs = (await loadProject(args['more'] as readonly string[])).map(fromHere);
  const schedule = scheduleOf(configs, partitionSpecOf(settings));
  const text = renderers[scheduler]({ args, settings, schedule, configs });
  writeOut(text, args['output'], true);
  for (const warning of schedule.warnings)
    process.stderr.write(`${style.yellow('warning:')} ${warning}\n`);
  process.stderr.write(`${summaryOf(schedule)}\n`);
  return 0;
}

interface Exported extends Pick<Command, 'args' | 'settings'> {
  readonly schedule: Schedule;
  readonly configs: readonly ProjectConfig[];
}

const renderers = {
  airflow: ({ args, settings, schedule }: Exported): string =>
    renderAirflow(schedule, {
      ...placeOf(args, settings),
      project: projectOf(args),
      waitSeconds: Math.round(durationMs('--wait', String(args['wait'])) / 1000),
      tableOptions: optionsOf(settings, ofTables),
      spec: partitionSpecOf(settings),
    }),
  cron: ({ args, settings, schedule }: Exported): string =>
    renderCrontab(schedule, { ...placeOf(args, settings), wait: String(args['wait']) }),
  kubernetes: ({ args, settings, schedule, configs }: Exported): string =>
    renderKubernetes(schedule, {
      project: projectOf(args),
      namespace: settings.k8sNamespace.value,
      image: settings.k8sImage.value,
      driverServiceAccount: settings.k8sDriverServiceAccount.value,
      secret: settings.k8sSecret.value,
      wait: String(args['wait']),
      settings: settingsOfPods(settings),
      compiled: new Map(configs.map(({ path, json }) => [path, json])),
    }),
} as const;

/** Drivers are pods of CronJobs, and executors are pods of theirs. */
function inCluster({ args, settings }: Command): Settled {
  if (args['master'] !== undefined) {
    throw new HindcastError('usage', '--master is for Airflow and cron', {
      found: String(args['master']),
      hint: 'Leave it out: CronJobs make their executors beside them.',
    });
  }
  return {
    ...settings,
    master: { value: 'k8s://in-cluster', origin: 'flag' },
    deployMode: { value: 'client', origin: 'flag' },
  };
}

/** A pod's own, in its variables. */
const ofPods: ReadonlySet<string> = new Set(['master', 'deployMode', 'k8sImage', 'k8sNamespace']);

function settingsOfPods(settings: Settled): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings)
      .filter(([name, { origin }]) => origin !== 'default' && !ofPods.has(name))
      .map(([name, { value }]) => [name, value]),
  );
}

/** By a path from this folder, where they lie below it: another machine has the folder elsewhere. */
function fromHere(config: ProjectConfig): ProjectConfig {
  const path = relative(process.cwd(), resolve(config.path));
  const isBelow = !isAbsolute(path) && path !== '..' && !path.startsWith(`..${sep}`);
  if (!isBelow) return { ...config, path: resolve(config.path) };
  return { ...config, path: path.startsWith('-') ? `./${path}` : path };
}

function placeOf(args: Command['args'], settings: Settled) {
  return {
    command: commandOf(args),
    folder: resolve(String(args['folder'] ?? '.')),
    options: optionsOf(settings, null),
  };
}

function commandOf({ command }: Command['args']): string {
  const text = String(command);
  if (text.trim() !== '') return text;
  throw new HindcastError('usage', '--command is empty', {
    found: JSON.stringify(text),
    hint: 'Write what runs Hindcast there: /usr/local/bin/hindcast, or npx hindcast.',
  });
}

/** Of a sensor: which tables it looks at. */
const ofTables: ReadonlySet<string> = new Set([
  'warehouse',
  'dateFormat',
  's3Endpoint',
  's3PathStyle',
]);

const ownOptions: Readonly<Partial<Record<keyof Settings, string>>> = {
  warehouse: '--warehouse',
  master: '--master',
  memory: '--memory',
};

/** What was given to this command and its environment; the project's file is beside the jobs. */
function optionsOf(settings: Settled, names: ReadonlySet<string> | null): string[] {
  return (Object.keys(settings) as (keyof Settings)[]).flatMap((name) => {
    const { value, origin } = settings[name];
    if (origin !== 'flag' && origin !== 'environment') return [];
    if (names !== null && !names.has(name)) return [];
    const text = name === 'warehouse' ? fromAnywhere(String(value)) : String(value);
    const option = ownOptions[name];
    return option === undefined || (names !== null && name !== 'warehouse')
      ? ['--conf', `${name}=${text}`]
      : [option, text];
  });
}

function fromAnywhere(warehouse: string): string {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(warehouse) ? warehouse : resolve(warehouse);
}

/** What a label's value and a DAG's name may be. */
const projectPattern = /^[A-Za-z0-9]([\w.-]{0,48}[A-Za-z0-9])?$/;

function projectOf({ project }: Command['args']): string {
  if (project === undefined) {
    const name = basename(process.cwd()).replace(/[^A-Za-z0-9]+/g, '-');
    return name.slice(0, 50).replace(/^-+|-+$/g, '') || 'project';
  }
  if (projectPattern.test(String(project))) return String(project);
  throw new HindcastError('usage', `--project ${JSON.stringify(project)} is no name`, {
    hint: 'Write up to 50 letters, digits, "_", "-" and ".", letters or digits at both ends.',
  });
}

function summaryOf({ jobs }: Schedule): string {
  const lines = jobs.map(({ cron, kind, name, after }) => {
    const names = after.map(({ job }) => job).join(', ');
    return `  ${cron.padEnd(14)} ${kind} ${name}${names === '' ? '' : `, after ${names}`}`;
  });
  return [`${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'} (UTC):`, ...lines].join('\n');
}
