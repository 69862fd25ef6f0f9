/** From the inspected state to a plan. Pure: the same state gives the same plan. */
import { accuracyOf, seesMutations } from '@hindcast/shared/config/accuracy';
import type { Join } from '@hindcast/shared/config/model';
import { partPrefix } from '@hindcast/shared/config/names';
import { plainSource } from '@hindcast/shared/config/plain-source';
import {
  type Archive,
  type DefinitionChange,
  type Plan,
  type PlannedPartition,
  planVersion,
  type Stage,
  type Step,
} from '@hindcast/shared/plan/plan';
import type {
  Column,
  KeysSeen,
  LeftPartition,
  LeftScan,
  PartSpec,
  ProjectedColumn,
} from '@hindcast/shared/plan/task';
import { type TableState, tableFingerprint } from '@hindcast/shared/table/table';
import { dayOf } from '@hindcast/shared/time/partition-spec';
import type { InspectedPart, InspectedSource, JoinState } from '../join-state.js';
import type { JobRequest } from '../request.js';
import { summary } from '../wording.js';
import { Bootstrap, coveredParts } from './bootstrap.js';
import { carriedScan } from './carried.js';
import { leftColumns, type PartColumns, partColumns } from './columns.js';
import { presentPartitions } from './decide.js';
import { definitionChanges } from './definition-changes.js';
import { InputsOfPartition, recordedInputs, seenTable } from './inputs.js';
import { labelLeft } from './labels.js';
import { columnLineage } from './lineage.js';
import { type OutputColumns, outputColumns, stored } from './output-columns.js';
import { type DayRange, eventReach, mutationReach, type StepRows, snapshotReach } from './reach.js';
import { SegmentPlanner } from './segments.js';
import { type FreshSegment, shareScans } from './shared-scans.js';
import { keyBucketBits, scanFiles, splitSteps } from './split.js';
import { joinStages, type OutputForm, type StepPart } from './stages.js';

/** Before every partition, and still an integer that JSON can hold. */
const firstDay = -100_000_000;

export interface RunPlace {
  readonly runId: string;
  /** Folder of the run's own files in the store. */
  readonly folder: string;
}

export function planJoin(join: Join, state: JoinState, request: JobRequest, run: RunPlace): Plan {
  return new JoinPlanner(join, state, request, run).plan();
}

interface PlannedPart {
  readonly inspected: InspectedPart;
  readonly prefix: string;
  readonly columns: PartColumns;
  readonly features: readonly ProjectedColumn[];
}

class JoinPlanner {
  private readonly left: readonly Column[];
  private readonly parts: readonly PlannedPart[];
  private readonly columns: OutputColumns;
  private readonly segments: SegmentPlanner;
  private readonly bootstrap: Bootstrap;
  private readonly subPartitions: readonly string[];

  constructor(
    private readonly join: Join,
    private readonly state: JoinState,
    private readonly request: JobRequest,
    private readonly run: RunPlace,
  ) {
    this.subPartitions = state.labels === null ? [] : [state.left.scan.partitionColumn];
    this.segments = new SegmentPlanner(request, daysOf(state.left.table, request));
    this.left = leftOf(state);
    this.parts = state.parts.map((inspected, i) => ({
      inspected,
      prefix: partPrefix(inspected.part),
      columns: partColumns(inspected, this.left, seesMutations(join, inspected.part)),
      features: state.derived.features[i]!,
    }));
    this.columns = outputColumns(kept(this.left, state), state.derived, state.externals);
    this.bootstrap = new Bootstrap(
      state.bootstrap,
      coveredParts(join, state.derived),
      state.externals,
    );
  }

