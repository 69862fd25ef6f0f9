import {
  bootstrapPart,
  count,
  getJoinOutputTableName,
  groupBy,
  join,
  joinPart,
  query,
  select,
} from 'hindcast';
import { orders, payments } from '../shared.ts';

/** Another team's model. */
export const theirs = join({
  name: 'model_a.v1',
  outputNamespace: 'five',
  left: orders,
  rightParts: [
    joinPart({ groupBy: payments }),
    joinPart({
      groupBy: groupBy({
        name: 'number',
        sources: payments.sources,
        keys: ['user'],
        aggregations: [count('amount')],
        accuracy: 'TEMPORAL',
      }),
    }),
  ],
  rowIds: ['event_id'],
});

export const ours = join({
  name: 'model_b.v1',
  outputNamespace: 'five',
  left: orders,
  rightParts: [joinPart({ groupBy: payments })],
  rowIds: ['event_id'],
  bootstrapParts: [
    bootstrapPart({
      table: getJoinOutputTableName(theirs, { fullName: true }),
      // The features that are reused.
      query: query({ selects: select('event_id', 'payments_amount_sum_2d') }),
    }),
  ],
});
