import {
  contextualSource,
  eventSource,
  externalPart,
  getStagingQueryOutputTableName,
  join,
  joinPart,
  query,
  select,
  stagingQuery,
} from 'hindcast';
import { payments } from '../shared.ts';

/** Orders of before there was a log, and logged requests since. */
export const driver = stagingQuery({
  name: 'driver.v1',
  outputNamespace: 'two',
  query: `
    WITH log_drivers AS (
      SELECT event_id, user, ts, ds FROM (
        SELECT event_id, user, ts, ds, row_number() OVER (PARTITION BY event_id, ds ORDER BY ts DESC) AS rank
        FROM two.model_v1_logged
        WHERE ds BETWEEN '{{ start_date }}' AND '{{ end_date }}' AND ds > '2024-03-03'
      ) a WHERE rank = 1
    ), init_drivers AS (
      SELECT event_id, user, ts, ds FROM shop.orders
      WHERE ds BETWEEN '{{ start_date }}' AND '{{ end_date }}' AND ds <= '2024-03-03'
    )
    SELECT * FROM log_drivers UNION ALL SELECT * FROM init_drivers`,
  startPartition: '2024-03-01',
});

export const model = join({
  name: 'model.v1',
  outputNamespace: 'two',
  left: eventSource({
    table: getStagingQueryOutputTableName(driver, { fullName: true }),
    query: query({ selects: select('event_id', 'user'), timeColumn: 'ts' }),
  }),
  rightParts: [joinPart({ groupBy: payments })],
  rowIds: ['event_id'],
  onlineExternalParts: [externalPart(contextualSource([['event_id', 'STRING']]))],
  bootstrapFromLog: true,
  online: true,
});
