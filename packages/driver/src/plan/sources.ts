/** From the config's sources to scans: which columns are used, under which expression and time. */
import type {
  BootstrapPart,
  EntitySource,
  EventSource,
  JoinPart,
  Query,
  Source,
} from '@hindcast/shared/config/model';
import { plainSource, writerOf } from '@hindcast/shared/config/plain-source';
import { HindcastError } from '@hindcast/shared/errors';
import {
  mutationTimeColumn,
  reversalColumn,
  type Scan,
  type ScanTime,
} from '@hindcast/shared/plan/task';
import { type PartitionSpec, tryDayOf } from '@hindcast/shared/time/partition-spec';
import { quoteIn } from '../sql-dialect.js';

/** A source that some job reads, and the rows that it wants of it. */
export interface SourceScan {
  readonly scan: Scan;
  readonly startPartition: string | null;
  readonly endPartition: string | null;
  /** Changes of entities within a day, instead of their snapshots. */
  readonly mutations: boolean;
  /** Each partition holds all events so far: the last one is read, and no other. */
  readonly cumulative: boolean;
  /** Join whose output it reads; null for tables of others. */
  readonly writtenBy: string | null;
}

export function tableOf(source: EventSource | EntitySource): string {
  return source.kind === 'events' ? source.table : source.snapshotTable;
}

/** The left: every selected column, and its time when it is events. */
export function leftScan(source: Source, spec: PartitionSpec): SourceScan {
  const left = plainSource(source);
  const { query } = left;
  const column = query.partitionColumn ?? spec.column;
  const origin = `left: ${tableOf(left)}`;
  const time: ScanTime =
    left.kind === 'events'
      ? { kind: 'expression', expression: timeExpression(left), unit: 'integer' }
      : { kind: 'none' };
  return {
    scan: {
      origin,
      table: tableOf(left),
      partitionColumn: column,
      dateFormat: spec.format,
      selects: without(query.selects, column, origin),
      wheres: query.wheres,
      partial: [],
      dayOfTime: false,
      time,
    },
    ...boundsOf(query, spec, origin),
    mutations: false,
    cumulative: false,
    writtenBy: writerOf(source),
  };
}

/** A bootstrap table: its rows as they are, by their own partition. */
export function bootstrapScan({ table, query }: BootstrapPart, spec: PartitionSpec): SourceScan {
  const origin = `bootstrap part: ${table}`;
  const column = query?.partitionColumn ?? spec.column;
  const bounds = query === null ? { startPartition: null, endPartition: null } : query;
  return {
    scan: {
      origin,
      table,
      partitionColumn: column,
      dateFormat: spec.format,
      selects: without(query?.selects ?? null, column, origin),
      wheres: query?.wheres ?? [],
      partial: [],
      dayOfTime: false,
      time: { kind: 'none' },
    },
    ...boundsOf(bounds, spec, origin),
    mutations: false,
    cumulative: false,
    writtenBy: null,
  };
}

/** @throws HindcastError kind `config` for a bound that is no date of the warehouse */
function boundsOf(
  { startPartition, endPartition }: Pick<Query, 'startPartition' | 'endPartition'>,
  { format }: PartitionSpec,
  origin: string,
): Pick<SourceScan, 'startPartition' | 'endPartition'> {
  for (const [field, value] of Object.entries({ startPartition, endPartition })) {
    if (value === null || tryDayOf(value, format) !== null) continue;
    throw new HindcastError('config', `${origin}: query.${field} is no date`, {
      found: value,
      hint: `Write it as ${format}, as the warehouse's partitions.`,
    });
  }
  return { startPartition, endPartition };
}

/** A select named `ts` is the time, as in Chronon; the time column otherwise. */
function timeExpression(source: EventSource | EntitySource): string {
  return source.query.selects?.['ts'] ?? source.query.timeColumn ?? 'ts';
}

/**
 * One of a part's sources: keys and the columns that its aggregations use. An entity source of a part
 * that sees mutations has two scans, of its snapshots and of its mutations.
 */
