/**
 * Definitions as what was hashed has them → as the config has them: fields by name, and in place of a
 * hash what it stands for.
 */
import type { Definitions } from '@hindcast/shared/config/semantic-hash';

type Json = unknown;
type Fields = Readonly<Record<string, Json>>;

/** Reads definitions that are on record; null for those that are not, or that name one that is not. */
export class DefinitionReader {
  /** @param joins false: joins among sources stay hashes */
  constructor(
    private readonly definitions: Definitions,
    private readonly joins: boolean,
  ) {}

  left(hash: string): Fields | null {
    return known(() => this.leftOf(hash));
  }

  part(hash: string): Fields | null {
    return known(() => this.partOf(hash));
  }

  bootstrap(hash: string): Fields | null {
    return known(() => this.bootstrapOf(hash));
  }

  list(hash: string): readonly Json[] | null {
    return known(() => this.read<Json[]>(hash));
  }

  labels(hash: string): Fields | null {
    return known(() => {
      const [labels, left, identity, derivations] = this.read<[string, string, Json, Json]>(hash);
      const [, parts] = this.read<[string, Record<string, string>]>(labels);
      return { ...this.leftOf(left), labels: this.partsOf(parts), identity, derivations };
    });
  }

  private leftOf(hash: string): Fields {
    const [left, skewKeys] = this.read<[Fields, Json]>(hash);
    return { left: this.source(left), skewKeys };
  }

  private partOf(hash: string): Fields {
    const part = this.read<{ sources: Fields[] }>(hash);
    return { ...part, sources: part.sources.map((source) => this.source(source)) };
  }

  private partsOf(parts: Readonly<Record<string, string>>): Fields {
    return Object.fromEntries(
      Object.entries(parts).map(([prefix, hash]) => [prefix, this.partOf(hash)]),
    );
  }

  private bootstrapOf(hash: string): Fields {
    const all = this.read<readonly { table: string; query: Json; keyColumns: Json }[]>(hash);
    const last = all.at(-1);
    const log = last?.table === 'log' && last.query === null ? last : null;
    return {
      bootstrapParts: log === null ? all : all.slice(0, -1),
      bootstrapFromLog: log === null ? false : { rowIds: log.keyColumns },
    };
  }

  /** Sources that are joins hold a hash of the whole join. */
  private source(source: Fields): Fields {
    const { join } = source;
    if (typeof join !== 'string' || !this.joins) return source;
    type JoinOf = [string, Record<string, string>, string, string, Json[]?];
    const [left, parts, bootstrap, derivations, externals = []] = this.read<JoinOf>(join);
    return {
      ...source,
      join: {
        ...this.leftOf(left),
        parts: this.partsOf(parts),
        ...this.bootstrapOf(bootstrap),
        derivations: this.read<Json>(derivations),
        externalColumns: externals,
      },
    };
  }

  private read<T>(hash: string): T {
    return JSON.parse(this.definitions[hash] ?? '') as T;
  }
}

/** Other versions may have hashed other shapes, too: a plan must not fail over what it merely says. */
function known<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
