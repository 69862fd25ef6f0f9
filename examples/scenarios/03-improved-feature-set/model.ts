import { average, bootstrapPart, getJoinOutputTableName, groupBy, join, joinPart } from 'hindcast';
import { orders, payments } from '../shared.ts';

const inProduction = [joinPart({ groupBy: payments })];
const experimental = [
  joinPart({
    groupBy: groupBy({
      name: 'typical',
      sources: payments.sources,
      keys: ['user'],
      aggregations: [average('amount')],
      accuracy: 'TEMPORAL',
    }),
  }),
];

export const v1 = join({
  name: 'model.v1',
  outputNamespace: 'three',
  left: orders,
  rightParts: inProduction,
  rowIds: ['event_id'],
});

export const v2 = join({
  name: 'model.v2',
  outputNamespace: 'three',
  left: orders,
  rightParts: [...inProduction, ...experimental],
  rowIds: ['event_id'],
  bootstrapParts: [bootstrapPart({ table: getJoinOutputTableName(v1, { fullName: true }) })],
});
