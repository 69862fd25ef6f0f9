/**
 * Which change of a column, from some partitions to another one, is too great. It stands under
 * `metaData.customJson`, as `hindcast.drift`, since Chronon has no field for it, and decides no values.
 */
import * as v from 'valibot';
import { didYouMean, HindcastError } from '../errors.js';

/** Population stability index, Kolmogorov–Smirnov distance, change of the share of NULLs. */
export const driftMeasures = ['psi', 'ks', 'nullShare'] as const;
export type DriftMeasure = (typeof driftMeasures)[number];

export type DriftReference =
  | { readonly previous: number }
  | { readonly startPartition: string; readonly endPartition: string };

/** Greatest values that are allowed; a measure without one is not looked at. */
export type DriftThresholds = { readonly [M in DriftMeasure]?: number | undefined };

export interface DriftCheck {
  /**
   * What partitions are compared with, taken together: `{ previous: 7 }` that many before each, which is the
   * default, or `{ startPartition, endPartition }`, both inclusive, which are not looked at themselves.
   */
  readonly reference: DriftReference;
  /** `before` each commit: a step with a column beyond its threshold is not committed. Default: `after`. */
  readonly when: 'before' | 'after';
  /**
   * Column → the greatest `psi`, `ks` and `nullShare` (change of the share of NULLs, either way) that are
   * allowed. `*` in a name stands for anything; of several names that fit, the last counts.
   */
  readonly thresholds: Readonly<Record<string, DriftThresholds>>;
}

export const defaultReference: DriftReference = { previous: 7 };

const threshold = (most: number): v.GenericSchema<unknown, number | undefined> =>
  v.optional(
    v.pipe(
      v.number('must be a number'),
      v.minValue(0, 'must not be negative'),
      v.maxValue(most, `is ${most} at most, so this would never be exceeded`),
    ),
  );
const partition = v.optional(v.string('must be a partition, as text'));

const reference: v.GenericSchema<unknown, DriftReference> = v.pipe(
  v.strictObject({
    previous: v.optional(
      v.pipe(
        v.number('must be a number of partitions'),
        v.integer('must be a whole number of partitions'),
        v.minValue(1, 'must be at least 1'),
      ),
    ),
    startPartition: partition,
    endPartition: partition,
  }),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }): DriftReference => {
    const { previous, startPartition, endPartition } = value;
    if (previous !== undefined && startPartition === undefined && endPartition === undefined)
      return { previous };
    if (previous === undefined && startPartition !== undefined && endPartition !== undefined)
      return { startPartition, endPartition };
    addIssue({ message: 'must have previous alone, or startPartition and endPartition' });
    return NEVER;
  }),
);

const thresholds = v.pipe(
  v.record(
    v.string(),
    v.strictObject({ psi: threshold(Number.MAX_VALUE), ks: threshold(1), nullShare: threshold(1) }),
  ),
  v.check((given) => Object.keys(given).length > 0, 'must name a column'),
);

const hindcastStruct = v.strictObject({
  drift: v.optional(
    v.nullable(
      v.strictObject({
        reference: v.optional(reference, defaultReference),
        when: v.optional(v.picklist(['before', 'after'], 'must be "before" or "after"'), 'after'),
        thresholds,
      }),
    ),
    null,
  ),
});

/**
 * @param hindcast what customJson has under that name
 * @param place for messages
 * @throws HindcastError kind `config` naming the field that is wrong
 */
export function driftCheckIn(hindcast: unknown, place: string): DriftCheck | null {
  if (hindcast === undefined || hindcast === null) return null;
  const result = v.safeParse(hindcastStruct, hindcast);
  if (result.success) return result.output.drift;
  // A field that is missing may be there under a wrong name.
  const { issues } = result;
  throw wrongField(issues.find(isUnknown) ?? issues[0], place);
}

function isUnknown({ expected }: v.BaseIssue<unknown>): boolean {
  return expected === 'never';
}

function wrongField(issue: v.BaseIssue<unknown>, place: string): HindcastError {
  const path = ['hindcast', ...(issue.path ?? []).map(({ key }) => String(key))];
  const fields = path.map((key) => (/^\w+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`));
  const at = `${place}: ${fields.join('').slice(1)}`;
  if (isUnknown(issue)) {
    const known = knownAt(path.slice(0, -1));
    return new HindcastError('config', `${at} is not known`, {
      hint: didYouMean(path.at(-1)!, known),
    });
  }
  const { input, type, message } = issue;
  if (input === undefined) return new HindcastError('config', `${at} is missing`);
  const isShape = type === 'strict_object' || type === 'record';
  return new HindcastError('config', `${at} ${isShape ? 'must be an object' : message}`, {
    found: JSON.stringify(input).slice(0, 80),
  });
}

function knownAt([, drift, field]: readonly string[]): readonly string[] {
  if (drift === undefined) return ['drift'];
  if (field === 'thresholds') return driftMeasures;
  if (field === 'reference') return ['previous', 'startPartition', 'endPartition'];
  return ['reference', 'when', 'thresholds'];
}
