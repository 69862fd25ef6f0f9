/**
 * The one error class of Hindcast. A message states the fact and its place; `found` what was there
 * instead; `hint` what to do. Anything else that is thrown is a bug and reported as one.
 */
export type ErrorKind =
  | 'usage' // the command line is wrong
  | 'config' // the config is wrong
  | 'data' // input data breaks a rule
  | 'missing-input' // input data is not there (yet)
  | 'storage' // the warehouse can't be read or written
  | 'conflict' // another writer was first
  | 'interrupted'
  | 'task'; // a task failed for a reason of its own

const exitCodes: Readonly<Record<ErrorKind, number>> = {
  usage: 2,
  config: 2,
  data: 3,
  'missing-input': 4,
  storage: 3,
  conflict: 1,
  interrupted: 130,
  task: 1,
};

export interface ErrorDetails {
  /** What was found in place of what was expected. */
  readonly found?: string | undefined;
  /** What to do about it. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

export class HindcastError extends Error {
  override readonly name = 'HindcastError';
  readonly kind: ErrorKind;
  readonly found: string | undefined;
  readonly hint: string | undefined;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.found = details.found;
    this.hint = details.hint;
  }

  /** The process's exit code for this error (design: 2 config, 3 data, 4 missing input, 1 partial). */
  get exitCode(): number {
    return exitCodes[this.kind];
  }
}

/** An error as it crosses a thread or process boundary. */
export interface ErrorRecord {
  readonly kind: ErrorKind | 'bug';
  readonly message: string;
  readonly found?: string | undefined;
  readonly hint?: string | undefined;
  readonly stack?: string | undefined;
}

export function toErrorRecord(error: unknown): ErrorRecord {
  if (error instanceof HindcastError) {
    return {
      kind: error.kind,
      message: error.message,
      found: error.found,
      hint: error.hint,
      stack: stackOf(error),
    };
  }
  if (!(error instanceof Error)) return { kind: 'bug', message: String(error) };
  return { kind: 'bug', message: withoutStack(error.message), stack: stackOf(error) };
}

/** DuckDB's internal errors carry a stack of their own in the message. */
function withoutStack(message: string): string {
  return message.split('\n\nStack Trace:')[0]!;
}

/** The causes' stacks come along, but not those of a store's service, whose messages may hold key ids. */
function stackOf({ stack, cause }: Error): string | undefined {
  if (!(cause instanceof Error) || '$metadata' in cause) return stack;
  return `${stack}\ncaused by ${stackOf(cause)}`;
}

export function fromErrorRecord(record: ErrorRecord): Error {
  if (record.kind === 'bug') {
    const bug = new Error(record.message);
    if (record.stack !== undefined) bug.stack = record.stack;
    return bug;
  }
  return new HindcastError(record.kind, record.message, { found: record.found, hint: record.hint });
}

/** The candidate nearest to `name` by edit distance, if it is near enough to be a typo of it. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `Did you mean "x"?` when a candidate is near, else the list of candidates, else nothing. */
export function didYouMean(name: string, candidates: readonly string[]): string | undefined {
  const match = nearest(name, candidates);
  if (match !== undefined) return `Did you mean "${match}"?`;
  if (candidates.length === 0) return undefined;
  const shown = candidates.slice(0, 12).join(', ');
  return `Known: ${shown}${candidates.length > 12 ? ', …' : ''}.`;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current[j] = Math.min(
        substitution,
        (previous[j] as number) + 1,
        (current[j - 1] as number) + 1,
      );
    }
    previous = current;
  }
  return previous[b.length] as number;
}
