/**
 * Actions of the Delta transaction log, after the protocol's text (delta.io, PROTOCOL.md, "Actions").
 * Unknown fields are kept out; unknown actions are ignored, as the protocol asks of readers.
 */
import { HindcastError } from '../errors.js';

export interface Protocol {
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  readonly readerFeatures?: readonly string[];
  readonly writerFeatures?: readonly string[];
}

export interface MetaDataAction {
  readonly id: string;
  readonly format: { readonly provider: string; readonly options: Readonly<Record<string, string>> };
  /** The schema as JSON, see delta-schema.ts. */
  readonly schemaString: string;
  readonly partitionColumns: readonly string[];
  readonly configuration: Readonly<Record<string, string>>;
  readonly createdTime?: number; // ms since epoch
}

export interface AddFile {
  /** Relative to the table's folder, not URL-encoded. */
  readonly path: string;
  readonly partitionValues: Readonly<Record<string, string | null>>;
  readonly size: number; // bytes
  readonly modificationTime: number; // ms since epoch
  readonly tags: Readonly<Record<string, string>> | null;
  /** `{"numRecords": …}` as JSON. */
  readonly stats: string | null;
}

export interface CommitInfo {
  readonly [key: string]: unknown;
}

export type Action =
  | { readonly protocol: Protocol }
  | { readonly metaData: MetaDataAction }
  | { readonly add: AddFile & { readonly dataChange: boolean } }
  | { readonly remove: { readonly path: string; readonly deletionTimestamp: number; readonly dataChange: boolean; readonly partitionValues?: AddFile['partitionValues'] } }
  | { readonly txn: { readonly appId: string; readonly version: number; readonly lastUpdated?: number } }
  | { readonly commitInfo: CommitInfo };

/** Highest versions that are read and written without table features. */
export const readerVersion = 1;
export const writerVersion = 2;

/** @throws HindcastError kind `data` naming the features that are unknown here */
export function checkReadable(protocol: Protocol, table: string): void {
  if (protocol.minReaderVersion <= readerVersion) return;
  const features = protocol.readerFeatures ?? [];
  // Version 3 without features asks no more of a reader than version 1.
  if (protocol.minReaderVersion === 3 && features.length === 0) return;
  throw new HindcastError('data', `${table}: this Delta table needs reader features that Hindcast does not know`, {
    found:
      features.length > 0
        ? features.join(', ')
        : `reader version ${protocol.minReaderVersion} (column mapping)`,
    hint: 'Write it without these features, or rewrite it as a table of reader version 1.',
  });
}

/** @throws HindcastError kind `data` naming the features that are unknown here */
export function checkWritable(protocol: Protocol, table: string): void {
  if (protocol.minWriterVersion <= writerVersion) return;
  const features = (protocol.writerFeatures ?? []).filter(
    (feature) => feature !== 'appendOnly' && feature !== 'invariants',
  );
  if (protocol.minWriterVersion === 7 && features.length === 0) return;
  throw new HindcastError('data', `${table}: writing this Delta table needs features that Hindcast does not know`, {
    found: features.length > 0 ? features.join(', ') : `writer version ${protocol.minWriterVersion}`,
    hint: 'Let Hindcast create its output table itself, or move this one away.',
  });
}

/** Parses one commit file: a JSON object a line. */
export function parseActions(text: string, origin: string): Action[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      try {
        return JSON.parse(line) as Action;
      } catch (error) {
        throw new HindcastError('data', `${origin}: a line of the Delta log is not JSON`, {
          found: line.slice(0, 80),
          cause: error,
        });
      }
    });
}
