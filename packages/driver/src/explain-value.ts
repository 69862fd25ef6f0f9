/** How a feature's value follows from the events that it sees, in one line. */
import type { Operation } from '@hindcast/shared/config/model';
import { explodedColumn } from '@hindcast/shared/plan/task';
import type { ExplainedEvent, ExplainedFeature, PartFacts } from './explanation.js';
import { moment, windowLength } from './moments.js';
import type { Taken } from './taken-values.js';

/** Terms up to which a sum is written out. */
const mostTerms = 8;

/** Columns by their names; a list's positions and a map's keys have none of their own. */
export function columnName(name: string): string {
  return name === explodedColumn ? 'position or key' : name;
}

type Feature = Omit<ExplainedFeature, 'how' | 'taken'>;

export function howItFollows(
  feature: Feature,
  inside: readonly ExplainedEvent[],
  part: PartFacts,
  partitionsWithKey: readonly string[],
): string {
  if (feature.value === null) return whyNull(feature, part, partitionsWithKey);
  if (feature.operation === null) {
    const others = feature.inside.count - 1;
    const row = `the row of this key in the snapshot of ${part.snapshot}`;
    if (others === 0) return row;
    return `${row}, the greatest of ${others + 1} by its columns in order`;
  }
  if (feature.inside.inputs === 0) return 'all that there was has been taken away';
  if (feature.by !== null)
    return `${feature.operation} apart per ${columnName(feature.by)}: ${perValue(feature)}`;
  const inputs = inside.flatMap((event) => {
    const value = event.values[feature.input] ?? null;
    return value === null ? [] : [{ value, event }];
  });
  // What is not shown whole is described.
  const terms = inputs.length === feature.inside.inputs ? inputs : null;
  return ways[feature.operation](feature, terms);
}

/** @param computed what the events would give, which does not count */
export function howItIsTaken({ table, value }: Taken, computed: unknown): string {
  const is =
    value === null
      ? `NULL: taken from ${table}; tables have all of this group-by for the row`
      : `taken from ${table}`;
  if (JSON.stringify(value) === JSON.stringify(computed)) return is;
  return `${is}; computed it would be ${computed === null ? 'NULL' : plainText(computed)}`;
}

function whyNull(
  { operation, input, inside, windowMs, by }: Feature,
  part: PartFacts,
  partitionsWithKey: readonly string[],
): string {
  const { keys, keyIsNull, snapshot, sources } = part;
  if (keyIsNull) {
    const nulls = keys.filter(({ value }) => value === null).map(({ left }) => left);
    return `NULL: the row's ${nulls.join(' and ')} is NULL, and a NULL key matches nothing`;
  }
  if (inside.count > 0) {
    if (operation === null) return `NULL: ${input} is NULL in the row of ${snapshot}`;
    if (inside.inputs === 0) {
      const of = by === null ? `${input} is` : `${input} or ${columnName(by)} is`;
      return `NULL: ${of} NULL in ${events(inside.count)}`;
    }
    return `NULL: ${operation} of ${inside.inputs} values has no number to give`;
  }
  if (snapshot !== null && sources.some(isMissing(snapshot)))
    return `NULL: the snapshot of ${snapshot} is missing`;
  if (snapshot !== null && !partitionsWithKey.includes(snapshot)) {
    const elsewhere = partitionsWithKey.filter((value) => value !== snapshot);
    const seen = elsewhere.length === 0 ? '' : `; partitions that have it: ${list(elsewhere)}`;
    return `NULL: the key is not in the snapshot of ${snapshot}${seen}`;
  }
  if (sources.every(({ partitionsRead }) => partitionsRead === null))
    return 'NULL: no partition that this row may see is there';
  if (windowMs !== null)
    return `NULL: no event of this key in the ${windowLength(windowMs)} before`;
  return 'NULL: no event of this key before';
}

function isMissing(partition: string): (source: PartFacts['sources'][number]) => boolean {
  return ({ kind, partitionsMissing }) =>
    kind === 'snapshots' && partitionsMissing.includes(partition);
}

function list(values: readonly string[]): string {
  return values.length <= 3 ? values.join(', ') : `${values[0]} … ${values.at(-1)}`;
}

function events(count: number): string {
  return count === 1 ? 'the one event inside' : `all ${count} events inside`;
}

interface Term {
  readonly value: unknown;
  readonly event: ExplainedEvent;
}

type Way = (feature: Feature, terms: readonly Term[] | null) => string;

const plainText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

