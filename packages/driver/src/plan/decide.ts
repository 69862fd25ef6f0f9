/** Which partitions a join's run computes, and why: spec/semantics, "Ranges and incremental runs". */
import type { Join } from '@hindcast/shared/config/model';
import { HindcastError } from '@hindcast/shared/errors';
import type { LeftPlace, PlannedPartition, SemanticHashes } from '@hindcast/shared/plan/plan';
import type { Windowing } from '@hindcast/shared/plan/task';
import type { AddFile } from '@hindcast/shared/table/delta-actions';
import type { DeltaSnapshot } from '@hindcast/shared/table/delta-log';
import type { TableState } from '@hindcast/shared/table/table';
import {
  type PartitionRange,
  type PartitionSpec,
  partitionsOf,
} from '@hindcast/shared/time/partition-spec';
import { checkRange } from './asked-range.js';

/**
 * What each file of an output table was computed from: part prefix → hash, `left`, `bootstrap`, and
 * `derivations` and `externals` where the join has some; or `groupBy`.
 */
export type Provenance = Readonly<Record<string, string>>;

export const provenanceTag = 'hindcast.provenance';

/** A part's values depend on the windowing, too. */
export function provenanceOf(hashes: SemanticHashes, windowing: Windowing): Provenance {
  const parts = Object.entries(hashes.parts).map(([prefix, hash]) => [
    `part.${prefix}`,
    `${hash}-${windowing}`,
  ]);
  const derivations = hashes.derivations === null ? {} : { derivations: hashes.derivations };
  const externals = hashes.externals === null ? {} : { externals: hashes.externals };
  const { left, bootstrap } = hashes;
  return { left, bootstrap, ...derivations, ...externals, ...Object.fromEntries(parts) };
}

/** @param definition hash of the labels, of what tells rows apart, and of the rows */
export function provenanceOfLabels(definition: string): Provenance {
  return { labels: definition };
}

/** A group-by's table has no other left than the group-by itself. */
export function provenanceOfGroupBy(hashes: SemanticHashes, windowing: Windowing): Provenance {
  const groupBy = `${Object.values(hashes.parts).join()}-${windowing}`;
  return { left: 'group-by', bootstrap: '', groupBy };
}

export interface Decision {
  readonly range: PartitionRange | null;
  readonly partitions: readonly PlannedPartition[];
  /** Why the whole table starts anew; null when it doesn't. */
  readonly restart: 'left changed' | 'bootstrap changed' | 'labels changed' | null;
  /** Why former columns change, so that the former version is put aside; null when none does. */
  readonly changed:
    | 'parts changed'
    | 'derivations changed'
    | 'external parts changed'
    | 'group-by changed'
    | null;
  /** Partitions that are out of date and whose rows are gone: they stay as they are. */
  readonly outdated: readonly string[];
}

export function decidePartitions(
  join: Join,
  left: TableState,
  output: DeltaSnapshot | null,
  provenance: Provenance,
  request: {
    readonly startDs: string | null;
    readonly endDs: string | null;
    readonly reprocess: 'missing' | 'stale' | 'all';
    readonly done: readonly string[];
    readonly spec: PartitionSpec;
    readonly leftPlace: LeftPlace;
    /** Partition → tables whose files changed since it was computed. */
    readonly stale: ReadonlyMap<string, readonly string[]>;
    /** Where a range begins for which nobody gives a start; inclusive. */
    readonly defaultStart: string | null;
  },
): Decision {
  const { spec } = request;
  const absent = `not ${request.leftPlace}` as const;
  const onLeft = new Set(left.partitions.map(({ value }) => value));
  const range = rangeOf(join, left, request);
  const present = presentPartitions(output, spec.column);
  const restart = restartReason(present, provenance);
  const planned: PlannedPartition[] = [];
  const wanted = range === null ? [] : partitionsOf(range, spec.format);
  const requested = new Set(wanted);
  const changes = new Map(
    [...present].flatMap(([value, found]) => {
      const change = changeOf(found, provenance);
      return change === null ? [] : [[value, change] as const];
    }),
  );
  const outdated: string[] = [];
  const values = new Set([...wanted, ...(restart === null ? changes.keys() : present.keys())]);
  for (const value of [...values].sort()) {
    const found = present.get(value);
    if (restart !== null && !requested.has(value)) {
      planned.push({ value, action: 'skip', reason: 'archived only', parts: null });
      continue;
    }
    if (found === undefined || restart !== null) {
      const there = onLeft.has(value);
      planned.push({
        value,
        action: there ? 'compute' : 'skip',
        reason: !there ? absent : restart !== null && found !== undefined ? restart : 'missing',
        parts: null,
      });
      continue;
    }
    const again = request.reprocess === 'all' && !request.done.includes(value);
    if (again && requested.has(value) && onLeft.has(value)) {
      planned.push({ value, action: 'compute', reason: 'requested', parts: null });
      continue;
    }
    const change = changes.get(value);
    const stale = request.stale.get(value);
    const anew =
      request.reprocess === 'stale' && requested.has(value) && !request.done.includes(value);
    // Columns that a changed part would leave as they are may be stale, too.
    if (stale !== undefined && anew && onLeft.has(value) && change?.parts !== null) {
      planned.push({ value, action: 'compute', reason: 'inputs changed', parts: null, stale });
    } else if (change === undefined && stale !== undefined) {
      planned.push({ value, action: 'skip', reason: 'exists', parts: null, stale });
    } else if (change === undefined) {
      planned.push({ value, action: 'skip', reason: 'exists', parts: null });
    } else if (change.parts === null && !onLeft.has(value)) {
      planned.push({ value, action: 'skip', reason: absent, parts: null });
      outdated.push(value);
    } else planned.push({ value, action: 'compute', ...change });
  }
  const reasons = new Set([...changes.values()].map(({ reason }) => reason));
  return {
    range,
    partitions: planned,
    restart,
    // A run that did not end has put the former version aside already.
    changed:
      restart !== null || changes.size === 0 || changes.size < present.size
        ? null
        : ((['group-by changed', 'derivations changed', 'external parts changed'] as const).find(
            (one) => reasons.has(one),
          ) ?? 'parts changed'),
    outdated,
  };
}

