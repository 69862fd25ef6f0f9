/** Rules for what an expression begins with: literals, columns, and the fields of structs. */
import { HindcastError } from '@hindcast/shared/errors';
import { column as named, typeOf } from './dialect-calls.js';
import { coerced } from './dialect-casts.js';
import { sparkFunctions } from './dialect-functions.js';
import { call, identifier, type Node, text } from './dialect-nodes.js';
import { type Fields, refuse, type Scope } from './dialect-scope.js';
import { ownName } from './dialect-tokens.js';
import { decimal, list, type SqlType, scalar, sparkName, typed } from './dialect-types.js';

export function literal(fields: Fields): Node {
  const type = fields['literal_type'];
  if (type === 'raw_string') return typed(text(fields['value']), scalar('VARCHAR'));
  if (type === 'timestamp') return coerced(text(fields['value']), 't');
  if (type === 'string') return typed({ literal: fields }, scalar('VARCHAR'));
  if (type === 'date') return typed({ literal: fields }, scalar('DATE'));
  if (type === 'number') return typed({ literal: fields }, typeOfNumber(fields['value']));
  throw refuse(`${type} literal`, null);
}

function typeOfNumber(value: string): SqlType | null {
  const [, whole, fraction] = /^(\d*)(?:\.(\d*))?$/.exec(value) ?? [];
  if (whole === undefined) return scalar('DOUBLE');
  const digits = whole.replace(/^0+/, '');
  if (fraction !== undefined) {
    return decimal(Math.max(digits.length + fraction.length, 1), fraction.length);
  }
  if (digits.length < 10 || BigInt(digits) < 2n ** 31n) return scalar('INTEGER');
  return BigInt(digits) < 2n ** 63n ? scalar('BIGINT') : decimal(digits.length, 0);
}

export function column(fields: Fields, scope: Scope): Node {
  const [name, table] = [fields['name'], fields['table']] as { name: string }[];
  const root = ownName((table ?? name)!.name);
  const stands = scope.parameters.get(root.toLowerCase());
  if (stands === undefined) scope.columns.add(root);
  const held = scope.held.get(root.toLowerCase()) ?? root;
  const node = stands ?? typed(named(held), scope.typeOfColumn(root));
  return table === null || table === undefined ? node : field(node, ownName(name!.name));
}

/** `this.name`: a field of a struct, the value of a map, or of each struct of a list. */
export function field(node: Node, name: string): Node {
  const type = typeOf(node);
  const lower = name.toLowerCase();
  const known = (of: SqlType | null): SqlType | null =>
    of?.name === 'STRUCT'
      ? (of.fields.find((one) => one.name.toLowerCase() === lower)?.type ?? null)
      : null;
  if (type?.name === 'MAP')
    return sparkFunctions.get('get')!.make([node, typed(text(name), scalar('VARCHAR'))]);
  if (type?.name === 'LIST' && type.of?.name === 'STRUCT') {
    const item = { dot: { this: named('__item'), field: identifier(name) } };
    const lambda = { lambda: { parameters: [identifier('__item')], body: item, colon: false } };
    return typed(call('list_transform', [node, lambda]), list(known(type.of)));
  }
  if (type !== null && type.name !== 'STRUCT') {
    throw new HindcastError('config', `the field ${name} of the type ${sparkName(type)}`);
  }
  return typed({ dot: { this: node, field: identifier(name) } }, known(type));
}
