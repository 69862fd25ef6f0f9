/** Errors of DuckDB and of the file system in the user's terms. */
import { didYouMean, type ErrorKind, HindcastError } from '@hindcast/shared/errors';
import { explainFileError } from '@hindcast/shared/store/file-errors';

export interface ErrorPlace {
  /** Where the config asks for it: `join part "x": data.purchases`. */
  readonly origin: string;
  readonly table: string;
  /** Columns that could have been meant. */
  readonly columns: readonly string[];
  /** The file that can't be read, where DuckDB does not name it. */
  readonly damaged?: string | null;
  /** The disk that is full, where DuckDB names no file: `the scratch folder /tmp/x`. */
  readonly full?: string | null;
}

/** The HindcastError that an error of DuckDB or of the file system amounts to; others pass through. */
export function explainError(error: unknown, place: ErrorPlace | null): unknown {
  if (error instanceof HindcastError || !(error instanceof Error)) return error;
  const { code, path } = error as NodeJS.ErrnoException;
  if (code !== undefined && path !== undefined) return explainFileError(error, path);
  const text = error.message;
  const found = text.split('\n')[0]!;
  const origin = place?.origin ?? 'query';
  const column = /Referenced column "([^"]+)" (?:not found|was not found)/.exec(text)?.[1];
  if (column !== undefined) {
    const where = place === null ? '' : ` in ${place.table}`;
    return new HindcastError('config', `${origin}: no column "${column}"${where}`, {
      hint: didYouMean(column, place?.columns ?? candidates(text)),
      cause: error,
    });
  }
  for (const { sign, kind, message, hint } of outside) {
    if (!sign.test(text)) continue;
    const disk = place?.full ?? writtenFile(text);
    return new HindcastError(kind, message(origin, disk), { found, hint, cause: error });
  }
  if (unreadable.test(text)) {
    const file = namedFile(text) ?? place?.damaged ?? 'an input file';
    return new HindcastError('data', `${origin}: ${file} is no readable Parquet file`, {
      found,
      hint: 'It is truncated or corrupt: write it again, or remove it from the table.',
      cause: error,
    });
  }
  const kind = kindOf(text);
  if (kind === null) return error;
  return new HindcastError(kind, `${origin}: ${detail(text)}`, {
    hint: hintFor(text),
    cause: error,
  });
}

/** What the machine lacks, whatever the query. */
const outside: readonly {
  readonly sign: RegExp;
  readonly kind: ErrorKind;
  readonly message: (origin: string, disk: string | undefined) => string;
  readonly hint?: string;
}[] = [
  {
    sign: /No space left on device|Disk quota exceeded/i,
    kind: 'storage',
    message: (_, disk) => `the disk is full${disk === undefined ? '' : `: ${disk}`}`,
    hint: 'Free some space and run it again: finished steps are kept, nothing half-written was committed.',
  },
  {
    sign: /File too large/i,
    kind: 'storage',
    message: () => 'a file grew larger than this system lets it',
    hint: 'Raise the limit (ulimit -f), or choose a --warehouse on another file system.',
  },
  {
    sign: /Out of Memory/i,
    kind: 'task',
    message: (origin) => `${origin}: the executor's memory is used up`,
    hint: 'Raise --memory, or lower the number of executors (--master local[N]).',
  },
  {
    sign: /Permission denied/i,
    kind: 'storage',
    message: (origin) => `${origin}: permission denied`,
    hint: 'Check who owns the file.',
  },
];

/** DuckDB has no class for damaged files: a page may fail in any decoder ("Invalid Error"). */
const unreadable =
  /^Invalid Error: |magic bytes|too small to be a Parquet|Invalid Parquet|corrupt|TProtocolException|Failed to read|Mismatch in parquet read/i;

/** The file that could not be written, as DuckDB quotes it. */
export function writtenFile(text: string): string | undefined {
  return /["']([^"']*[/\\][^"']*)["']/.exec(text.split('\n')[0]!)?.[1];
}

/** Whether an error says that a disk is full. */
export function saysFull(error: unknown): boolean {
  return error instanceof Error && outside[0]!.sign.test(error.message);
}

function namedFile(text: string): string | undefined {
  return /file ['"]([^'"]+)['"]/i.exec(text)?.[1];
}

/** Whether an error says that a file is no readable Parquet. */
export function saysUnreadable(error: unknown): error is Error {
  if (error instanceof HindcastError || !(error instanceof Error)) return false;
  if (outside.some(({ sign }) => sign.test(error.message))) return false;
  return unreadable.test(error.message);
}

/** Whether an error says that a file is damaged, and not which one. */
export function hidesDamagedFile(error: unknown): boolean {
  return saysUnreadable(error) && namedFile(error.message) === undefined;
}

/** Whether the query or the data is wrong; null for anything that nobody but us can mend. */
function kindOf(text: string): ErrorKind | null {
  if (/\b(?:Binder|Parser|Catalog|Not implemented|Syntax) Error: /.test(text)) return 'config';
  if (/^(?:Conversion|Invalid Input|Invalid type|Mismatch Type|Out of Range|IO) Error: /.test(text))
    return 'data';
  return null;
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
    .replace(/^(?:Failed to extract statements: )?(?:\w+ ){1,3}Error: /, '');
}

function hintFor(text: string): string | undefined {
  if (/Overflow in/.test(text)) return 'Cast what goes in to BIGINT or DOUBLE.';
  const similar = /Did you mean "([^"]+)"/.exec(text)?.[1];
  return similar === undefined ? undefined : `Did you mean "${similar}"?`;
}
