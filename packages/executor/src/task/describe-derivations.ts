/** describe-derivations: expressions over columns that nobody computed yet, translated and typed. */
import { didYouMean, HindcastError } from '@hindcast/shared/errors';
import type {
  DerivationSet,
  DerivedColumn,
  DescribeDerivationsResult,
  DescribeDerivationsTask,
} from '@hindcast/shared/plan/task';
import { columnTypes, prepareExpressions, translateExpression } from '../scan/dialect.js';
import { macrosFor } from '../scan/dialect-macros.js';
import { quoteName } from '../scan/duckdb.js';
import { explainError } from '../scan/explain-error.js';
import { unknownColumn } from '../scan/known-columns.js';
import type { TaskContext } from './context.js';

/** @throws HindcastError kind `config` for what can't run, or names a column that is not there */
export async function describeDerivations(
  task: DescribeDerivationsTask,
  context: TaskContext,
): Promise<DescribeDerivationsResult> {
  const expressions = task.sets.flatMap((set) => set.expressions);
  await prepareExpressions(expressions.map(({ expression }) => expression));
  const sets: DerivedColumn[][] = [];
  for (const set of task.sets) {
    const derived: DerivedColumn[] = [];
    for (const { name, expression } of set.expressions) {
      derived.push(await describeDerivation(name, expression, set, context));
    }
    sets.push(derived);
  }
  return { sets };
}

async function describeDerivation(
  name: string,
  text: string,
  { origin, columns }: DerivationSet,
  { session }: TaskContext,
): Promise<DerivedColumn> {
  const place = `${origin}, derivation "${name}"`;
  try {
    const names = columns.map((column) => column.name);
    const unknown = unknownColumn(text, columns);
    if (unknown !== undefined) {
      throw new HindcastError('config', `no column "${unknown}"`, {
        found: names.join(', '),
        hint: didYouMean(unknown, names),
      });
    }
    const held = new Map(columns.map((column) => [column.name.toLowerCase(), column.held]));
    const expression = translateExpression(text, columnTypes(columns), held);
    await session.once(macrosFor([expression]));
    const typed = columns.map(
      (column) => `CAST(NULL AS ${column.type}) AS ${quoteName(column.held)}`,
    );
    const from = typed.length === 0 ? '' : ` FROM (SELECT ${typed.join(', ')})`;
    const [described] = await session.describe(`SELECT ${expression} AS derived${from}`);
    return { name, type: described!.type === '"NULL"' ? 'VARCHAR' : described!.type, expression };
  } catch (error) {
    if (error instanceof HindcastError) {
      const { kind, message, found, hint } = error;
      throw new HindcastError(kind, `${place}: ${message}`, { found, hint });
    }
    throw explainError(error, { origin: place, table: '', columns: [] });
  }
}
