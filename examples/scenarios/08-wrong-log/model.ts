import {
  bootstrapPart,
  contextualSource,
  eventSource,
  externalPart,
  getJoinOutputTableName,
  join,
  joinPart,
  query,
  select,
} from 'hindcast';
import { orders, payments } from '../shared.ts';

/** Serving was broken on one day: a join of its own computes what should have been served. */
export const backfill = join({
  name: 'backfill.v1',
  outputNamespace: 'eight',
  left: eventSource({
    table: 'shop.orders',
    query: query({
      selects: select('event_id', 'user'),
      timeColumn: 'ts',
      startPartition: '2024-03-05',
      endPartition: '2024-03-05',
    }),
  }),
  rightParts: [joinPart({ groupBy: payments })],
});

export const model = join({
  name: 'model.v1',
  outputNamespace: 'eight',
  left: orders,
  rightParts: [joinPart({ groupBy: payments })],
  rowIds: ['event_id'],
  onlineExternalParts: [externalPart(contextualSource([['event_id', 'STRING']]))],
  // The log has the lowest priority.
  bootstrapFromLog: true,
  bootstrapParts: [bootstrapPart({ table: getJoinOutputTableName(backfill, { fullName: true }) })],
});
