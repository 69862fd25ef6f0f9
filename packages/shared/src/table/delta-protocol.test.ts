import { expect, test } from 'vitest';
import type { MetaDataAction, Protocol } from './delta-actions.js';
import { checkReadable, checkWritable, createdProtocol, isAppendOnly } from './delta-protocol.js';
import { schemaString } from './delta-schema.js';

function metaData(changes: Partial<MetaDataAction> = {}): MetaDataAction {
  return {
    id: 'id',
    format: { provider: 'parquet', options: {} },
    schemaString: schemaString([
      { name: 'a', type: 'BIGINT' },
      { name: 'ds', type: 'VARCHAR' },
    ]),
    partitionColumns: ['ds'],
    configuration: {},
    ...changes,
  };
}

const named = (features: readonly string[]): Protocol => ({
  minReaderVersion: 3,
  minWriterVersion: 7,
  readerFeatures: features,
  writerFeatures: features,
});

test('what is created here can be read and written', () => {
  checkReadable(createdProtocol, metaData(), 'ns/t');
  checkWritable(createdProtocol, metaData(), 'ns/t');
});

test.each<[string, Protocol]>([
  ['deletionVectors', named(['deletionVectors', 'timestampNtz'])],
  ['deletionVectors, v2Checkpoint', named(['deletionVectors', 'v2Checkpoint'])],
  ['aFeatureOfTomorrow', named(['aFeatureOfTomorrow'])],
  ['reader version 4', { minReaderVersion: 4, minWriterVersion: 7 }],
])('readers are told of %s', (found, protocol) => {
  expect(() => checkReadable(protocol, metaData(), 'ns/t')).toThrow(
    expect.objectContaining({
      kind: 'data',
      message: "ns/t: can't read this Delta table, its features are unknown here",
      found,
    }),
  );
});

test('readers need nothing for features that only writers must know', () => {
  checkReadable(named(['timestampNtz', 'vacuumProtocolCheck']), metaData(), 'ns/t');
  checkReadable(
    { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['x'] },
    metaData(),
    '',
  );
  checkReadable({ minReaderVersion: 3, minWriterVersion: 7 }, metaData(), 'ns/t');
});

test('column mapping is refused where it is on, and only there', () => {
  const mapped = metaData({ configuration: { 'delta.columnMapping.mode': 'name' } });
  const protocols = [named(['columnMapping']), { minReaderVersion: 2, minWriterVersion: 5 }];
  for (const protocol of protocols) {
    checkReadable(protocol, metaData(), 'ns/t');
    checkReadable(
      protocol,
      metaData({ configuration: { 'delta.columnMapping.mode': 'none' } }),
      'ns/t',
    );
    expect(() => checkReadable(protocol, mapped, 'ns/t')).toThrow(
      expect.objectContaining({ kind: 'data', found: 'columnMapping' }),
    );
  }
});

test.each<[string, Protocol]>([
  ['checkConstraints', { minReaderVersion: 1, minWriterVersion: 3 }],
  [
    'checkConstraints, changeDataFeed, generatedColumns',
    { minReaderVersion: 1, minWriterVersion: 4 },
  ],
  ['rowTracking', { ...createdProtocol, minWriterVersion: 7, writerFeatures: ['rowTracking'] }],
  ['writer version 8', { minReaderVersion: 1, minWriterVersion: 8 }],
])('writers are told of %s', (found, protocol) => {
  expect(() => checkWritable(protocol, metaData(), 'ns/t')).toThrow(
    expect.objectContaining({
      kind: 'data',
      message: "ns/t: can't write this Delta table, its features are unknown here",
      found,
    }),
  );
});

test('features of writer version 2 by their names are fine', () => {
  checkWritable(named(['appendOnly', 'invariants']), metaData(), 'ns/t');
  checkWritable({ minReaderVersion: 1, minWriterVersion: 7 }, metaData(), 'ns/t');
});

test('columns whose rules nobody would check are refused by name', () => {
  const field = (name: string, rest: object): object => ({ name, type: 'long', ...rest });
  const schema = JSON.stringify({
    type: 'struct',
    fields: [
      field('plain', { nullable: true, metadata: {} }),
      field('must', { nullable: false, metadata: {} }),
      field('positive', { nullable: true, metadata: { 'delta.invariants': '{}' } }),
      field('ds', { nullable: false, metadata: {} }),
    ],
  });
  expect(() => checkWritable(createdProtocol, metaData({ schemaString: schema }), 'ns/t')).toThrow(
    expect.objectContaining({
      kind: 'data',
      found: 'NOT NULL or an invariant on must, positive',
    }),
  );
});

test('append-only is a setting of the table', () => {
  expect(isAppendOnly(metaData())).toBe(false);
  expect(isAppendOnly(metaData({ configuration: { 'delta.appendOnly': 'false' } }))).toBe(false);
  expect(isAppendOnly(metaData({ configuration: { 'delta.appendOnly': 'True' } }))).toBe(true);
});
