/**
 * Loaded configs → what runs when, and after what: data, from which each scheduler's file is rendered. A
 * run is for the last day that was over when it was due, in UTC, and computes what is missing up to it.
 */
import type { ProjectConfig } from '@hindcast/shared/config/load-project';
import type { Config, Join, MetaData } from '@hindcast/shared/config/model';
import { labelDsColumn, labelTables, sanitize } from '@hindcast/shared/config/names';
import { HindcastError } from '@hindcast/shared/errors';
import type { PartitionSpec } from '@hindcast/shared/time/partition-spec';
import { loggedTable } from '../plan/logged-join.js';
import { cronOf, daysDue } from './cron.js';
import { inOrder } from './in-order.js';
import { groupByReads, joinReads, labelReads, type Read, stagingReads } from './reads.js';

export interface Schedule {
  /** Each after those that it reads. */
  readonly jobs: readonly ScheduledJob[];
  /** What will wait for longer than its author may think, or for what nobody makes. */
  readonly warnings: readonly string[];
}

export interface ScheduledJob {
  /** Unique: letters, digits, `_`, `-` and `.`. */
  readonly id: string;
  readonly kind: 'join' | 'group-by' | 'staging-query' | 'label-join';
  /** As the config has it. */
  readonly name: string;
  /** What `hindcast` finds the config by. */
  readonly config: string;
  readonly cron: string; // five fields, in UTC
  readonly verb: 'submit' | 'label-join';
  /** Which option takes the run's day. */
  readonly dayOption: '--end-ds' | '--label-ds';
  /** The table that it writes: namespace.name. */
  readonly table: string;
  /**
   * It looks for drift after its commits: a second try has nothing left to look at, and ends well. What the
   * first one found would be forgotten.
   */
  readonly onlyTry: boolean;
  /** Partitions of tables that no job of the project writes. */
  readonly inputs: readonly Input[];
  readonly after: readonly Dependency[];
}

export interface Input {
  readonly table: string;
  readonly partitionColumn: string;
  readonly daysBefore: number; // 0: the run's own day
}

/** A job of the project whose table is read. */
export interface Dependency {
  readonly job: string; // its id
  /** The partition that it has written by then; null: none of a certain day. */
  readonly wrote: Input | null;
}

interface Draft extends Omit<ScheduledJob, 'id' | 'inputs' | 'after'> {
  readonly path: string;
  readonly reads: readonly Read[];
  /** Its table, and views beside it. */
  readonly writes: readonly string[];
  /** It writes a view, which has no partitions that anyone could wait for. */
  readonly isView?: boolean;
  readonly partitionColumn: string;
}

/**
 * @throws HindcastError kind `config` for a schedule that is none, two configs of one name or table, configs
 * that read each other, and a project without any schedule
 */
export function scheduleOf(configs: readonly ProjectConfig[], spec: PartitionSpec): Schedule {
  const drafts = configs.flatMap((config) => draftsOf(config, spec));
  refuseNamesakes(configs, drafts);
  if (drafts.length === 0) throw nothingScheduled(configs);
  const ids = idsOf(drafts);
  const writers = new Map(drafts.flatMap((draft) => draft.writes.map((table) => [table, draft])));
  const after = (draft: Draft): Draft[] => [
    ...new Set(
      draft.reads.flatMap(({ table }) => {
        const writer = writers.get(table);
        // Of its own table a staging query may read the days before.
        return writer === undefined || (writer === draft && isOwn(draft)) ? [] : [writer];
      }),
    ),
  ];
  const sorted = inOrder(drafts, after, ({ name, path }) => `${JSON.stringify(name)} (${path})`);
  const jobs = sorted.map((draft): ScheduledJob => {
    const { kind, name, config, cron, verb, dayOption, table, onlyTry } = draft;
    return {
      ...{ id: ids.get(draft)!, kind, name, config, cron, verb, dayOption, table, onlyTry },
      inputs: inputsOf(draft.reads.filter((read) => !writers.has(read.table))),
      after: after(draft).map((writer) => ({
        job: ids.get(writer)!,
        wrote: wroteOf(draft, writer),
      })),
    };
  });
  return { jobs, warnings: [...longWaits(jobs), ...logsOfNobody(configs, drafts)] };
}

