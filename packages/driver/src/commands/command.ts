import type { Settled } from '../settings.js';
import type { Style } from '../style.js';

/** What every command gets. */
export interface Command {
  readonly args: Readonly<Record<string, unknown>>;
  readonly settings: Settled;
  readonly style: Style;
  readonly color: boolean;
}

/** `--log-format json`: nothing but JSON lines on stderr. */
export function logsJson({ args }: Command): boolean {
  return args['logFormat'] === 'json';
}
