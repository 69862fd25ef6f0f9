/** What lies in a warehouse and nothing needs any more: data, found before anything is deleted. */
import type { Plan } from '@hindcast/shared/plan/plan';
import type { ObjectInfo, Store } from '@hindcast/shared/store/store';
import { type ReadCheckpoint, readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { listTables, tableKey } from '@hindcast/shared/table/partitions';
import { dayMs } from '@hindcast/shared/time/partition-spec';
import { writerOf } from './place-files.js';
import { provenanceTag } from './plan/decide.js';
import { listRuns, RunFiles, runsFolder } from './run-files.js';

export interface Garbage {
  readonly what: 'scratch' | 'KeyBuckets' | 'stray files' | 'archived tables';
  /** Objects, or folders that go as a whole. */
  readonly keys: readonly string[];
  readonly objects: number;
  readonly bytes: number;
}

export interface GarbageRequest {
  /** KeyBuckets of runs that began in these days stay, and tables that were archived in them. */
  readonly keepDays: number;
  /** Archived tables go, too. */
  readonly archives: boolean;
  readonly now: number; // ms since epoch
}

const keyBucketsFolder = '_hindcast/keybuckets';

/**
 * Scratch of runs that ended or died, KeyBuckets that no run of late reads, data files that no table's log
 * names and whose writer is dead, and archived tables. What a run that goes on needs is none.
 */
export async function findGarbage(
  store: Store,
  request: GarbageRequest,
  readCheckpoint: ReadCheckpoint,
): Promise<Garbage[]> {
  // What lies there is listed before the runs: whoever made it has a mark by then. The tables' logs are
  // read after them: what a run that has ended made counts there.
  const tables = await listTables(store);
  const lying: Lying = {
    runs: await store.list(`${runsFolder}/`),
    keyBuckets: await store.list(`${keyBucketsFolder}/`),
    tables: new Map(
      await Promise.all(
        tables.map(async (table) => [table, await store.list(`${tableKey(table)}/`)] as const),
      ),
    ),
  };
  const runs = await Promise.all(
    (await listRuns(store)).map(async (id) => {
      const run = new RunFiles(store, id);
      return { run, alive: await run.isAlive() };
    }),
  );
  const living = new Set(runs.flatMap(({ run, alive }) => (alive ? [run.runId] : [])));
  const since = request.now - request.keepDays * dayMs;
  const late = runs.filter(({ run, alive }) => alive || startOf(run.runId) >= since);
  return [
    scratch(lying, living),
    await keyBuckets(
      lying,
      late.map(({ run }) => run),
    ),
    await strays(lying, living, store, readCheckpoint),
    ...(request.archives ? [await archives(lying, since, store, readCheckpoint)] : []),
  ].filter(({ keys }) => keys.length > 0);
}

/** All that may be garbage, as it lay there at first. */
interface Lying {
  readonly runs: readonly ObjectInfo[];
  readonly keyBuckets: readonly ObjectInfo[];
  readonly tables: ReadonlyMap<string, readonly ObjectInfo[]>;
}

function garbage(what: Garbage['what'], keys: readonly string[], objects: readonly ObjectInfo[]) {
  const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
  return { what, keys, objects: objects.length, bytes };
}

/** ms since epoch; a run whose name tells none counts as old. */
function startOf(runId: string): number {
  const [, date, time] = /^(\d{8})T(\d{6})/.exec(runId) ?? [];
  return date === undefined ? 0 : stampMs(`${date}${time}`);
}

function stampMs(stamp: string): number {
  const [year, month, day, hour, minute, second] = [
    stamp.slice(0, 4),
    ...(stamp.slice(4).match(/../g) ?? []),
  ];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** Folders of steps, and of what planning left to pods. */
function scratch({ runs }: Lying, living: ReadonlySet<string>): Garbage {
  const objects = runs.filter(({ key }) => {
    const [run, folder] = key.slice(runsFolder.length + 1).split('/');
    return !living.has(run!) && /^(step-\d+|import)$/.test(folder!);
  });
  const folders = new Set(objects.map(({ key }) => key.split('/').slice(0, 4).join('/')));
  return garbage('scratch', [...folders], objects);
}

async function keyBuckets(lying: Lying, late: readonly RunFiles[]): Promise<Garbage> {
  const used = new Set<string>();
  for (const run of late) {
    const plan = await run.readJson<Plan>('plan.json').catch(() => null);
    for (const { stages } of plan?.steps ?? [])
      for (const { tasks } of stages)
        for (const task of tasks)
          if (task.kind === 'join')
            for (const { segments } of task.parts) for (const folder of segments) used.add(folder);
  }
  const objects = lying.keyBuckets.filter(({ key }) => !used.has(segmentOf(key)));
  return garbage('KeyBuckets', [...new Set(objects.map(({ key }) => segmentOf(key)))], objects);
}

/** `_hindcast/keybuckets/<scan>/<segment>`, the folder of an object. */
function segmentOf(key: string): string {
  return key.split('/').slice(0, 4).join('/');
}

async function strays(
  { tables }: Lying,
  living: ReadonlySet<string>,
  store: Store,
  readCheckpoint: ReadCheckpoint,
): Promise<Garbage> {
  const found: ObjectInfo[] = [];
  for (const [table, objects] of tables) {
    const key = tableKey(table);
    const snapshot = await readDeltaSnapshot(store, key, readCheckpoint, table);
    if (snapshot === null) continue;
    const active = new Set(snapshot.files.map(({ path }) => `${key}/${path}`));
    for (const object of objects) {
      const writer = writerOf(object.key.slice(object.key.lastIndexOf('/') + 1));
      // Files of others are theirs.
      if (writer === null || active.has(object.key) || living.has(writer)) continue;
      found.push(object);
    }
  }
  return garbage(
    'stray files',
    found.map(({ key }) => key),
    found,
  );
}

/** Tables that Hindcast put aside; those of others may be named so, too. */
async function archives(
  { tables }: Lying,
  since: number,
  store: Store,
  readCheckpoint: ReadCheckpoint,
): Promise<Garbage> {
  const old: string[] = [];
  for (const table of tables.keys()) {
    const [, of, stamp] = /^(.*)_(\d{14})(?:_\d+)?$/.exec(table) ?? [];
    if (of === undefined || !tables.has(of) || !(stampMs(stamp!) < since)) continue;
    const snapshot = await readDeltaSnapshot(store, tableKey(table), readCheckpoint, table);
    if (snapshot?.metaData.configuration[provenanceTag] !== undefined) old.push(table);
  }
  const objects = old.flatMap((table) => tables.get(table)!);
  return garbage('archived tables', old.map(tableKey), objects);
}