function isOwn({ kind }: Draft): boolean {
  return kind === 'staging-query';
}

function draftsOf({ path, config }: ProjectConfig, spec: PartitionSpec): Draft[] {
  const { kind } = config;
  const meta = metaDataOf(config);
  const place = `${path}: metaData.offlineSchedule`;
  const cron = isScheduled(config) ? cronOf(meta.offlineSchedule ?? '@daily', place) : null;
  const table = `${meta.outputNamespace ?? 'default'}.${sanitize(meta.name)}`;
  const plain = {
    ...{ path, config: path, name: meta.name, table, partitionColumn: spec.column },
    onlyTry: false,
  };
  const submit = { ...plain, verb: 'submit', dayOption: '--end-ds', writes: [table] } as const;
  if (kind === 'stagingQuery') {
    if (cron === null) return [];
    const reads = stagingReads(config.stagingQuery, spec);
    const isView = config.stagingQuery.createView;
    return [{ ...submit, kind: 'staging-query', cron, reads, isView }];
  }
  if (kind === 'groupBy') {
    if (cron === null) return [];
    return [{ ...submit, kind: 'group-by', cron, reads: groupByReads(config.groupBy, spec) }];
  }
  const { join } = config;
  const own: Draft[] =
    cron === null
      ? []
      : [
          {
            ...submit,
            kind: 'join',
            cron,
            reads: joinReads(join, spec),
            onlyTry: join.drift?.when === 'after',
          },
        ];
  return [...own, ...labelDrafts(join, { ...plain, partitionColumn: labelDsColumn }, spec)];
}

function labelDrafts(
  join: Join,
  plain: Pick<Draft, 'path' | 'config' | 'name' | 'partitionColumn' | 'onlyTry'>,
  spec: PartitionSpec,
): Draft[] {
  const { labelPart } = join;
  if (labelPart === null || labelPart.labels.length === 0) return [];
  const place = `${plain.path}: labelPart.metaData.offlineSchedule`;
  const cron = cronOf(labelPart.labelOfflineSchedule ?? '@daily', place);
  if (cron === null) return [];
  const { labels, labeled, latest } = labelTables(join);
  return [
    {
      ...plain,
      kind: 'label-join',
      cron,
      verb: 'label-join',
      // Where each label date is for a day of its own, none is left out; else the next one covers it, too.
      dayOption: labelPart.leftStartOffset === labelPart.leftEndOffset ? '--end-ds' : '--label-ds',
      table: labels,
      reads: labelReads(join, spec),
      writes: [labels, labeled, latest],
    },
  ];
}

/**
 * Chronon's rule: what says nothing runs daily; but a group-by, which most joins compute by themselves,
 * has a job of its own where it asks for one.
 */
function isScheduled(config: Config): boolean {
  if (config.kind !== 'groupBy') return true;
  const { backfillStartDate, metaData } = config.groupBy;
  return backfillStartDate !== null || metaData.offlineSchedule !== null;
}

function metaDataOf(config: Config): MetaData {
  if (config.kind === 'join') return config.join.metaData;
  return config.kind === 'groupBy' ? config.groupBy.metaData : config.stagingQuery.metaData;
}

/** Group-bys that are parts alone write no table, and may share a name. */
function refuseNamesakes(configs: readonly ProjectConfig[], drafts: readonly Draft[]): void {
  const named = configs
    .filter(({ config }) => config.kind !== 'groupBy' || isScheduled(config))
    .map(({ config, path }) => ({ what: metaDataOf(config).name, path }));
  refuseTwice(named, (name) => `two configs are named "${name}"`);
  const written = drafts.flatMap(({ writes, path, name }) =>
    writes.map((what) => ({ what, path: `"${name}" in ${path}` })),
  );
  refuseTwice(written, (table) => `two configs write ${table}`);
}

function refuseTwice(
  found: readonly { readonly what: string; readonly path: string }[],
  message: (what: string) => string,
): void {
  const known = new Map<string, string>();
  for (const { what, path } of found) {
    const other = known.get(what);
    if (other !== undefined) {
      throw new HindcastError('config', message(what), {
        found: `${other} and ${path}`,
        hint: 'Give one of them another name, or name only one of them to export.',
      });
    }
    known.set(what, path);
  }
}