export function partScans(
  part: JoinPart,
  given: Source,
  columns: readonly string[] | null,
  spec: PartitionSpec,
  seesMutations: boolean,
): SourceScan[] {
  const source = plainSource(given);
  const { query } = source;
  const { groupBy } = part;
  const column = query.partitionColumn ?? spec.column;
  const used = columns === null ? null : new Set([...groupBy.keyColumns, ...columns]);
  const selects =
    query.selects === null
      ? used === null
        ? null
        : Object.fromEntries([...used].map((name) => [name, quoteIn('spark', name)]))
      : Object.fromEntries(
          Object.entries(query.selects).filter(([name]) => used === null || used.has(name)),
        );
  const scanOf = (table: string, more: Readonly<Record<string, string>>): SourceScan => {
    const origin = `join part "${groupBy.metaData.name}": ${table}`;
    return {
      scan: {
        origin,
        table,
        partitionColumn: column,
        dateFormat: spec.format,
        selects: without(selects === null ? null : { ...selects, ...more }, column, origin),
        wheres: query.wheres,
        partial: [],
        dayOfTime: source.kind === 'events' && source.isCumulative,
        time: partTime(part, source),
      },
      ...boundsOf(query, spec, origin),
      mutations: false,
      cumulative: source.kind === 'events' && source.isCumulative,
      writtenBy: writerOf(given),
    };
  };
  if (!seesMutations || source.kind === 'events') return [scanOf(tableOf(source), {})];
  return [
    scanOf(tableOf(source), {
      [mutationTimeColumn]: 'CAST(NULL AS BIGINT)',
      [reversalColumn]: 'false',
    }),
    {
      ...scanOf(mutationTableOf(part, source), {
        [mutationTimeColumn]: query.mutationTimeColumn ?? 'mutation_ts',
        [reversalColumn]: `CAST(${query.reversalColumn ?? 'is_before'} AS BOOLEAN)`,
      }),
      mutations: true,
    },
  ];
}

function mutationTableOf({ groupBy }: JoinPart, source: EntitySource): string {
  if (source.mutationTable !== null) return source.mutationTable;
  throw new HindcastError(
    'config',
    `join part "${groupBy.metaData.name}": TEMPORAL entities need a mutationTable`,
    {
      found: `snapshots in ${source.snapshotTable} alone`,
      hint: 'Set mutationTable, or accuracy: SNAPSHOT to see the snapshot of the day before.',
    },
  );
}

function partTime(part: JoinPart, source: EventSource | EntitySource): ScanTime {
  const { groupBy } = part;
  if (groupBy.aggregations === null) return { kind: 'none' };
  if (source.kind === 'events') {
    if (source.query.timeColumn === null && source.query.selects?.['ts'] === undefined) {
      return { kind: 'endOfPartition' };
    }
    return { kind: 'expression', expression: timeExpression(source), unit: 'integer' };
  }
  const windowed = groupBy.aggregations.some(({ windows }) => windows !== null);
  const expression = source.query.selects?.['ts'] ?? source.query.timeColumn;
  if (expression !== null && expression !== undefined) {
    return { kind: 'expression', expression, unit: 'integer' };
  }
  if (!windowed) return { kind: 'none' };
  throw new HindcastError(
    'config',
    `join part "${groupBy.metaData.name}": windows over ${tableOf(source)} need each row's time`,
    { hint: 'Select it as "ts", or set timeColumn.' },
  );
}

/**
 * The partition column comes with every row.
 * @throws HindcastError kind `config` when something else is selected under its name
 */
function without(
  selects: Readonly<Record<string, string>> | null,
  column: string,
  origin: string,
): Readonly<Record<string, string>> | null {
  const expression = selects?.[column];
  if (selects === null || expression === undefined) return selects;
  if (expression.trim() !== column && expression.trim() !== quoteIn('spark', column)) {
    throw new HindcastError('config', `${origin}: "${column}" is the partition column`, {
      found: `selects: ${column}: ${expression}`,
      hint: 'Select the expression under another name.',
    });
  }
  return Object.fromEntries(Object.entries(selects).filter(([name]) => name !== column));
}