  plan(): Plan {
    const { decision, output, hashes, leftPlace } = this.state;
    const { partitionSpec: spec } = this.request;
    // Without left rows there is nothing to compute, unless rows of before have to go, or the table
    // is not there yet: a commit without files makes it.
    const there = new Set(output.snapshot?.files.map((file) => file.partitionValues[spec.column]));
    const creates = output.snapshot === null && isEmpty(this.state.leftPartitions);
    let partitions = decision.partitions.map((partition) =>
      partition.action === 'compute' &&
      this.state.leftPartitions[partition.value] === undefined &&
      !there.has(partition.value)
        ? {
            ...partition,
            action: creates ? ('compute' as const) : ('skip' as const),
            reason: `empty ${leftPlace}` as const,
          }
        : partition,
    );
    const groups = new Map<string, { parts: PlannedPartition['parts']; values: string[] }>();
    for (const { value, action, parts } of partitions) {
      if (action === 'skip') continue;
      const key = JSON.stringify(parts);
      const group = groups.get(key) ?? { parts, values: [] };
      group.values.push(value);
      groups.set(key, group);
    }
    const steps: Step[] = [];
    for (const { parts, values } of groups.values()) {
      const only = parts === null ? null : new Set(parts);
      for (const step of splitSteps(values, this.request.stepDays, spec.format))
        steps.push(this.step(steps.length, step, only));
    }
    const archive = steps.length === 0 ? null : this.archive();
    if (archive === null) {
      partitions = partitions.map((partition) =>
        partition.reason === 'archived only'
          ? { ...partition, reason: 'exists' as const }
          : partition,
      );
    }
    return {
      version: planVersion,
      job: this.job(),
      leftPlace,
      name: this.join.metaData.name,
      windowing: this.request.windowing,
      range: decision.range,
      output: {
        table: output.table,
        key: output.key,
        partitionColumn: spec.column,
        dateFormat: spec.format,
        subPartitions: this.subPartitions,
        columns: this.columns.output.filter(({ name }) => !this.subPartitions.includes(name)),
      },
      hashes,
      definitions: this.state.definitions.now,
      changes: this.changes(),
      archive,
      partitions,
      inputs: this.segments.inputs(),
      bootstrap: this.plannedBootstrap(steps),
      missingInputs: this.segments.missingInputs(),
      warnings: this.warnings(steps),
      lineage: this.lineage(),
      views: this.state.views,
      view: null,
      labels: this.labelPlan(),
      steps,
    };
  }

  /** Partitions that stay as a former definition computed them don't follow the present one. */
  private changes(): DefinitionChange[] {
    const { output, provenance, definitions, decision } = this.state;
    const present = presentPartitions(output.snapshot, this.request.partitionSpec.column);
    const all = present.size;
    for (const value of decision.outdated) present.delete(value);
    return definitionChanges(
      present,
      provenance,
      { ...definitions.former, ...definitions.now },
      all,
    );
  }

  private job(): Plan['job'] {
    if (this.state.labels !== null) return 'label-join';
    return this.state.keysSeen === null ? 'join' : 'group-by';
  }

  private lineage(): Plan['lineage'] {
    const { left, bootstrap, externals, derived } = this.state;
    const leftColumns = kept(this.left, this.state).map(({ name }) => name);
    const parts = this.parts.map(({ inspected: { sources }, columns, features }) => ({
      sources,
      columns,
      features,
    }));
    const names = externals.map(({ name }) => name);
    return columnLineage({
      left,
      leftColumns,
      parts,
      bootstrap,
      externals: names,
      derived: derived.output,
    }).filter(({ column }) => !this.subPartitions.includes(column));
  }

  private plannedBootstrap(steps: readonly Step[]): Plan['bootstrap'] {
    if (this.state.bootstrap.length === 0) return null;
    const partitions = [...new Set(steps.flatMap((step) => step.partitions))];
    const rowsOf = (of: (value: string) => LeftPartition | undefined): number =>
      partitions.reduce((sum, value) => sum + (of(value)?.rows ?? 0), 0);
    const rows = rowsOf((value) => this.state.leftPartitions[value]);
    return {
      tables: this.bootstrap.reads(new Set(partitions)),
      parts: this.parts.map(({ prefix }) => {
        const name = this.bootstrap.coveredBy(prefix);
        const computed = name === null ? rows : rowsOf((value) => this.uncovered(name, value));
        return { prefix, computed, covered: rows - computed };
      }),
    };
  }

  private labelPlan(): Plan['labels'] {
    if (this.state.labels === null) return null;
    const { dates, maturity } = this.state.labels;
    return { dates, maturity };
  }

  private archive(): Archive | null {
    const { decision, output } = this.state;
    if (output.snapshot === null || (decision.restart ?? decision.changed) === null) return null;
    const stamp = /^\d{8}T\d{6}/.exec(this.run.runId)?.[0].replace('T', '') ?? this.run.runId;
    const to = `${output.key}_${stamp}`;
    return decision.restart === null
      ? { reason: decision.changed!, from: output.key, to, kind: 'copy' }
      : { reason: decision.restart, from: output.key, to, kind: 'move' };
  }

