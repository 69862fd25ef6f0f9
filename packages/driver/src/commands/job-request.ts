/** A command's arguments and settings → the job that they ask for. */
import { resolve } from 'node:path';
import { HindcastError, nearest } from '@hindcast/shared/errors';
import type { Windowing } from '@hindcast/shared/plan/task';
import { isS3Url } from '@hindcast/shared/store/s3-location';
import { defaultTolerance } from '../comparison-sql.js';
import { lineageTarget } from '../observe/send-lineage.js';
import type { JobRequest, KubernetesRequest } from '../request.js';
import {
  bytesOf,
  contextOf,
  executorsOf,
  memoryOf,
  partitionSpecOf,
  type Settled,
} from '../settings.js';
import type { Command } from './command.js';
import { dayGiven } from './day-given.js';
import { durationMs } from './duration.js';

export function requestOf({ args, settings }: Command, config: string): JobRequest {
  const executors = executorsOf(settings);
  const kubernetes = kubernetesOf(settings);
  const stepDays = args['stepDays'] as number | undefined;
  return {
    config,
    warehouse: settings.warehouse.value,
    startDs: dayGiven(args['startDs'], settings),
    endDs: dayGiven(args['endDs'], settings),
    windowing: windowingOf(settings.windowing.value),
    executors,
    memoryBytes: memoryOf(settings),
    mirrorBytes: bytesOf('--conf mirror', settings.mirror.value),
    stepDays: stepDays ?? null,
    parallelism: (args['parallelism'] as number | undefined) ?? 1,
    reprocess: args['reprocess'] as JobRequest['reprocess'],
    done: [],
    strictInputs: args['strictInputs'] === true,
    waitMs: args['wait'] === undefined ? null : durationMs('--wait', String(args['wait'])),
    statistics: switchOf('stats', settings.stats.value),
    drift: switchOf('drift', settings.drift.value),
    yes: args['yes'] === true,
    name: (args['name'] as string | undefined) ?? null,
    partitionSpec: partitionSpecOf(settings),
    tables: settings.tables.value,
    kubernetes,
    ...observersOf(settings),
  };
}

/**
 * Without an end the left's last partition is one, and a day that is late is not missed.
 * @throws HindcastError kind `usage` for a job that would wait and has no day to wait for
 */
export function refuseEndlessWait({ args }: Pick<Command, 'args'>): void {
  if (args['wait'] === undefined || args['endDs'] !== undefined) return;
  throw new HindcastError('usage', '--wait needs --end-ds: the day whose inputs it waits for', {
    hint: 'Give --end-ds yesterday, which is the last day that is over, or a date.',
  });
}

/**
 * The request of a label join: one label date, every one of a range, or without a start every one since
 * the last that was computed.
 * @throws HindcastError kind `usage` for several of these, or for none
 */
export function labelRequestOf(command: Command): JobRequest {
  const { labelDs, startDs, endDs } = command.args as Partial<Record<string, string>>;
  const hint =
    'Give --label-ds D, --start-ds D and --end-ds E for every label date between, or --end-ds E for all since the last.';
  if (labelDs !== undefined && (startDs !== undefined || endDs !== undefined)) {
    throw new HindcastError(
      'usage',
      '--label-ds is one label date, without --start-ds or --end-ds',
      {
        hint,
      },
    );
  }
  if (labelDs === undefined && endDs === undefined)
    throw new HindcastError('usage', 'label-join needs a label date', { hint });
  const request = requestOf(command, String(command.args['config']));
  return {
    ...request,
    labelJoin: true,
    startDs: dayGiven(labelDs, command.settings) ?? request.startDs,
    endDs: dayGiven(labelDs, command.settings) ?? request.endDs,
  };
}

/** @throws HindcastError kind `usage` for what is no share */
export function toleranceOf({ args }: Pick<Command, 'args'>): number {
  const text = args['tolerance'] as string | undefined;
  if (text === undefined) return defaultTolerance;
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value < 1) return value;
  throw new HindcastError('usage', `--tolerance ${text} is no share of a value`, {
    hint: 'Write a number of at least 0 and below 1, for example 1e-6.',
  });
}

function kubernetesOf(settings: Settled): KubernetesRequest | null {
  const context = contextOf(settings.master.value);
  const deployMode = settings.deployMode.value;
  if (deployMode !== 'client' && deployMode !== 'cluster')
    throw new HindcastError('usage', `--deploy-mode ${deployMode}: it is client or cluster`);
  if (context === null) {
    if (deployMode === 'client') return null;
    throw new HindcastError('usage', '--deploy-mode cluster is for --master k8s://<context>');
  }
  if (!isS3Url(settings.warehouse.value)) {
    throw new HindcastError('usage', `pods can't see the warehouse ${settings.warehouse.value}`, {
      hint: 'With --master k8s://… the warehouse is on S3: --warehouse s3://bucket/prefix.',
    });
  }
  const unseen = Object.entries(settings.tables.value).find(([, place]) => !isS3Url(place));
  if (unseen !== undefined)
    throw new HindcastError(
      'usage',
      `pods can't see ${unseen[1]}, where ${unseen[0]} is mapped to`,
    );
  return {
    context,
    deployMode,
    driverServiceAccount: settings.k8sDriverServiceAccount.value,
    form: {
      namespace: settings.k8sNamespace.value,
      image: settings.k8sImage.value,
      serviceAccount: settings.k8sServiceAccount.value,
      secret: settings.k8sSecret.value,
      cpu: settings.k8sCpu.value,
      scratch: settings.k8sScratch.value,
    },
  };
}

function switchOf(name: string, text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on';
  throw new HindcastError('usage', `--conf ${name}=${text}: it is on or off`);
}

/** Paths are kept whole: a retry may come from another folder. */
function observersOf({ lineage, metrics }: Settled): Pick<JobRequest, 'lineage' | 'metrics'> {
  const target = lineage.value === '' ? null : lineageTarget(lineage.value);
  return {
    ...(target === null
      ? {}
      : { lineage: typeof target === 'string' ? resolve(target) : target.href }),
    ...(metrics.value === '' ? {} : { metrics: resolve(metrics.value) }),
  };
}

function windowingOf(text: string): Windowing {
  if (text === 'exact' || text === 'sawtooth') return text;
  const match = nearest(text, ['exact', 'sawtooth']);
  throw new HindcastError('usage', `unknown windowing "${text}"`, {
    hint: match === undefined ? 'It is exact or sawtooth.' : `Did you mean "${match}"?`,
  });
}
