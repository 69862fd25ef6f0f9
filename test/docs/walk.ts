/**
 * A page of docs as its reader follows it. Blocks of `sh` are run; the block below a line that ends with
 * "Save as `file`:" is saved; a block without a language is what the commands above it say, `…` for any text.
 */
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));

export interface Step {
  readonly line: number; // 1 is the first
  /** Bash. */
  readonly script: string;
  readonly says: readonly string[];
}

/** @param chapters numbers of headings `## 1. …`; null: the whole page */
export function stepsOf(page: string, chapters: readonly number[] | null): Step[] {
  const steps: (Step & { says: string[] })[] = [];
  const lines = page.split('\n');
  let wanted = chapters === null;
  let file: string | null = null;
  for (let i = 0; i < lines.length; i++) {
    const chapter = /^## (\d+)\./.exec(lines[i]!)?.[1];
    if (chapter !== undefined) wanted = chapters === null || chapters.includes(Number(chapter));
    const fence = /^```(\w*)$/.exec(lines[i]!);
    if (fence === null) {
      if (lines[i] !== '') file = /Save as `([^`]+)`:$/.exec(lines[i]!)?.[1] ?? null;
      continue;
    }
    const end = lines.indexOf('```', i + 1);
    const block = lines.slice(i + 1, end);
    if (wanted) {
      const line = i + 2;
      if (file !== null) steps.push({ line, script: saving(file, block), says: [] });
      else if (fence[1] === 'sh') steps.push({ line, script: block.join('\n'), says: [] });
      else if (fence[1] === '') steps.at(-1)!.says.push(...block.filter((said) => said !== ''));
    }
    file = null;
    i = end;
  }
  return steps;
}

function saving(file: string, block: readonly string[]): string {
  return [`cat > '${file}' <<'END_OF_FILE'`, ...block, 'END_OF_FILE'].join('\n');
}

/** All files of this checkout that belong to the repository, without anything that was installed or built. */
export async function copyRepository(to: string): Promise<void> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = await bash(`git ${args.join(' ')}`, repository, process.env);
  for (const file of listed.output.split('\0')) {
    const path = join(repository, file);
    if (file !== '' && statSync(path, { throwIfNoEntry: false })?.isFile())
      cpSync(path, join(to, file));
  }
}

/**
 * Runs the steps in one shell.
 * @returns what is wrong: the command that failed, or what a step should have said; null: nothing
 */
export async function walk(
  steps: readonly Step[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<string | null> {
  const mark = (index: number): string => `@@ step ${index}`;
  const script = steps.map(({ script }, i) => `printf '\\n${mark(i)}\\n'\n${script}`).join('\n');
  const { code, output } = await bash(`exec 2>&1\n${script}`, cwd, env);
  const outputs = output.split(/\n@@ step \d+\n/).slice(1);
  if (code !== 0) {
    const failed = steps[outputs.length - 1]!;
    return `line ${failed.line} ends with ${code}:\n${failed.script}\n${outputs.at(-1)}`;
  }
  for (const [i, { line, says }] of steps.entries())
    for (const said of says)
      if (!contains(outputs[i]!, said))
        return `line ${line} does not say\n${said}\nbut\n${outputs[i]}`;
  return null;
}

/** Whether some line has these pieces, in order. */
function contains(output: string, said: string): boolean {
  const pieces = said.split('…').map((piece) => piece.trim());
  return output.split('\n').some((line) => {
    let from = 0;
    for (const piece of pieces) {
      const at = line.indexOf(piece, from);
      if (at < 0) return false;
      from = at + piece.length;
    }
    return true;
  });
}

function bash(
  script: string,
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const args = ['-euo', 'pipefail', '-c', script];
    execFile('bash', args, { cwd, env, maxBuffer: 2 ** 28 }, (error, output) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output });
    });
  });
}

/** This process's environment, without what sets Hindcast up or belongs to npm. */
export function newcomersEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(HINDCAST_|npm_|VITEST|NODE_ENV$)/i.test(name),
  );
  return { ...Object.fromEntries(kept), NO_COLOR: '1' };
}

export function readPage(name: string): string {
  return readFileSync(join(repository, 'docs', name), 'utf8');
}
