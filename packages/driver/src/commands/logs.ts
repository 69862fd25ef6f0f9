/** logs: what a run's processes said, pod by pod where it ran in pods. */
import { openStore } from '@hindcast/shared/store/open';
import { openRun } from '../run-files.js';
import type { Command } from './command.js';
import { podsOfRun } from './pods-of-run.js';
import { describeEvent } from './status.js';

export async function logsCommand({ args, settings, style }: Command): Promise<number> {
  const store = await openStore(settings.warehouse.value);
  const run = await openRun(store, String(args['run']));
  const events = await run.events();
  const place = await podsOfRun(run, settings.master.value);
  const pods: { readonly pod: string; readonly phase: string; readonly log: string | null }[] = [];
  if (place !== null) {
    const { cluster, selector } = place;
    for (const pod of await cluster.pods(selector)) {
      const name = pod.metadata!.name!;
      const phase = pod.status?.phase ?? 'Unknown';
      pods.push({ pod: name, phase, log: await cluster.podLog(name) });
    }
  }
  const text =
    args['json'] === true
      ? JSON.stringify({ run: run.runId, events, pods }, null, 2)
      : [
          ...events.flatMap((event) => describeEvent(event, style)),
          ...pods.flatMap(({ pod, phase, log }) => [
            style.bold(pod),
            log?.trimEnd() ?? style.dim(phase === 'Pending' ? 'has not begun' : 'left no log'),
          ]),
          ...(place !== null && pods.length === 0
            ? [style.dim('no pods: they are kept for a day')]
            : []),
        ].join('\n');
  process.stdout.write(`${text}\n`);
  return 0;
}
