/** The run's events as bars on a terminal, as one line per finished step elsewhere. */

import { createRequire } from 'node:module';
import type { LoggedEvent } from '@hindcast/shared/plan/event';
import type { DefinitionChange } from '@hindcast/shared/plan/plan';
import type { Options, SingleBar } from 'cli-progress';
import { archivedText } from './render.js';
import { changeLines } from './render-changes.js';
import { renderError, type Style } from './style.js';
import { count, partitionsText } from './wording.js';

/** Loads the bars only where they are shown. */
function newBar(options: Options): SingleBar {
  const bars = createRequire(import.meta.url)('cli-progress') as typeof import('cli-progress');
  return new bars.SingleBar(options);
}

export interface Progress {
  readonly onEvent: (event: LoggedEvent) => void;
  readonly stop: () => void;
  /** Shows them once; the run's events have them, too. */
  readonly showChanges: (changes: readonly DefinitionChange[]) => void;
}

export function showProgress(stream: NodeJS.WriteStream, bars: boolean, style: Style): Progress {
  /** The stage that each step is in, by step. */
  const running = new Map<
    number,
    { readonly stage: string; readonly tasks: number; done: number }
  >();
  let bar: SingleBar | null = null;
  const stop = (): void => {
    bar?.stop();
    bar = null;
  };
  /** One bar over the tasks of all stages that run. */
  const start = (): void => {
    stop();
    if (!bars || running.size === 0) return;
    const stages = [...running.values()];
    const steps = [...running.keys()].join(', ');
    const what = running.size === 1 ? `step ${steps} ${stages[0]!.stage}` : `steps ${steps}`;
    bar = newBar({
      stream,
      format: `${what} {bar} {value}/{total} tasks · {duration_formatted}`,
      barCompleteChar: '━',
      barIncompleteChar: '─',
      hideCursor: true,
      clearOnComplete: true,
    });
    const sum = (of: 'tasks' | 'done'): number =>
      stages.reduce((total, stage) => total + stage[of], 0);
    bar.start(sum('tasks'), sum('done'));
  };
  const end = (step: number, text: string): void => {
    running.delete(step);
    say(text);
    start();
  };
  const say = (text: string): void => {
    stop();
    stream.write(`${text}\n`);
  };
  let shown = false;
  const showChanges = (changes: readonly DefinitionChange[]): void => {
    if (!shown && changes.length > 0) say(['changed:', ...changeLines(changes)].join('\n'));
    shown = true;
  };
  const onEvent = (event: LoggedEvent): void => {
    switch (event.type) {
      case 'planned':
        showChanges(event.changes ?? []);
        return;
      case 'stage-started':
        running.set(event.step, { stage: event.stage, tasks: event.tasks, done: 0 });
        start();
        return;
      case 'task-finished':
        running.get(event.step)!.done++;
        bar?.increment();
        return;
      case 'warning':
        say(`${style.yellow('warning:')} ${event.message}`);
        start();
        return;
      case 'archived':
        say(archivedText(event));
        return;
      case 'step-committed':
        end(
          event.step,
          `step ${event.step}: committed ${partitionsText(event.partitions)} · ${count(event.rows)} rows · version ${event.version}`,
        );
        return;
      case 'step-failed':
        if (event.error.kind === 'interrupted') {
          end(
            event.step,
            `step ${event.step}: ${partitionsText(event.partitions)} stopped before its commit`,
          );
          return;
        }
        end(
          event.step,
          `step ${event.step}: ${partitionsText(event.partitions)} failed\n${renderError(event.error, style)}`,
        );
        return;
      default:
    }
  };
  return { onEvent, stop, showChanges };
}

/** The same events as they stand in the run's log, one JSON object a line. */
export function logEvents(stream: NodeJS.WriteStream): Progress {
  return {
    onEvent: (event) => {
      stream.write(`${JSON.stringify(event)}\n`);
    },
    stop: () => {},
    showChanges: () => {},
  };
}
