/** One pod's container as a process of this machine, in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import { type Environment, expand } from './pod-environment.js';
import type { WorkFolder } from './work-folder.js';

/** What stands in for the image, which is ignored. */
export interface Image {
  /** What runs where the pod names no command; its first word may be `node`. */
  readonly entrypoint?: readonly string[];
  /** Folders of the image, and where they are on this machine: `{ '/opt/hindcast': root }`. */
  readonly folders?: Readonly<Record<string, string>>;
}

export interface PodProcess {
  readonly child: ChildProcess;
  /** The exit code, 128 and the signal's number when one ended it. Rejected when it can't start. */
  readonly exit: Promise<number>;
}

/** What must be there before a container runs. */
export interface PodInputs {
  readonly env: Environment;
  /** Mount paths, and where the volumes are on this machine. */
  readonly volumes: Readonly<Record<string, string>>;
}

/**
 * Paths that begin with a folder of the image, or with a mount path, become those of this machine: in the
 * command, in the environment, and as the working directory.
 * @param folder the pod's own; its output goes to `log` in there
 */
export function startPodProcess(
  pod: V1Pod,
  { env, volumes }: PodInputs,
  folder: string,
  image: Image,
  work: WorkFolder,
): PodProcess {
  const { command = image.entrypoint ?? [], args = [], workingDir } = pod.spec!.containers[0]!;
  const places = { ...image.folders, ...volumes };
  const [program, ...rest] = [...command, ...args].map((word) => here(expand(word, env), places));
  if (program === undefined) throw new Error('no command');
  const log = openSync(join(folder, 'log'), 'a');
  const child = spawn(program === 'node' ? process.execPath : program, rest, {
    cwd: workingDir === undefined ? folder : here(workingDir, places),
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      HOSTNAME: pod.metadata!.name,
      ...Object.fromEntries(Object.entries(env).map(([name, text]) => [name, here(text, places)])),
    },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  work.enlist(child);
  const exit = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal!]));
  });
  // As in a container, what the process started ends with it.
  const dismissed = exit.finally(() => work.dismiss(child));
  return { child, exit: dismissed };
}

function here(text: string, places: Readonly<Record<string, string>>): string {
  for (const [there, path] of Object.entries(places))
    if (text === there || text.startsWith(`${there}/`)) return path + text.slice(there.length);
  return text;
}
