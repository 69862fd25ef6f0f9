/** Where rows come from. */
import { HindcastError } from '../errors.js';
import { checkOptions, isObject, type Names } from './options.js';
import { present } from './present.js';
import type {
  EntitySourceOptions,
  EventSourceOptions,
  JoinStruct,
  QueryStruct,
  SourceStruct,
} from './structs.js';

const queryNames: Names<QueryStruct> = {
  selects: true,
  wheres: true,
  startPartition: true,
  endPartition: true,
  timeColumn: true,
  setups: true,
  mutationTimeColumn: true,
  reversalColumn: true,
  partitionColumn: true,
};

export function checkQuery(options: QueryStruct): QueryStruct {
  return checkOptions('query', options, queryNames);
}

/** Which columns, rows, partitions and time of a table count. */
export function query(options: QueryStruct): QueryStruct {
  return present({ setups: [], ...checkQuery(options) });
}

/** `select('user_id', 'price')`, or with expressions: `select({ price: 'amount / 100' })`. */
export function select(
  ...columns: readonly (string | Readonly<Record<string, string>>)[]
): Readonly<Record<string, string>> {
  return Object.assign({}, ...columns.map(selected));
}

function selected(
  column: string | Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (typeof column === 'string') return { [column]: column };
  if (isObject(column)) return column;
  throw new HindcastError('config', 'select: neither a column nor an object of expressions', {
    found: JSON.stringify(column),
    hint: 'Write select("user_id", "price"), or select({ price: "amount / 100" }).',
  });
}

/** Rows that happened at a time. */
export function eventSource(options: EventSourceOptions): SourceStruct {
  checkOptions('eventSource', options, {
    table: true,
    topic: true,
    isCumulative: true,
    query: true,
  });
  checkQuery(options.query);
  return { events: present(options) };
}

/** Rows that are as they are, in a snapshot per day. */
export function entitySource(options: EntitySourceOptions): SourceStruct {
  checkOptions('entitySource', options, {
    snapshotTable: true,
    mutationTable: true,
    mutationTopic: true,
    query: true,
  });
  checkQuery(options.query);
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
  checkOptions('joinSource', options, { join: true, query: true });
  checkQuery(options.query);
  return { joinSource: options };
}