  private warnings(steps: readonly Step[]): string[] {
    const { skewedRows, decision, output, leftPlace } = this.state;
    const warnings = [...this.state.warnings];
    if (skewedRows > 0)
      warnings.push(`${skewedRows} left rows hold a skewed key (skewKeys) and are left out`);
    if (steps.length === 0 && decision.restart !== null)
      warnings.push(`${decision.restart}, and nothing to compute: ${output.table} stays as it is`);
    const stale = decision.partitions.filter(
      (partition) => partition.action === 'skip' && partition.stale !== undefined,
    );
    if (stale.length > 0) {
      const tables = [...new Set(stale.flatMap((partition) => partition.stale ?? []))];
      warnings.push(
        `${tables.join(', ')} changed since these were computed: ${summary(stale.map(({ value }) => value))} (--reprocess stale computes them again)`,
      );
    }
    if (decision.outdated.length > 0)
      warnings.push(
        `no more ${leftPlace}, kept as a former definition computed them: ${decision.outdated.join(', ')}`,
      );
    return warnings;
  }

  private step(
    index: number,
    partitions: readonly string[],
    only: ReadonlySet<string> | null,
  ): Step {
    const { partitionSpec: spec } = this.request;
    const folder = `${this.run.folder}/step-${index}`;
    const parts = this.parts.filter(({ prefix }) => only === null || only.has(prefix));
    const held = partitions.filter((value) => this.isHeld(parts, value));
    const open = partitions.filter((value) => !held.includes(value));
    const replaced = new Set(partitions);
    const before =
      this.state.decision.restart === null ? (this.state.output.snapshot?.files ?? []) : [];
    return {
      index,
      partitions,
      stages: together(
        this.stages(folder, open, parts, only),
        this.stages(`${folder}/held`, held, parts, only),
      ),
      rows:
        this.state.keysSeen?.snapshots === false
          ? null
          : Object.fromEntries(
              partitions.map((value) => [value, this.state.leftPartitions[value]?.rows ?? 0]),
            ),
      replaces: before
        .filter((file) => replaced.has(file.partitionValues[spec.column] ?? ''))
        .map(({ path }) => path),
      provenance: this.state.provenance,
      inputs: this.inputVersions(),
      partitionInputs: this.partitionInputs(partitions, parts, only),
    };
  }

  /** Whether bootstrap tables have all parts for all rows of a partition. */
  private isHeld(parts: readonly PlannedPart[], partition: string): boolean {
    return parts.length > 0 && parts.every(({ prefix }) => this.isCovered(prefix, [partition]));
  }

  /** Stages for some partitions of a step. Without rows there are none: what was there before just goes. */
  private stages(
    folder: string,
    partitions: readonly string[],
    parts: readonly PlannedPart[],
    only: ReadonlySet<string> | null,
  ): Stage[] {
    const { partitionSpec: spec } = this.request;
    const leftRows = partitions.reduce(
      (sum, value) => sum + (this.state.leftPartitions[value]?.rows ?? 0),
      0,
    );
    if (leftRows === 0) return [];
    const rows: StepRows = {
      partitions,
      rows: this.state.leftPartitions,
      leftKind: plainSource(this.join.left).kind,
      dateFormat: spec.format,
    };
    const fresh: FreshSegment[] = [];
    const computed = parts.filter(({ prefix }) => !this.isCovered(prefix, partitions));
    const planned = computed.map((part) => this.stepPart(part, rows, fresh));
    const widest = Math.max(0, ...planned.map(({ rowsRead }) => rowsRead));
    const columns = Math.max(
      1,
      ...parts.flatMap(({ columns: own }) => own.streams.map(({ values }) => values.length)),
    );
    const sizing = { executors: this.request.executors, memoryBytes: this.request.memoryBytes };
    const bits = keyBucketBits(leftRows + widest, columns, sizing);
    const work = {
      folder,
      left: this.leftScan(partitions, only),
      leftKind: rows.leftKind,
      leftRows: this.state.leftPartitions,
      seen: this.keysSeen(partitions),
      parts: planned.map(({ part }) => part),
      bits,
      fresh: shareScans(fresh, sizing),
    };
    const form = {
      windowing: this.request.windowing,
      partitionColumn: spec.column,
      ...(this.subPartitions.length === 0 ? {} : { subPartitions: this.subPartitions }),
      dateFormat: spec.format,
      columns: this.columns.base,
      base: this.baseColumns(computed, only),
      derived:
        this.state.derived.output?.map((column) =>
          this.bootstrap.derived({ ...column, ...stored(column) }),
        ) ?? null,
    };
    return joinStages(work, sizing, form);
  }

