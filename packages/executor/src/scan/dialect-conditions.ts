/** Rules for conditions: BETWEEN, IN, CASE and LIKE. */
import { typeOf } from './dialect-calls.js';
import { coerced } from './dialect-casts.js';
import { commonType, condition as truth, unified } from './dialect-common-type.js';
import { sides } from './dialect-comparisons.js';
import { isNull, literalText, type Node, noComments, text } from './dialect-nodes.js';
import { type Fields, refuse, type Scope } from './dialect-scope.js';
import { typed } from './dialect-types.js';

/** Two comparisons, of which each may be in a type of its own. */
export function between(fields: Fields, scope: Scope): Node {
  const [value, low, high] = ['this', 'low', 'high'].map((at) => scope.rewrite(fields[at], scope));
  const [[fromValue, from], [toValue, to]] = [sides(value!, low!), sides(value!, high!)];
  if (fromValue === value && toValue === value) {
    return { between: { ...fields, this: value, low: from, high: to } };
  }
  const both = {
    and: {
      left: { gte: { left: fromValue, right: from, ...noComments } },
      right: { lte: { left: toValue, right: to, ...noComments } },
      ...noComments,
    },
  };
  const node = { paren: { this: both, trailing_comments: [] } };
  return fields['not'] === true ? { not: { this: node } } : node;
}

/** Unlike `=`, IN brings all of its values to one type: beside text, to text. */
export function within(fields: Fields, scope: Scope): Node {
  if (fields['query'] !== null) throw refuse('subquery', null);
  const nodes = [fields['this'] as Node, ...(fields['expressions'] as Node[])];
  const [value, ...rest] = unified(
    nodes.map((one) => scope.rewrite(one, scope)),
    'IN',
  );
  return { in: { ...fields, this: value, expressions: rest } };
}

export function caseOf(fields: Fields, scope: Scope): Node {
  const operand = fields['operand'] === null ? null : scope.rewrite(fields['operand'], scope);
  const whens = (fields['whens'] as Node[][]).map(([when, then]) => [
    operand === null ? truth(scope.rewrite(when!, scope)) : scope.rewrite(when!, scope),
    scope.rewrite(then!, scope),
  ]) as [Node, Node][];
  const last = fields['else_'] === null ? [] : [scope.rewrite(fields['else_'], scope)];
  const results = [...whens.map(([, then]) => then), ...last];
  const branches = unified(results, 'branches of CASE');
  const conditions = whens.map(([condition]) => {
    if (operand === null) return condition;
    const [left, right] = sides(operand, condition);
    return { eq: { left, right, ...noComments } };
  });
  const changed = conditions.map((condition, i) => [condition, branches[i]!]);
  const otherwise = last.length === 0 ? null : branches[branches.length - 1]!;
  const node = { case: { ...fields, operand: null, whens: changed, else_: otherwise } };
  return typed(node, commonType(results, 'branches of CASE'));
}

/** Spark's LIKE has the backslash for its escape character; DuckDB's has none. */
export function like(fields: Fields, scope: Scope, kind: string): Node {
  const quantifier = fields['quantifier'] as string | null | undefined;
  if (quantifier !== null && quantifier !== undefined) {
    const patterns = (fields['right']['tuple']?.expressions ?? []) as Node[];
    const each = patterns.map((right) => like({ ...fields, right, quantifier: null }, scope, kind));
    const word = quantifier.toUpperCase() === 'ALL' ? 'and' : 'or';
    if (each.length === 0) throw refuse(`LIKE ${quantifier}`, null);
    const joined = each.reduce((left, right) => ({ [word]: { left, right, ...noComments } }));
    return { paren: { this: joined, trailing_comments: [] } };
  }
  const pattern = literalText(fields['right']);
  const plain = pattern !== null && !pattern.includes('\\');
  const escaped = fields['escape'] ?? (plain ? null : text('\\'));
  const [left, right] = ['left', 'right'].map((at) =>
    coercedText(scope.rewrite(fields[at], scope)),
  );
  return { [kind]: { ...fields, left, right, escape: escaped } };
}

function coercedText(node: Node): Node {
  return typeOf(node) === null || isNull(node) ? node : coerced(node, 's');
}
