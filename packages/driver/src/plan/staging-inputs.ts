/** The tables that a staging query waits for: those that it says, else those that it names. */
import type { StagingQuery } from '@hindcast/shared/config/model';

export interface StagingInput {
  readonly table: string; // namespace.name
  /** Null: the project's. */
  readonly partitionColumn: string | null;
  /** The partition that a run for a day needs: so many days before it. Null: none of a certain day. */
  readonly daysBefore: number | null;
}

/**
 * `metaData.dependencies` as Chronon writes them, `ns.table/ds={{ ds }}`, or with `ds_add(ds, -1)` for
 * another day. Without any, each table after FROM and JOIN.
 */
export function stagingInputs({ query, metaData }: StagingQuery): StagingInput[] {
  if (metaData.dependencies.length > 0) return metaData.dependencies.flatMap(dependency);
  return queriedTables(query).map((table) => ({ table, partitionColumn: null, daysBefore: 0 }));
}

function dependency(text: string): StagingInput[] {
  const [, table, partitionColumn, value = ''] =
    /^\s*([\w-]+(?:\.[\w-]+)*)(?:\/([^=/]+)=([^/]*))?/.exec(text) ?? [];
  if (table === undefined) return [];
  const added = /ds_add\(\s*ds\s*,\s*([+-]?\d+)\s*\)/.exec(value)?.[1];
  const ofTheDay = /\{\{\s*ds\s*\}\}/.test(value);
  const daysBefore = added !== undefined ? -Number(added) : ofTheDay ? 0 : null;
  return [{ table, partitionColumn: partitionColumn ?? null, daysBefore }];
}

const name = '[`"]?[\\w-]+[`"]?\\s*\\.\\s*[`"]?[\\w-]+[`"]?';
const alias = '(?:\\s+(?:AS\\s+)?(?!(?:JOIN|ON|WHERE|GROUP|ORDER|UNION|LEFT|INNER|CROSS)\\b)\\w+)?';
const clause = new RegExp(
  `\\b(?:FROM|JOIN)\\s+(${name}${alias}(?:\\s*,\\s*${name}${alias})*)`,
  'gi',
);

/** Tables with a namespace that stand after FROM or JOIN, in order; comments and texts name none. */
export function queriedTables(query: string): string[] {
  const plain = query
    // Whichever begins first: a comment may hold a quote, and a text what looks like a comment.
    .replace(/'(?:[^'\\]|\\.|'')*'|--.*?$|\/\*.*?\*\//gms, (found) =>
      found.startsWith("'") ? "''" : ' ',
    )
    // Functions that have a FROM of their own.
    .replace(/\b(?:EXTRACT|TRIM|SUBSTRING|OVERLAY)\s*\([^()]*\)/gi, ' ');
  const lists = [...plain.matchAll(clause)].map(([, list]) => list!);
  const tables = lists.flatMap((list) =>
    list.split(',').map((one) => new RegExp(name).exec(one)![0].replace(/[`"\s]/g, '')),
  );
  return [...new Set(tables)];
}
