/** Sessions and a launcher in this thread: thousands of small jobs without a thread each. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutorOptions, Task } from '@hindcast/shared/plan/task';
import { afterAll, beforeAll } from 'vitest';
import { runInTurn } from '../packages/driver/src/launch/in-turn.js';
import type { Launcher, ResultOf } from '../packages/driver/src/launch/launcher.js';
import { openRunner } from '../packages/executor/src/runner.js';
import { quoteText, Session } from '../packages/executor/src/scan/duckdb.js';

export async function openSession(scratch: string): Promise<Session> {
  return Session.open({ threads: 1, memoryBytes: 2 ** 30, scratch });
}

/** A folder with a session of its own, from before a file's tests until after them: `workplace`. */
class Workplace {
  readonly root: string;
  private opened: Session | null = null;

  constructor(name: string, below: string) {
    this.root = mkdtempSync(join(below, `hindcast-${name}-`));
    beforeAll(async () => {
      this.opened = await openSession(this.root);
    });
    afterAll(() => {
      this.session.close();
      rmSync(this.root, { recursive: true, force: true });
    });
  }

  get session(): Session {
    return this.opened!;
  }

  /** One partition of a table of the warehouse that the folder is. */
  async write(table: string, ds: string, select: string): Promise<void> {
    const folder = join(this.root, table.replace('.', '/'), `ds=${ds}`);
    mkdirSync(folder, { recursive: true });
    const path = quoteText(join(folder, 'rows.parquet'));
    await this.session.run(`COPY (${select}) TO ${path} (FORMAT parquet)`);
  }
}

/** @param below where the folder is made */
export function workplace(name: string, below = tmpdir()): Workplace {
  return new Workplace(name, below);
}

export async function launchHere(
  session: Session,
  warehouse: string,
  executors: number,
): Promise<Launcher> {
  const scratch = warehouse.replace(/^s3:\/\/[^/]*/, '');
  mkdirSync(scratch, { recursive: true });
  const options: ExecutorOptions = {
    warehouse,
    threads: 1,
    memoryBytes: 2 ** 30,
    scratch,
    mirror: `${scratch}-mirror`,
    mirrorBytes: 2 ** 30,
  };
  const runner = await openRunner(session, options);
  let last: Promise<unknown> = Promise.resolve();
  // One connection: task after task.
  const run = <T extends Task>(task: T): Promise<ResultOf<T>> => {
    const result = last.then(() => runner.run(task));
    last = result.catch(() => {});
    return result as Promise<ResultOf<T>>;
  };
  return {
    executors,
    run,
    runAll: (batch) => runInTurn(batch, executors, run),
    use: runner.use,
    interrupt: () => session.interrupt(),
    close: async () => {},
  };
}
