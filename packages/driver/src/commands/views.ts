/** views: DDL of the views of a join with labels, for other engines. */
import { loadConfig } from '@hindcast/shared/config/load';
import { HindcastError } from '@hindcast/shared/errors';
import { openStore } from '@hindcast/shared/store/open';
import { tableKey } from '@hindcast/shared/table/partitions';
import { checkpointReader } from '../checkpoint-reader.js';
import { inspectViews, viewsNamed } from '../inspect-views.js';
import { createViewSql, labelViews, type View } from '../label-views-sql.js';
import { openLauncher } from '../launch/open-launcher.js';
import { joinIn } from '../plan-job.js';
import type { Dialect } from '../sql-dialect.js';
import { TableReader } from '../table-reader.js';
import { viewTables } from '../write-views.js';
import type { Command } from './command.js';
import { requestOf } from './job-request.js';
import { writeOut } from './write-out.js';

export async function viewsCommand(command: Command): Promise<number> {
  const { args, style } = command;
  const dialect = args['dialect'] as Dialect;
  const request = requestOf(command, String(args['config']));
  const join = joinIn(await loadConfig(request.config), request);
  const store = await openStore(request.warehouse);
  const launcher = openLauncher({ ...request, executors: 1 }, 'views');
  const read = checkpointReader(launcher);
  let views: readonly View[];
  let reads: readonly string[];
  try {
    const named = viewsNamed(join, request);
    const tables = await viewTables({ ...named, labelColumns: [] }, store, read);
    if (tables === null) {
      throw new HindcastError('missing-input', `${named.features} is not there yet`, {
        found: `no such table in ${store.url}`,
        hint: `Submit the join "${join.metaData.name}" first: its views read what it writes.`,
      });
    }
    const reader = new TableReader(store, request, read);
    const inspection = { request, tables: reader, store, launcher };
    // The join has labels: it would have no names for the views otherwise.
    const inspected = (await inspectViews(join, tables.features, tables.features, inspection))!;
    for (const warning of inspected.warnings) process.stderr.write(`${style.yellow(warning)}\n`);
    views = labelViews(inspected.views, tables, dialect);
    reads = tables.labels === null ? [named.features] : [named.features, named.labels];
  } finally {
    await launcher.close();
  }
  const text =
    args['json'] === true
      ? JSON.stringify({ dialect, reads, views }, null, 2)
      : [
          ...reads.map(
            (table) => `-- ${table} is the Delta table at ${store.address(tableKey(table))}`,
          ),
          ...views.map((view) => createViewSql(view, dialect)),
        ].join('\n');
  writeOut(`${text}\n`, args['output']);
  return 0;
}
