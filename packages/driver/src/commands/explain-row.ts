/** explain-row: why one row of the training set has the values that it has. */
import { loadConfig } from '@hindcast/shared/config/load';
import type { Join } from '@hindcast/shared/config/model';
import { HindcastError } from '@hindcast/shared/errors';
import { openStore } from '@hindcast/shared/store/open';
import { explainRow } from '../explain-row.js';
import { openLauncher } from '../launch/open-launcher.js';
import { renderExplanation } from '../render-explanation.js';
import { newRunId } from '../run-files.js';
import { styleFor } from '../style.js';
import type { Command } from './command.js';
import { requestOf } from './job-request.js';
import { Signals } from './signals.js';

export async function explainRowCommand(command: Command): Promise<number> {
  const { args, color } = command;
  const request = requestOf(command, String(args['config']));
  const wanted = {
    where: String(args['where']),
    partition: String(args['ds']),
    row: (args['row'] as number | undefined) ?? 1,
    columns: (args['column'] as readonly string[] | undefined) ?? null,
    limit: (args['limit'] as number | undefined) ?? 1000,
  };
  const launcher = openLauncher({ ...request, executors: 1 }, newRunId(new Date()));
  const signals = new Signals(() => launcher.interrupt());
  try {
    const join = await joinOf(request.config);
    const store = await openStore(request.warehouse);
    const explanation = await explainRow(join, request, wanted, store, launcher);
    // Colors are for the terminal that the text goes to.
    const style = styleFor(color && process.stdout.isTTY === true);
    const text =
      args['json'] === true
        ? JSON.stringify(explanation, null, 2)
        : renderExplanation(explanation, style, wanted.columns !== null);
    process.stdout.write(`${text}\n`);
    return 0;
  } catch (error) {
    const { exitCode } = signals;
    if (exitCode === null || !(error instanceof HindcastError && error.kind === 'interrupted'))
      throw error;
    process.stderr.write('Stopped; nothing was changed.\n');
    return exitCode;
  } finally {
    signals.release();
    await launcher.close();
  }
}

async function joinOf(path: string): Promise<Join> {
  const config = await loadConfig(path);
  if (config.kind === 'join') return config.join;
  const what = config.kind === 'groupBy' ? 'a GroupBy' : 'a StagingQuery';
  throw new HindcastError('config', `${path}: ${what} has no left whose rows could be explained`, {
    hint: 'Explain a row of a join that uses it.',
  });
}
