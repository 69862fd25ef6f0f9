/** What a config gets wrong that needs no data to see. Each error names the field's place. */
import { didYouMean, HindcastError } from '../errors.js';
import { tryDayOf } from '../time/partition-spec.js';
import { accuracyOf } from './accuracy.js';
import type {
  Aggregation,
  Config,
  GroupBy,
  Join,
  JoinPart,
  LabelPart,
  Query,
  Source,
} from './model.js';
import {
  aggregateColumns,
  computedColumn,
  leftKeys,
  partPrefix,
  plainColumns,
  sanitize,
} from './names.js';
import { plainSource } from './plain-source.js';

/** What Chronon's own k can hold. */
const mostK = 2 ** 31 - 1;

const needsK = new Set(['LAST_K', 'FIRST_K', 'TOP_K', 'BOTTOM_K']);
/** These have one of their own where the config gives none. */
const takesK = new Set(['BOUNDED_UNIQUE_COUNT', 'HISTOGRAM', 'APPROX_HISTOGRAM_K']);

/** @throws HindcastError kind `config` */
export function validateConfig(config: Config): void {
  if (config.kind === 'join') validateJoin(config.join);
  else if (config.kind === 'groupBy') {
    const { name, outputNamespace } = config.groupBy.metaData;
    if (name.trim() === '') fail('the group-by has no name', undefined, 'Set metaData.name.');
    validateNamespace(outputNamespace, `group-by "${name}"`);
    validateGroupBy(config.groupBy, `group-by "${name}"`);
  }
}

function fail(message: string, found?: string, hint?: string): never {
  throw new HindcastError('config', message, { found, hint });
}

function validateJoin(join: Join): void {
  const name = `join "${join.metaData.name}"`;
  if (join.metaData.name.trim() === '')
    fail('the join has no name', undefined, 'Set metaData.name.');
  validateNamespace(join.metaData.outputNamespace, name);
  if (sanitize(join.metaData.name).startsWith('_'))
    fail(
      `${name}: the name begins with "_"`,
      undefined,
      'Such folders are not tables. Choose another.',
    );
  validateSource(join.left, `${name}: left`);
  const left = plainSource(join.left);
  if (left.kind === 'events' && timeOf(left.query) === null) {
    fail(
      `${name}: the left is events without a time column`,
      undefined,
      'Set query.timeColumn, or use an entity source.',
    );
  }
  for (const part of join.joinParts) {
    const place = `join part "${part.groupBy.metaData.name}"`;
    validateGroupBy(part.groupBy, place);
    validateKeys(part, join, place);
  }
  validateOutputColumns(join, name);
  validatePrefixes(join.joinParts, name, 'join');
  if (join.labelPart !== null) validateLabels(join, join.labelPart, name);
}

function validateLabels(join: Join, labelPart: LabelPart, name: string): void {
  const { labels, leftStartOffset, leftEndOffset } = labelPart;
  if (leftStartOffset < leftEndOffset) {
    fail(
      `${name}: labelPart.leftStartOffset is smaller than leftEndOffset`,
      `${leftStartOffset} < ${leftEndOffset}`,
      'The start lies further back: swap them.',
    );
  }
  if (leftEndOffset < 0) {
    fail(
      `${name}: labelPart.leftEndOffset is negative`,
      String(leftEndOffset),
      'Offsets are days before the label date, which is the last day that has labels.',
    );
  }
  for (const part of labels) {
    const place = `label part "${part.groupBy.metaData.name}"`;
    validateGroupBy(part.groupBy, place);
    validateKeys(part, join, place);
    validateLabelWindows(part.groupBy, labelPart, place);
  }
  validatePrefixes(labels, name, 'label');
}

/** An aggregated label is of the days that begin with its left partition and end with the label date. */
function validateLabelWindows(
  { aggregations }: GroupBy,
  { leftStartOffset, leftEndOffset }: LabelPart,
  place: string,
): void {
  for (const { inputColumn, windows, operation } of aggregations ?? []) {
    const [window] = windows ?? [];
    const what = `${operation.toLowerCase()} of "${inputColumn}"`;
    if (window === undefined || windows!.length > 1 || window.timeUnit !== 'DAYS') {
      fail(
        `${place}: a label is aggregated over one window in days`,
        `${what}: ${windows === null ? 'no window' : windows.map((w) => `${w.length} ${w.timeUnit.toLowerCase()}`).join(', ')}`,
        'Give it one window of n days, and leftStartOffset and leftEndOffset of n.',
      );
    }
    if (window.length === leftStartOffset && window.length === leftEndOffset) continue;
    fail(
      `${place}: leftStartOffset and leftEndOffset are not the days of its window`,
      `${what} over ${window.length} days, offsets ${leftStartOffset} and ${leftEndOffset}`,
      `Set both to ${window.length}: only the day that has matured gets its label.`,
    );
  }
}

