/**
 * The join whose left is the flattened log of a join's requests: it computes, as of each logged row's time,
 * what the join's features are. Values that were logged come along under hidden names.
 */
import { externalColumns } from '@hindcast/shared/config/external-columns';
import type { EventSource, Join, Query } from '@hindcast/shared/config/model';
import { leftKeys, outputTable } from '@hindcast/shared/config/names';
import { didYouMean, HindcastError } from '@hindcast/shared/errors';
import type { Column } from '@hindcast/shared/plan/task';
import { deltaType } from '@hindcast/shared/table/delta-type';
import type { PartitionSpec } from '@hindcast/shared/time/partition-spec';
import { quoteIn, typeIn } from '../sql-dialect.js';

export function loggedTable(join: Join): string {
  return `${outputTable(join)}_logged`;
}

export function consistencyTable(join: Join): string {
  return `${outputTable(join)}_consistency`;
}

/** Hash of the schema that a request was served by, in the flattened log. */
const schemaHash = 'schema_hash';

/** What was logged of a column; names of configs never begin so. */
export const loggedName = (column: string): string => `__logged_${column}`;

export interface LoggedJoin {
  readonly join: Join;
  /** Derived columns that are made of what the log lacks. */
  readonly lacking: readonly { readonly name: string; readonly needs: string }[];
  /** Columns that nobody computes: what was logged of them is taken for derivations. */
  readonly given: readonly string[];
}

/**
 * @param log columns of the flattened log, without the partition column
 * @throws HindcastError kind `config` for a log without one of the keys
 */
export function loggedJoin(join: Join, log: readonly Column[], spec: PartitionSpec): LoggedJoin {
  const names = log.map(({ name }) => name);
  const keys = [...new Set(join.joinParts.flatMap(leftKeys))];
  refuseOtherKeys(keys, names, join);
  const { selects } = join.left.query;
  const onLeft = selects === null ? [] : Object.keys(selects);
  const derived = new Set(join.derivations.map(({ name }) => name));
  const externals = externalColumns(join);
  const fields = externals.flatMap(({ contextual }) => (contextual === null ? [] : [contextual]));
  const own = [...onLeft, ...join.rowIds, ...fields].filter((name) => !derived.has(name));
  const kept = new Set([...keys, ...own.filter((name) => names.includes(name))]);
  for (const name of ['ts', spec.column]) kept.delete(name);
  const given = externals.map(({ name, type, contextual }) => {
    const held = [name, ...(contextual === null ? [] : [contextual])].find((one) =>
      names.includes(one),
    );
    return [
      name,
      held === undefined
        ? `CAST(NULL AS ${typeIn('spark', deltaType(type, name))})`
        : quoteIn('spark', held),
    ] as const;
  });
  const taken = new Set([...kept, ...given.map(([name]) => name), 'ts', schemaHash, spec.column]);
  const compared = names.filter((name) => !taken.has(name));
  const missing = [...onLeft, ...join.rowIds].filter(
    (name) => !names.includes(name) && name !== 'ts' && name !== spec.column,
  );
  const lacking = join.derivations.flatMap(({ name, expression }) => {
    const needs = missing.find((column) => mentions(expression, column));
    return needs === undefined ? [] : [{ name, needs }];
  });
  const without = new Set(lacking.map(({ name }) => name));
  return {
    given: given.map(([name]) => name),
    lacking: lacking.filter(({ name }) => names.includes(name)),
    join: {
      ...join,
      // Its rows are never a table: no job has one in this namespace.
      metaData: {
        ...join.metaData,
        name: `${join.metaData.name}_consistency_rows`,
        outputNamespace: '_hindcast',
      },
      left: loggedSource(
        join,
        Object.fromEntries([
          ...[...kept].map((name) => [name, quoteIn('spark', name)] as const),
          ...given,
          ...compared.map((name) => [loggedName(name), quoteIn('spark', name)] as const),
        ]),
      ),
      onlineExternalParts: [],
      labelPart: null,
      bootstrapParts: [],
      bootstrapFromLog: false,
      rowIds: [],
      derivations: join.derivations.filter(({ name }) => !without.has(name)),
      skewKeys: {},
    },
  };
}

/** @param selects null: every column */
export function loggedSource(join: Join, selects: Query['selects']): EventSource {
  return {
    kind: 'events',
    table: loggedTable(join),
    topic: null,
    isCumulative: false,
    query: {
      selects,
      wheres: [],
      startPartition: null,
      endPartition: null,
      timeColumn: 'ts',
      setups: [],
      mutationTimeColumn: null,
      reversalColumn: null,
      partitionColumn: null,
    },
  };
}

function refuseOtherKeys(keys: readonly string[], names: readonly string[], join: Join): void {
  const missing = keys.filter((key) => !names.includes(key));
  if (missing.length === 0) return;
  const [first] = missing as [string];
  const which = missing.map((key) => `"${key}"`).join(', ');
  throw new HindcastError(
    'config',
    `log ${loggedTable(join)}: it lacks ${missing.length === 1 ? 'the key' : 'the keys'} ${which} of join "${join.metaData.name}"`,
    {
      found: names.join(', '),
      hint: `${didYouMean(first, names) ?? ''} Log the join's keys by these names, and flatten the log again.`.trim(),
    },
  );
}

/** Whether an expression may name a column: where in doubt, it does. */
function mentions(expression: string, column: string): boolean {
  const text = column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\w])${text}(?![\\w])`, 'i').test(expression);
}
