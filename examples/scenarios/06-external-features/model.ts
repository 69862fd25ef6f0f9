import {
  bootstrapPart,
  contextualSource,
  externalPart,
  externalSource,
  join,
  joinPart,
  query,
} from 'hindcast';
import { orders, payments } from '../shared.ts';

export default join({
  name: 'model.v1',
  outputNamespace: 'six',
  left: orders,
  rightParts: [joinPart({ groupBy: payments })],
  rowIds: ['event_id'],
  onlineExternalParts: [
    // Comes with each request.
    externalPart(
      contextualSource([
        ['event_id', 'STRING'],
        ['request_context', 'STRING'],
      ]),
    ),
    // Answered by a service, and logged.
    externalPart(
      externalSource({
        name: 'service_user',
        team: 'users',
        keyFields: [['user', 'STRING']],
        valueFields: [
          ['country', 'STRING'],
          ['phone_country', 'STRING'],
        ],
      }),
    ),
  ],
  bootstrapParts: [
    bootstrapPart({
      table: 'shop.country',
      query: query({
        selects: {
          event_id: 'event_id',
          ext_contextual_request_context: 'request_context',
          ext_service_user_country: 'country',
        },
        startPartition: '2024-03-02',
        endPartition: '2024-03-04',
      }),
    }),
  ],
});
