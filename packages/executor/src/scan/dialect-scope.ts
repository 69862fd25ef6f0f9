/** What the rules of the rewrite share: what is in sight of an expression, and how they refuse. */
import { HindcastError, nearest } from '@hindcast/shared/errors';
import { sparkFunctions } from './dialect-functions.js';
import { refusalHint } from './dialect-hints.js';
import type { Node } from './dialect-nodes.js';
import type { ColumnTypes } from './dialect-types.js';

// biome-ignore lint/suspicious/noExplicitAny: fields differ by kind, and the parser has no types for them
export type Fields = Readonly<Record<string, any>>;
export type Rule = (fields: Fields, scope: Scope, kind: string) => Node;

/** Lower-case name that expressions use → name of the column that stands for it, where they differ. */
export type HeldNames = ReadonlyMap<string, string>;

export interface Scope {
  /** Columns that were read so far, as they are written. */
  readonly columns: Set<string>;
  readonly typeOfColumn: ColumnTypes;
  readonly held: HeldNames;
  /** What the parameters of the lambdas around stand for, by lower-case name. */
  readonly parameters: ReadonlyMap<string, Node>;
  readonly rewrite: (node: Node, scope: Scope) => Node;
  /** Rules of what only whole queries have, by kind; absent in expressions over one row. */
  readonly ofQuery?: Readonly<Record<string, Rule>>;
}

function nearestHint(name: string): string {
  const match = nearest(name, sparkFunctions.keys());
  if (match !== undefined) return `Did you mean "${match}"?`;
  return 'docs/spark-sql.md lists what runs here; whatever is not there, compute in a StagingQuery.';
}

const wholeQueries = /^(select|subquery|exists|union|intersect|except|window_function|star)$/;

export function refuse(kind: string, fields: Fields | null): HindcastError {
  const name = String(fields?.['original_name'] ?? kind).toLowerCase();
  if (wholeQueries.test(kind)) {
    const what = kind.replace('_', ' ');
    return new HindcastError('config', `a ${what} is no expression over one row`, {
      hint: 'Use a StagingQuery for whole queries.',
    });
  }
  if (kind === 'tuple' || kind === 'alias') {
    return new HindcastError('config', 'more than one expression, or an alias');
  }
  return new HindcastError('config', `"${name}" is not supported`, {
    hint: refusalHint(name) ?? nearestHint(name),
  });
}

/** What only whole queries have. */
export function unsupported(what: string): HindcastError {
  return new HindcastError('config', `${what} does not run here`, {
    hint: 'docs/spark-sql.md lists what runs; a view of the source table may do the rest.',
  });
}
