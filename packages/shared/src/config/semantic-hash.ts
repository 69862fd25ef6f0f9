/**
 * Hashes of what decides a join's values: spec/semantics, "Ranges and incremental runs". Topics,
 * descriptions, schedules, tags and the order of fields don't count.
 */
import { createHash } from 'node:crypto';
import type { SemanticHashes } from '../plan/plan.js';
import { accuracyOf } from './accuracy.js';
import { externalColumns } from './external-columns.js';
import type { Join, JoinPart, Source } from './model.js';
import { outputTable, partPrefix } from './names.js';

export function semanticHashes(join: Join): SemanticHashes {
  const left = hashOf([sourceOf(join.left), join.skewKeys]);
  const parts = Object.fromEntries(
    join.joinParts.map((part) => [partPrefix(part), hashOf(partOf(part))]),
  );
  const bootstrap = hashOf(
    join.bootstrapParts
      .map(({ table, query, keyColumns }) => ({
        table,
        query,
        keyColumns: keyColumns.length > 0 ? keyColumns : join.rowIds,
      }))
      .concat(
        join.bootstrapFromLog ? [{ table: 'log', query: null, keyColumns: join.rowIds }] : [],
      ),
  );
  const derivations = hashOf(join.derivations);
  const externals = externalColumns(join);
  return {
    left,
    parts,
    bootstrap,
    derivations: join.derivations.length === 0 ? null : derivations,
    externals: externals.length === 0 ? null : hashOf(externals),
    join: hashOf([
      left,
      parts,
      bootstrap,
      derivations,
      ...(externals.length > 0 ? [externals] : []),
    ]),
  };
}

function partOf({ groupBy, keyMapping }: JoinPart): unknown {
  const { keyColumns, aggregations, derivations } = groupBy;
  return {
    sources: groupBy.sources.map(sourceOf),
    keyColumns,
    keyMapping,
    aggregations,
    derivations,
    accuracy: accuracyOf(groupBy),
  };
}

/** A source without what only serving looks at. */
function sourceOf(source: Source): unknown {
  if (source.kind === 'events') return { ...source, topic: null };
  if (source.kind === 'entities') return { ...source, mutationTopic: null };
  const { join, query } = source;
  return { table: outputTable(join), join: semanticHashes(join).join, query };
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 16);
}

/** JSON with the fields of every object in one order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`);
  return `{${fields.join(',')}}`;
}
