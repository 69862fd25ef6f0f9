/** Rows of a source as typed arrays, in the order in which DuckDB hands them over. */
import type { BucketSourceTask, DataNotes } from '@hindcast/shared/plan/task';
import { dayMs } from '@hindcast/shared/time/partition-spec';
import type { RowChunk } from '../keys/arrange.js';
import type { KeyWords } from '../keys/numbers.js';
import { valueKind } from '../keys/values.js';
import { float64s, int32s } from '../scan/duckdb-columns.js';
import type { TaskContext } from './context.js';
import { partRows, type SourcePart } from './keyed-source.js';

/** Time of a snapshot row that has none: before every window. */
const beforeTime = -8.64e15;

/** How rows get the number of their run. */
export interface RowNumbering {
  /** SQL of the column that tells a row's key. */
  readonly column: string;
  readonly words: KeyWords;
  /**
   * Run of each row, −1 for rows whose validity bit is 0; null when it can't tell, and reading stops.
   */
  number(words: Int32Array, rows: number, validity: Uint8Array | null): Int32Array | null;
}

export interface ArrivedRows {
  readonly chunks: readonly RowChunk[];
  readonly count: number;
  readonly notes: Pick<DataNotes, 'lateEvents' | 'earlyEvents' | 'eventsWithoutTime'>;
}

/** Null when the numbering gave up. */
export async function readRows(
  task: BucketSourceTask,
  parts: readonly SourcePart[],
  numbering: RowNumbering,
  { session }: TaskContext,
): Promise<ArrivedRows | null> {
  const time = task.untimed === 'first' ? `coalesce(__time, ${beforeTime})` : '__time';
  const columns = [
    numbering.column,
    `(${time})::DOUBLE`,
    '__day::INTEGER',
    ...task.values.map(({ type }, i) =>
      valueKind(type) === 'integer' ? `__v${i}::BIGINT` : `__v${i}::DOUBLE`,
    ),
  ].join(', ');
  const widths = [4 * numbering.words, 8, 4, ...task.values.map(() => 8)];
  const chunks: RowChunk[] = [];
  const notes = { lateEvents: 0, earlyEvents: 0, eventsWithoutTime: 0 };
  let count = 0;
  let numbered = true;
  for (const part of parts) {
    const read = part.rows <= partRows ? 'chunks' : 'stream';
    await session[read](
      `SELECT ${columns} FROM ${part.relation}`,
      widths,
      (rows, [key, at, day, ...values]) => {
        const words = int32s(key!, rows, numbering.words);
        const runs = numbered ? numbering.number(words, rows, at!.validity) : null;
        numbered = runs !== null;
        if (runs === null) return;
        notes.eventsWithoutTime += countUnset(at!.validity, rows);
        const times = float64s(at!, rows);
        const days = int32s(day!, rows);
        // A snapshot row belongs to its partition whatever its time.
        const odd = task.partitionKey === null && noteMisplaced(times, days, runs, notes);
        chunks.push({ times, days: odd ? days : null, runs, values });
        count += rows;
      },
    );
    if (!numbered) return null;
  }
  return { chunks, count, notes };
}

function countUnset(validity: Uint8Array | null, rows: number): number {
  if (validity === null) return 0;
  let unset = 0;
  for (let i = 0; i < rows; i++) if (((validity[i >> 3]! >> (i & 7)) & 1) === 0) unset++;
  return unset;
}

/** Counts rows whose partition is not their time's date. Returns whether there are any. */
function noteMisplaced(
  times: Float64Array,
  days: Int32Array,
  runs: Int32Array,
  notes: { lateEvents: number; earlyEvents: number },
): boolean {
  let odd = false;
  for (let i = 0; i < times.length; i++) {
    const offset = times[i]! - days[i]! * dayMs;
    if ((offset >= 0 && offset < dayMs) || runs[i]! < 0) continue;
    odd = true;
    if (offset < 0) notes.lateEvents++;
    else notes.earlyEvents++;
  }
  return odd;
}
