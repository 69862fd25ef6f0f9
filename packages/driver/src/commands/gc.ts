/** gc: what nothing needs any more, told, and with --yes deleted. */
import { HindcastError } from '@hindcast/shared/errors';
import { inGroups } from '@hindcast/shared/groups';
import { openStore } from '@hindcast/shared/store/open';
import { checkpointReader } from '../checkpoint-reader.js';
import { findGarbage } from '../garbage.js';
import { openLauncher } from '../launch/open-launcher.js';
import { count, size, summary } from '../wording.js';
import type { Command } from './command.js';

const deletedAtOnce = 1000;

export async function gcCommand({ args, settings, style }: Command): Promise<number> {
  const warehouse = settings.warehouse.value;
  const store = await openStore(warehouse);
  await store.checkRoot();
  const launcher = openLauncher({ warehouse, executors: 1, memoryBytes: 2 ** 30 }, 'gc');
  const sure = args['yes'] === true;
  try {
    const request = {
      keepDays: keepDaysOf(args['keep'] as string | undefined),
      archives: args['archives'] === true,
      now: Date.now(),
    };
    const found = await findGarbage(store, request, checkpointReader(launcher));
    if (sure)
      for (const { keys } of found)
        for (const some of inGroups(keys, deletedAtOnce)) await store.delete(some);
    if (args['json'] === true) {
      process.stdout.write(`${JSON.stringify({ deleted: sure, found }, null, 2)}\n`);
      return 0;
    }
    for (const { what, keys, objects, bytes } of found)
      process.stdout.write(`${what}: ${count(objects)} files, ${size(bytes)}: ${summary(keys)}\n`);
    const text =
      found.length === 0
        ? 'Nothing to delete.'
        : sure
          ? `${style.green('✓')} deleted`
          : 'Nothing was deleted: --yes does.';
    process.stderr.write(`${text}\n`);
    return 0;
  } finally {
    await launcher.close();
  }
}

function keepDaysOf(text = '30d'): number {
  const [, days] = /^(\d+)d$/.exec(text) ?? [];
  if (days !== undefined) return Number(days);
  throw new HindcastError('usage', `--keep ${text} is no number of days`, {
    hint: 'Write it as 30d.',
  });
}
