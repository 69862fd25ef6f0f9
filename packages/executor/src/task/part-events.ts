/** Events of one part's segments for one KeyBucket, grouped by the left's key numbers. */
import type { JoinTask, PartSpec } from '@hindcast/shared/plan/task';
import { type GroupedEvents, groupEvents, type KeyedRange } from '../keys/group.js';
import { openSegment } from '../keys/segment.js';
import { valueKind } from '../keys/values.js';
import { quoteList, quoteText } from '../scan/duckdb.js';
import { float64s } from '../scan/duckdb-columns.js';
import { locate, type TaskContext } from './context.js';
import type { LeftKeys } from './left-keys.js';

export interface PartEvents {
  readonly events: GroupedEvents;
  readonly bytesRead: number;
}

/** Leaves temp table `ordinals_<i>` per ordinal column. */
export async function readEvents(
  part: PartSpec,
  task: JoinTask,
  keys: LeftKeys,
  context: TaskContext,
): Promise<PartEvents> {
  const folders = part.segments.map((segment) => locate(context, segment));
  const translations = await ordinalTranslations(part, folders, context);
  const ranges: KeyedRange[] = [];
  let bytesRead = 0;
  for (const [s, folder] of folders.entries()) {
    const range = openSegment(folder, task.bucket.index, task.bucket.bits);
    bytesRead += range.bytes;
    const keyOfRun = await keys.ofRuns(
      `${folder}/keys.parquet`,
      range.firstRun,
      range.runs.length - 1,
    );
    ranges.push({ range, keyOfRun, ordinals: translations.map((column) => column?.[s] ?? null) });
  }
  const keep = task.windowing === 'sawtooth' && part.lookup === 'as-of' ? part.readDays : null;
  return { events: groupEvents(ranges, keys.count, part.values.length, keep), bytesRead };
}

/** Per value column, per segment: its ordinals in terms of one dictionary over all segments. */
async function ordinalTranslations(
  part: PartSpec,
  folders: readonly string[],
  { session }: TaskContext,
): Promise<(readonly Float64Array[] | null)[]> {
  const translations: (readonly Float64Array[] | null)[] = [];
  for (const [i, { type }] of part.values.entries()) {
    if (valueKind(type) !== 'ordinal') {
      translations.push(null);
      continue;
    }
    const files = folders.map((folder) => `${folder}/values-${i}.parquet`);
    const source =
      files.length === 0
        ? `SELECT CAST(NULL AS ${type}) AS value WHERE false`
        : `SELECT DISTINCT value FROM read_parquet(${quoteList(files)})`;
    await session.run(
      `CREATE OR REPLACE TEMP TABLE ordinals_${i} AS
       SELECT value, (row_number() OVER (ORDER BY value) - 1)::DOUBLE AS ordinal FROM (${source})`,
    );
    const maps: Float64Array[] = [];
    for (const file of files) {
      const collected: number[] = [];
      await session.chunks(
        `SELECT ordinal FROM read_parquet(${quoteText(file)}, file_row_number = true)
         JOIN ordinals_${i} USING (value) ORDER BY file_row_number`,
        [8],
        (rows, [ordinal]) => {
          const values = float64s(ordinal!, rows);
          for (const value of values) collected.push(value);
        },
      );
      maps.push(Float64Array.from(collected));
    }
    translations.push(maps);
  }
  return translations;
}