function validateNamespace(namespace: string | null, place: string): void {
  if (namespace === null) return;
  if (namespace.startsWith('_'))
    fail(
      `${place}: outputNamespace begins with "_"`,
      namespace,
      'Such folders are not tables: "_hindcast" holds runs. Choose another name.',
    );
  if (/^[\w-]+$/.test(namespace)) return;
  fail(`${place}: outputNamespace is no name`, namespace, 'Use letters, digits, _ and -.');
}

function timeOf(query: Query): string | null {
  return query.selects?.['ts'] ?? query.timeColumn;
}

function validateSource(source: Source, place: string): void {
  const { query } = source;
  for (const field of ['startPartition', 'endPartition'] as const) {
    const value = query[field];
    if (value !== null && tryDayOf(value) === null && tryDayOf(value, 'yyyyMMdd') === null) {
      fail(`${place}: query.${field} is no date`, value, 'Write it as yyyy-MM-dd.');
    }
  }
  if (
    query.startPartition !== null &&
    query.endPartition !== null &&
    query.startPartition > query.endPartition
  ) {
    fail(
      `${place}: query.startPartition is after query.endPartition`,
      `${query.startPartition} > ${query.endPartition}`,
    );
  }
  for (const [name, expression] of Object.entries(query.selects ?? {})) {
    if (name.startsWith('__')) fail(`${place}: a column can't begin with "__"`, name);
    if (expression.trim() === '') fail(`${place}: query.selects.${name} is empty`);
  }
}

function validateGroupBy(groupBy: GroupBy, place: string): void {
  const plain = groupBy.sources.map(plainSource);
  const kinds = new Set(plain.map(({ kind }) => kind));
  if (kinds.size > 1)
    fail(
      `${place}: its sources mix ${[...kinds].join(' and ')}`,
      undefined,
      'All sources of a group-by are of one kind.',
    );
  plain.forEach((source, i) => {
    const at = `${place}: sources[${i}]`;
    validateSource(source, at);
    validateColumns(source, groupBy, at);
  });
  const [source] = plain;
  const accuracy = accuracyOf(groupBy);
  if (source!.kind === 'events') validateEvents(groupBy, source!, accuracy, place);
  groupBy.aggregations?.forEach((aggregation, i) => {
    validateAggregation(aggregation, `${place}: aggregations[${i}]`);
  });
}

function validateColumns(source: Source, groupBy: GroupBy, place: string): void {
  const { selects } = source.query;
  if (selects === null) return;
  const names = Object.keys(selects);
  for (const key of groupBy.keyColumns) {
    if (!(key in selects))
      fail(
        `${place}: the key column "${key}" is not selected`,
        names.join(', '),
        didYouMean(key, names),
      );
  }
  groupBy.aggregations?.forEach(({ inputColumn, buckets }, i) => {
    for (const column of [inputColumn, ...buckets]) {
      if (column in selects || column === 'ts') continue;
      fail(
        `${place}: aggregations[${i}] uses "${column}", which is not selected`,
        names.join(', '),
        didYouMean(column, names),
      );
    }
  });
}

function validateEvents(groupBy: GroupBy, source: Source, accuracy: string, place: string): void {
  if (groupBy.aggregations === null) {
    fail(
      `${place}: events need aggregations`,
      undefined,
      'Add aggregations, or read a snapshot table through an entity source.',
    );
  }
  if (accuracy === 'TEMPORAL' && timeOf(source.query) === null) {
    fail(
      `${place}: TEMPORAL events need a time column`,
      undefined,
      'Set query.timeColumn, or accuracy: SNAPSHOT.',
    );
  }
  if (accuracy !== 'SNAPSHOT') return;
  for (const { inputColumn, windows } of groupBy.aggregations) {
    const hours = windows?.find(({ timeUnit }) => timeUnit === 'HOURS');
    if (hours === undefined) continue;
    fail(
      `${place}: SNAPSHOT values have windows in days only`,
      `${hours.length} hours over "${inputColumn}"`,
      'Use days, or accuracy: TEMPORAL.',
    );
  }
}

