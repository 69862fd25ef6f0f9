/** Comparing text with dates and numbers: Spark reads the text as one, DuckDB wants a cast. */
import { letterOf, spark } from './dialect-calls.js';
import { isNull, kindOf, literalText, type Node } from './dialect-nodes.js';

/** What text is read as. */
export type Compared = 'date' | 'timestamp' | 'bigint' | 'double';

/** What rewritten nodes are compared as; null when none of them surely says. */
export function comparedAs(nodes: readonly Node[]): Compared | null {
  const letters = nodes.map(letterOf);
  if (letters.includes('t')) return 'timestamp';
  if (letters.includes('d')) return 'date';
  const numbers = nodes.map(numberOf).filter((number) => number !== null);
  if (numbers.length === 0) return null;
  return numbers.every((number) => /^\d+$/.test(number)) ? 'bigint' : 'double';
}

/** A literal number's digits, without its sign. */
function numberOf(node: Node): string | null {
  const kind = kindOf(node);
  const fields = node[kind] as Readonly<Record<string, unknown>>;
  if (kind === 'neg' || kind === 'paren') return numberOf(fields['this'] as Node);
  return kind === 'literal' && fields['literal_type'] === 'number' ? String(fields['value']) : null;
}

/** A rewritten node beside such a value: columns and the like are cast when they are text. */
export function beside(node: Node, kind: Compared): Node {
  const letter = letterOf(node);
  const isText = letter === null || letter === 's';
  const isKnown = literalText(node) !== null || numberOf(node) !== null || isNull(node);
  return isText && !isKnown ? spark(`beside_${kind}`, node) : node;
}
