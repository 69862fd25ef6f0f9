/** What a Delta table asks of its readers and writers (PROTOCOL.md, "Table Features"). */
import { HindcastError } from '../errors.js';
import type { MetaDataAction, Protocol } from './delta-actions.js';
import { guardedColumns } from './delta-schema.js';

/** The protocol of tables that are created here. */
export const createdProtocol: Protocol = { minReaderVersion: 1, minWriterVersion: 2 };

/** Last version of each kind; from it on the features are listed by name. */
const featureReaderVersion = 3;
const featureWriterVersion = 7;

/** Reader features that ask nothing of who only scans Parquet by the names of columns. */
const readable = new Set(['timestampNtz', 'vacuumProtocolCheck']);
const writable = new Set(['appendOnly', 'invariants']);

/** Features that a writer version brings, on top of those of the versions before it. */
const featuresOfWriterVersion: readonly (readonly [
  version: number,
  features: readonly string[],
])[] = [
  [2, ['appendOnly', 'invariants']],
  [3, ['checkConstraints']],
  [4, ['changeDataFeed', 'generatedColumns']],
  [5, ['columnMapping']],
  [6, ['identityColumns']],
];

/** @throws HindcastError kind `data` naming the reader features that are unknown here */
export function checkReadable(protocol: Protocol, metaData: MetaDataAction, table: string): void {
  const version = protocol.minReaderVersion;
  const mapped = (metaData.configuration['delta.columnMapping.mode'] ?? 'none') !== 'none';
  const unknown = readerFeatures(protocol).filter(
    (feature) => !readable.has(feature) && (feature !== 'columnMapping' || mapped),
  );
  if (version <= featureReaderVersion && unknown.length === 0) return;
  throw new HindcastError(
    'data',
    `${table}: can't read this Delta table, its features are unknown here`,
    {
      found: unknown.length > 0 ? unknown.join(', ') : `reader version ${version}`,
      hint: 'Write it without these features, or rewrite it as a table of reader version 1.',
    },
  );
}

/**
 * @throws HindcastError kind `data` naming the writer features that are unknown here, or the columns
 * whose rules can't be checked
 */
export function checkWritable(protocol: Protocol, metaData: MetaDataAction, table: string): void {
  const version = protocol.minWriterVersion;
  const unknown = writerFeatures(protocol).filter((feature) => !writable.has(feature));
  const hint = 'Let Hindcast create its output table itself, or move this one away.';
  if (version > featureWriterVersion || unknown.length > 0) {
    throw new HindcastError(
      'data',
      `${table}: can't write this Delta table, its features are unknown here`,
      {
        found: unknown.length > 0 ? unknown.join(', ') : `writer version ${version}`,
        hint,
      },
    );
  }
  const guarded = guardedColumns(metaData.schemaString).filter(
    (name) => !metaData.partitionColumns.includes(name),
  );
  if (guarded.length === 0) return;
  throw new HindcastError(
    'data',
    `${table}: can't write this Delta table, its columns have rules that would go unchecked`,
    {
      found: `NOT NULL or an invariant on ${guarded.join(', ')}`,
      hint,
    },
  );
}

export function isAppendOnly(metaData: MetaDataAction): boolean {
  return metaData.configuration['delta.appendOnly']?.toLowerCase() === 'true';
}

function readerFeatures({ minReaderVersion, readerFeatures: named }: Protocol): readonly string[] {
  if (minReaderVersion === 2) return ['columnMapping'];
  return minReaderVersion < featureReaderVersion ? [] : (named ?? []);
}

function writerFeatures({ minWriterVersion, writerFeatures: named }: Protocol): readonly string[] {
  if (minWriterVersion >= featureWriterVersion) return named ?? [];
  return featuresOfWriterVersion.flatMap(([version, features]) =>
    version <= minWriterVersion ? features : [],
  );
}
