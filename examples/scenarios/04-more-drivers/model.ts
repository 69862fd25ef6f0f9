import {
  bootstrapPart,
  eventSource,
  getJoinOutputTableName,
  getStagingQueryOutputTableName,
  join,
  joinPart,
  query,
  select,
  stagingQuery,
} from 'hindcast';
import { orders, payments } from '../shared.ts';

const rightParts = [joinPart({ groupBy: payments })];

/** The drivers of before, and those of another place where the model is to work. */
export const driver = stagingQuery({
  name: 'driver.v2',
  outputNamespace: 'four',
  query: `
    SELECT event_id, user, ts, ds FROM shop.orders WHERE ds BETWEEN '{{ start_date }}' AND '{{ end_date }}'
    UNION ALL
    SELECT event_id, user, ts, ds FROM shop.views WHERE ds BETWEEN '{{ start_date }}' AND '{{ end_date }}'`,
  startPartition: '2024-03-01',
});

export const v1 = join({
  name: 'model.v1',
  outputNamespace: 'four',
  left: orders,
  rightParts,
  rowIds: ['event_id'],
});

export const v2 = join({
  name: 'model.v2',
  outputNamespace: 'four',
  left: eventSource({
    table: getStagingQueryOutputTableName(driver, { fullName: true }),
    query: query({ selects: select('event_id', 'user'), timeColumn: 'ts' }),
  }),
  rightParts,
  rowIds: ['event_id'],
  bootstrapParts: [bootstrapPart({ table: getJoinOutputTableName(v1, { fullName: true }) })],
});
