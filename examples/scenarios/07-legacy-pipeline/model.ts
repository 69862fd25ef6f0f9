import { bootstrapPart, join, joinPart, query } from 'hindcast';
import { orders, payments } from '../shared.ts';

/** Column of the join → column of the table of before. */
const legacyNames = { payments_amount_sum_2d: 'paid_in_two_days' };

export default join({
  name: 'model.v1',
  outputNamespace: 'seven',
  left: orders,
  rightParts: [joinPart({ groupBy: payments })],
  rowIds: ['event_id'],
  bootstrapParts: [
    bootstrapPart({
      table: 'legacy.features',
      query: query({ selects: { event_id: 'id', ...legacyNames } }),
    }),
  ],
});