function rangeOf(
  join: Join,
  left: TableState,
  {
    startDs,
    endDs,
    defaultStart,
    spec,
  }: {
    startDs: string | null;
    endDs: string | null;
    defaultStart: string | null;
    spec: PartitionSpec;
  },
): PartitionRange | null {
  const { startPartition, endPartition } = join.left.query;
  checkRange({ startDs, endDs }, spec.format);
  const dates = left.partitions.map(({ value }) => value);
  if (dates.length === 0) return null;
  const end = earliest(endDs ?? endPartition ?? dates.at(-1)!, endPartition);
  const first = join.metaData.historicalBackfill
    ? (defaultStart ?? startPartition ?? dates[0]!)
    : end;
  const start = latest(startDs ?? first, startPartition);
  return start > end ? null : { start, end };
}

const latest = (a: string, b: string | null): string => (b !== null && b > a ? b : a);
const earliest = (a: string, b: string | null): string => (b !== null && b < a ? b : a);

/** Partition → what its files were computed from. */
export function presentPartitions(
  output: DeltaSnapshot | null,
  column: string,
): Map<string, Provenance> {
  const present = new Map<string, Provenance>();
  for (const file of output?.files ?? []) {
    const value = file.partitionValues[column];
    if (typeof value === 'string') present.set(value, provenanceOfFile(file, output!));
  }
  return present;
}

/** Partitions that another definition of the join computed, in whatever windowing. */
export function formerPartitions(
  output: DeltaSnapshot | null,
  column: string,
  hashes: SemanticHashes,
): string[] {
  const now = (['exact', 'sawtooth'] as const).map((windowing) =>
    canonical(provenanceOf(hashes, windowing)),
  );
  return [...presentPartitions(output, column)]
    .filter(([, found]) => !now.includes(canonical(found)))
    .map(([value]) => value)
    .sort();
}

function canonical(provenance: Provenance): string {
  return JSON.stringify(Object.entries(provenance).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The file's own tag; a foreign writer's files count as what the table says of itself. */
function provenanceOfFile(file: AddFile, output: DeltaSnapshot): Provenance {
  const text = file.tags?.[provenanceTag] ?? output.metaData.configuration[provenanceTag];
  if (text !== undefined) return JSON.parse(text) as Provenance;
  throw new HindcastError('data', `the output table holds files that Hindcast did not write`, {
    found: file.path,
    hint: 'Move that table away, or change the name or outputNamespace of the join.',
  });
}

function restartReason(
  present: ReadonlyMap<string, Provenance>,
  provenance: Provenance,
): Decision['restart'] {
  for (const found of present.values()) {
    if (found['left'] !== provenance['left']) return 'left changed';
    if (found['bootstrap'] !== provenance['bootstrap']) return 'bootstrap changed';
  }
  return null;
}

/** What changes all of a partition. */
const wholes = [
  ['groupBy', 'group-by changed'],
  ['derivations', 'derivations changed'],
  ['externals', 'external parts changed'],
] as const;

/**
 * What has to be computed again of a partition. Where derivations stand between parts and output, no
 * column can be carried over.
 */
function changeOf(
  found: Provenance,
  now: Provenance,
): Pick<PlannedPartition, 'reason' | 'parts'> | null {
  for (const [what, reason] of wholes) {
    if (found[what] === now[what]) continue;
    return { reason, parts: null };
  }
  const parts = changedParts(found, now);
  if (parts.length === 0) return null;
  if (now['derivations'] !== undefined) return { reason: 'part changed', parts: null };
  return { reason: 'part changed', parts: parts.filter((part) => `part.${part}` in now) };
}

/** Prefixes of parts that are new, gone, or have another hash. */
function changedParts(found: Provenance, now: Provenance): string[] {
  const names = new Set([...Object.keys(found), ...Object.keys(now)]);
  return [...names]
    .filter((name) => name.startsWith('part.') && found[name] !== now[name])
    .map((name) => name.slice('part.'.length));
}
