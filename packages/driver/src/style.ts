/** Colors, and how an error looks. */
import type { ErrorRecord } from '@hindcast/shared/errors';

export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

export function styleFor(color: boolean): Style {
  const wrap = (code: number) => (text: string) =>
    color ? `\u001b[${code}m${text}\u001b[0m` : text;
  return { bold: wrap(1), dim: wrap(2), red: wrap(31), green: wrap(32), yellow: wrap(33) };
}

/** Three lines at most: what is wrong, what was found, what to do. */
export function renderError(error: ErrorRecord, style: Style): string {
  const lines = [`${style.red('error:')} ${error.message}`];
  if (error.found !== undefined) lines.push(`  ${style.dim('found:')} ${error.found}`);
  if (error.hint !== undefined && error.hint !== '')
    lines.push(`  ${style.dim('hint:')}  ${error.hint}`);
  return lines.join('\n');
}
