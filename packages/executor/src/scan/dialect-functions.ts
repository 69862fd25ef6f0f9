/**
 * The Spark functions that run here, as a table, by name. A function that is no row is refused by its
 * name; those that take a lambda are in `dialect-lambdas`.
 */
import { spark } from './dialect-calls.js';
import { namedCast } from './dialect-casts.js';
import { commonType, condition as truth, unified } from './dialect-common-type.js';
import { sides } from './dialect-comparisons.js';
import { macros, made, type Row, type SparkFunction } from './dialect-function-rows.js';
import { listFunctions } from './dialect-functions-lists.js';
import { numberFunctions } from './dialect-functions-numbers.js';
import { textFunctions } from './dialect-functions-text.js';
import { timeFunctions } from './dialect-functions-times.js';
import { call, type Node, noComments, when } from './dialect-nodes.js';
import { typed } from './dialect-types.js';

const casts = 'string boolean tinyint smallint int bigint float double date timestamp binary';

function firstOf(name: string) {
  return (args: readonly Node[]): Node =>
    typed(call('coalesce', [...unified(args, name)]), commonType(args, name));
}

const conditions: readonly Row[] = [
  made('coalesce', 1, 255, firstOf('coalesce')),
  made('nvl', 2, 2, firstOf('nvl')),
  made('ifnull', 2, 2, firstOf('ifnull')),
  ...macros('isnull(_) isnotnull(_)'),
  made('nullif', 2, 2, ([value, other]) => {
    const [left, right] = sides(value!, other!);
    const same = { eq: { left, right, ...noComments } };
    return when(same, { null: null }, value!);
  }),
  made('if', 3, 3, ([condition, yes, no]) => {
    const [left, right] = unified([yes!, no!], 'branches of if');
    return when(truth(condition!), left!, right!);
  }),
  made('nvl2', 3, 3, ([value, yes, no]) => {
    const [left, right] = unified([yes!, no!], 'branches of nvl2');
    return when(spark('isnotnull', value!), left!, right!);
  }),
];

/** By lower-case name. */
export const sparkFunctions: ReadonlyMap<string, SparkFunction> = new Map<string, SparkFunction>([
  ...timeFunctions,
  ...casts.split(' ').map((name) => made(name, 1, 1, ([value]) => namedCast(name, value!))),
  ...numberFunctions,
  ...textFunctions,
  ...listFunctions,
  ...conditions,
]);
