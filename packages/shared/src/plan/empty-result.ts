import { noNotes, type TaskResult } from './task.js';

/** A result of a task that found nothing to do; the base that others fill in. */
export function emptyResult(kind: TaskResult['kind']): TaskResult {
  return {
    kind,
    rowsIn: 0,
    rowsOut: 0,
    bytesRead: 0,
    bytesWritten: 0,
    seconds: 0,
    files: [],
    notes: noNotes,
    columns: [],
    counted: {},
  };
}
