/** Writers that all planned on the same version of a table and commit at the same time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { openLocalStore } from '../store/local.js';
import { type CommitResult, commitDelta } from './delta-commit.js';
import { type DeltaSnapshot, readDeltaSnapshot } from './delta-log.js';

const root = mkdtempSync(join(tmpdir(), 'hindcast-race-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const noCheckpoint = (): Promise<never> => Promise.reject(new Error('unexpected checkpoint'));
const partition = fc.integer({ min: 0, max: 11 }).map((index) => `p${index}`);

/** Partitions that a writer fills or replaces, and how often it repeats its commit. */
interface Writer {
  readonly partitions: readonly string[];
  readonly copies: number;
}

const writers: fc.Arbitrary<readonly Writer[]> = fc.array(
  fc.record({
    partitions: fc.uniqueArray(partition, { minLength: 1, maxLength: 4 }),
    copies: fc.integer({ min: 1, max: 2 }),
  }),
  { minLength: 2, maxLength: 12 },
);

let tables = 0;

/** Every writer through a store of its own, as if each were a process. */
async function race(given: readonly Writer[], before: readonly string[]) {
  const key = `ns/t${tables++}`;
  const read = () => readDeltaSnapshot(openLocalStore(root), key, noCheckpoint);
  const commit = (writer: string, partitions: readonly string[], snapshot: DeltaSnapshot | null) =>
    commitDelta(openLocalStore(root), key, {
      appId: writer,
      appVersion: 0,
      snapshot,
      partitionColumn: 'ds',
      columns: [{ name: 'user', type: 'VARCHAR' }],
      configuration: {},
      add: partitions.map((value) => ({
        path: `ds=${value}/${writer}.parquet`,
        partitionValues: { ds: value },
        size: 1,
        modificationTime: 1,
        tags: null,
        stats: null,
      })),
      remove: (snapshot?.files ?? []).flatMap(({ path, partitionValues }) =>
        partitions.includes(partitionValues['ds']!) ? [path] : [],
      ),
      partitions,
      commitInfo: { runId: writer },
      now: 1,
    });
  if (before.length > 0) await commit('before', before, null);
  const snapshot = await read();
  const results = await Promise.all(
    given.map(({ partitions, copies }, i) =>
      Promise.all(
        Array.from({ length: copies }, () => commit(`writer ${i}`, partitions, snapshot)),
      ),
    ),
  );
  return { results, before: snapshot, after: (await read())! };
}

/** The commit that counts among copies of one writer; the others must have found it. */
function outcome(copies: readonly CommitResult[]): CommitResult {
  const committed = copies.filter(({ kind }) => kind === 'committed');
  expect(committed.length).toBeLessThanOrEqual(1);
  if (committed.length === 0) {
    expect(new Set(copies.map(({ kind }) => kind))).toEqual(new Set(['conflict']));
    return copies[0]!;
  }
  const others = copies.filter(({ kind }) => kind !== 'committed');
  for (const { kind } of others) expect(kind).toBe('already-committed');
  return committed[0]!;
}

test('of writers that overlap one wins; the log has no gap and the winners are whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      writers,
      fc.uniqueArray(partition, { maxLength: 6 }),
      async (given, before) => {
        const raced = await race(given, before);
        const first = (raced.before?.version ?? -1) + 1;
        const winners = new Map<string, readonly string[]>();
        const losers: { partitions: readonly string[]; result: CommitResult }[] = [];
        const versions: number[] = [];
        for (const [i, { partitions }] of given.entries()) {
          const result = outcome(raced.results[i]!);
          if (result.kind === 'committed') {
            winners.set(`writer ${i}`, partitions);
            versions.push(result.version);
          } else losers.push({ partitions, result });
        }
        expect(versions.sort((a, b) => a - b)).toEqual(versions.map((_, i) => first + i));
        expect(raced.after.version).toBe(first + versions.length - 1);

        const won = [...winners.values()].flat();
        expect(new Set(won).size).toBe(won.length);
        const kept = before.filter((value) => !won.includes(value));
        const expected = [
          ...kept.map((value) => `ds=${value}/before.parquet`),
          ...[...winners].flatMap(([writer, own]) =>
            own.map((value) => `ds=${value}/${writer}.parquet`),
          ),
        ];
        expect(raced.after.files.map(({ path }) => path)).toEqual(expected.sort());

        for (const { partitions, result } of losers) {
          if (result.kind !== 'conflict') throw new Error(`unexpected ${result.kind}`);
          const theirs = winners.get(result.by!)!;
          const shared = theirs.filter((value) => partitions.includes(value));
          expect(shared.length).toBeGreaterThan(0);
          expect(result.partitions).toEqual(shared.sort());
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('writers of disjoint partitions all commit', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 16 }), fc.boolean(), async (count, create) => {
      const given = Array.from({ length: count }, (_, i) => ({ partitions: [`p${i}`], copies: 1 }));
      const { results, after } = await race(given, create ? [] : ['p0', 'p1']);
      expect(results.flat().map(({ kind }) => kind)).toEqual(given.map(() => 'committed'));
      expect(after.files).toHaveLength(count);
    }),
    { numRuns: 15 },
  );
});
