/** Writes a table of statistics as it would be, from rows as a report has them. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { statisticsColumns as columns, statisticsOf } from '@hindcast/shared/plan/statistics';
import { openStore } from '@hindcast/shared/store/open';
import { commitDelta } from '@hindcast/shared/table/delta-commit';
import { tableKey } from '@hindcast/shared/table/partitions';
import { statisticsTag } from '../packages/driver/src/plan/statistics.js';
import type { FeatureStatistics } from '../packages/driver/src/report/feature-statistics.js';
import { quoteText, type Session } from '../packages/executor/src/scan/duckdb.js';

/**
 * @param output the table that they are of
 * @param session one that may write into the warehouse, a folder
 */
export async function writeStatistics(
  session: Session,
  warehouse: string,
  output: string,
  statistics: readonly FeatureStatistics[],
  partitionColumn = 'ds',
): Promise<void> {
  const key = tableKey(statisticsOf(output));
  const days = [...new Set(statistics.map(({ partition }) => partition))].sort();
  const add = [];
  for (const day of days) {
    const path = `${partitionColumn}=${day}/part-0.parquet`;
    const file = join(warehouse, key, path);
    mkdirSync(dirname(file), { recursive: true });
    const lines = statistics
      .filter(({ partition }) => partition === day)
      .map(({ partition: _, distinct, ...one }) =>
        JSON.stringify({ ...one, distinct_values: distinct }),
      );
    writeFileSync(`${file}.json`, lines.join('\n'));
    const types = columns.map(({ name, type }) => `${quoteText(name)}: ${quoteText(type)}`);
    await session.run(
      `COPY (SELECT * FROM read_json(${quoteText(`${file}.json`)}, columns = {${types.join(', ')}}, format = 'newline_delimited')) TO ${quoteText(file)} (FORMAT parquet)`,
    );
    add.push({
      path,
      partitionValues: { [partitionColumn]: day },
      size: statSync(file).size,
      modificationTime: 0,
      tags: null,
      stats: JSON.stringify({ numRecords: lines.length }),
    });
  }
  await commitDelta(await openStore(warehouse), key, {
    appId: 'statistics of a test',
    appVersion: 0,
    snapshot: null,
    partitionColumn,
    columns,
    configuration: { [statisticsTag]: output },
    add,
    remove: [],
    partitions: days,
    commitInfo: { operation: 'WRITE' },
    now: Date.now(),
  });
}
