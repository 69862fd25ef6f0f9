import { count, entitySource, eventSource, groupBy, join, joinPart, query, select } from 'hindcast';

const users = groupBy({
  name: 'marketplace.users.v1',
  sources: [
    entitySource({
      snapshotTable: 'data.users',
      query: query({ selects: select('user_id', 'country', 'is_verified') }),
    }),
  ],
  keys: ['user_id'],
});

const views = groupBy({
  name: 'marketplace.views.v1',
  sources: [
    eventSource({
      table: 'data.views',
      query: query({ selects: select('listing', 'viewer'), timeColumn: 'ts' }),
    }),
  ],
  keys: ['listing'],
  aggregations: [count('viewer', { windows: ['1d'] })],
  accuracy: 'TEMPORAL',
});

export default join({
  name: 'view_features.v1',
  outputNamespace: 'marketplace',
  left: eventSource({
    table: 'data.views',
    query: query({ selects: select('viewer', 'host', 'listing'), timeColumn: 'ts' }),
  }),
  rightParts: [
    joinPart({ groupBy: users, keyMapping: { viewer: 'user_id' }, prefix: 'viewer' }),
    joinPart({ groupBy: users, keyMapping: { host: 'user_id' }, prefix: 'host' }),
    joinPart({ groupBy: views }),
  ],
});
