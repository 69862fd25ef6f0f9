/** Tables of the warehouse and of the project, found by name. */
import { didYouMean, HindcastError } from '@hindcast/shared/errors';
import type { Store } from '@hindcast/shared/store/store';
import type { ReadCheckpoint } from '@hindcast/shared/table/delta-log';
import { listTables, readTable } from '@hindcast/shared/table/partitions';
import type { TableState } from '@hindcast/shared/table/table';
import { writerOf } from './place-files.js';
import type { SourceScan } from './plan/sources.js';
import { isWaiting, type JobRequest } from './request.js';
import { viewKey } from './view-key.js';

/** A table, and where it is asked for. */
export interface NamedTable extends Pick<SourceScan, 'writtenBy'> {
  readonly scan: Pick<SourceScan['scan'], 'table' | 'origin' | 'partitionColumn'>;
}

/** Reads each table once, however many scans it has. */
export class TableReader {
  private readonly known = new Map<string, Promise<TableState | null>>();

  constructor(
    private readonly store: Store,
    private readonly request: JobRequest,
    private readonly readCheckpoint: ReadCheckpoint,
  ) {}

  /** @throws HindcastError for a table that is not there */
  async read({
    scan: { table, origin, partitionColumn },
    writtenBy,
  }: NamedTable): Promise<TableState> {
    const known = `${table} by ${partitionColumn}`;
    let state = this.known.get(known);
    if (state === undefined) {
      state = readTable(this.store, table, {
        spec: { ...this.request.partitionSpec, column: partitionColumn },
        mappedPath: this.request.tables[table] ?? null,
        readCheckpoint: this.readCheckpoint,
      });
      this.known.set(known, state);
    }
    const found = await state;
    if (found !== null) return found;
    const { url } = this.store;
    await this.store.checkRoot();
    const mapped = this.request.tables[table];
    if (mapped !== undefined) {
      throw new HindcastError(
        'config',
        `${origin}: the table is mapped to ${mapped}, where there is none`,
        {
          hint: "Mend `tables` in the project's hindcast.config.",
        },
      );
    }
    if (writtenBy !== null) {
      throw new HindcastError(
        'missing-input',
        `${origin}: the join "${writtenBy}" has no table yet`,
        {
          found: `no ${table} in ${url}`,
          hint: `Submit the join "${writtenBy}" first: this one reads what it writes.`,
        },
      );
    }
    if ((await this.store.get(viewKey(table))) !== null) {
      throw new HindcastError('config', `${origin}: it is a view, and jobs read tables`, {
        hint: 'Read the tables that it is made of; `hindcast sql` reads the view.',
      });
    }
    const names = [...(await listTables(this.store)), ...Object.keys(this.request.tables)];
    // Whoever waits may wait for a table's first partition.
    const kind = isWaiting(this.request) ? 'missing-input' : 'config';
    throw new HindcastError(kind, `${origin}: no such table in ${url}`, {
      hint: didYouMean(table, names) ?? 'The warehouse is empty: load data with `hindcast import`.',
    });
  }
}

/** A Delta log beside files of something else would hide them from every reader. */
export async function refuseForeignFiles(store: Store, table: string, key: string): Promise<void> {
  const objects = await store.list(`${key}/`);
  const foreign = objects.find(({ key: path }) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return name.endsWith('.parquet') && writerOf(name) === null;
  });
  if (foreign === undefined) return;
  throw new HindcastError(
    'data',
    `${table}: the output table is plain Parquet that something else wrote`,
    {
      found: foreign.key,
      hint: 'Move that table away, or change the name or outputNamespace of the join.',
    },
  );
}
