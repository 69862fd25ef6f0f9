/** What tasks noticed in the data, added up and said. */
import type { Plan } from '@hindcast/shared/plan/plan';
import { type DataNotes, segmentTasks } from '@hindcast/shared/plan/task';
import type { Store } from '@hindcast/shared/store/store';

/** What earlier runs noticed in the segments that this plan reads and does not make. */
export async function notesOfReused({ steps }: Plan, store: Store): Promise<DataNotes[]> {
  const tasks = steps.flatMap(({ stages }) => stages.flatMap((stage) => stage.tasks));
  const made = new Set(tasks.flatMap(segmentTasks).map(({ output }) => output));
  const read = new Set(
    tasks.flatMap((t) => (t.kind === 'join' ? t.parts.flatMap(({ segments }) => segments) : [])),
  );
  const reused = [...read].filter((folder) => !made.has(folder));
  const notes = await Promise.all(reused.map((folder) => store.get(`${folder}/notes.json`)));
  return notes.flatMap((data) => {
    // What was computed counts without them.
    try {
      return data === null ? [] : [JSON.parse(new TextDecoder().decode(data)) as DataNotes];
    } catch {
      return [];
    }
  });
}

export function noteWarnings(notes: DataNotes): string[] {
  const warnings: string[] = [];
  if (notes.earlyEvents > 0) {
    warnings.push(
      `${notes.earlyEvents} events lie in a partition before their time's date: they landed before they happened`,
    );
  }
  if (notes.lateEvents > 0) {
    warnings.push(
      `${notes.lateEvents} events lie in a later partition than their time's date: rows of earlier dates don't see them`,
    );
  }
  if (notes.eventsWithoutTime > 0) {
    warnings.push(`${notes.eventsWithoutTime} events have no time and never count`);
  }
  if (notes.duplicateSnapshotRows > 0) {
    warnings.push(
      `${notes.duplicateSnapshotRows} snapshot rows repeat a key of their partition: the greatest row of each key is taken`,
    );
  }
  return warnings;
}