function nothingScheduled(configs: readonly ProjectConfig[]): HindcastError {
  const kinds = configs.map(({ path, config }) => {
    const schedule = metaDataOf(config).offlineSchedule;
    return schedule === null ? `${path}: a part of joins` : `${path}: ${schedule}`;
  });
  return new HindcastError('config', 'nothing in these configs has a schedule', {
    found: `${kinds.slice(0, 6).join('; ')}${kinds.length > 6 ? '; …' : ''}`,
    hint: "Set offlineSchedule: '@daily' on a join, group-by or staging query.",
  });
}

/** Names as schedulers take them; where that makes two alike, with a part of the path's hash. */
function idsOf(drafts: readonly Draft[]): Map<Draft, string> {
  const plain = (draft: Draft): string =>
    `${draft.name.replace(/[^\w.-]+/g, '_').slice(0, 150)}${draft.kind === 'label-join' ? '.labels' : ''}`;
  const count = new Map<string, number>();
  for (const draft of drafts) count.set(plain(draft), (count.get(plain(draft)) ?? 0) + 1);
  return new Map(
    drafts.map((draft) => {
      const id = plain(draft);
      return [draft, count.get(id) === 1 ? id : `${id}-${sanitize(draft.table).slice(0, 90)}`];
    }),
  );
}

/** Each partition once. */
function inputsOf(reads: readonly Read[]): Input[] {
  const inputs = new Map<string, Input>();
  for (const { table, partitionColumn, daysBefore } of reads) {
    if (daysBefore === null) continue;
    const input = { table, partitionColumn, daysBefore };
    inputs.set(JSON.stringify(input), input);
  }
  return [...inputs.values()];
}

/** The latest partition that the reader needs of the writer's own table. */
function wroteOf(reader: Draft, writer: Draft): Input | null {
  const days = reader.reads
    .filter(({ table }) => writer.writes.includes(table))
    .flatMap(({ daysBefore }) => (daysBefore === null ? [] : [daysBefore]));
  if (days.length === 0 || writer.isView === true) return null;
  const { table, partitionColumn } = writer;
  return { table, partitionColumn, daysBefore: Math.min(...days) };
}

/** Logs of the project's joins that jobs read: flattening them has no schedule in a config. */
function logsOfNobody(configs: readonly ProjectConfig[], drafts: readonly Draft[]): string[] {
  return configs.flatMap(({ path, config }) => {
    if (config.kind !== 'join') return [];
    const log = loggedTable(config.join);
    const readers = drafts
      .filter(
        (draft) =>
          draft.reads.some(({ table }) => table === log) ||
          (draft.path === path && draft.kind === 'join' && config.join.bootstrapFromLog),
      )
      .map(({ name }) => `"${name}"`);
    if (readers.length === 0) return [];
    return [
      `${readers.join(' and ')} ${readers.length === 1 ? 'reads' : 'read'} ${log}, which no config schedules: run \`hindcast flatten-logs ${path}\` before it`,
    ];
  });
}

/** More than a year of days, in which schedules are held against each other. */
const daysLooked = 400;

/** A run needs what another job writes on the same day, and that one does not come then. */
function longWaits(jobs: readonly ScheduledJob[]): string[] {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const known = new Map<string, ReadonlySet<number>>();
  const daysOf = (cron: string): ReadonlySet<number> => {
    const days = known.get(cron) ?? daysDue(cron, daysLooked);
    known.set(cron, days);
    return days;
  };
  return jobs.flatMap((job) =>
    job.after.flatMap(({ job: id, wrote }) => {
      const writer = byId.get(id)!;
      if (writer.cron === job.cron || wrote === null) return [];
      const written = daysOf(writer.cron);
      const first = Math.min(...written);
      const waits = [...daysOf(job.cron)].some(
        (day) => day - wrote.daysBefore >= first && !covers(written, day, wrote.daysBefore),
      );
      if (!waits) return [];
      return [
        `"${job.name}" (${job.cron}) reads what "${writer.name}" (${writer.cron}) writes, and will wait for it: give both one schedule`,
      ];
    }),
  );
}

/** Whether the writer has come for the day that a reader needs, when the reader comes. */
function covers(written: ReadonlySet<number>, day: number, daysBefore: number): boolean {
  for (let before = 0; before <= daysBefore; before++) if (written.has(day - before)) return true;
  return false;
}
