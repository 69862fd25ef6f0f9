/** report: a run's report.html, written from its files. */
import { toErrorRecord } from '@hindcast/shared/errors';
import { openStore } from '@hindcast/shared/store/open';
import { openLauncher } from '../launch/open-launcher.js';
import { reportFile, writeReport } from '../report/write-report.js';
import { openRun } from '../run-files.js';
import type { Command } from './command.js';
import { writeOut } from './write-out.js';

export async function reportCommand({ args, settings, style }: Command): Promise<number> {
  const warehouse = settings.warehouse.value;
  const store = await openStore(warehouse);
  const run = await openRun(store, (args['run'] as string | undefined) ?? null);
  const launcher = openLauncher({ warehouse, executors: 1, memoryBytes: 2 ** 30 }, 'report');
  try {
    const { page, problem } = await writeReport(run, launcher);
    if (problem !== null)
      process.stderr.write(
        `${style.yellow('warning:')} the report is not complete: ${toErrorRecord(problem).message}\n`,
      );
    const output = args['output'] as string | undefined;
    if (output !== undefined) writeOut(page, output);
    const report = output ?? store.address(`${run.folder}/${reportFile}`);
    const text =
      args['json'] === true ? JSON.stringify({ run: run.runId, report }, null, 2) : report;
    process.stdout.write(`${text}\n`);
    return 0;
  } finally {
    await launcher.close();
  }
}
