/**
 * What the fraud model knew at each checkout: the user's purchases and returns up to that
 * millisecond, and the user's profile as of the night before.
 */
import {
  average,
  count,
  entitySource,
  eventSource,
  groupBy,
  join,
  joinPart,
  lastK,
  query,
  select,
  sum,
} from 'hindcast';

const windows = ['3d', '14d', '30d'] as const;

export const purchases = groupBy({
  name: 'quickstart.purchases.v1',
  sources: [
    eventSource({
      table: 'data.purchases',
      query: query({ selects: select('user_id', 'purchase_price'), timeColumn: 'ts' }),
    }),
  ],
  keys: ['user_id'],
  aggregations: [
    sum('purchase_price', { windows }),
    count('purchase_price', { windows }),
    average('purchase_price', { windows }),
    lastK('purchase_price', 10),
  ],
  accuracy: 'TEMPORAL',
});

export const returns = groupBy({
  name: 'quickstart.returns.v1',
  sources: [
    eventSource({
      table: 'data.returns',
      query: query({ selects: select('user_id', 'refund_amt'), timeColumn: 'ts' }),
    }),
  ],
  keys: ['user_id'],
  aggregations: [
    sum('refund_amt', { windows }),
    count('refund_amt', { windows }),
    average('refund_amt', { windows }),
    lastK('refund_amt', 2),
  ],
  accuracy: 'TEMPORAL',
});

export const users = groupBy({
  name: 'quickstart.users.v1',
  sources: [
    entitySource({
      snapshotTable: 'data.users',
      query: query({ selects: select('user_id', 'account_created_ds', 'email_verified') }),
    }),
  ],
  keys: ['user_id'],
});

export default join({
  name: 'quickstart.training_set.v1',
  outputNamespace: 'quickstart',
  left: eventSource({
    table: 'data.checkouts',
    query: query({ selects: select('user_id'), timeColumn: 'ts' }),
  }),
  rightParts: [purchases, returns, users].map((group) => joinPart({ groupBy: group })),
  // Without it, too; hindcast export writes it for Airflow, Kubernetes or cron.
  offlineSchedule: '@daily',
});
