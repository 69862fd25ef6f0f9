import { partitionOf, partitionsOf } from '@hindcast/shared/time/partition-spec';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  days,
  joinOf,
  outputOf,
  requestOf,
  stateOf,
  tableOf,
  type World,
} from '../../../../test/small-plans.js';
import { type Decision, decidePartitions, type Provenance } from './decide.js';

const now: Provenance = stateOf(joinOf(), requestOf()).provenance;
const partOfNow = Object.keys(now).find((name) => name.startsWith('part.'))!;
const three = days('2023-11-10', '2023-11-12');

const decide = (
  world: World,
  request: Parameters<typeof requestOf>[0] = {},
  leftQuery: Parameters<typeof joinOf>[1] = {},
): Decision => stateOf(joinOf(undefined, leftQuery), requestOf(request), world).decision;
/** `10 compute missing` for each partition. */
const said = ({ partitions }: Decision): string[] =>
  partitions.map(({ value, action, reason }) => `${value.slice(-2)} ${action} ${reason}`);

const present = (values: readonly string[], provenance: Provenance | null = now) =>
  outputOf(Object.fromEntries(values.map((value) => [value, provenance])));

test('what the output lacks is missing', () => {
  expect(said(decide({}))).toEqual([
    '10 compute missing',
    '11 compute missing',
    '12 compute missing',
  ]);
  expect(decide({})).toMatchObject({ restart: null, changed: null });
});

test('what is there is skipped, and holes before and between are filled', () => {
  expect(said(decide({ output: present(['2023-11-11']) }))).toEqual([
    '10 compute missing',
    '11 skip exists',
    '12 compute missing',
  ]);
});

test('what the left lacks is said', () => {
  const left = tableOf('data.visits', ['2023-11-10', '2023-11-12']);
  expect(said(decide({ left }))).toEqual([
    '10 compute missing',
    '11 skip not on the left',
    '12 compute missing',
  ]);
});

test('both ends of the range are inclusive, and the query narrows them', () => {
  expect(said(decide({}, { startDs: '2023-11-11', endDs: '2023-11-11' }))).toEqual([
    '11 compute missing',
  ]);
  const query = { startPartition: '2023-11-11', endPartition: '2023-11-11' };
  expect(said(decide({}, {}, query))).toEqual(['11 compute missing']);
  const wide = { startDs: '2023-11-01', endDs: '2023-11-30' };
  expect(decide({}, wide, query).range).toEqual({ start: '2023-11-11', end: '2023-11-11' });
  const beyond = { startPartition: '2023-11-08', endPartition: '2023-11-14' };
  expect(decide({}, {}, beyond).range).toEqual({ start: '2023-11-08', end: '2023-11-14' });
  expect(decide({}, { startDs: '2023-12-01' }).range).toBeNull();
  expect(decide({ left: tableOf('data.visits', []) }).range).toBeNull();
});

test.each([
  [{ startDs: '2023-11-12', endDs: '2023-11-10' }, /--start-ds 2023-11-12 is after --end-ds/],
  [{ startDs: '2023-11-31' }, /"2023-11-31" is not a date/],
  [{ endDs: 'today' }, /"today" is not a date/],
  [{ endDs: '2023-02-30' }, /"2023-02-30" is not a date/],
])('%j is refused', (request, says) => {
  expect(() => decide({}, request)).toThrow(says);
});

test.each(['left', 'bootstrap'])('another %s starts the whole table anew', (what) => {
  const output = present(three.slice(0, 2), { ...now, [what]: 'another' });
  const decision = decide({ output });
  expect(decision.restart).toBe(`${what} changed`);
  expect(said(decision)).toEqual([
    `10 compute ${what} changed`,
    `11 compute ${what} changed`,
    '12 compute missing',
  ]);
  const narrow = decide({ output }, { startDs: three[1]!, endDs: three[1]! });
  expect(said(narrow)).toEqual(['10 skip archived only', `11 compute ${what} changed`]);
});

test('a part that changed, came or went is computed in every partition, in the range or not', () => {
  const without = Object.fromEntries(Object.entries(now).filter(([name]) => name !== partOfNow));
  for (const [before, parts] of [
    [{ ...now, [partOfNow]: 'another' }, [partOfNow.slice(5)]],
    [without, [partOfNow.slice(5)]],
    [{ ...now, 'part.gone': 'x' }, []],
  ] as const) {
    const output = outputOf({ [three[0]!]: before, [three[1]!]: before });
    const decision = decide({ output }, { startDs: three[2]! });
    expect(said(decision)).toEqual([
      '10 compute part changed',
      '11 compute part changed',
      '12 compute missing',
    ]);
    expect(decision.partitions[0]!.parts).toEqual(parts);
    expect([decision.restart, decision.changed]).toEqual([null, 'parts changed']);
    // The rest of a run that did not end: the former version lies aside already.
    const resumed = decide({ output: outputOf({ [three[0]!]: before, [three[1]!]: now }) });
    expect(said(resumed)).toEqual([
      '10 compute part changed',
      '11 skip exists',
      '12 compute missing',
    ]);
    expect(resumed.changed).toBeNull();
  }
});

