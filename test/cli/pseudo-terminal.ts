/** The command line on a pseudo terminal, which Python's standard library has. */
import { spawn } from 'node:child_process';
import { collect, entry } from './run-cli.js';
import type { SmallWarehouse } from './small-warehouse.js';

const script = `
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))`;

/**
 * Runs `hindcast` on a terminal of its own. What both streams show comes back as one text.
 * @param typed keys that are pressed when `prompt` is shown
 */
export async function onTerminal(
  small: SmallWarehouse,
  args: readonly string[],
  {
    prompt,
    typed,
  }: { readonly prompt: string; readonly typed: string } | Record<string, never> = {},
): Promise<{ readonly code: number | null; readonly screen: string }> {
  const child = spawn('python3', ['-c', script, process.execPath, entry, ...args], {
    cwd: small.root,
    env: { ...process.env, TERM: 'xterm', NO_COLOR: '1', HINDCAST_WAREHOUSE: small.warehouse },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let seen = '';
  child.stdout.on('data', (data) => {
    seen += data;
    if (prompt === undefined || !seen.includes(prompt)) return;
    child.stdin.write(typed);
    seen = '';
  });
  const { code, stdout, stderr } = await collect(child);
  return { code, screen: `${stdout}${stderr}` };
}
