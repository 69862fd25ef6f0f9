/** What lies in a warehouse and nothing needs any more: data, found before anything is deleted. */
import type { Plan } from '@hindcast/shared/plan/plan';
import type { ObjectInfo, Store } from '@hindcast/shared/store/store';
import {
  type DeltaSnapshot,
  type ReadCheckpoint,
  readDeltaSnapshot,
} from '@hindcast/shared/table/delta-log';
import { listTables, tableKey } from '@hindcast/shared/table/partitions';
import { dayMs } from '@hindcast/shared/time/partition-spec';
import {
  definitionKey,
  definitionsFolder,
  hashesOfTable,
  readDefinitions,
} from './definition-files.js';
import { writerOf } from './place-files.js';
import { provenanceTag } from './plan/decide.js';
import { listRuns, RunFiles, runsFolder } from './run-files.js';

export interface Garbage {
  readonly what: 'scratch' | 'KeyBuckets' | 'stray files' | 'definitions' | 'archived tables';
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
 * names and whose writer is dead, definitions that no table's files name, and archived tables. What a run
 * that goes on needs is none.
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
    definitions: await store.list(`${definitionsFolder}/`),
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
  const logs = await readLogs(store, readCheckpoint);
  const old = request.archives ? oldArchives(logs, since) : [];
  return [
    scratch(lying, living),
    await keyBuckets(
      lying,
      late.map(({ run }) => run),
    ),
    strays(lying, living, logs),
    await definitions(
      lying,
      new Map([...logs].filter(([table]) => !old.includes(table))),
      runs.flatMap(({ run, alive }) => (alive ? [run] : [])),
      store,
    ),
    archives(lying, old),
  ].filter(({ keys }) => keys.length > 0);
}

/** All that may be garbage, as it lay there at first. */
interface Lying {
  readonly runs: readonly ObjectInfo[];
  readonly keyBuckets: readonly ObjectInfo[];
  readonly definitions: readonly ObjectInfo[];
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

/** By table, what its log says; null: it has none. */
type Logs = ReadonlyMap<string, DeltaSnapshot | null>;

async function readLogs(store: Store, readCheckpoint: ReadCheckpoint): Promise<Logs> {
  const logs = new Map<string, DeltaSnapshot | null>();
  for (const table of await listTables(store))
    logs.set(table, await readDeltaSnapshot(store, tableKey(table), readCheckpoint, table));
  return logs;
}

function strays({ tables }: Lying, living: ReadonlySet<string>, logs: Logs): Garbage {
  const found: ObjectInfo[] = [];
  for (const [table, objects] of tables) {
    const snapshot = logs.get(table) ?? null;
    if (snapshot === null) continue;
    const active = new Set(snapshot.files.map(({ path }) => `${tableKey(table)}/${path}`));
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

/** What no file of a table stands for, nor one that a run will write. */
async function definitions(
  lying: Lying,
  logs: Logs,
  living: readonly RunFiles[],
  store: Store,
): Promise<Garbage> {
  if (lying.definitions.length === 0) return garbage('definitions', [], []);
  const named = [...logs.values()].flatMap((snapshot) =>
    snapshot === null ? [] : [...hashesOfTable(snapshot)],
  );
  for (const run of living) {
    const plan = await run.readJson<Plan>('plan.json').catch(() => null);
    named.push(...Object.keys(plan?.definitions ?? {}));
  }
  const known = await readDefinitions(named, store);
  const used = new Set([...named, ...Object.keys(known)].map(definitionKey));
  const unused = lying.definitions.filter(({ key }) => !used.has(key));
  return garbage(
    'definitions',
    unused.map(({ key }) => key),
    unused,
  );
}

/** Tables that Hindcast put aside before `since`; those of others may be named so, too. */
function oldArchives(logs: Logs, since: number): string[] {
  return [...logs].flatMap(([table, snapshot]) => {
    const [, of, stamp] = /^(.*)_(\d{14})(?:_\d+)?$/.exec(table) ?? [];
    if (of === undefined || !logs.has(of) || !(stampMs(stamp!) < since)) return [];
    return snapshot?.metaData.configuration[provenanceTag] === undefined ? [] : [table];
  });
}

function archives({ tables }: Lying, old: readonly string[]): Garbage {
  const objects = old.flatMap((table) => tables.get(table) ?? []);
  return garbage('archived tables', old.map(tableKey), objects);
}
