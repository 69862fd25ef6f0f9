/** Where rows come from. */
import { present } from './present.js';
import type {
  EntitySourceOptions,
  EventSourceOptions,
  JoinStruct,
  QueryStruct,
  SourceStruct,
} from './structs.js';

/** Which columns, rows, partitions and time of a table count. */
export function query(options: QueryStruct): QueryStruct {
  return present({ setups: [], ...options });
}

/** `select('user_id', 'price')`, or with expressions: `select({ price: 'amount / 100' })`. */
export function select(
  ...columns: readonly (string | Readonly<Record<string, string>>)[]
): Readonly<Record<string, string>> {
  return Object.assign(
    {},
    ...columns.map((column) => (typeof column === 'string' ? { [column]: column } : column)),
  );
}

/** Rows that happened at a time. */
export function eventSource(options: EventSourceOptions): SourceStruct {
  return { events: present(options) };
}

/** Rows that are as they are, in a snapshot per day. */
export function entitySource(options: EntitySourceOptions): SourceStruct {
  return { entities: present(options) };
}

/** As `eventSource`, the table named in two halves. */
export function hiveEventSource({
  namespace,
  table,
  ...options
}: EventSourceOptions & { readonly namespace: string }): SourceStruct {
  return eventSource({ ...options, table: `${namespace}.${table}` });
}

/** As `entitySource`, the tables named in two halves. */
export function hiveEntitySource({
  namespace,
  table,
  mutationTable,
  ...options
}: Omit<EntitySourceOptions, 'snapshotTable'> & {
  readonly namespace: string;
  readonly table: string;
}): SourceStruct {
  return entitySource({
    snapshotTable: `${namespace}.${table}`,
    mutationTable: mutationTable === undefined ? undefined : `${namespace}.${mutationTable}`,
    ...options,
  } as EntitySourceOptions);
}

/** The output of another join, computed as of each of its rows. */
export function joinSource(options: { join: JoinStruct; query: QueryStruct }): SourceStruct {
  return { joinSource: options };
}
