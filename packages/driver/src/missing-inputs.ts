/** Input partitions that a planned job would do without, where it is told not to. */
import { HindcastError } from '@hindcast/shared/errors';
import type { MissingInput, Plan } from '@hindcast/shared/plan/plan';
import { dayOf, partitionOf, partitionsOf } from '@hindcast/shared/time/partition-spec';
import type { InspectedSource, JoinState } from './join-state.js';
import { isWaiting, type JobRequest } from './request.js';
import { summary } from './wording.js';

/** @throws HindcastError kind `missing-input`, with `--strict-inputs` and `--wait` */
export function refuseMissingInputs(plan: Plan, state: JoinState, request: JobRequest): void {
  const waiting = isWaiting(request);
  if (!waiting && !request.strictInputs) return;
  const missing = [...(waiting ? notYetOnLeft(plan, state, request) : []), ...plan.missingInputs];
  const [first] = missing;
  if (first === undefined) return;
  const writer = missing.find(({ writtenBy }) => writtenBy !== null);
  const without = waiting ? '--wait' : '--strict-inputs';
  throw new HindcastError(
    'missing-input',
    waiting ? 'input partitions are missing' : `${first.origin}: partitions are missing`,
    {
      found: missingText(missing),
      hint:
        writer === undefined
          ? `Wait for them, or leave ${without} out to compute without.`
          : `Submit the join "${writer.writtenBy}" first, or leave ${without} out to compute without.`,
    },
  );
}

export function missingText(missing: readonly Pick<MissingInput, 'table' | 'partitions'>[]) {
  const texts = missing.map(({ table, partitions }) => `${table}: ${summary(partitions)}`);
  return [...new Set(texts)].join('; ');
}

/**
 * Days up to the end that was asked for, where the left ends before it. Other holes of the left are no days
 * to wait for.
 */
function notYetOnLeft(
  { job, partitions }: Plan,
  { left, parts, keysSeen }: JoinState,
  { endDs, startDs, partitionSpec }: JobRequest,
): MissingInput[] {
  // A label join's left are features, which say for themselves what is missing of them.
  if (endDs === null || job === 'label-join') return [];
  const computed = new Set(
    partitions.filter(({ reason }) => reason === 'exists').map(({ value }) => value),
  );
  const sources = keysSeen === null ? [left] : parts.flatMap(({ sources: own }) => own);
  return sources
    .filter(({ cumulative, mutations }) => !cumulative && !mutations)
    .map(({ scan: { origin, table }, writtenBy, ...source }) => ({
      ...{ origin, table, writtenBy },
      partitions: notYetThere(source, startDs, endDs, partitionSpec.format).filter(
        (value) => !computed.has(value),
      ),
    }))
    .filter(({ partitions: missing }) => missing.length > 0);
}

function notYetThere(
  { table, startPartition, endPartition }: Omit<InspectedSource, 'scan' | 'writtenBy'>,
  startDs: string | null,
  endDs: string,
  format: string,
): string[] {
  const end = endPartition !== null && endPartition < endDs ? endPartition : endDs;
  const there = table.partitions.map(({ value }) => value);
  if (there.includes(end)) return [];
  const last = there.filter((value) => value < end).at(-1);
  const from = [
    ...[startDs, startPartition].flatMap((value) => (value === null ? [] : [dayOf(value, format)])),
    ...(last === undefined ? [] : [dayOf(last, format) + 1]),
  ];
  const lastDay = dayOf(end, format);
  const first = from.length === 0 ? lastDay : Math.max(...from);
  return partitionsOf({ start: partitionOf(first, format), end }, format);
}