function validateAggregation(aggregation: Aggregation, place: string): void {
  const { operation, argMap, inputColumn } = aggregation;
  if (operation === 'APPROX_PERCENTILE') validatePercentiles(aggregation, place);
  const k = argMap['k'];
  const least = operation === 'HISTOGRAM' ? 0 : 1; // 0 keeps every value
  if (!needsK.has(operation) && (k === undefined || !takesK.has(operation))) return;
  if (k !== undefined && /^\d+$/.test(k) && Number(k) >= least && Number(k) <= mostK) return;
  fail(
    `${place}: ${operation} of "${inputColumn}" needs argMap.k`,
    k === undefined ? 'no k' : `k = ${k}`,
    `Give a whole number from ${least} to ${mostK}.`,
  );
}

function validatePercentiles({ argMap, inputColumn }: Aggregation, place: string): void {
  const text = argMap['percentiles'] ?? '[0.5]';
  if (isShares(text)) return;
  fail(
    `${place}: APPROX_PERCENTILE of "${inputColumn}" needs percentiles between 0 and 1`,
    text,
    'Give a list, e.g. percentiles: "[0.25, 0.5, 0.99]".',
  );
}

function isShares(text: string): boolean {
  try {
    const list: unknown = JSON.parse(text);
    return (
      Array.isArray(list) &&
      list.length > 0 &&
      list.every((share) => typeof share === 'number' && share >= 0 && share <= 1)
    );
  } catch {
    return false;
  }
}

function validateKeys(part: JoinPart, join: Join, place: string): void {
  const { keyColumns } = part.groupBy;
  const mapped = new Map<string, string>();
  for (const [left, right] of Object.entries(part.keyMapping)) {
    const other = mapped.get(right);
    if (other !== undefined) {
      fail(
        `${place}: keyMapping leads to "${right}" twice`,
        `"${other}" and "${left}"`,
        'Leave out the one that is not the key.',
      );
    }
    mapped.set(right, left);
    if (keyColumns.includes(right)) continue;
    fail(
      `${place}: keyMapping leads from "${left}" to "${right}", which is no key of the group-by`,
      keyColumns.join(', '),
      didYouMean(right, keyColumns),
    );
  }
  const { selects } = join.left.query;
  if (selects === null) return;
  for (const key of leftKeys(part)) {
    if (key in selects || key === 'ts' || key === 'ds') continue;
    const names = Object.keys(selects);
    const hint = didYouMean(key, names) ?? '';
    fail(
      `${place}: the left has no key "${key}"`,
      names.join(', '),
      `${hint} Select it on the left, or map another column with keyMapping.`.trim(),
    );
  }
}

/** Every column of the output has one origin. */
function validateOutputColumns(join: Join, place: string): void {
  const origins = new Map<string, Source | JoinPart>();
  const add = (column: string, origin: Source | JoinPart): void => {
    const other = origins.get(column);
    origins.set(column, origin);
    if (other === undefined) return;
    fail(
      `${place}: two columns of the output are named "${column.replace(/^__/, '')}"`,
      other === origin ? `${nameOf(origin)}, twice` : `${nameOf(other)} and ${nameOf(origin)}`,
      other === origin ? 'Leave one of them out.' : 'Give one of the parts a prefix.',
    );
  };
  for (const column of Object.keys(join.left.query.selects ?? {})) add(column, join.left);
  for (const part of join.joinParts) {
    const columns =
      part.groupBy.aggregations === null
        ? (plainColumns(part.groupBy) ?? [])
        : aggregateColumns(part.groupBy).map(({ name }) => name);
    for (const column of columns) add(computedColumn(part, column), part);
  }
}

/** A part is known by its prefix: what is computed from an older definition is found by it. */
function validatePrefixes(parts: readonly JoinPart[], place: string, kind: string): void {
  const prefixes = parts.map(partPrefix);
  const twice = prefixes.find((prefix, i) => prefixes.indexOf(prefix) !== i);
  if (twice === undefined) return;
  fail(
    `${place}: the columns of two ${kind} parts begin with "${twice}_"`,
    undefined,
    'Give one of them a prefix, or another name.',
  );
}

function nameOf(origin: Source | JoinPart): string {
  return 'groupBy' in origin ? `join part "${origin.groupBy.metaData.name}"` : 'the left';
}