const of = ({ inside: { count, inputs } }: Feature): string =>
  count === inputs ? `${inputs}` : `${inputs} non-NULL of ${count}`;

/** `331 + 474 + (-5)`; null where there are too many. */
function added(terms: readonly Term[] | null): string | null {
  if (terms === null || terms.length > mostTerms) return null;
  return terms
    .map(({ value }, i) => {
      const text = plainText(value);
      return i > 0 && text.startsWith('-') ? `(${text})` : text;
    })
    .join(' + ');
}

/** The whole sum, where JavaScript's own addition leaves no doubt. */
function wholeSum(terms: readonly Term[] | null): number | null {
  if (terms === null) return null;
  let sum = 0;
  for (const { value } of terms) {
    if (!Number.isSafeInteger(value)) return null;
    sum += value as number;
    if (!Number.isSafeInteger(sum)) return null;
  }
  return sum;
}

/** `, of 2023-11-15 06:57:36.000`, where the value is that of one event. */
function momentOf(term: Term | undefined): string {
  return term?.event.timeMs == null ? '' : `, of ${moment(term.event.timeMs)}`;
}

function extreme(word: string): Way {
  return (feature, terms) => {
    const same = terms?.find(
      ({ value }) => JSON.stringify(value) === JSON.stringify(feature.value),
    );
    return `${word} of ${of(feature)}${momentOf(same)}`;
  };
}

const taken =
  (which: string): Way =>
  (feature) => {
    const size = Array.isArray(feature.value) ? feature.value.length : 0;
    return `${which.replace('#', String(size))} of ${of(feature)}`;
  };

const ways: Readonly<Record<Operation, Way>> = {
  COUNT: (feature) =>
    feature.inside.count === feature.inside.inputs
      ? `count of ${feature.inside.inputs}`
      : `count of ${feature.inside.inputs} non-NULL, of ${feature.inside.count} events`,
  SUM: (feature, terms) => {
    const text = added(terms);
    if (text === null) return `sum of ${of(feature)}`;
    return terms!.length === 1 ? 'the only one' : `${text} = ${plainText(feature.value)}`;
  },
  AVERAGE: (feature, terms) => {
    const count = feature.inside.inputs;
    const sum = wholeSum(terms);
    if (sum !== null) return `${sum} / ${count}`;
    const text = added(terms);
    return text === null ? `sum / ${of(feature)}` : `(${text}) / ${count}`;
  },
  MIN: extreme('least'),
  MAX: extreme('greatest'),
  FIRST: (feature, terms) => `oldest of ${of(feature)}${momentOf(terms?.[0])}`,
  LAST: (feature, terms) => `newest of ${of(feature)}${momentOf(terms?.at(-1))}`,
  FIRST_K: taken('the # oldest, oldest first,'),
  LAST_K: taken('the # newest, newest first,'),
  TOP_K: taken('the # greatest, descending,'),
  BOTTOM_K: taken('the # smallest, ascending,'),
  UNIQUE_COUNT: (feature) => `distinct values among ${of(feature)}`,
  APPROX_UNIQUE_COUNT: (feature) => `distinct values among ${of(feature)}, counted exactly`,
  BOUNDED_UNIQUE_COUNT: (feature) =>
    `distinct values among ${of(feature)}, at most ${feature.argMap['k'] ?? 8}`,
  VARIANCE: (feature) => `mean square distance from the mean, of ${of(feature)}`,
  SKEW: (feature) => `√n · m3 / m2^1.5, n = ${of(feature)}`,
  KURTOSIS: (feature) => `n · m4 / m2² − 3, n = ${of(feature)}`,
  HISTOGRAM: (feature) => {
    const k = Number(feature.argMap['k'] ?? 0);
    return `how often each value occurs among ${of(feature)}${k === 0 ? '' : `, the ${k} most frequent`}`;
  },
  APPROX_HISTOGRAM_K: (feature) =>
    `how often each value occurs among ${of(feature)}, the ${feature.argMap['k'] ?? 8} most frequent`,
  APPROX_PERCENTILE: (feature) =>
    `values at ${feature.argMap['percentiles'] ?? '[0.5]'} of ${of(feature)} in ascending order`,
};

function perValue(feature: Feature): string {
  const { inside } = feature;
  const left = inside.count - inside.inputs;
  const skipped = left === 0 ? '' : `; ${left} of ${inside.count} skipped for a NULL`;
  const size = Array.isArray(feature.value) ? feature.value.length : 0;
  return `${inside.inputs} inputs, ${size} ${size === 1 ? 'entry' : 'entries'}${skipped}`;
}
