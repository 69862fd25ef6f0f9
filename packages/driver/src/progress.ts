/** The run's events as bars on a terminal, as one line per finished step elsewhere. */

import { createRequire } from 'node:module';
import type { LoggedEvent } from '@hindcast/shared/plan/event';
import type { Options, SingleBar } from 'cli-progress';
import { archivedText, count, summary } from './render.js';
import { renderError, type Style } from './style.js';

/** Loads the bars only where they are shown. */
function newBar(options: Options): SingleBar {
  const bars = createRequire(import.meta.url)('cli-progress') as typeof import('cli-progress');
  return new bars.SingleBar(options);
}

export interface Progress {
  readonly onEvent: (event: LoggedEvent) => void;
  readonly stop: () => void;
}

export function showProgress(stream: NodeJS.WriteStream, bars: boolean, style: Style): Progress {
  let bar: SingleBar | null = null;
  const stop = (): void => {
    bar?.stop();
    bar = null;
  };
  const say = (text: string): void => {
    stop();
    stream.write(`${text}\n`);
  };
  const onEvent = (event: LoggedEvent): void => {
    switch (event.type) {
      case 'stage-started':
        stop();
        if (!bars) return;
        bar = newBar({
          stream,
          format: `step ${event.step} ${event.stage} {bar} {value}/{total} tasks · {duration_formatted}`,
          barCompleteChar: '━',
          barIncompleteChar: '─',
          hideCursor: true,
          clearOnComplete: true,
        });
        bar.start(event.tasks, 0);
        return;
      case 'task-finished':
        bar?.increment();
        return;
      case 'warning':
        say(`${style.yellow('warning:')} ${event.message}`);
        return;
      case 'archived':
        say(archivedText(event));
        return;
      case 'step-committed':
        say(
          `step ${event.step}: committed ${summary(event.partitions)} · ${count(event.rows)} rows · version ${event.version}`,
        );
        return;
      case 'step-failed':
        if (event.error.kind === 'interrupted') {
          say(`step ${event.step}: ${summary(event.partitions)} stopped before its commit`);
          return;
        }
        say(
          `step ${event.step}: ${summary(event.partitions)} failed\n${renderError(event.error, style)}`,
        );
        return;
      default:
    }
  };
  return { onEvent, stop };
}

/** The same events as they stand in the run's log, one JSON object a line. */
export function logEvents(stream: NodeJS.WriteStream): Progress {
  return {
    onEvent: (event) => {
      stream.write(`${JSON.stringify(event)}\n`);
    },
    stop: () => {},
  };
}