test('derivations: whole partitions are computed anew, of parts and of their own', () => {
  const derived: Provenance = { ...now, derivations: 'some' };
  const decideOn = (before: Provenance, hash: string | null, world: World = {}): Decision => {
    const { left, ...rest } = world;
    const output = outputOf({ [three[0]!]: before, [three[1]!]: before });
    const provenance = hash === null ? now : { ...now, derivations: hash };
    const { partitions } = left ?? tableOf('data.visits', three);
    const table = { ...tableOf('data.visits', []), partitions };
    return decidePartitions(joinOf(), table, rest.output ?? output, provenance, {
      ...requestOf(),
      spec: requestOf().partitionSpec,
      leftPlace: 'on the left',
      stale: new Map(),
      defaultStart: null,
    });
  };
  for (const [before, hash] of [
    [now, 'some'],
    [derived, 'others'],
    [derived, null],
    [{ ...derived, [partOfNow]: 'another' }, 'others'],
  ] as const) {
    const decision = decideOn(before, hash);
    expect(said(decision)).toEqual([
      '10 compute derivations changed',
      '11 compute derivations changed',
      '12 compute missing',
    ]);
    expect(decision.partitions.map(({ parts }) => parts)).toEqual([null, null, null]);
    expect([decision.restart, decision.changed]).toEqual([null, 'derivations changed']);
  }
  const part = decideOn({ ...derived, [partOfNow]: 'another' }, 'some');
  expect(part.partitions[0]).toMatchObject({ reason: 'part changed', parts: null });
  expect(part.changed).toBe('parts changed');
  expect(said(decideOn(derived, 'some'))[0]).toBe('10 skip exists');
  // What the left has no more can't be computed, and is said.
  const gone = decideOn(now, 'some', { left: tableOf('data.visits', three.slice(1)) });
  expect(said(gone)).toEqual([
    '10 skip not on the left',
    '11 compute derivations changed',
    '12 compute missing',
  ]);
  expect(gone.outdated).toEqual([three[0]]);
});

test('another windowing changes every part', () => {
  const decision = decide({ output: present(three) }, { windowing: 'sawtooth' });
  expect(said(decision).every((text) => text.endsWith('compute part changed'))).toBe(true);
});

test('--reprocess all: what the range has on the left, once more', () => {
  const request = { reprocess: 'all', endDs: three[1]! } as const;
  expect(said(decide({ output: present(three) }, request))).toEqual([
    '10 compute requested',
    '11 compute requested',
  ]);
  const retried = { ...request, done: [three[0]!] };
  expect(said(decide({ output: present(three) }, retried))).toEqual([
    '10 skip exists',
    '11 compute requested',
  ]);
  const left = tableOf('data.visits', [three[0]!]);
  expect(said(decide({ left, output: present(three) }, request))).toEqual([
    '10 compute requested',
    '11 skip exists',
  ]);
  const changed = present(three, { ...now, [partOfNow]: 'another' });
  expect(said(decide({ output: changed }, request))).toEqual([
    '10 compute requested',
    '11 compute requested',
    '12 compute part changed',
  ]);
});

test("a foreign writer's files count as what the table says of itself, if it says anything", () => {
  const foreign = present(three, null);
  expect(() => decide({ output: foreign })).toThrow('files that Hindcast did not write');
  const configuration = { 'hindcast.provenance': JSON.stringify(now) };
  const known = { ...foreign, metaData: { ...foreign.metaData, configuration } };
  expect(said(decide({ output: known }))).toEqual([
    '10 skip exists',
    '11 skip exists',
    '12 skip exists',
  ]);
});

test('however a range is cut into runs, each partition is computed once', () => {
  const day = fc.integer({ min: 19_000, max: 19_012 });
  fc.assert(
    fc.property(fc.uniqueArray(day, { minLength: 1 }), fc.array(day), (onLeft, cuts) => {
      const left = tableOf(
        'data.visits',
        onLeft.sort().map((one) => partitionOf(one)),
      );
      const computed: string[] = [];
      for (const end of [...cuts, 19_012]) {
        const decision = decide({ left, output: present(computed) }, { endDs: partitionOf(end) });
        for (const { value, action } of decision.partitions)
          if (action === 'compute') computed.push(value);
      }
      expect(computed.sort()).toEqual(left.partitions.map(({ value }) => value));
    }),
  );
});

test('every date of the range is said', () => {
  const left = tableOf('data.visits', ['2023-11-10', '2023-11-20']);
  const decision = decide({ left });
  expect(decision.partitions.map(({ value }) => value)).toEqual(partitionsOf(decision.range!));
});
