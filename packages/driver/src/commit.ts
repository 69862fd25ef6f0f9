/**
 * From staged files to a committed step. Files move into the table first, then one Delta commit
 * makes them count, then what they replace is deleted.
 */
import { HindcastError } from '@hindcast/shared/errors';
import type { Plan, Step } from '@hindcast/shared/plan/plan';
import type { StagedFile, TaskResult } from '@hindcast/shared/plan/task';
import type { Store } from '@hindcast/shared/store/store';
import type { AddFile } from '@hindcast/shared/table/delta-actions';
import { type CommitResult, commitDelta } from '@hindcast/shared/table/delta-commit';
import {
  type DeltaSnapshot,
  type ReadCheckpoint,
  readDeltaSnapshot,
} from '@hindcast/shared/table/delta-log';
import { tableName } from '@hindcast/shared/table/partitions';
import { checkRows } from './check-rows.js';
import { placeFiles } from './place-files.js';
import { provenanceTag } from './plan/decide.js';
import { inputsTag } from './plan/inputs.js';
import type { RunFiles } from './run-files.js';
import { makerOf, refuseOtherMaker } from './taken-names.js';

export interface CommitContext {
  readonly store: Store;
  readonly run: RunFiles;
  readonly readCheckpoint: ReadCheckpoint;
  readonly engine: string; // `hindcast/<version>`
}

/** What a run puts into an output table. */
export interface Delivery {
  /** By this name the table's log knows of it; absent: by the step's, which is `appVersion`. */
  readonly app?: string;
  readonly appVersion: number;
  readonly tableKey: string;
  readonly partitionColumn: string;
  readonly subPartitions?: readonly string[];
  readonly columns: Plan['output']['columns'];
  readonly partitions: readonly string[];
  readonly staged: readonly StagedFile[];
  readonly replaces: readonly string[];
  readonly configuration: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>> | null;
  /** Partition → further tags of its files; absent: none. */
  readonly tagsOf?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly commitInfo: Readonly<Record<string, unknown>>;
}

/**
 * @param results of the step's last stage
 * @throws HindcastError kind `conflict` when another writer took the same partitions first
 */
export async function commitStep(
  plan: Plan,
  step: Step,
  results: readonly TaskResult[],
  context: CommitContext,
): Promise<{ version: number; rows: number; files: readonly AddFile[] }> {
  const staged = results.flatMap(({ files }) => files);
  checkRows(plan, step, results);
  const provenance = JSON.stringify(step.provenance);
  const result = await deliver(
    {
      appVersion: step.index,
      tableKey: plan.output.key,
      partitionColumn: plan.output.partitionColumn,
      subPartitions: plan.output.subPartitions,
      columns: plan.output.columns,
      partitions: step.partitions,
      staged,
      replaces: step.replaces,
      configuration: { [provenanceTag]: provenance },
      tags: { [provenanceTag]: provenance },
      tagsOf: Object.fromEntries(
        Object.entries(step.partitionInputs ?? {}).map(([value, inputs]) => [
          value,
          { [inputsTag]: JSON.stringify(inputs) },
        ]),
      ),
      commitInfo: { configHash: plan.hashes.join, windowing: plan.windowing, inputs: step.inputs },
    },
    context,
  );
  const rows = staged.reduce((sum, file) => sum + file.rows, 0);
  return { ...result, rows };
}

/** By this name the table's log knows that a step was committed. */
export function stepApp({ runId }: RunFiles, step: number): string {
  return `${runId}/step-${step}`;
}

export async function deliver(
  delivery: Delivery,
  { store, run, readCheckpoint, engine }: CommitContext,
): Promise<{ version: number; files: readonly AddFile[] }> {
  const { tableKey, partitionColumn, subPartitions = [] } = delivery;
  const app = delivery.app ?? stepApp(run, delivery.appVersion);
  const snapshot = await readDeltaSnapshot(store, tableKey, readCheckpoint);
  // It may have come since the job was planned.
  const maker = makerOf(delivery.configuration);
  if (snapshot !== null && maker !== null) refuseOtherMaker(tableName(tableKey), snapshot, maker);
  const taken = takenPartitions(snapshot, delivery);
  if (taken.length > 0) throw conflict(tableKey, taken, null);
  await run.checkOurs();
  const placed = await placeFiles(delivery, snapshot, store, run);
  const now = Date.now();
  const add: AddFile[] = placed.map(({ path, file }) => ({
    path,
    partitionValues: { [partitionColumn]: file.partition, ...file.subPartitions },
    size: file.bytes,
    modificationTime: now,
    tags: tagsOf(delivery, file.partition),
    stats: JSON.stringify({ numRecords: file.rows }),
  }));
  let result: CommitResult;
  try {
    await run.checkOurs();
    result = await commitDelta(store, tableKey, {
      // Steps side by side commit in any order: each is an application of its own.
      appId: app,
      appVersion: delivery.appVersion,
      snapshot,
      partitionColumn,
      subPartitions,
      columns: delivery.columns,
      configuration: delivery.configuration,
      add,
      remove: delivery.replaces,
      partitions: delivery.partitions,
      commitInfo: {
        operation: 'WRITE',
        operationParameters: {
          mode: 'Overwrite',
          partitionBy: JSON.stringify([partitionColumn, ...subPartitions]),
        },
        engineInfo: engine,
        runId: run.runId,
        ...delivery.commitInfo,
      },
      now,
    });
  } catch (error) {
    // A commit whose answer was lost may stand. Where that can't be told its files stay: who writes
    // there next takes them away if nobody names them.
    const after = await readDeltaSnapshot(store, tableKey, readCheckpoint).catch(() => undefined);
    if (after === undefined) throw error;
    if (after === null || !after.txns.has(app)) {
      await store.delete(placed.map(({ path }) => `${tableKey}/${path}`));
      throw error;
    }
    result = { kind: 'committed', version: after.version };
  }
  if (result.kind === 'conflict') {
    await store.delete(placed.map(({ path }) => `${tableKey}/${path}`));
    throw conflict(tableKey, result.partitions, result.by);
  }
  await store.delete(delivery.replaces.map((path) => `${tableKey}/${path}`));
  return { version: result.version, files: add };
}

function tagsOf({ tags, tagsOf: further }: Delivery, partition: string): AddFile['tags'] {
  const own = further?.[partition];
  return own === undefined ? tags : { ...tags, ...own };
}

/** Partitions that were free when the step was planned and are not any more. */
function takenPartitions(snapshot: DeltaSnapshot | null, delivery: Delivery): string[] {
  const ours = new Set(delivery.partitions);
  const replaced = new Set(delivery.replaces);
  const taken = new Set<string>();
  for (const { path, partitionValues } of snapshot?.files ?? []) {
    const value = partitionValues[delivery.partitionColumn] ?? '';
    if (ours.has(value) && !replaced.has(path)) taken.add(value);
  }
  return [...taken].sort();
}

function conflict(table: string, partitions: readonly string[], by: string | null): HindcastError {
  const who = by === null ? 'another run' : `run ${by}`;
  const what = partitions.length === 0 ? 'the table' : partitions.join(', ');
  return new HindcastError(
    'conflict',
    `${tableName(table)}: ${who} wrote ${what} while this one computed it`,
    {
      hint: 'The other result stands and nothing was doubled. Submit again: only what is still missing is computed.',
    },
  );
}
