/** Rules for calls of functions, and for those that Spark writes with words between the arguments. */
import { HindcastError } from '@hindcast/shared/errors';
import { spark, typeOf } from './dialect-calls.js';
import { coerced } from './dialect-casts.js';
import { sparkFunctions } from './dialect-functions.js';
import { refusalHint } from './dialect-hints.js';
import { higherOrderCall } from './dialect-lambdas.js';
import { literalText, type Node, text } from './dialect-nodes.js';
import { resultOf } from './dialect-results.js';
import { type Fields, refuse, type Scope } from './dialect-scope.js';
import { functionPrefix } from './dialect-tokens.js';
import { decimal, scalar, typed } from './dialect-types.js';

/** A rewritten call, with its type where that is known. */
export function functionOf(name: string, args: readonly Node[]): Node {
  const node = sparkFunctions.get(name)!.make(args);
  const type = typeOf(node) ?? resultOf(name, args);
  return typeOf(node) === null && type !== null ? typed(node, type) : node;
}

export function functionCall(fields: Fields, scope: Scope): Node {
  const name = (fields['name'] as string).toLowerCase().replace(functionPrefix, '');
  const args = fields['args'] as readonly Node[];
  const higher = higherOrderCall(name, args, scope);
  if (higher !== null) return higher;
  const known = sparkFunctions.get(name);
  if (known === undefined) throw refuse(name, null);
  const { minArgs, maxArgs } = known;
  if (args.length < minArgs || args.length > maxArgs || fields['distinct'] === true) {
    throw new HindcastError('config', `${name} with ${args.length} arguments`, {
      hint: refusalHint(name) ?? arity(minArgs, maxArgs),
    });
  }
  if (name === 'struct') return structOf(args, scope);
  if (name === 'date_part' || name === 'datepart') {
    const part = literalText(args[0]!) ?? '';
    const key = Object.keys(extractable).find((one) => one.toLowerCase() === part.toLowerCase());
    return extract({ field: key ?? part, this: args[1] }, scope);
  }
  return functionOf(
    name,
    args.map((arg) => scope.rewrite(arg, scope)),
  );
}

function arity(least: number, most: number): string {
  return `It takes ${least === most ? least : `${least} to ${most}`}.`;
}

/** `struct(a, b + 1 AS c)`: fields named as the columns are, or col1, col2, … by their place. */
function structOf(args: readonly Node[], scope: Scope): Node {
  const parts = args.flatMap((arg, i) => {
    const { alias, column } = arg as Fields;
    const name: string = alias?.alias.name ?? column?.name.name ?? `col${i + 1}`;
    return [typed(text(name), scalar('VARCHAR')), scope.rewrite(alias?.this ?? arg, scope)];
  });
  return functionOf('named_struct', parts);
}

const extractable: Readonly<Record<string, string>> = {
  Year: 'year',
  Quarter: 'quarter',
  Month: 'month',
  Week: 'weekofyear',
  Day: 'day',
  DayOfWeek: 'dayofweek',
  DayOfYear: 'dayofyear',
  Hour: 'hour',
  Minute: 'minute',
};

export function extract(fields: Fields, scope: Scope): Node {
  const value = scope.rewrite(fields['this'], scope);
  if (fields['field'] === 'Second' || /^seconds?$/i.test(fields['field'])) {
    return typed(spark('second_fraction', coerced(value, 't')), decimal(8, 6));
  }
  const name = typeof fields['field'] === 'string' ? extractable[fields['field']] : undefined;
  if (name === undefined) throw refuse(`EXTRACT of ${JSON.stringify(fields['field'])}`, null);
  return functionOf(name, [value]);
}

export function trim(fields: Fields, scope: Scope): Node {
  const name = { Leading: 'ltrim', Trailing: 'rtrim', Both: 'trim' }[fields['position'] as string];
  const characters = fields['characters'] as Node | null;
  const args = [fields['this'] as Node, ...(characters === null ? [] : [characters])];
  return spark(name ?? 'trim', ...args.map((arg) => coerced(scope.rewrite(arg, scope), 's')));
}
