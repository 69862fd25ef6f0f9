/** quickstart: the specification's example on bundled data, through the same line as any job. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { explainFileError } from '@hindcast/shared/store/file-errors';
import { openStore } from '@hindcast/shared/store/open';
import { listTables } from '@hindcast/shared/table/partitions';
import { renderResults, renderVertical } from '../render.js';
import type { Command } from './command.js';
import { importTable } from './import.js';
import { runRequest } from './job.js';
import { requestOf } from './job-request.js';
import { runQuery } from './sql.js';

const data = fileURLToPath(new URL('../../data/quickstart', import.meta.url));
const tables = ['checkouts', 'purchases', 'returns', 'users'];

export async function quickstartCommand(command: Command): Promise<number> {
  const folder = String(command.args['folder']);
  const warehouse = (command.args['warehouse'] as string | undefined) ?? join(folder, 'warehouse');
  const config = join(folder, 'training_set.ts');
  try {
    mkdirSync(folder, { recursive: true });
    copyFileSync(join(data, 'training_set.ts'), config);
  } catch (error) {
    throw explainFileError(error, folder);
  }
  const store = await openStore(warehouse);
  const present = new Set(await listTables(store));
  const spec = { column: 'ds', format: 'yyyy-MM-dd' };
  for (const name of tables) {
    if (present.has(`data.${name}`)) continue;
    const { rows } = await importTable({
      file: join(data, `${name}.csv`),
      table: `data.${name}`,
      mode: 'error',
      warehouse,
      spec,
    });
    process.stderr.write(`data.${name}: ${rows} rows\n`);
  }
  const settings = {
    ...command.settings,
    warehouse: { value: warehouse, origin: 'flag' as const },
  };
  const request = requestOf({ ...command, settings }, config);
  const { results, exitCode } = await runRequest(request, command);
  if (results !== null) process.stderr.write(`${renderResults(results, command.style)}\n`);
  if (exitCode !== 0) return exitCode;
  const sql =
    'SELECT * FROM quickstart.quickstart_training_set_v1 ORDER BY user_id = 24 DESC, ts LIMIT 2';
  const { columns, rows } = await runQuery({ settings }, sql, null, null);
  const names = columns.map(({ name }) => name);
  if (command.args['json'] === true) {
    process.stdout.write(
      `${JSON.stringify(
        rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]]))),
        null,
        2,
      )}\n`,
    );
    return 0;
  }
  process.stdout.write(`\n${renderVertical(names, rows)}\n`);
  process.stderr.write(
    `\nThe join is in ${config}. Change it and see what follows:\n  npx hindcast plan ${config} --warehouse ${warehouse}\n`,
  );
  return 0;
}
