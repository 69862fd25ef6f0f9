/** What each user had bought in the 30 days before a checkout. */
import { count, eventSource, groupBy, join, joinPart, query, select, sum } from 'hindcast';

const purchases = groupBy({
  name: 'example.purchases.v1',
  sources: [
    eventSource({
      table: 'data.purchases',
      query: query({ selects: select('user_id', 'purchase_price'), timeColumn: 'ts' }),
    }),
  ],
  keys: ['user_id'],
  aggregations: [
    sum('purchase_price', { windows: ['30d'] }),
    count('purchase_price', { windows: ['30d'] }),
  ],
  accuracy: 'TEMPORAL',
});

export default join({
  name: 'example.training_set.v1',
  left: eventSource({
    table: 'data.checkouts',
    query: query({ selects: select('user_id'), timeColumn: 'ts' }),
  }),
  rightParts: [joinPart({ groupBy: purchases })],
});
