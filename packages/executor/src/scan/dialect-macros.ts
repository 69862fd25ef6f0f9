/**
 * Spark's functions as DuckDB macros, `spark_<name>`, defined in a session when an expression first
 * calls them. A macro with several bodies picks one by its argument's type; the body of an untyped
 * parameter takes what is left. DuckDB binds a body when it is made, so a macro with several bodies is
 * called by others only with an argument of a known type.
 */
import { castMacros } from './dialect-macros-casts.js';
import { listMacros } from './dialect-macros-lists.js';
import { numberMacros } from './dialect-macros-numbers.js';
import { textMacros } from './dialect-macros-text.js';
import { timeMacros } from './dialect-macros-times.js';

const bodies = [...castMacros, ...timeMacros, ...textMacros, ...numberMacros, ...listMacros];

const nameOf = (body: string): string => body.slice(0, body.indexOf('('));
const position = new Map(bodies.map((body, i) => [nameOf(body), i]));

/** Statements that define the macros which some expressions call, and those that these call. */
export function macrosFor(expressions: readonly string[]): readonly string[] {
  const needed = new Set<number>();
  const need = (text: string): void => {
    for (const [name] of text.matchAll(/\bspark_\w+(?=\()/gi)) {
      const i = position.get(name.toLowerCase());
      if (i === undefined || needed.has(i)) continue;
      needed.add(i);
      need(bodies[i]!);
    }
  };
  for (const expression of expressions) need(expression);
  if (needed.size === 0) return [];
  // A body is bound when it is made: what it calls comes first in the list.
  const ordered = [...needed].sort((a, b) => a - b);
  return [
    "SET TimeZone = 'UTC'",
    ...ordered.map((i) => `CREATE OR REPLACE TEMP MACRO ${bodies[i]!}`),
  ];
}
