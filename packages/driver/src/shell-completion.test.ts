import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Verb, verbs } from './command-line.js';
import { completionScript, shells } from './shell-completion.js';

describe('real bash completes', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hindcast-completion-'));
    writeFileSync(join(folder, 'hindcast.bash'), completionScript('bash'));
    writeFileSync(join(folder, 'join one.ts'), '');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What is offered for the last word. */
  const offered = (...words: readonly string[]): string[] => {
    const script = `source hindcast.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hindcast; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const options = { cwd: folder, encoding: 'utf8' } as const;
    return execFileSync('bash', ['-c', script, 'bash', 'hindcast', ...words], options)
      .trimEnd()
      .split('\n');
  };

  test.each([
    [['subm'], ['submit']],
    [['submit', 'x.ts', '--repro'], ['--reprocess']],
    [['submit', 'x.ts', '--reprocess', 's'], ['stale']],
    [['--log-level', 'd'], ['debug']],
    [['--json', 'explain-row', 'x.ts', '--wh'], ['--where']],
    [['config', ''], expect.arrayContaining(['show', '--origin'])],
    [['config', 'joi'], ['']],
  ])('%j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });

  test('files, where a verb takes one, and where an option does', () => {
    expect(offered('plan', 'joi').join(' ')).toBe('join one.ts');
    expect(offered('sql', 'SELECT 1', '--output', 'joi').join(' ')).toBe('join one.ts');
  });
});

describe.each(shells)('%s', (shell) => {
  const script = completionScript(shell);

  test.each(Object.entries<Verb>(verbs))('%s and its options', (verb, { options }) => {
    expect(script).toContain(verb);
    for (const { flags } of options)
      for (const [, name] of flags.matchAll(/--([a-z][\w-]*)/g)) expect(script).toContain(name);
  });

  test('no text ends its quotes', () => {
    // Every quote that is left after escaped ones has a partner.
    const plain = script.replaceAll(`'\\''`, '').replaceAll(/^#.*$/gm, '');
    expect(plain.split("'").length % 2).toBe(1);
  });
});
