/** Commands of hindcast on every page of docs are such as the command line takes. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../packages/driver/src/parse-command-line.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
  cwd: root,
});
const pages = listed
  .toString()
  .split('\n')
  .filter((page) => page !== '' && existsSync(join(root, page)))
  .map((page) => ({ page, text: readFileSync(join(root, page), 'utf8') }));

/** Of blocks of shell, without `npx`. */
function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block!);
  const command = /^[ \t]*(?:npx )?hindcast ((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\\n|[^\n"'#])*)/gm;
  return blocks.flatMap((block) => [...block.matchAll(command)].map(([, words]) => words!));
}

/** As a shell takes them, as far as docs go. */
function wordsOf(command: string): string[] {
  const words: string[] = [];
  const word = /(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'\\])+/g;
  for (const [quoted] of command.matchAll(word)) {
    if (/^[|>&]/.test(quoted)) break;
    words.push(quoted.replaceAll(/^["']|["']$/g, '').replaceAll('\\"', '"'));
  }
  return words;
}

test('pages have commands', () => {
  expect(pages.flatMap(({ text }) => commandsIn(text)).length).toBeGreaterThan(80);
  expect(() => parseCommandLine(wordsOf('submit a.ts --no-such'), '0')).toThrow(/no-such/);
});

describe.each(pages.filter(({ text }) => commandsIn(text).length > 0))('$page', ({ text }) => {
  test.each(commandsIn(text))('hindcast %s', (command) => {
    expect(parseCommandLine(wordsOf(command), '0')).not.toBeNull();
  });
});

/** Places on the same machine. */
function linksIn(text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to]) => to!.split('#')[0]!);
  return links.filter((to) => to !== '' && !/^[a-z]+:/.test(to));
}

describe.each(pages.filter(({ text }) => linksIn(text).length > 0))('$page', ({ page, text }) => {
  test.each([...new Set(linksIn(text))])('links to %s', (to) => {
    expect(existsSync(join(root, dirname(page), to))).toBe(true);
  });
});
