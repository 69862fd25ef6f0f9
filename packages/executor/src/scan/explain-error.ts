/** DuckDB's errors in the user's terms. */
import { didYouMean, HindcastError } from '@hindcast/shared/errors';

export interface ErrorPlace {
  /** Where the config asks for it: `join part "x": data.purchases`. */
  readonly origin: string;
  readonly table: string;
  /** Columns that could have been meant. */
  readonly columns: readonly string[];
}

/** The HindcastError that an error of DuckDB amounts to; others pass through unchanged. */
export function explainError(error: unknown, place: ErrorPlace | null): unknown {
  if (error instanceof HindcastError || !(error instanceof Error)) return error;
  const text = error.message;
  const first = text.split('\n')[0]!;
  const origin = place?.origin ?? 'query';
  const column = /Referenced column "([^"]+)" (?:not found|was not found)/.exec(text)?.[1];
  if (column !== undefined) {
    const where = place === null ? '' : ` in ${place.table}`;
    return new HindcastError('config', `${origin}: no column "${column}"${where}`, {
      hint: didYouMean(column, place?.columns ?? candidates(text)),
      cause: error,
    });
  }
  if (/No space left on device|ENOSPC/i.test(text)) {
    return new HindcastError('storage', 'the disk is full', {
      found: first,
      hint: 'Free some space and submit again: finished steps are kept, nothing half-written was committed.',
      cause: error,
    });
  }
  if (/Out of Memory/i.test(text)) {
    return new HindcastError('task', `${origin}: the executor's memory is used up`, {
      found: first,
      hint: 'Raise --memory, or lower the number of executors (--master local[N]).',
      cause: error,
    });
  }
  const broken = /(?:file|File) ['"]([^'"]+)['"]/.exec(text)?.[1];
  if (
    /magic bytes|too small to be a Parquet|Invalid Parquet|corrupt|TProtocolException|Failed to read/i.test(
      text,
    )
  ) {
    return new HindcastError(
      'data',
      `${origin}: ${broken ?? 'an input file'} is no readable Parquet file`,
      {
        found: first,
        hint: 'It is truncated or corrupt: write it again, or remove it from the table.',
        cause: error,
      },
    );
  }
  if (/Permission denied/i.test(text)) {
    return new HindcastError('storage', `${origin}: permission denied`, {
      found: first,
      cause: error,
    });
  }
  if (
    /^(Binder|Parser|Catalog|Conversion|Invalid Input|Invalid type|Out of Range) Error/.test(first)
  ) {
    const isBinding = /^(Binder|Parser|Catalog)/.test(first);
    return new HindcastError(isBinding ? 'config' : 'data', `${origin}: ${detail(text)}`, {
      hint: hintFor(text),
      cause: error,
    });
  }
  return error;
}

function candidates(text: string): string[] {
  const line = /Candidate bindings: (.*)/.exec(text)?.[1] ?? '';
  return [...line.matchAll(/"([^"]+)"/g)].map((match) => match[1]!);
}

function detail(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^(LINE \d+:|\s*\^|\s*$)/.test(line))
    .slice(0, 2)
    .join(' ')
    .replace(/^\w+( \w+)? Error: /, '');
}

function hintFor(text: string): string | undefined {
  const similar = /Did you mean "([^"]+)"/.exec(text)?.[1];
  return similar === undefined ? undefined : `Did you mean "${similar}"?`;
}
