/**
 * Actions of the Delta transaction log, after the protocol's text (delta.io, PROTOCOL.md, "Actions").
 * Unknown fields and unknown actions are ignored, as the protocol asks of readers.
 */
import { HindcastError } from '../errors.js';

export interface Protocol {
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  /** From reader version 3 on. */
  readonly readerFeatures?: readonly string[] | null;
  /** From writer version 7 on. */
  readonly writerFeatures?: readonly string[] | null;
}

export interface MetaDataAction {
  readonly id: string;
  readonly name?: string | null;
  readonly description?: string | null;
  readonly format: {
    readonly provider: string;
    readonly options: Readonly<Record<string, string>>;
  };
  /** The schema as JSON, see delta-schema.ts. */
  readonly schemaString: string;
  readonly partitionColumns: readonly string[];
  readonly configuration: Readonly<Record<string, string>>;
  readonly createdTime?: number | null; // ms since epoch
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

/** As in the log: its path is URL-encoded, and what is null may be absent. */
export interface AddAction
  extends Pick<AddFile, 'path' | 'partitionValues' | 'size' | 'modificationTime'> {
  readonly dataChange: boolean;
  readonly tags?: AddFile['tags'];
  readonly stats?: AddFile['stats'];
}

/** As in the log: its path is URL-encoded. */
export interface RemoveAction {
  readonly path: string;
  readonly deletionTimestamp?: number | null; // ms since epoch
  readonly dataChange: boolean;
  /** True: the two fields below are there. */
  readonly extendedFileMetadata?: boolean | null;
  readonly partitionValues?: AddFile['partitionValues'] | null;
  readonly size?: number | null; // bytes
}

export interface TxnAction {
  readonly appId: string;
  readonly version: number;
  readonly lastUpdated?: number | null; // ms since epoch
}

export interface CommitInfo {
  readonly [key: string]: unknown;
}

/** One line of a commit, one row of a checkpoint: one of these is there, the others are null or absent. */
export interface Action {
  readonly protocol?: Protocol | null;
  readonly metaData?: MetaDataAction | null;
  readonly add?: AddAction | null;
  readonly remove?: RemoveAction | null;
  readonly txn?: TxnAction | null;
  readonly commitInfo?: CommitInfo | null;
}

/**
 * Parses one commit file: a JSON object a line.
 * @throws HindcastError kind `data` for a line that is not
 */
export function parseActions(text: string, origin: string): Action[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => parseAction(line, origin));
}

function parseAction(line: string, origin: string): Action {
  let action: unknown;
  try {
    action = JSON.parse(line);
  } catch (error) {
    throw notAnAction(line, origin, error);
  }
  if (typeof action === 'object' && action !== null && !Array.isArray(action)) return action;
  throw notAnAction(line, origin, undefined);
}

function notAnAction(line: string, origin: string, cause: unknown): HindcastError {
  return new HindcastError('data', `${origin}: a line of the Delta log is no JSON object`, {
    found: line.slice(0, 80),
    hint: 'The log is damaged: restore the table, or compute it anew under another name.',
    cause,
  });
}

/** Of the rows that a file's statistics tell, 0 where they tell none. */
export function rowsOfFile({ stats }: Pick<AddFile, 'stats'>): number {
  return JSON.parse(stats ?? '{}').numRecords ?? 0;
}
