/** What lies in a warehouse and nothing needs any more: data, found before anything is deleted. */
import type { Plan } from '@hindcast/shared/plan/plan';
import type { ObjectInfo, Store } from '@hindcast/shared/store/store';
import { type ReadCheckpoint, readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { listTables, tableKey } from '@hindcast/shared/table/partitions';
import { dayMs } from '@hindcast/shared/time/partition-spec';
import {
  definitionKey,
  definitionsFolder,
  hashesOfTable,
  readDefinitions,
} from './definition-files.js';
import { writerOf } from './place-files.js';
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
  const runs = await Promise.all(
    (await listRuns(store)).map(async (id) => {
      const run = new RunFiles(store, id);
      return { run, alive: await run.isAlive() };
    }),
  );
  const living = new Set(runs.flatMap(({ run, alive }) => (alive ? [run.runId] : [])));
  const since = request.now - request.keepDays * dayMs;
  const late = runs.filter(({ run, alive }) => alive || startOf(run.runId) >= since);
  const tables = await listTables(store);
  const going = request.archives ? oldArchives(tables, since) : [];
  const kept = tables.filter((table) => !going.includes(table));
  return [
    await scratch(store, living),
    await keyBuckets(
      store,
      late.map(({ run }) => run),
    ),
    await strays(store, tables, living, readCheckpoint),
    await definitions(
      store,
      kept,
      runs.flatMap(({ run, alive }) => (alive ? [run] : [])),
      readCheckpoint,
    ),
    await archives(store, going),
  ].filter(({ keys }) => keys.length > 0);
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
async function scratch(store: Store, living: ReadonlySet<string>): Promise<Garbage> {
  const objects = (await store.list(`${runsFolder}/`)).filter(({ key }) => {
    const [run, folder] = key.slice(runsFolder.length + 1).split('/');
    return !living.has(run!) && /^(step-\d+|import)$/.test(folder!);
  });
  const folders = new Set(objects.map(({ key }) => key.split('/').slice(0, 4).join('/')));
  return garbage('scratch', [...folders], objects);
}

async function keyBuckets(store: Store, late: readonly RunFiles[]): Promise<Garbage> {
  const used = new Set<string>();
  for (const run of late) {
    const plan = await run.readJson<Plan>('plan.json').catch(() => null);
    for (const { stages } of plan?.steps ?? [])
      for (const { tasks } of stages)
        for (const task of tasks)
          if (task.kind === 'join')
            for (const { segments } of task.parts) for (const folder of segments) used.add(folder);
  }
  const objects = (await store.list(`${keyBucketsFolder}/`)).filter(
    ({ key }) => !used.has(segmentOf(key)),
  );
  return garbage('KeyBuckets', [...new Set(objects.map(({ key }) => segmentOf(key)))], objects);
}

/** `_hindcast/keybuckets/<scan>/<segment>`, the folder of an object. */
function segmentOf(key: string): string {
  return key.split('/').slice(0, 4).join('/');
}

async function strays(
  store: Store,
  tables: readonly string[],
  living: ReadonlySet<string>,
  readCheckpoint: ReadCheckpoint,
): Promise<Garbage> {
  const found: ObjectInfo[] = [];
  for (const table of tables) {
    const key = tableKey(table);
    const snapshot = await readDeltaSnapshot(store, key, readCheckpoint, table);
    if (snapshot === null) continue;
    const active = new Set(snapshot.files.map(({ path }) => `${key}/${path}`));
    for (const object of await store.list(`${key}/`)) {
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
  store: Store,
  tables: readonly string[],
  living: readonly RunFiles[],
  readCheckpoint: ReadCheckpoint,
): Promise<Garbage> {
  const there = await store.list(`${definitionsFolder}/`);
  if (there.length === 0) return garbage('definitions', [], []);
  const named: string[] = [];
  for (const table of tables) {
    const snapshot = await readDeltaSnapshot(store, tableKey(table), readCheckpoint, table);
    if (snapshot !== null) named.push(...hashesOfTable(snapshot));
  }
  for (const run of living) {
    const plan = await run.readJson<Plan>('plan.json').catch(() => null);
    named.push(...Object.keys(plan?.definitions ?? {}));
  }
  const known = await readDefinitions(named, store);
  const used = new Set([...named, ...Object.keys(known)].map(definitionKey));
  const unused = there.filter(({ key }) => !used.has(key));
  return garbage(
    'definitions',
    unused.map(({ key }) => key),
    unused,
  );
}

/** Tables that were archived before `since`. */
function oldArchives(tables: readonly string[], since: number): string[] {
  return tables.filter((table) => {
    const [, of, stamp] = /^(.*)_(\d{14})(?:_\d+)?$/.exec(table) ?? [];
    return of !== undefined && tables.includes(of) && stampMs(stamp!) < since;
  });
}

async function archives(store: Store, old: readonly string[]): Promise<Garbage> {
  const objects = await Promise.all(old.map((table) => store.list(`${tableKey(table)}/`)));
  return garbage('archived tables', old.map(tableKey), objects.flat());
}
