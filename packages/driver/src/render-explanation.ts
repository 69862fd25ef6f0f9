/** The text of an explanation: the row, then each part with its events, window edges and features. */
import { columnName } from './explain-value.js';
import type {
  ExplainedFeature,
  ExplainedPart,
  ExplainedReading,
  ExplainedSource,
  Explanation,
} from './explanation.js';
import { duration, moment, windowLength } from './moments.js';
import { cellText, renderTimeline } from './render-timeline.js';
import type { Style } from './style.js';
import { summary } from './wording.js';

/** @param detailed whether each feature gets lines of its own instead of one in a table */
export function renderExplanation(
  explanation: Explanation,
  style: Style,
  detailed: boolean,
): string {
  const parts = explanation.parts.flatMap((part) => [
    '',
    ...renderPart(part, explanation, style, detailed),
  ]);
  const derived = explanation.derived.map(
    ({ of, name, expression }) => `  ${name} = ${expression}  ${style.dim(`derived by ${of}`)}`,
  );
  const derivations = derived.length === 0 ? [] : ['', ...derived];
  const others = explanation.taken.map(
    ({ column, value, table }) =>
      `  ${column} = ${cellText(value)}  ${style.dim(`taken from ${table}`)}`,
  );
  const taken = others.length === 0 ? [] : ['', ...others];
  return [...renderRow(explanation, style), ...parts, ...derivations, ...taken].join('\n');
}

function renderRow(explanation: Explanation, style: Style): string[] {
  const { join, windowing, row } = explanation;
  const others = row.matches === 1 ? '' : `, row ${row.number} of ${row.matches} (--row picks)`;
  const width = Math.max(...Object.keys(row.columns).map((name) => name.length));
  const columns = Object.entries(row.columns).map(([name, value]) => {
    const time = name === 'ts' && row.timeMs !== null ? `  ${moment(row.timeMs)} UTC` : '';
    return `  ${name.padEnd(width)}  ${cellText(value)}${time}`;
  });
  const { look, text } = storedState(explanation);
  return [
    `${style.bold(join)} · ${row.partition} where ${row.where}${others} · ${windowing} windowing`,
    ...columns,
    look === 'good' ? style.green(text) : look === 'warn' ? style.yellow(text) : text,
  ];
}

/** What the output table has of the row: the same, something else, or nothing to compare. */
export function storedState({ output, windowing, row, stored }: Explanation): {
  readonly look: 'good' | 'warn' | 'plain';
  readonly text: string;
} {
  const { kind, different } = stored;
  switch (kind) {
    case 'row': {
      if (different.length === 0) return { look: 'good', text: `${output} holds these values.` };
      const features = `${different.length} ${different.length === 1 ? 'feature' : 'features'}`;
      const steps = windowing === 'sawtooth' ? ', or it was computed in other steps' : '';
      const text = `${output} holds other values of ${features}: its inputs have changed since${steps}.`;
      return { look: 'warn', text };
    }
    case 'outdated':
      return {
        look: 'warn',
        text: `${output} was computed from another definition or windowing.`,
      };
    case 'absent':
      return { look: 'plain', text: `${output} does not have ${row.partition} yet.` };
    case 'no such row':
      return { look: 'warn', text: `${output} has no such row: the left has changed since.` };
    case 'derived':
      return {
        look: 'plain',
        text: `${output} holds derived columns: what they are made of is computed here.`,
      };
    case 'left changed':
      return { look: 'warn', text: `${output} was computed from another left.` };
  }
}

export function seenBy({ lookup, accuracy }: ExplainedPart, rowMs: number | null): string {
  if (lookup === 'snapshot') return 'the row of a snapshot';
  if (lookup === 'mutations') return 'a snapshot, and its mutations up to the row';
  if (rowMs === null) return "events up to the end of the row's partition";
  return accuracy === 'TEMPORAL' ? 'events up to the row' : 'events up to the midnight before';
}

function renderPart(
  part: ExplainedPart,
  explanation: Explanation,
  style: Style,
  detailed: boolean,
): string[] {
  const keys = part.keys.map(({ left, right, value }) => {
    const name = left === right ? left : `${left} → ${right}`;
    return `${name} = ${cellText(value)}`;
  });
  return [
    `${style.bold(part.name)} · ${part.accuracy} · ${seenBy(part, explanation.row.timeMs)} · ${keys.join(', ')}`,
    ...part.sources.map((source) => `  ${renderSource(source, part, style)}`),
    ...part.readings.flatMap((reading) => [
      '',
      ...renderReading(reading, part, explanation, style, detailed),
    ]),
  ];
}

