/**
 * What the hashes in tables stand for, by hash: `_hindcast/definitions/<hash>.json`, the JSON that was
 * hashed. Kept so that a later plan can say what changed; nothing is computed from it.
 */
import { type Definitions, definitionHash } from '@hindcast/shared/config/semantic-hash';
import { atMost } from '@hindcast/shared/store/at-most';
import type { Store } from '@hindcast/shared/store/store';
import type { DeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { type Provenance, provenanceTag } from './plan/decide.js';

export const definitionsFolder = '_hindcast/definitions';

const atOnce = 16;

/** Those that are there already stay as they are. */
export async function keepDefinitions(definitions: Definitions, store: Store): Promise<void> {
  await atMost(atOnce, Object.entries(definitions), ([hash, text]) =>
    store.putIfAbsent(definitionKey(hash), text),
  );
}

/** These definitions and all that they name, as far as they are on record. */
export function readDefinitions(hashes: Iterable<string>, store: Store): Promise<Definitions> {
  return withNamed(hashes, (hash) => readDefinition(hash, store));
}

/** The same, where one that can't be read is as good as none. */
export function tryReadDefinitions(hashes: Iterable<string>, store: Store): Promise<Definitions> {
  return withNamed(hashes, (hash) => readDefinition(hash, store).catch(() => null));
}

async function readDefinition(hash: string, store: Store): Promise<string | null> {
  const data = await store.get(definitionKey(hash));
  const text = data === null ? '' : new TextDecoder().decode(data);
  return definitionHash(text) === hash ? text : null;
}

/** Of some definitions those that are asked for, and all that these name. */
export function pickDefinitions(hashes: Iterable<string>, all: Definitions): Promise<Definitions> {
  return withNamed(hashes, async (hash) => all[hash] ?? null);
}

async function withNamed(
  hashes: Iterable<string>,
  read: (hash: string) => Promise<string | null>,
): Promise<Definitions> {
  const found: Record<string, string> = {};
  const asked = new Set<string>();
  let next = [...new Set(hashes)];
  while (next.length > 0) {
    for (const hash of next) asked.add(hash);
    const texts = await atMost(atOnce, next, read);
    texts.forEach((text, i) => {
      if (text !== null) found[next[i]!] = text;
    });
    const named = texts.flatMap((text) => text?.match(/(?<=")[0-9a-f]{16}(?=")/g) ?? []);
    next = [...new Set(named)].filter((hash) => !asked.has(hash));
  }
  return found;
}

/** Hashes of definitions in what files were computed from. */
export function hashesIn(provenance: Provenance): string[] {
  return Object.values(provenance).flatMap((text) => text.match(/^[0-9a-f]{16}(?=-|$)/) ?? []);
}

/** The same of all files of a table, and of the table itself. */
export function hashesOfTable({ files, metaData }: DeltaSnapshot): Set<string> {
  const texts = new Set(files.map(({ tags }) => tags?.[provenanceTag]));
  texts.add(metaData.configuration[provenanceTag]);
  return new Set(
    [...texts].flatMap((text) =>
      text === undefined ? [] : hashesIn(JSON.parse(text) as Provenance),
    ),
  );
}

export function definitionKey(hash: string): string {
  return `${definitionsFolder}/${hash}.json`;
}