  /** What the rows of each partition see; null for labels, which are computed again whenever they are asked for. */
  private partitionInputs(
    partitions: readonly string[],
    parts: readonly PlannedPart[],
    only: ReadonlySet<string> | null,
  ): Step['partitionInputs'] {
    const { left, labels, keysSeen, bootstrap, output } = this.state;
    if (labels !== null) return null;
    const { partitionSpec: spec } = this.request;
    const former = only === null ? null : recordedInputs(output.snapshot, spec);
    const rows = { rows: this.state.leftPartitions, leftKind: plainSource(this.join.left).kind };
    const inputs = partitions.map((value) => {
      const seen = new InputsOfPartition(spec.format);
      const day = dayOf(value, spec.format);
      const own = { first: day, last: day };
      // The left of a GroupBy job are its sources.
      if (only === null && keysSeen === null) seen.add(seenTable('left', left.table), own);
      for (const { table } of bootstrap) seen.add(seenTable('bootstrap', table), own);
      const of = { ...rows, partitions: [value], dateFormat: spec.format };
      for (const part of parts) {
        const covered = this.bootstrap.coveredBy(part.prefix);
        const open = covered === null ? of : this.openRows(of, covered);
        if (open.rows[value] === undefined) continue;
        for (const [source, reach] of this.reachOf(part, open))
          for (const days of reach)
            seen.add(seenTable('source', source.table), within(source, days, spec.format));
      }
      return [value, seen.done(former?.get(value) ?? null)] as const;
    });
    return Object.fromEntries(inputs);
  }

  /** Of each source of a part, the days that rows see. Cumulative ones have one partition that counts. */
  private reachOf(
    { inspected: { part, sources }, columns }: PlannedPart,
    rows: StepRows,
  ): (readonly [InspectedSource, readonly DayRange[]])[] {
    const events = plainSource(part.groupBy.sources[0]!).kind === 'events';
    const aggregates = columns.streams.flatMap((stream) => stream.aggregates ?? []);
    const { windowing } = this.request;
    const seen = events
      ? [eventReach(rows, accuracyOf(part.groupBy), aggregates, windowing)]
      : snapshotReach(rows);
    return sources
      .filter(({ cumulative }) => !cumulative)
      .map((source) => [source, source.mutations ? mutationReach(rows) : seen] as const);
  }

  /** Whether bootstrap tables have the part for every row of the partitions. */
  private isCovered(prefix: string, partitions: readonly string[]): boolean {
    const name = this.bootstrap.coveredBy(prefix);
    if (name === null) return false;
    return partitions.every((value) => this.uncovered(name, value) === undefined);
  }

  private uncovered(name: string, partition: string): LeftPartition | undefined {
    return this.state.leftPartitions[partition]?.uncovered?.[name];
  }

  private baseColumns(
    computed: readonly PlannedPart[],
    only: ReadonlySet<string> | null,
  ): OutputForm['base'] {
    if (this.bootstrap.isEmpty) return null;
    const prefixes = new Set(computed.map(({ prefix }) => prefix));
    const derived = this.state.derived.output ?? [];
    const further = derived.flatMap(({ name, expression }) => (expression === null ? [] : [name]));
    return this.bootstrap.base(this.columns.base, prefixes, only, further);
  }

  private keysSeen(partitions: readonly string[]): KeysSeen | null {
    if (this.state.keysSeen === null) return null;
    const { format } = this.request.partitionSpec;
    const days = partitions.map((value) => ({ value, day: dayOf(value, format) }));
    return { ...this.state.keysSeen, days };
  }

  private leftScan(partitions: readonly string[], only: ReadonlySet<string> | null): LeftScan {
    const { left, output, labels } = this.state;
    if (labels !== null) {
      // Each label date is a step of its own.
      const date = labels.dates.find(({ labelDs }) => labelDs === partitions[0])!;
      return labelLeft(left, this.left, labels.identity, date);
    }
    const values = new Set(partitions);
    if (only !== null) {
      const computed = new Set(
        this.parts.flatMap(({ prefix, features }) =>
          only.has(prefix) ? features.map(({ name }) => name) : [],
        ),
      );
      const kept = this.columns.output.filter(({ name }) => !computed.has(name));
      const carried = carriedScan(output.snapshot!, output.table, left.scan, values, kept);
      return this.bootstrap.beside(carried, only);
    }
    const table = left.table.partitions.filter(({ value }) => values.has(value));
    const scan = {
      scan: left.scan,
      files: scanFiles(table),
      columns: this.left,
      skewKeys: this.join.skewKeys,
    };
    return this.bootstrap.beside(scan, null);
  }

