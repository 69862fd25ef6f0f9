/** Comparing text with dates: Spark reads the text as a date, DuckDB wants a cast. */
import { call, isNull, literalText, type Node } from './dialect-nodes.js';
import { functionPrefix } from './dialect-tokens.js';

export type TimeKind = 'date' | 'timestamp';

const functions: Readonly<Record<TimeKind, ReadonlySet<string>>> = {
  date: new Set(
    'date date_add date_sub trunc add_months next_day make_date date_from_unix_date current_date'
      .split(' ')
      .map((name) => functionPrefix + name)
      .concat('last_day'),
  ),
  timestamp: new Set(
    'timestamp parse date_trunc timestamp_millis current_timestamp from_utc_timestamp to_utc_timestamp'
      .split(' ')
      .map((name) => functionPrefix + name),
  ),
};

/** The kind of time that rewritten nodes are compared as; null when none is surely a time. */
export function timeKind(nodes: readonly Node[]): TimeKind | null {
  const kinds = nodes.map(kindOfOne);
  return kinds.includes('timestamp') ? 'timestamp' : kinds.includes('date') ? 'date' : null;
}

function kindOfOne(node: Node): TimeKind | null {
  const paren = node['paren'] as { readonly this: Node } | undefined;
  if (paren !== undefined) return kindOfOne(paren.this);
  const literal = node['literal'] as { readonly literal_type: string } | undefined;
  if (literal?.literal_type === 'date') return 'date';
  const name = (node['function'] as { readonly name: string } | undefined)?.name ?? '';
  if (functions.date.has(name)) return 'date';
  return functions.timestamp.has(name) ? 'timestamp' : null;
}

/** A rewritten node beside a time: columns and the like are cast when they are text. */
export function besideTime(node: Node, kind: TimeKind): Node {
  if (kindOfOne(node) !== null || literalText(node) !== null || isNull(node)) return node;
  return call(`${functionPrefix}beside_${kind}`, [node]);
}
