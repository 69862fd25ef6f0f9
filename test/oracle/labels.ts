/** A naive label join: spec/semantics, "Labels", row by row. It shares nothing with the engine's own. */
import type { Row, Value } from '../small-world.js';

export interface LabelRules {
  /** Columns that tell rows apart, `ds` last. */
  readonly identity: readonly string[];
  readonly startOffset: number;
  readonly endOffset: number;
  /** Days of the one window over events; null: entities' snapshots. */
  readonly window: number | null;
}

const dayMs = 86_400_000;
const dayOf = (ds: string): number => Date.parse(`${ds}T00:00:00Z`) / dayMs;

/** Partitions that a label date is for: those of the features between its offsets. */
function datesOf(labelDs: string, features: readonly Row[], rules: LabelRules): Set<string> {
  const last = dayOf(labelDs) - Math.max(rules.endOffset - 1, 0);
  const first = dayOf(labelDs) - Math.max(rules.startOffset - 1, 0);
  const dates = features.map(({ ds }) => String(ds));
  return new Set(dates.filter((ds) => dayOf(ds) >= first && dayOf(ds) <= last));
}

/** Null where it is refused: no features, or no labels yet. */
export function labelRows(
  labelDs: string,
  features: readonly Row[],
  source: readonly Row[],
  rules: LabelRules,
): Row[] | null {
  const dates = datesOf(labelDs, features, rules);
  if (dates.size === 0) return null;
  const landed = source.map(({ ds }) => String(ds));
  const ripe =
    rules.window === null ? landed.includes(labelDs) : landed.some((ds) => ds >= labelDs);
  if (!ripe) return null;
  const rows = new Map<string, Row>();
  for (const row of features) {
    if (!dates.has(String(row['ds']))) continue;
    const key = keyOf(row, rules.identity);
    const other = rows.get(key);
    if (other === undefined || isLess(row['user']!, other['user']!)) rows.set(key, row);
  }
  return [...rows.values()].map((row) => {
    const kept = Object.fromEntries(rules.identity.map((name) => [name, row[name]!]));
    const label =
      rules.window === null
        ? snapshotValue(row['user']!, labelDs, source)
        : sumOf(row['user']!, labelDs, rules.window, source);
    return { ...kept, label, label_ds: labelDs };
  });
}

function keyOf(row: Row, columns: readonly string[]): string {
  return JSON.stringify(columns.map((name) => row[name] ?? null));
}

/** NULL is the greatest. */
function isLess(a: Value, b: Value): boolean {
  if (a === null || b === null) return a !== null;
  return a < b;
}

/** Of several rows of a key in a snapshot the greatest counts; NULL is the smallest. */
function snapshotValue(user: Value, labelDs: string, source: readonly Row[]): Value {
  const values = source
    .filter((row) => row['ds'] === labelDs && user !== null && row['user'] === user)
    .map((row) => row['v'] as number | null);
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function sumOf(user: Value, labelDs: string, window: number, source: readonly Row[]): Value {
  const until = (dayOf(labelDs) + 1) * dayMs;
  const values = source
    .filter((row) => user !== null && row['user'] === user && String(row['ds']) <= labelDs)
    .filter((row) => Number(row['ts']) >= until - window * dayMs && Number(row['ts']) < until)
    .map((row) => row['v'] as number | null)
    .filter((value) => value !== null);
  return values.length === 0 ? null : values.reduce((a, b) => a + b);
}

/** Features with every version of their labels. */
export function labeledRows(
  features: readonly Row[],
  labels: readonly Row[],
  identity: readonly string[],
): Row[] {
  return features.flatMap((row) => {
    const versions = labels.filter((label) =>
      identity.every((name) => row[name] !== null && row[name] === label[name]),
    );
    if (versions.length === 0) return [{ ...row, label: null, label_ds: null }];
    return versions.map(({ label, label_ds }) => ({
      ...row,
      label: label ?? null,
      label_ds: label_ds ?? null,
    }));
  });
}

/** For each date the rows of its greatest version; all rows of a date without versions. */
export function latestRows(labeled: readonly Row[], labels: readonly Row[]): Row[] {
  return labeled.filter(({ ds, label_ds }) => {
    const versions = labels.filter((label) => label['ds'] === ds).map((label) => label['label_ds']);
    const latest = versions.sort().at(-1);
    return latest === undefined || label_ds === latest;
  });
}
