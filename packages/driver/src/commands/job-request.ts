/** A command's arguments and settings → the job that they ask for. */
import { HindcastError, nearest } from '@hindcast/shared/errors';
import type { Windowing } from '@hindcast/shared/plan/task';
import type { JobRequest } from '../request.js';
import { bytesOf, executorsOf, memoryOf, partitionSpecOf } from '../settings.js';
import type { Command } from './command.js';

export function requestOf({ args, settings }: Command, config: string): JobRequest {
  const executors = executorsOf(settings.master.value);
  const stepDays = args['stepDays'] as number | undefined;
  return {
    config,
    warehouse: settings.warehouse.value,
    startDs: (args['startDs'] as string | undefined) ?? null,
    endDs: (args['endDs'] as string | undefined) ?? null,
    windowing: windowingOf(settings.windowing.value),
    executors,
    memoryBytes: memoryOf(settings.memory.value, executors),
    mirrorBytes: bytesOf('--conf mirror', settings.mirror.value),
    stepDays: stepDays ?? null,
    parallelism: (args['parallelism'] as number | undefined) ?? 1,
    reprocess: args['reprocess'] === 'all' ? 'all' : 'missing',
    done: [],
    strictInputs: args['strictInputs'] === true,
    yes: args['yes'] === true,
    name: (args['name'] as string | undefined) ?? null,
    partitionSpec: partitionSpecOf(settings),
    tables: settings.tables.value,
  };
}

function windowingOf(text: string): Windowing {
  if (text === 'exact' || text === 'sawtooth') return text;
  const match = nearest(text, ['exact', 'sawtooth']);
  throw new HindcastError('usage', `unknown windowing "${text}"`, {
    hint: match === undefined ? 'It is exact or sawtooth.' : `Did you mean "${match}"?`,
  });
}
