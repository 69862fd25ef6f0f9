import {
  average,
  count,
  eventSource,
  groupBy,
  join,
  joinPart,
  labelPart,
  query,
  select,
} from 'hindcast';

const payments = groupBy({
  name: 'payments',
  sources: [
    eventSource({
      table: 'shop.payments',
      query: query({ selects: select('customer', 'amount', 'is_declined'), timeColumn: 'ts' }),
    }),
  ],
  keys: ['customer'],
  aggregations: [
    count('amount', { windows: ['3d', '7d'] }),
    average('amount', { windows: ['7d'] }),
    average('is_declined', { windows: ['7d'] }),
  ],
  accuracy: 'TEMPORAL',
});

/** What is known a week later: chargebacks of the customer on the order's day and the six after it. */
const chargebacks = groupBy({
  name: 'chargebacks',
  sources: [
    eventSource({
      table: 'shop.chargebacks',
      query: query({ selects: select('customer', 'amount'), timeColumn: 'ts' }),
    }),
  ],
  keys: ['customer'],
  aggregations: [count('amount', { windows: ['7d'] })],
});

export default join({
  name: 'orders.v1',
  outputNamespace: 'fraud',
  left: eventSource({
    table: 'shop.orders',
    query: query({ selects: select('order_id', 'customer'), timeColumn: 'ts' }),
  }),
  rightParts: [joinPart({ groupBy: payments })],
  rowIds: ['order_id'],
  labelPart: labelPart({
    labels: [joinPart({ groupBy: chargebacks })],
    leftStartOffset: 7,
    leftEndOffset: 7,
    labelOfflineSchedule: '@daily',
  }),
});
