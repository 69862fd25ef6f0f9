/**
 * A temporary folder that goes when it is told to or when this process ends, however it ends. Process
 * groups whose numbers lie in it (`enlist`) are killed first.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface WorkFolder {
  readonly path: string;
  /** @param child leads a group of its own: it was spawned with `detached` */
  enlist(child: ChildProcess): void;
  /** Kills what is left of the group, and forgets it, since another may get its number. */
  dismiss(child: ChildProcess): void;
  remove(): Promise<void>;
}

/** The end of its input is the end of whoever holds the other end. */
const script = `cat >/dev/null
for file in "$1"/groups/*; do [ -e "$file" ] && kill -s KILL -- "-$(basename "$file")"; done
rm -rf "$1" 2>/dev/null || { sleep 0.2; rm -rf "$1"; }`;

export function openWorkFolder(name: string): WorkFolder {
  const path = mkdtempSync(join(tmpdir(), `hindcast-${name}-`));
  const groups = join(path, 'groups');
  mkdirSync(groups);
  const heir = spawn('/bin/sh', ['-c', script, 'sh', path], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // An interrupt from the terminal is not for it.
    detached: true,
  });
  heir.unref();
  return {
    path,
    enlist({ pid }) {
      if (pid !== undefined) writeFileSync(join(groups, String(pid)), '');
    },
    dismiss({ pid }) {
      const file = join(groups, String(pid));
      if (pid === undefined || !existsSync(file)) return;
      signal(-pid, 'SIGKILL');
      rmSync(file);
    },
    async remove() {
      heir.ref();
      const gone = once(heir, 'close');
      heir.stdin.end();
      await gone;
    },
  };
}

/** @param id of a process, or of a group, negative; nothing happens when it is gone */
export function signal(id: number, name: NodeJS.Signals): void {
  try {
    process.kill(id, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