  /** The part for one step, and the segments that it needs and nobody made yet. */
  private stepPart(
    { inspected, columns, features, prefix }: PlannedPart,
    whole: StepRows,
    fresh: FreshSegment[],
  ): { part: StepPart; rowsRead: number } {
    const { part, sources } = inspected;
    const covered = this.bootstrap.coveredBy(prefix);
    const rows = covered === null ? whole : this.openRows(whole, covered);
    const events = plainSource(part.groupBy.sources[0]!).kind === 'events';
    const accuracy = accuracyOf(part.groupBy);
    const aggregates = columns.streams.flatMap((stream) => stream.aggregates ?? []);
    const mutations = seesMutations(this.join, part);
    const seen = events
      ? [eventReach(rows, accuracy, aggregates, this.request.windowing)]
      : snapshotReach(rows);
    let rowsRead = 0;
    const specs = columns.streams.map((stream, i): PartSpec => {
      const segments: string[] = [];
      for (const source of sources) {
        const how = { events, quiet: i > 0 };
        const reach = source.mutations ? mutationReach(rows) : seen;
        const read = this.segments.read(source, reach, columns, stream, how, fresh);
        segments.push(...read.segments);
        rowsRead += read.rows;
      }
      return {
        name: part.groupBy.metaData.name,
        accuracy,
        lookup: events ? 'as-of' : mutations ? 'mutations' : 'snapshot',
        leftKeys: columns.leftKeys,
        aggregates: stream.aggregates,
        windows: columns.windows,
        values: stream.values,
        found: columns.found,
        segments,
        covered,
        readDays: {
          first: Math.max(firstDay, Math.min(...seen.map(({ first }) => first))),
          last: Math.max(...seen.map(({ last }) => last)),
        },
      };
    });
    return { rowsRead, part: { specs, outputs: columns.outputs, features } };
  }

  /** The rows that bootstrap tables don't cover: what lies beyond them is not read. */
  private openRows(rows: StepRows, covered: string): StepRows {
    const open = rows.partitions.flatMap((value) => {
      const some = this.uncovered(covered, value);
      return some === undefined ? [] : [[value, some] as const];
    });
    return { ...rows, rows: Object.fromEntries(open) };
  }

  private inputVersions(): Record<string, string> {
    const parts = this.state.parts.flatMap(({ sources }) => sources);
    const all = [this.state.left, ...parts, ...this.state.bootstrap];
    return Object.fromEntries(all.map(({ table }) => [table.name, tableFingerprint(table)]));
  }
}

/** The last stage's tasks write the table: what bootstrap tables hold is written beside the rest. */
function together(stages: readonly Stage[], held: readonly Stage[]): Stage[] {
  const [last, only] = [stages.at(-1), held.at(-1)];
  if (last === undefined || only === undefined) return [...stages, ...held];
  return [...stages.slice(0, -1), { ...last, tasks: [...only.tasks, ...last.tasks] }];
}

/** What a source's own bounds leave of the days. */
function within(
  { startPartition, endPartition }: InspectedSource,
  { first, last }: DayRange,
  format: string,
): DayRange {
  return {
    first: startPartition === null ? first : Math.max(first, dayOf(startPartition, format)),
    last: endPartition === null ? last : Math.min(last, dayOf(endPartition, format)),
  };
}

/** Of a label join the features' partition column is a column like others. */
function leftOf({ left, labels }: JoinState): readonly Column[] {
  const columns = leftColumns(left);
  if (labels === null) return columns;
  return [...columns, { name: left.scan.partitionColumn, type: 'VARCHAR' }];
}

/** Keys that don't tell label rows apart are looked up and not kept. */
function kept(columns: readonly Column[], { labels }: JoinState): readonly Column[] {
  return labels === null ? columns : columns.filter(({ name }) => labels.identity.includes(name));
}

function daysOf({ partitions }: TableState, { partitionSpec: { format } }: JobRequest): DayRange {
  const days = partitions.map(({ value }) => dayOf(value, format));
  return {
    first: days[0] ?? Number.POSITIVE_INFINITY,
    last: days.at(-1) ?? Number.NEGATIVE_INFINITY,
  };
}

function isEmpty(fields: object): boolean {
  return Object.keys(fields).length === 0;
}