export function renderSource(
  { table, kind, partitionsRead, partitionsMissing }: ExplainedSource,
  { snapshot }: ExplainedPart,
  style: Style,
): string {
  const missing =
    partitionsMissing.length === 0 ? '' : style.yellow(`; missing ${summary(partitionsMissing)}`);
  if (kind === 'snapshots') {
    return partitionsRead === null
      ? style.yellow(`${table}: no snapshot of ${snapshot}`)
      : `${table}: the snapshot of ${snapshot}`;
  }
  const read =
    partitionsRead === null
      ? 'nothing to read'
      : partitionsRead.count === 1
        ? `partition ${partitionsRead.first}`
        : `${partitionsRead.count} partitions, ${partitionsRead.first} … ${partitionsRead.last}`;
  return `${table}: ${kind === 'mutations' ? 'mutations, ' : ''}${read}${missing}`;
}

function renderReading(
  reading: ExplainedReading,
  part: ExplainedPart,
  explanation: Explanation,
  style: Style,
  detailed: boolean,
): string[] {
  const apart = reading.exploded === null ? [] : [style.dim(`  ${reading.exploded}, taken apart`)];
  const timeline = renderTimeline(reading, part, explanation.row.timeMs, style, detailed ? 6 : 3);
  const features = detailed
    ? reading.features.flatMap((feature, i) => [
        ...(i === 0 ? [] : ['']),
        ...renderFeature(feature, part, explanation, style),
      ])
    : renderFeatures(reading.features, style);
  return [...apart, ...timeline, ...(timeline.length === 0 ? [] : ['']), ...features];
}

/** One line a feature: name, value, how it follows. */
function renderFeatures(features: readonly ExplainedFeature[], style: Style): string[] {
  const names = Math.max(...features.map(({ column }) => column.length));
  const values = Math.max(...features.map(({ value }) => cellText(value).length));
  return features.flatMap((feature) => {
    const { column, value, how } = feature;
    const plain = value === null ? how.replace(/^NULL: /, '') : how;
    const line = `  ${column.padEnd(names)}  ${cellText(value).padEnd(values)}  ${style.dim(plain)}`;
    return [line.trimEnd(), ...storedLine(feature, style)];
  });
}

function storedLine(feature: ExplainedFeature, style: Style): string[] {
  if (!('stored' in feature)) return [];
  if (JSON.stringify(feature.stored) === JSON.stringify(feature.value)) return [];
  return [style.yellow(`    the output table holds ${cellText(feature.stored)}`)];
}

function renderFeature(
  feature: ExplainedFeature,
  part: ExplainedPart,
  { windowing }: Explanation,
  style: Style,
): string[] {
  const { column, value } = feature;
  return [
    `  ${style.bold(column)} = ${style.bold(cellText(value, 400))}`,
    ...windowLines(feature, part, windowing).map((line) => `    ${line}`),
    `    ${feature.how}`,
    ...storedLine(feature, style),
  ];
}

/** What a feature is made of: its operation over a window with its edges, and what is in there. */
export function windowLines(
  feature: ExplainedFeature,
  { lookup, snapshot }: ExplainedPart,
  windowing: Explanation['windowing'],
): string[] {
  const { operation, input, by, inside, startMs, endMs, windowMs } = feature;
  const per = by === null ? '' : ` per ${columnName(by)}`;
  const window = windowMs === null ? 'everything before' : windowLength(windowMs);
  const rounded = windowing === 'sawtooth' && windowMs !== null && lookup !== 'snapshot';
  const edges =
    endMs === null
      ? `whatever its time`
      : `from ${startMs === null ? 'the first one' : `${moment(startMs)} (inclusive${rounded ? `, rounded down to ${duration(endMs - startMs)} before` : ''})`} to ${moment(endMs)} (exclusive)`;
  const nulls = inside.count - inside.inputs;
  const counts = `${inside.count} inside${nulls === 0 ? '' : `, ${nulls} skipped for a NULL`}`;
  const hidden =
    feature.hiddenCount === 0 ? '' : `, ${feature.hiddenCount} between the edges and not seen`;
  return operation === null
    ? [`${input} of the snapshot of ${snapshot}`]
    : [`${operation} of ${input}${per} over ${window}: ${edges}`, `${counts}${hidden}`];
}
