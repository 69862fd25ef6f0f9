/** Nodes of the parser's tree: one key, the kind, over the fields of that kind. */
export type Node = Readonly<Record<string, unknown>>;

export function kindOf(node: Node): string {
  return Object.keys(node)[0]!;
}

export function call(name: string, args: readonly Node[]): Node {
  return {
    function: {
      name,
      args,
      distinct: false,
      trailing_comments: [],
      use_bracket_syntax: false,
      no_parens: false,
      quoted: false,
    },
  };
}

/** A text literal. */
export function text(value: string): Node {
  return { literal: { literal_type: 'string', value } };
}

/** The value of a text literal; null for any other node. */
export function literalText(node: Node): string | null {
  const literal = node['literal'] as { literal_type: string; value: string } | undefined;
  if (literal === undefined || !/^(raw_)?string$/.test(literal.literal_type)) return null;
  return literal.value;
}

export function number(value: number): Node {
  return { literal: { literal_type: 'number', value: String(value) } };
}

export function isNull(node: Node): boolean {
  return kindOf(node) === 'null';
}

/** A quoted name. */
export function identifier(name: string): Node {
  return { name, quoted: true, trailing_comments: [] };
}

/** A struct of named fields. */
export function struct(fields: readonly (readonly [string, Node])[]): Node {
  const named = fields.map(([name, value]) => ({
    named_argument: { name: identifier(name), value, separator: 'ColonEq' },
  }));
  return call('struct_pack', named);
}

/** `CASE WHEN condition THEN yes ELSE no END`. */
export function when(condition: Node, yes: Node, no: Node): Node {
  return { case: { operand: null, whens: [[condition, yes]], else_: no } };
}

/** What the printer wants of a SELECT beside its list. */
export const plainSelect = {
  from: null,
  joins: [],
  lateral_views: [],
  distinct: false,
  locks: [],
};

/** What the parser has beside the sides of an operator. */
export const noComments = { left_comments: [], operator_comments: [], trailing_comments: [] };
