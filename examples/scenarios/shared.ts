import { eventSource, groupBy, query, select, sum } from 'hindcast';

/** What a user paid in the two days before. */
export const payments = groupBy({
  name: 'payments',
  sources: [
    eventSource({
      table: 'shop.payments',
      query: query({ selects: select('user', 'amount'), timeColumn: 'ts' }),
    }),
  ],
  keys: ['user'],
  aggregations: [sum('amount', { windows: ['2d'] })],
  accuracy: 'TEMPORAL',
});

/** The orders, one training row each. */
export const orders = eventSource({
  table: 'shop.orders',
  query: query({ selects: select('event_id', 'user'), timeColumn: 'ts' }),
});
