/** Words as a POSIX shell reads them. */
export function shellWords(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The same for people to read: apostrophes stand in double quotes, where a shell looks for nothing else. */
export function readableWord(word: string): string {
  return word.includes("'") && !/["$`\\!]/.test(word) ? `"${word}"` : shellWord(word);
}
