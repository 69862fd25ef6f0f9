/** Who wants to know of a run: lineage when it starts and ends, metrics when it has ended. */
import { toErrorRecord } from '@hindcast/shared/errors';
import type { Plan } from '@hindcast/shared/plan/plan';
import type { JobRequest } from '../request.js';
import type { RunResults } from '../results.js';

/** What was not taken, as warnings: no run fails for who watches it. */
export type Unheard = readonly string[];

export class Observer {
  constructor(
    private readonly request: JobRequest,
    private readonly plan: Plan,
    private readonly runId: string,
  ) {}

  started(): Promise<Unheard> {
    const { request, plan, runId } = this;
    return this.lineage(async () =>
      (await import('./open-lineage.js')).startEvent({ request, plan, runId }, Date.now()),
    );
  }

  async ended(results: RunResults): Promise<Unheard> {
    const { request, plan, runId } = this;
    const ended = Date.now();
    const lineage = await this.lineage(async () =>
      (await import('./open-lineage.js')).endEvent({ request, plan, runId }, results, ended),
    );
    const { metrics } = request;
    if (metrics === undefined) return lineage;
    const written = await heard('metrics', async () => {
      const { metricsText, writeMetrics } = await import('./metrics.js');
      writeMetrics(metrics, await metricsText(plan, results, ended));
    });
    return [...lineage, ...written];
  }

  private async lineage(event: () => Promise<object>): Promise<Unheard> {
    const { lineage } = this.request;
    if (lineage === undefined) return [];
    return heard('lineage', async () =>
      (await import('./send-lineage.js')).sendLineage(lineage, await event()),
    );
  }
}

async function heard(what: string, tell: () => Promise<void>): Promise<Unheard> {
  try {
    await tell();
    return [];
  } catch (error) {
    const { message, found, hint } = toErrorRecord(error);
    return [`${what}: ${[message, found, hint].filter((part) => part !== undefined).join(': ')}`];
  }
}
