/** From the config's sources to scans: which columns are used, under which expression and time. */
import type {
  EntitySource,
  EventSource,
  JoinPart,
  Query,
  Source,
} from '@hindcast/shared/config/model';
import { plainSource, writerOf } from '@hindcast/shared/config/plain-source';
import { HindcastError } from '@hindcast/shared/errors';
import type { Scan, ScanTime } from '@hindcast/shared/plan/task';
import { type PartitionSpec, tryDayOf } from '@hindcast/shared/time/partition-spec';

/** A source that some job reads, and the rows that it wants of it. */
export interface SourceScan {
  readonly scan: Scan;
  readonly startPartition: string | null;
  readonly endPartition: string | null;
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
  const time: ScanTime =
    left.kind === 'events'
      ? { kind: 'expression', expression: timeExpression(left), unit: 'integer' }
      : { kind: 'none' };
  return {
    scan: {
      origin: `left: ${tableOf(left)}`,
      table: tableOf(left),
      partitionColumn: spec.column,
      dateFormat: spec.format,
      selects: without(query.selects, spec.column),
      wheres: query.wheres,
      partial: [],
      time,
    },
    ...boundsOf(query, spec, `left: ${tableOf(left)}`),
    writtenBy: writerOf(source),
  };
}

/** @throws HindcastError kind `config` for a bound that is no date of the warehouse */
function boundsOf(
  { startPartition, endPartition }: Query,
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

/** One of a part's sources: keys and the columns that its aggregations use. */
export function partScan(
  part: JoinPart,
  given: Source,
  columns: readonly string[] | null,
  spec: PartitionSpec,
): SourceScan {
  const source = plainSource(given);
  const { query } = source;
  const { groupBy } = part;
  const used = columns === null ? null : new Set([...groupBy.keyColumns, ...columns]);
  const selects =
    query.selects === null
      ? used === null
        ? null
        : Object.fromEntries([...used].map((name) => [name, quoted(name)]))
      : Object.fromEntries(
          Object.entries(query.selects).filter(([name]) => used === null || used.has(name)),
        );
  return {
    scan: {
      origin: `join part "${groupBy.metaData.name}": ${tableOf(source)}`,
      table: tableOf(source),
      partitionColumn: spec.column,
      dateFormat: spec.format,
      selects: without(selects, spec.column),
      wheres: query.wheres,
      partial: [],
      time: partTime(part, source),
    },
    ...boundsOf(query, spec, `join part "${groupBy.metaData.name}": ${tableOf(source)}`),
    writtenBy: writerOf(given),
  };
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

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function without(
  selects: Readonly<Record<string, string>> | null,
  column: string,
): Readonly<Record<string, string>> | null {
  if (selects === null || !(column in selects)) return selects;
  return Object.fromEntries(Object.entries(selects).filter(([name]) => name !== column));
}
