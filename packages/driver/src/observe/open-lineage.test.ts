import type { Stage } from '@hindcast/shared/plan/plan';
import type { Task } from '@hindcast/shared/plan/task';
import { expect, test } from 'vitest';
import { joinOf, planOf, requestOf } from '../../../../test/small-plans.js';
import { startEvent } from './open-lineage.js';

test('tables of a query are inputs; what a stage hands to the next one is none', () => {
  const plan = planOf(joinOf());
  const query = (name: string) =>
    ({ kind: 'staging-query', tables: [{ name }] }) as unknown as Task;
  const stages: readonly Stage[] = [
    { name: 'query', tasks: [query('data.raw'), query('data.raw')] },
    { name: 'compare', reads: 'consistency.rows', tasks: [query('consistency.rows')] },
  ];
  const steps = plan.steps.map((step) => ({ ...step, inputs: {}, stages }));
  const run = {
    plan: { ...plan, steps },
    request: requestOf(),
    runId: '20231130T120000000-abcdef',
  };
  const { inputs } = startEvent(run, 0) as { inputs: { name: string }[] };
  expect(inputs.map(({ name }) => name)).toEqual([expect.stringMatching(/data\/raw$/)]);
});
