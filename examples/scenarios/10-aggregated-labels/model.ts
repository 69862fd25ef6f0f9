import { eventSource, groupBy, join, joinPart, labelPart, query, select, sum } from 'hindcast';
import { orders, payments } from '../shared.ts';

const chargebacks = groupBy({
  name: 'chargebacks',
  sources: [
    eventSource({
      table: 'shop.chargebacks',
      query: query({ selects: select('user', 'amount'), timeColumn: 'ts' }),
    }),
  ],
  keys: ['user'],
  aggregations: [sum('amount', { windows: ['3d'] })],
});

export default join({
  name: 'model.v1',
  outputNamespace: 'ten',
  left: orders,
  rightParts: [joinPart({ groupBy: payments })],
  rowIds: ['event_id'],
  labelPart: labelPart({
    labels: [joinPart({ groupBy: chargebacks })],
    leftStartOffset: 3,
    leftEndOffset: 3,
    labelOfflineSchedule: '@daily',
  }),
});
