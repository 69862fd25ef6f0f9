/** Errors of a scan, with where the config asks for it and which file is to blame. */
import { statfsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Scan, ScanFile } from '@hindcast/shared/plan/task';
import { quoteText } from '../scan/duckdb.js';
import { explainError, hidesDamagedFile, saysFull, writtenFile } from '../scan/explain-error.js';
import { wholeReads } from '../stage/reads.js';
import { locate, type TaskContext } from './context.js';

export interface ScannedFiles {
  readonly scan: Scan;
  readonly files: readonly ScanFile[];
}

/**
 * @param source what was scanned; null for tasks that read only what other tasks wrote
 * @param origin stands for the place without a source
 */
export async function explainScanError(
  error: unknown,
  source: ScannedFiles | null,
  origin: string,
  context: TaskContext,
  columns: readonly string[] = [],
): Promise<unknown> {
  return explainError(error, {
    origin: source?.scan.origin ?? origin,
    table: source?.scan.table ?? '',
    columns,
    full: fullDisk(error, context),
    damaged: hidesDamagedFile(error) ? await damagedFile(source?.files ?? [], context) : null,
  });
}

/**
 * Which of the folders that executors write has no space: the one that the error speaks of, else
 * the one with less of it. Null for other errors.
 */
export function fullDisk(error: unknown, { store, options }: TaskContext): string | null {
  if (!saysFull(error)) return null;
  const warehouse = resolve(store.localPath(''));
  const scratch = `the scratch folder ${options.scratch} (TMPDIR)`;
  const { message } = error as Error;
  if (message.includes(options.scratch)) return scratch;
  if (message.includes(warehouse)) return `the warehouse ${store.url}`;
  if (writtenFile(message) !== undefined) return null;
  const isScratch = freeBytes(options.scratch) < freeBytes(warehouse);
  return isScratch ? scratch : `the warehouse ${store.url}`;
}

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** The first file that can't be read to its end; null when all can. */
async function damagedFile(
  files: readonly ScanFile[],
  context: TaskContext,
): Promise<string | null> {
  for (const file of files) {
    const path = locate(context, file.path);
    try {
      await context.bring(wholeReads([file]));
      await context.session.run(`SELECT min(hash(t)) FROM read_parquet(${quoteText(path)}) t`);
    } catch {
      return path;
    }
  }
  return null;
}
