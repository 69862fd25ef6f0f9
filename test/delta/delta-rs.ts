/** What delta-rs does to a table. Tables are absolute folders. */
import { python } from '../python.js';

export interface DeltaRsTable {
  readonly version: number;
  /** Column → Delta's own name of its type; nested types as JSON. */
  readonly schema: Readonly<Record<string, string>>;
  readonly partitionColumns: readonly string[];
  /** Rows of each partition that are read, not what the log's statistics say. */
  readonly rows: Readonly<Record<string, number>>;
}

/** Reads all of a table, and leaves its rows in the Parquet file `copy`. */
export async function readTable(table: string, copy: string): Promise<DeltaRsTable> {
  const snippet = `
import collections, json
import pyarrow.parquet
from deltalake import DeltaTable
table = DeltaTable(args['table'])
rows = table.to_pyarrow_table()
pyarrow.parquet.write_table(rows, args['copy'])
fields = json.loads(table.schema().to_json())['fields']
result = {
  'version': table.version(),
  'schema': {f['name']: f['type'] if isinstance(f['type'], str) else json.dumps(f['type']) for f in fields},
  'partitionColumns': table.metadata().partition_columns,
  'rows': collections.Counter(rows.column('ds').to_pylist()),
}`;
  return (await python(snippet, { table, copy })) as DeltaRsTable;
}

/** The commits' info, newest first. */
export async function history(table: string): Promise<readonly Record<string, unknown>[]> {
  const snippet = `
from deltalake import DeltaTable
result = DeltaTable(args['table']).history()`;
  return (await python(snippet, { table })) as Record<string, unknown>[];
}

/**
 * Runs statements on `table`, one commit after the other.
 * @returns the version afterwards
 */
export async function change(
  table: string,
  statements: string,
  args: Readonly<Record<string, unknown>> = {},
): Promise<number> {
  const snippet = `
import pyarrow
import pyarrow.parquet
from deltalake import DeltaTable, write_deltalake
path = args['table']
table = DeltaTable(path) if DeltaTable.is_deltatable(path) else None
${statements}
result = DeltaTable(path).version()`;
  return (await python(snippet, { table, ...args })) as number;
}
