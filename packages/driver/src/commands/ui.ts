/** ui: the warehouse's runs and tables in the browser, on this machine alone. */
import { resolve } from 'node:path';
import { HindcastError } from '@hindcast/shared/errors';
import { openStore } from '@hindcast/shared/store/open';
import { checkpointReader } from '../checkpoint-reader.js';
import { openLauncher } from '../launch/open-launcher.js';
import { partitionSpecOf } from '../settings.js';
import { respond } from '../ui/router.js';
import { serve } from '../ui/serve.js';
import type { Command } from './command.js';
import { Signals } from './signals.js';

/** Pages ask for little at a time: of checkpoints, statistics and some rows. */
const executors = 2;
const memoryBytes = 2 ** 30;

/** Serves until a signal ends it, which is how it ends well. */
export async function uiCommand({ args, settings, style }: Command): Promise<number> {
  const given = settings.warehouse.value;
  const warehouse = /^\w+:\/\//.test(given) ? given : resolve(given);
  const store = await openStore(warehouse);
  await store.checkRoot();
  const launcher = openLauncher({ warehouse, executors, memoryBytes }, 'ui');
  const context = {
    store,
    warehouse,
    spec: partitionSpecOf(settings),
    tables: settings.tables.value,
    launcher,
    readCheckpoint: checkpointReader(launcher),
  };
  try {
    const server = await serve(portOf(String(args['port'])), (url, gone) =>
      respond(context, url, gone),
    );
    const told =
      args['json'] === true ? JSON.stringify({ url: server.url, warehouse }) : server.url;
    process.stdout.write(`${told}\n`);
    process.stderr.write(
      style.dim(`Serving ${warehouse} to this machine alone; Ctrl-C ends it.\n`),
    );
    await ended();
    await server.close();
    return 0;
  } finally {
    launcher.interrupt();
    await launcher.close();
  }
}

function ended(): Promise<void> {
  return new Promise((done) => {
    const signals = new Signals(() => {
      signals.release();
      done();
    });
  });
}

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new HindcastError('usage', `--port ${text} is no port`, {
    hint: 'A number from 0 (any that is free) to 65535.',
  });
}
