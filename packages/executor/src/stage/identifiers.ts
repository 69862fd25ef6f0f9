/** Names in SQL, for which columns it may read: rather too many than one too few. */

/** Every word of the texts and every quoted name, in lower case; SQL's names have no case. */
export function identifiersOf(texts: readonly string[]): Set<string> {
  const found = new Set<string>();
  for (const text of texts) {
    for (const [word] of text.matchAll(/[\p{L}_][\p{L}\p{N}_$]*/gu)) found.add(word.toLowerCase());
    for (const [, name] of text.matchAll(/"((?:[^"]|"")*)"/g))
      found.add(name!.replaceAll('""', '"').toLowerCase());
    for (const [, name] of text.matchAll(/`((?:[^`]|``)*)`/g))
      found.add(name!.replaceAll('``', '`').toLowerCase());
  }
  return found;
}
