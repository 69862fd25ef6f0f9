/** What tasks noticed in the data, added up and said. */
import type { DataNotes } from '@hindcast/shared/plan/task';

export function addNotes(a: DataNotes, b: DataNotes): DataNotes {
  return {
    lateEvents: a.lateEvents + b.lateEvents,
    earlyEvents: a.earlyEvents + b.earlyEvents,
    eventsWithoutTime: a.eventsWithoutTime + b.eventsWithoutTime,
    duplicateSnapshotRows: a.duplicateSnapshotRows + b.duplicateSnapshotRows,
    skewedRows: a.skewedRows + b.skewedRows,
  };
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
