/** What a config's own code does wrong, and where. */
import { relative } from 'node:path';
import { HindcastError } from '../errors.js';

/**
 * `file:line` of the innermost call in a module that was loaded as a config, or the place of a syntax
 * error; null when no such module is on the stack.
 */
export function placeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  for (const line of (error.stack ?? '').split('\n')) {
    // Our own modules are file URLs.
    const [, path, number] = /(?:^|[\s(])((?:\/|[A-Za-z]:\\).*?):(\d+):\d+\)?$/.exec(line) ?? [];
    if (path === undefined || /[/\\]node_modules[/\\]/.test(path)) continue;
    return `${relative(process.cwd(), path)}:${number}`;
  }
  return null;
}

/**
 * A HindcastError kind `config` that says what failed and where.
 * @param doing `team.ts: the module fails to load`
 */
export function moduleError(doing: string, error: unknown): HindcastError {
  const place = placeOf(error);
  if (error instanceof HindcastError) {
    const at = place === null ? '' : `${place}: `;
    return new HindcastError(error.kind, `${at}${error.message}`, { ...error, cause: error });
  }
  const found = error instanceof Error ? error.message.split('\n')[0]!.trim() : String(error);
  return new HindcastError('config', doing, {
    found: place === null ? found : `${found} (${place})`,
    hint: error instanceof Error ? 'With --log-level debug it shows how it came there.' : undefined,
    cause: error,
  });
}

/** Runs a module's code, which prints on stderr meanwhile and can't end the process. */
export async function contain<T>(load: () => Promise<T>): Promise<T> {
  const { exit, stdout, stderr } = process;
  const { write } = stdout;
  const aside = stderr.write.bind(stderr);
  stdout.write = aside;
  process.exit = (code) => {
    throw new HindcastError('config', `the module calls process.exit(${code ?? ''})`, {
      hint: 'Throw an error where a config has to stop.',
    });
  };
  try {
    return await load();
  } finally {
    if (stdout.write === aside) stdout.write = write;
    process.exit = exit;
  }
}
