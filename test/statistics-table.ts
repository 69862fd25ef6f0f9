/** Writes a table of statistics as it would be, from rows as a report has them. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openStore } from '@hindcast/shared/store/open';
import { commitDelta } from '@hindcast/shared/table/delta-commit';
import { tableKey } from '@hindcast/shared/table/partitions';
import {
  type FeatureStatistics,
  statisticsTable,
} from '../packages/driver/src/report/feature-statistics.js';
import { quoteText, type Session } from '../packages/executor/src/scan/duckdb.js';

const columns = [
  { name: 'column', type: 'VARCHAR' },
  { name: 'type', type: 'VARCHAR' },
  { name: 'rows', type: 'BIGINT' },
  { name: 'nulls', type: 'BIGINT' },
  { name: 'distinct_values', type: 'BIGINT' },
  { name: 'min', type: 'VARCHAR' },
  { name: 'max', type: 'VARCHAR' },
  { name: 'mean', type: 'DOUBLE' },
  { name: 'stddev', type: 'DOUBLE' },
  { name: 'quantiles', type: 'DOUBLE[]' },
  { name: 'top', type: 'STRUCT("value" VARCHAR, "rows" BIGINT)[]' },
];

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
  const key = tableKey(statisticsTable(output));
  const days = [...new Set(statistics.map(({ partition }) => partition))].sort();
  const add = [];
  for (const day of days) {
    const path = `${partitionColumn}=${day}/part-0.parquet`;
    const file = join(warehouse, key, path);
    mkdirSync(dirname(file), { recursive: true });
    const lines = statistics
      .filter(({ partition }) => partition === day)
      .map(({ partition: _, distinctValues, ...one }) =>
        JSON.stringify({ ...one, distinct_values: distinctValues }),
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
    configuration: {},
    add,
    remove: [],
    partitions: days,
    commitInfo: { operation: 'WRITE' },
    now: Date.now(),
  });
}
