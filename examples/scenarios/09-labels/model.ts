import { entitySource, groupBy, join, joinPart, labelPart, query, select } from 'hindcast';
import { orders, payments } from '../shared.ts';

const fraud = groupBy({
  name: 'fraud',
  sources: [
    entitySource({
      snapshotTable: 'shop.fraud',
      query: query({ selects: select('user', 'is_fraud') }),
    }),
  ],
  keys: ['user'],
});

export default join({
  name: 'model.v1',
  outputNamespace: 'nine',
  left: orders,
  rightParts: [joinPart({ groupBy: payments })],
  rowIds: ['event_id', 'user'],
  labelPart: labelPart({
    labels: [joinPart({ groupBy: fraud })],
    leftStartOffset: 5,
    leftEndOffset: 2,
    labelOfflineSchedule: '@weekly',
  }),
});
