/** Comparing text with dates: Spark reads the text as a date, DuckDB wants a cast. */
import { letterOf, spark } from './dialect-calls.js';
import { isNull, literalText, type Node } from './dialect-nodes.js';

export type TimeKind = 'date' | 'timestamp';

/** The kind of time that rewritten nodes are compared as; null when none is surely a time. */
export function timeKind(nodes: readonly Node[]): TimeKind | null {
  const letters = nodes.map(letterOf);
  return letters.includes('t') ? 'timestamp' : letters.includes('d') ? 'date' : null;
}

/** A rewritten node beside a time: columns and the like are cast when they are text. */
export function besideTime(node: Node, kind: TimeKind): Node {
  const letter = letterOf(node);
  const isText = letter === null || letter === 's';
  if (!isText || literalText(node) !== null || isNull(node)) return node;
  return spark(`beside_${kind}`, node);
}
