/**
 * Where options come from: flag, then HINDCAST_* environment, then the project's
 * hindcast.config.{ts,json}, then the user's file, then the default.
 */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, homedir, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { didYouMean, HindcastError } from '@hindcast/shared/errors';
import type { PartitionSpec } from '@hindcast/shared/time/partition-spec';
import { version } from './engine.js';

export interface Settings {
  /** Folder or `s3://bucket/prefix` that holds tables and runs. */
  readonly warehouse: string;
  /** Where tasks run: `local[N]`, `local[*]`, `k8s://<context>`. */
  readonly master: string;
  /** Of each executor. */
  readonly memory: string;
  /** `exact`, or `sawtooth` as Chronon rounds. */
  readonly windowing: string;
  /** `on` or `off`: whether statistics are kept beside output tables. */
  readonly stats: string;
  /** `on` or `off`: whether drift is checked where a config says so. */
  readonly drift: string;
  /** Column of dates by which tables are partitioned. */
  readonly partitionColumn: string;
  /** Of partitions: year, month and day in this order. */
  readonly dateFormat: string;
  /** Where S3 is; empty: as the AWS SDK finds it. */
  readonly s3Endpoint: string;
  /** Whether buckets stand in the path of URLs: `true`, `false`, or `auto`, where an endpoint is given. */
  readonly s3PathStyle: string;
  /** What an executor keeps of S3's objects on its disk, beyond what its task needs. */
  readonly mirror: string;
  /** OpenLineage events: a file to append to, or a URL; empty: nowhere. */
  readonly lineage: string;
  /** A file for the metrics of a run in Prometheus' format; empty: none. */
  readonly metrics: string;
  /** Pods that run side by side on Kubernetes. */
  readonly executors: string;
  /** Where the driver of `k8s://` runs: `client` (here) or `cluster` (in a pod). */
  readonly deployMode: string;
  readonly k8sNamespace: string;
  /** Of executors and drivers. */
  readonly k8sImage: string;
  /** Of executors. */
  readonly k8sServiceAccount: string;
  /** Of drivers in cluster mode. */
  readonly k8sDriverServiceAccount: string;
  /** Holds the AWS SDK's variables. */
  readonly k8sSecret: string;
  /** What a pod asks for: a Kubernetes quantity. */
  readonly k8sCpu: string;
  /** Disk that a pod asks for: a Kubernetes quantity. */
  readonly k8sScratch: string;
  /** Table name → folder or URL, for tables that live elsewhere. */
  readonly tables: Readonly<Record<string, string>>;
}

export type Origin = 'flag' | 'environment' | 'project' | 'user' | 'default';
export type Settled = {
  readonly [K in keyof Settings]: { readonly value: Settings[K]; readonly origin: Origin };
};

export const defaultSettings: Settings = {
  warehouse: 'warehouse',
  master: 'local[*]',
  memory: '2g',
  windowing: 'exact',
  stats: 'on',
  drift: 'on',
  partitionColumn: 'ds',
  dateFormat: 'yyyy-MM-dd',
  s3Endpoint: '',
  s3PathStyle: 'auto',
  mirror: '8g',
  lineage: '',
  metrics: '',
  executors: '4',
  deployMode: 'client',
  k8sNamespace: 'hindcast',
  k8sImage: `hindcast:${version}`,
  k8sServiceAccount: 'hindcast-executor',
  k8sDriverServiceAccount: 'hindcast-driver',
  k8sSecret: 'hindcast-s3',
  k8sCpu: '1',
  k8sScratch: '20Gi',
  tables: {},
};

export const settingNames: readonly string[] = Object.keys(defaultSettings);

