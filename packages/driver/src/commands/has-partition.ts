/** has-partition: whether a table has a partition, for sensors of a scheduler. */
import { HindcastError } from '@hindcast/shared/errors';
import { openStore } from '@hindcast/shared/store/open';
import type { Store } from '@hindcast/shared/store/store';
import { readTable } from '@hindcast/shared/table/partitions';
import { dayOf } from '@hindcast/shared/time/partition-spec';
import { checkpointReader } from '../checkpoint-reader.js';
import { openLauncher } from '../launch/open-launcher.js';
import { viewKey } from '../view-key.js';
import type { Command } from './command.js';
import { dayGiven } from './day-given.js';
import { requestOf } from './job-request.js';

/** @throws HindcastError kind `usage`: it would be waited for in vain */
async function refuseView(table: string, store: Store): Promise<void> {
  if ((await store.get(viewKey(table))) === null) return;
  throw new HindcastError('usage', `${table}: it is a view, which has no partitions`, {
    hint: 'Ask for a table that it is made of.',
  });
}

export async function hasPartitionCommand(command: Command): Promise<number> {
  const { args, settings } = command;
  const table = String(args['table']);
  const request = requestOf(command, '');
  const { format, column } = request.partitionSpec;
  const value = dayGiven(args['ds'], settings)!;
  dayOf(value, format);
  const store = await openStore(request.warehouse);
  const launcher = openLauncher({ ...request, executors: 1, kubernetes: null }, 'has-partition');
  try {
    const state = await readTable(store, table, {
      spec: { format, column: (args['partitionColumn'] as string | undefined) ?? column },
      mappedPath: request.tables[table] ?? null,
      readCheckpoint: checkpointReader(launcher),
    });
    if (state === null) {
      await store.checkRoot();
      await refuseView(table, store);
    }
    const there = state?.partitions.some((partition) => partition.value === value) === true;
    if (args['json'] === true)
      process.stdout.write(`${JSON.stringify({ table, partition: value, there })}\n`);
    if (there) return 0;
    const last = state?.partitions.at(-1)?.value;
    const error = new HindcastError('missing-input', `${table}: no partition ${value} yet`, {
      found:
        state === null
          ? `no such table in ${store.url}`
          : last === undefined
            ? 'a table without partitions'
            : `partitions up to ${last}`,
      hint: 'Look again later.',
    });
    if (args['json'] !== true) throw error;
    return error.exitCode;
  } finally {
    await launcher.close();
  }
}
