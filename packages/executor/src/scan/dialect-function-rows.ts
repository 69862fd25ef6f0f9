/** Rows of the table of Spark's functions: how many arguments, and what a call becomes. */
import { HindcastError } from '@hindcast/shared/errors';
import { spark } from './dialect-calls.js';
import { coerced } from './dialect-casts.js';
import { call, literalText, type Node, text } from './dialect-nodes.js';

export interface SparkFunction {
  readonly minArgs: number;
  readonly maxArgs: number;
  /** Of rewritten arguments, the DuckDB node. */
  readonly make: (args: readonly Node[]) => Node;
}

export type Row = readonly [string, SparkFunction];
export type Make = SparkFunction['make'];

/**
 * Rows of `name(arguments)` or `name(arguments)=target`. An argument is a letter, the cast that Spark
 * puts on it (see `coerced`); those in brackets may be left out, and `*` repeats the last.
 */
function rows(list: string, makeCall: (name: string, ...args: readonly Node[]) => Node): Row[] {
  return list
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const [, name, letters, target] = /^(\w+)\(([\w[\]*]*)\)(?:=(\w+))?$/.exec(entry)!;
      const kinds = letters!.replace(/[[\]*]/g, '');
      const make: Make = (args) =>
        makeCall(
          target ?? name!,
          ...args.map((arg, i) => coerced(arg, kinds[Math.min(i, kinds.length - 1)]!)),
        );
      const minArgs = letters!.replace(/\[.*/, '').replace('*', '').length;
      return [name!, { minArgs, maxArgs: letters!.endsWith('*') ? 255 : kinds.length, make }];
    });
}

/** Functions that DuckDB has with Spark's meaning. */
export const natives = (list: string): Row[] => rows(list, (name, ...args) => call(name, args));

/** Functions that are macros. */
export const macros = (list: string): Row[] => rows(list, spark);

export function made(name: string, minArgs: number, maxArgs: number, make: Make): Row {
  return [name, { minArgs, maxArgs, make }];
}

/** Argument `at` of `name` in another language: it must be a literal to be translated. */
export function pattern(name: string, arg: Node, translate: (text: string) => string): Node {
  return text(translate(literalOf(name, arg, 'pattern')));
}

/** @throws HindcastError kind `config` for what is no literal text */
export function literalOf(name: string, arg: Node, what: string): string {
  const value = literalText(arg);
  if (value !== null) return value;
  throw new HindcastError('config', `${name}: its ${what} is no literal text`, {
    hint: `Write the ${what} out in the expression.`,
  });
}

/** The whole number that a literal is; null for any other node. */
export function wholeOf(node: Node): number | null {
  const inner = node['neg'] as { readonly this: Node } | undefined;
  if (inner !== undefined) {
    const value = wholeOf(inner.this);
    return value === null ? null : -value;
  }
  const literal = node['literal'] as { literal_type: string; value: string } | undefined;
  return literal?.literal_type === 'number' && /^\d+$/.test(literal.value)
    ? Number(literal.value)
    : null;
}
