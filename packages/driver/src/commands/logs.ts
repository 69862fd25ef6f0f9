/** logs: what a run's processes said, pod by pod where it ran in pods. */
import { openStore } from '@hindcast/shared/store/open';
import { labels } from '../launch/stage-job.js';
import type { JobRequest } from '../request.js';
import { openRun } from '../run-files.js';
import { contextOf } from '../settings.js';
import type { Command } from './command.js';
import { describeEvent } from './status.js';

export async function logsCommand({ args, settings, style }: Command): Promise<number> {
  const store = await openStore(settings.warehouse.value);
  const run = await openRun(store, String(args['run']));
  const events = await run.events();
  const kubernetes = (await run.readJson<JobRequest>('request.json'))?.kubernetes ?? null;
  const pods: { readonly pod: string; readonly log: string | null }[] = [];
  if (kubernetes !== null) {
    const { clusterOf } = await import('../launch/cluster-of.js');
    const cluster = clusterOf(kubernetes, contextOf(settings.master.value));
    for (const { metadata } of await cluster.pods(`${labels.run}=${run.runId.toLowerCase()}`)) {
      const name = metadata!.name!;
      pods.push({ pod: name, log: await cluster.podLog(name) });
    }
  }
  const text =
    args['json'] === true
      ? JSON.stringify({ run: run.runId, events, pods }, null, 2)
      : [
          ...events.flatMap((event) => describeEvent(event, style)),
          ...pods.flatMap(({ pod, log }) => [
            style.bold(pod),
            log?.trimEnd() ?? style.dim('its log is not kept any more'),
          ]),
        ].join('\n');
  process.stdout.write(`${text}\n`);
  return 0;
}
