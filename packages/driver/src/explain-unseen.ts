/** Why a row does not see an event of its key. */
import { dayMs } from '@hindcast/shared/time/partition-spec';
import type { ExplainedEvent, PartFacts } from './explanation.js';
import { duration } from './moments.js';
import type { ReadSource } from './plan/explanation.js';

export interface Unseen {
  readonly reason:
    | 'before the window'
    | 'not before the end'
    | 'landed later'
    | 'landed early'
    | 'partition not read'
    | 'without a time'
    | 'another snapshot'
    | 'changed on another day'
    | 'changed later'
    | 'takes away'
    | 'taken away'
    | 'not seen';
  /** The same in words. */
  readonly why: string;
}

export interface UnseenFrom {
  readonly startMs: number | null; // inclusive
  readonly endMs: number | null; // exclusive; null: times don't matter
  readonly untilMs: number; // as of when the row sees what was changed, exclusive
  readonly part: PartFacts;
}

export function whyUnseen(event: ExplainedEvent, source: ReadSource, from: UnseenFrom): Unseen {
  const { timeMs, partition } = event;
  const { startMs, endMs, part } = from;
  if (part.lookup !== 'as-of') {
    const changed = whyNotInSnapshot(event, part, from);
    if (changed !== null) return changed;
  }
  if (timeMs === null && endMs !== null)
    return { reason: 'without a time', why: 'has no time: never counts' };
  if (startMs !== null && timeMs !== null && timeMs < startMs) {
    const by = duration(startMs - timeMs);
    return { reason: 'before the window', why: `before the window by ${by}` };
  }
  if (endMs !== null && timeMs !== null && timeMs >= endMs) return notBefore(timeMs, endMs, part);
  if (!source.read.includes(partition)) return notRead(event, source, part);
  // Read for later rows of the same partition.
  if (partition > part.lastPartition) return landedLater(partition, part);
  if (part.firstPartition !== null && partition < part.firstPartition) {
    return {
      reason: 'landed early',
      why: `landed in ${partition}, before it happened: this row reads from ${part.firstPartition} on`,
    };
  }
  return { reason: 'not seen', why: `in partition ${partition}, which this row does not see` };
}

function notBefore(timeMs: number, endMs: number, { lookup, accuracy }: PartFacts): Unseen {
  const temporal = accuracy === 'TEMPORAL' && endMs % dayMs !== 0;
  const end = temporal || lookup === 'mutations' ? "the row's time" : 'the midnight';
  const why =
    timeMs === endMs
      ? `at ${end} itself, which is exclusive`
      : `after ${end} by ${duration(timeMs - endMs)}`;
  return { reason: 'not before the end', why };
}

function notRead(
  { partition }: ExplainedEvent,
  { bounds, cumulative }: ReadSource,
  part: PartFacts,
): Unseen {
  const { start, end } = bounds;
  const reason = 'partition not read' as const;
  if (start !== null && partition < start)
    return { reason, why: `in ${partition}, before the query's startPartition ${start}` };
  if (end !== null && partition > end)
    return { reason, why: `in ${partition}, after the query's endPartition ${end}` };
  if (cumulative) return { reason, why: `in ${partition}, which a cumulative source passes over` };
  if (partition > part.lastPartition) return landedLater(partition, part);
  return {
    reason: 'landed early',
    why: `landed in ${partition}, before it happened: this row reads from ${part.firstPartition ?? 'later'} on`,
  };
}

function landedLater(partition: string, { lastPartition }: PartFacts): Unseen {
  const why = `landed in ${partition}: this row sees partitions up to ${lastPartition}`;
  return { reason: 'landed later', why };
}

/** Of entities: which state of them a row sees. Null where only the time is left to look at. */
function whyNotInSnapshot(
  { mutation, partition, timeMs }: ExplainedEvent,
  { snapshot, lastPartition }: PartFacts,
  { startMs, endMs, untilMs }: UnseenFrom,
): Unseen | null {
  if (mutation === null) {
    if (partition !== snapshot) {
      const why = `in the snapshot of ${partition}: this row sees that of ${snapshot}`;
      return { reason: 'another snapshot', why };
    }
    const inWindow =
      timeMs === null || ((startMs ?? timeMs) <= timeMs && timeMs < (endMs ?? Infinity));
    return inWindow ? { reason: 'taken away', why: 'taken away by a later mutation' } : null;
  }
  const reason = 'changed on another day' as const;
  if (partition !== lastPartition)
    return { reason, why: `a mutation of ${partition}: only those of ${lastPartition} count` };
  if (mutation.timeMs < Math.floor(untilMs / dayMs) * dayMs)
    return { reason, why: `changed before the midnight of ${partition}: never counts` };
  if (mutation.timeMs >= untilMs) {
    const after = mutation.timeMs - untilMs;
    const why =
      after === 0
        ? "changed at the row's time itself, which is exclusive"
        : `changed ${duration(after)} after the row's time`;
    return { reason: 'changed later', why };
  }
  if (mutation.takesAway) return { reason: 'takes away', why: 'takes the former value away' };
  const inWindow =
    timeMs === null || ((startMs ?? timeMs) <= timeMs && timeMs < (endMs ?? Infinity));
  return inWindow
    ? { reason: 'taken away', why: 'added, and taken away by a later mutation' }
    : null;
}