/** Flags are those of the command line, by the settings' names; undefined where not given. */
export async function settle(
  flags: Partial<Record<keyof Settings, unknown>>,
  cwd: string,
): Promise<Settled> {
  const project = await readProject(cwd);
  const user = readUser();
  const entries = (Object.keys(defaultSettings) as (keyof Settings)[]).map((name) => {
    const variable = `HINDCAST_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
    const candidates: readonly [Origin, unknown][] = [
      ['flag', flags[name]],
      // A table's folder is no single text: tables come from files alone.
      ['environment', name === 'tables' ? undefined : process.env[variable]],
      ['project', project[name]],
      ['user', user[name]],
    ];
    const found = candidates.find(([, value]) => value !== undefined && value !== '');
    return [name, { value: found?.[1] ?? defaultSettings[name], origin: found?.[0] ?? 'default' }];
  });
  return Object.fromEntries(entries) as Settled;
}

async function readProject(cwd: string): Promise<Partial<Settings>> {
  const json = join(cwd, 'hindcast.config.json');
  const module = join(cwd, 'hindcast.config.ts');
  const file = existsSync(json) ? json : existsSync(module) ? module : null;
  if (file === null) return {};
  const { loadJson } = await import('@hindcast/shared/config/load');
  const config = checkSettings(await loadJson(file), file);
  const folder = dirname(resolve(file));
  return {
    ...config,
    ...(config.warehouse === undefined ? {} : { warehouse: beside(folder, config.warehouse) }),
    ...(config.lineage === undefined ? {} : { lineage: beside(folder, config.lineage) }),
    ...(config.metrics === undefined ? {} : { metrics: beside(folder, config.metrics) }),
    ...(config.tables === undefined
      ? {}
      : {
          tables: Object.fromEntries(
            Object.entries(config.tables).map(([name, path]) => [name, beside(folder, path)]),
          ),
        }),
  };
}

/** Relative paths in a project's file are meant from there. */
function beside(folder: string, url: string): string {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(url) ? url : resolve(folder, url);
}

function readUser(): Partial<Settings> {
  const home = process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
  const file = join(home, 'hindcast', 'config.json');
  if (!existsSync(file)) return {};
  try {
    return checkSettings(JSON.parse(readFileSync(file, 'utf8')), file);
  } catch (error) {
    if (error instanceof HindcastError) throw error;
    throw new HindcastError('config', `${file}: not JSON`, { found: (error as Error).message });
  }
}

/**
 * Every setting is known, and a text; `tables` is text by name.
 * @throws HindcastError kind `kind`, naming `place` and the setting
 */
export function checkSettings(
  config: unknown,
  place: string,
  kind: 'config' | 'usage' = 'config',
): Partial<Settings> {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new HindcastError(kind, `${place}: not an object of settings`, {
      found: JSON.stringify(config),
    });
  }
  for (const [name, value] of Object.entries(config)) {
    if (!settingNames.includes(name)) {
      throw new HindcastError(kind, `${place}: unknown setting "${name}"`, {
        hint: didYouMean(name, settingNames),
      });
    }
    const right = name === 'tables' ? isTextByName(value) : typeof value === 'string';
    if (right) continue;
    const wanted = name === 'tables' ? '{ "namespace.name": "folder" }' : 'a text';
    throw new HindcastError(kind, `${place}: ${name} is not ${wanted}`, {
      found: JSON.stringify(value),
    });
  }
  return config as Partial<Settings>;
}

function isTextByName(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((folder) => typeof folder === 'string');
}

export function partitionSpecOf({ partitionColumn, dateFormat }: Settled): PartitionSpec {
  const format = dateFormat.value;
  if (!/yyyy.*MM.*dd/.test(format)) {
    throw new HindcastError(
      'config',
      `the date format "${format}" has no year, month and day, in this order`,
      { hint: 'Partitions are ordered as text. Write yyyy, MM and dd, for example yyyyMMdd.' },
    );
  }
  return { column: partitionColumn.value, format };
}

/** `k8s://<context>` → the context; null for worker threads. */
export function contextOf(master: string): string | null {
  return /^k8s:\/\/(.+)$/.exec(master)?.[1] ?? null;
}

/** `local[4]`, `local[*]` or `local` → number of worker threads; for `k8s://…` that of pods. */
export function executorsOf({ master, executors }: Pick<Settled, 'master' | 'executors'>): number {
  if (contextOf(master.value) !== null)
    return numberOf(executors.value, 1000, `--conf executors=${executors.value}`);
  const match = /^local(?:\[(\d+|\*)\])?$/.exec(master.value);
  if (match === null) {
    throw new HindcastError('usage', `no launcher for --master ${master.value}`, {
      hint: 'Write local[N], local[*] for every core, or k8s://<context>.',
    });
  }
  if (match[1] === '*') return availableParallelism();
  return numberOf(match[1] ?? '1', 256, `--master ${master.value}`);
}

function numberOf(text: string, most: number, option: string): number {
  const wanted = Number(text);
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= most) return wanted;
  throw new HindcastError('usage', `${option}: between 1 and ${most} executors`);
}

/**
 * Settings of S3 to where the AWS SDK looks for them, in this process and in its threads.
 * @throws HindcastError kind `usage` for a path style that there is not
 */
export function applyS3({ s3Endpoint, s3PathStyle }: Settled): void {
  if (s3Endpoint.value !== '') process.env['AWS_ENDPOINT_URL_S3'] = s3Endpoint.value;
  const style = s3PathStyle.value;
  if (!/^(auto|true|false)$/.test(style)) {
    throw new HindcastError('usage', `s3PathStyle=${style}: it is auto, true or false`);
  }
  process.env['HINDCAST_S3_PATH_STYLE'] = style;
}

/** `512m`, `2g` → bytes per executor; all worker threads may have half of this machine's. */
export function memoryOf(settings: Pick<Settled, 'memory' | 'master' | 'executors'>): number {
  const text = settings.memory.value;
  const bytes = bytesOf('--memory', text);
  if (bytes < 64 * 2 ** 20)
    throw new HindcastError('usage', `--memory ${text} is too little`, {
      hint: 'Give an executor at least 64m.',
    });
  if (contextOf(settings.master.value) !== null) return bytes;
  return Math.floor(Math.min(bytes, totalmem() / 2 / executorsOf(settings)));
}

/** `512m`, `2g` → bytes. */
export function bytesOf(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kmgt])b?$/i.exec(text);
  if (match === null) {
    throw new HindcastError('usage', `${option} ${text} is no size`, { hint: 'Write 512m or 2g.' });
  }
  const units: Readonly<Record<string, number>> = {
    k: 2 ** 10,
    m: 2 ** 20,
    g: 2 ** 30,
    t: 2 ** 40,
  };
  return Number(match[1]) * units[match[2]!.toLowerCase()]!;
}
