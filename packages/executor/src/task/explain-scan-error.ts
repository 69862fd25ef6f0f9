/** Errors of a scan, with where the config asks for it and which file is to blame. */
import type { Scan, ScanFile } from '@hindcast/shared/plan/task';
import { quoteText, type Session } from '../scan/duckdb.js';
import { explainError, hidesDamagedFile } from '../scan/explain-error.js';
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
  const paths = source?.files.map(({ path }) => locate(context, path)) ?? [];
  return explainError(error, {
    origin: source?.scan.origin ?? origin,
    table: source?.scan.table ?? '',
    columns,
    damaged: hidesDamagedFile(error) ? await damagedFile(paths, context.session) : null,
  });
}

/** The first file that can't be read to its end; null when all can. */
async function damagedFile(paths: readonly string[], session: Session): Promise<string | null> {
  for (const path of paths) {
    try {
      await session.run(`SELECT min(hash(t)) FROM read_parquet(${quoteText(path)}) t`);
    } catch {
      return path;
    }
  }
  return null;
}
