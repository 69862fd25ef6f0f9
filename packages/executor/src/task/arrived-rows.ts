/** Rows of a source as typed arrays, in the order in which DuckDB hands them over. */
import type { BucketSourceTask, DataNotes } from '@hindcast/shared/plan/task';
import { dayMs } from '@hindcast/shared/time/partition-spec';
import type { ArrivedRows } from '../keys/arrange.js';
import { ValueSink, valueKind } from '../keys/values.js';
import { float64s, int32s } from '../scan/duckdb-columns.js';
import type { TaskContext } from './context.js';
import { partRows, type SourcePart } from './keyed-source.js';

/** Time of a snapshot row that has none: before every window. */
const beforeTime = -8.64e15;

/** How rows get the number of their run. */
export interface RowNumbering {
  /** SQL of the column that tells a row's key. */
  readonly column: string;
  readonly words: 2 | 4;
  /**
   * Writes the run of each row to `out[at …]`, −1 for rows whose validity bit is 0; false when it
   * can't, and reading stops.
   */
  number(
    words: Int32Array,
    rows: number,
    validity: Uint8Array | null,
    out: Int32Array,
    at: number,
  ): boolean;
}

export type NotedRows = ArrivedRows & { readonly notes: Partial<DataNotes> };

/** Null when the numbering gave up. */
export async function readRows(
  task: BucketSourceTask,
  parts: readonly SourcePart[],
  numbering: RowNumbering,
  { session }: TaskContext,
): Promise<NotedRows | null> {
  const capacity = parts.reduce((sum, { rows }) => sum + rows, 0);
  const times = new Float64Array(capacity);
  const runs = new Int32Array(capacity);
  const days = new DaySink(capacity, task.keyedByPartition);
  const sinks = task.values.map(({ type }) => new ValueSink(valueKind(type), capacity));
  const time = task.untimed === 'first' ? `coalesce(__time, ${beforeTime})` : '__time';
  const columns = [
    numbering.column,
    `(${time})::DOUBLE`,
    '__day::INTEGER',
    ...task.values.map(({ type }, i) =>
      valueKind(type) === 'integer' ? `__v${i}::BIGINT` : `__v${i}::DOUBLE`,
    ),
  ].join(', ');
  const widths = [4 * numbering.words, 8, 4, ...sinks.map(() => 8)];
  let count = 0;
  let withoutTime = 0;
  let numbered = true;
  for (const part of parts) {
    const read = part.rows <= partRows ? 'chunks' : 'stream';
    await session[read](
      `SELECT ${columns} FROM ${part.relation}`,
      widths,
      (rows, [key, at, day, ...values]) => {
        const timed = at!.validity;
        const words = int32s(key!, rows, numbering.words);
        numbered &&= numbering.number(words, rows, timed, runs, count);
        if (!numbered) return;
        withoutTime += countUnset(timed, rows);
        times.set(float64s(at!, rows), count);
        const on = int32s(day!, rows);
        days.append(on, times, runs, count);
        for (let c = 0; c < sinks.length; c++) {
          sinks[c]!.append(values[c]!.bytes, values[c]!.validity, count, rows);
        }
        count += rows;
      },
    );
    if (!numbered) return null;
  }
  return {
    count,
    times: times.subarray(0, count),
    runs: runs.subarray(0, count),
    days: days.column(count),
    values: sinks.map((sink) => sink.column(count)),
    notes: { lateEvents: days.late, earlyEvents: days.early, eventsWithoutTime: withoutTime },
  };
}

function countUnset(validity: Uint8Array | null, rows: number): number {
  if (validity === null) return 0;
  let unset = 0;
  for (let i = 0; i < rows; i++) if (((validity[i >> 3]! >> (i & 7)) & 1) === 0) unset++;
  return unset;
}

/** Keeps partitions only once one differs from its event's date. */
class DaySink {
  late = 0;
  early = 0;
  private days: Int32Array | null = null;

  constructor(
    private readonly capacity: number,
    /** Snapshot rows belong to their partition whatever their time. */
    private readonly ignore: boolean,
  ) {}

  append(chunk: Int32Array, times: Float64Array, runs: Int32Array, at: number): void {
    if (this.ignore) return;
    let odd = 0;
    for (let i = 0; i < chunk.length; i++) {
      const offset = times[at + i]! - chunk[i]! * dayMs;
      if (offset >= 0 && offset < dayMs) continue;
      if (runs[at + i]! < 0) continue;
      odd++;
      if (offset < 0) this.late++;
      else this.early++;
    }
    if (odd > 0 && this.days === null) {
      this.days = new Int32Array(this.capacity);
      for (let i = 0; i < at; i++) this.days[i] = Math.floor(times[i]! / dayMs);
    }
    this.days?.set(chunk, at);
  }

  column(count: number): Int32Array | null {
    return this.days?.subarray(0, count) ?? null;
  }
}
