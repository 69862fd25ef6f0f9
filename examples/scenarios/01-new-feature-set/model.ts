import {
  eventSource,
  getStagingQueryOutputTableName,
  join,
  joinPart,
  query,
  select,
  stagingQuery,
} from 'hindcast';
import { payments } from '../shared.ts';

/** The driver table: each row is a training example. */
export const driver = stagingQuery({
  name: 'driver.v1',
  outputNamespace: 'one',
  query: `
    SELECT event_id, user, ts, ds FROM shop.orders
    WHERE ds BETWEEN '{{ start_date }}' AND '{{ end_date }}' AND user <> 'cem'`,
  startPartition: '2024-03-01',
});

export const model = join({
  name: 'model.v1',
  outputNamespace: 'one',
  left: eventSource({
    table: getStagingQueryOutputTableName(driver, { fullName: true }),
    query: query({ selects: select('event_id', 'user'), timeColumn: 'ts' }),
  }),
  rightParts: [joinPart({ groupBy: payments })],
  offlineSchedule: '@daily',
});
