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

/** Hash → the JSON that it is the hash of. */
export type Definitions = Readonly<Record<string, string>>;

export function semanticHashes(join: Join): SemanticHashes {
  return new Definer().hashes(join);
}

/** What the join's hashes stand for, with those of the joins that it reads. */
export function semanticDefinitions(join: Join): Definitions {
  const definer = new Definer();
  definer.hashes(join);
  return definer.definitions;
}

/** Hash of a definition's text. */
export function definitionHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Hashes, and keeps what it hashed. */
class Definer {
  readonly definitions: Record<string, string> = {};

  hashes(join: Join): SemanticHashes {
    const left = this.hash([this.source(join.left), join.skewKeys]);
    const parts = Object.fromEntries(
      join.joinParts.map((part) => [partPrefix(part), this.hash(this.part(part))]),
    );
    const bootstrap = this.hash(bootstrapOf(join));
    const derivations = this.hash(join.derivations);
    const externals = externalColumns(join);
    const external = externals.length === 0 ? null : this.hash(externals);
    return {
      left,
      parts,
      bootstrap,
      derivations: join.derivations.length === 0 ? null : derivations,
      externals: external,
      join: this.hash([
        left,
        parts,
        bootstrap,
        derivations,
        ...(external === null ? [] : [externals]),
      ]),
    };
  }

  private part({ groupBy, keyMapping }: JoinPart): unknown {
    const { keyColumns, aggregations, derivations } = groupBy;
    return {
      sources: groupBy.sources.map((source) => this.source(source)),
      keyColumns,
      keyMapping,
      aggregations,
      derivations,
      accuracy: accuracyOf(groupBy),
    };
  }

  /** A source without what only serving looks at. */
  private source(source: Source): unknown {
    if (source.kind === 'events') return { ...source, topic: null };
    if (source.kind === 'entities') return { ...source, mutationTopic: null };
    const { join, query } = source;
    return { table: outputTable(join), join: this.hashes(join).join, query };
  }

  private hash(value: unknown): string {
    const text = canonical(value);
    const hash = definitionHash(text);
    this.definitions[hash] = text;
    return hash;
  }
}

function bootstrapOf(join: Join): unknown {
  return join.bootstrapParts
    .map(({ table, query, keyColumns }) => ({
      table,
      query,
      keyColumns: keyColumns.length > 0 ? keyColumns : join.rowIds,
    }))
    .concat(join.bootstrapFromLog ? [{ table: 'log', query: null, keyColumns: join.rowIds }] : []);
}

/** JSON with the fields of every object in one order. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`);
  return `{${fields.join(',')}}`;
}
