/** Text for people: plans, results, tables. Data for stdout, everything else for stderr. */
import type { LoggedEvent, RunEvent } from '@hindcast/shared/plan/event';
import type { Plan, PlannedBootstrap, Step } from '@hindcast/shared/plan/plan';
import { tableName } from '@hindcast/shared/table/partitions';
import { driftLines, findingLines } from './drift/words.js';
import { duration } from './moments.js';
import { changeLines } from './render-changes.js';
import { labelDateLines, maturityLines } from './render-labels.js';
import type { RunResults } from './results.js';
import type { Style } from './style.js';
import { count, size, summary, whoWrites } from './wording.js';

const mostFindings = 10;

export function renderPlan(plan: Plan, style: Style): string {
  const how = plan.job === 'label-join' ? '' : ` (${plan.windowing} windowing)`;
  const lines = [`${style.bold(plan.name)} → ${plan.output.table}${how}`];
  if (plan.archive !== null) {
    const verb = plan.archive.kind === 'move' ? 'archived as' : 'kept as';
    lines.push(
      style.yellow(
        `${plan.archive.reason}: the present table is ${verb} ${tableName(plan.archive.to)}`,
      ),
    );
  }
  if (plan.changes.length > 0) lines.push('', style.bold('Changed'), ...changeLines(plan.changes));
  lines.push('', style.bold('Partitions'));
  for (const { label, values } of groupPartitions(plan))
    lines.push(`  ${label.padEnd(28)} ${summary(values)}`);
  if (plan.partitions.length === 0) lines.push('  none in range');
  if (plan.labels !== null) {
    const { dates, maturity } = plan.labels;
    lines.push('', style.bold('Label dates'), ...labelDateLines(dates));
    lines.push('', style.bold('Labels so far'), ...maturityLines(maturity));
  }
  if (plan.bootstrap !== null)
    lines.push('', style.bold('Bootstrap'), ...bootstrapLines(plan.bootstrap));
  if (plan.drift !== undefined && plan.drift !== null)
    lines.push('', style.bold('Drift'), ...driftLines(plan.drift).map((line) => `  ${line}`));
  if (plan.inputs.length > 0) lines.push('', style.bold('Reads'));
  for (const { origin, partitions, files, bytes, rows, reused } of plan.inputs) {
    const cached = reused > 0 ? `, ${reused} in KeyBuckets already` : '';
    lines.push(
      `  ${origin}: ${partitions} partitions (${files} files, ${size(bytes)}, about ${count(rows)} rows)${cached}`,
    );
  }
  for (const missing of plan.missingInputs) {
    const { origin, partitions } = missing;
    lines.push(style.yellow(`  ${origin}: missing ${summary(partitions)}${whoWrites(missing)}`));
  }
  for (const warning of plan.warnings) lines.push(style.yellow(`  ${warning}`));
  if (plan.steps.length > 0) lines.push('', style.bold('Steps'));
  for (const step of plan.steps) {
    const tasks = step.stages.map(({ name, tasks: own }) => `${name} ${own.length}`).join(', ');
    lines.push(`  ${step.index}: ${summary(step.partitions)} · ${rowsOf(step)} · tasks: ${tasks}`);
  }
  return lines.join('\n');
}

function bootstrapLines({ tables, parts }: PlannedBootstrap): string[] {
  const read = tables.map(
    ({ table, partitions, files, bytes }) =>
      `  ${table}: ${partitions} partitions (${files} files, ${size(bytes)})`,
  );
  const reused = parts.map(({ prefix, computed, covered }) => {
    const there = covered === 0 ? '' : `${count(covered)} rows are there, `;
    return `  ${prefix}: ${there}${computed === 0 ? 'nothing' : `${count(computed)} rows`} to compute`;
  });
  return [...read, ...reused];
}

function rowsOf({ rows }: Step): string {
  if (rows === null) return 'rows: the keys that have values';
  return `${count(Object.values(rows).reduce((sum, value) => sum + value, 0))} rows`;
}

function groupPartitions(plan: Plan): { label: string; values: string[] }[] {
  const groups = new Map<string, string[]>();
  for (const { value, action, reason, parts } of plan.partitions) {
    const which = parts === null || parts.length === 0 ? '' : ` (${parts.join(', ')})`;
    const label = `${action}: ${reason}${which}`;
    groups.set(label, [...(groups.get(label) ?? []), value]);
  }
  return [...groups].map(([label, values]) => ({ label, values }));
}

export function renderResults(results: RunResults, style: Style): string {
  const { steps, skipped, status } = results;
  const committed = steps.filter((step) => step.status === 'committed');
  const partitions = committed.flatMap((step) => step.partitions);
  const mark = status === 'succeeded' ? style.green('✓') : style.red('✗');
  const seconds = `${results.seconds.toFixed(1)} s`;
  const lines: string[] = [];
  const viewOnly = skipped.length === 0 && results.views.includes(results.output);
  if (steps.length === 0 && viewOnly) lines.push(`${mark} ${results.output}: written, ${seconds}`);
  else if (steps.length === 0) lines.push(`${mark} ${results.output}: nothing to do`);
  else {
    const how = status === 'interrupted' ? 'interrupted; committed: ' : '';
    const whole = committed.length > 0 && partitions.length === 0;
    const where = whole ? ', the whole table' : ` in ${partitions.length} partitions`;
    lines.push(`${mark} ${results.output}: ${how}${count(results.rows)} rows${where}, ${seconds}`);
  }
  if (results.labels !== null && results.labels.length > 0)
    lines.push(...maturityLines(results.labels).map((line) => style.dim(line)));
  lines.push(...resultLines(results.drift, style));
  if (results.views.length > 0) lines.push(style.dim(`  views: ${results.views.join(', ')}`));
  const exists = skipped.filter(({ reason }) => reason === 'exists').length;
  if (exists > 0) lines.push(style.dim(`  ${exists} partitions were there already`));
  for (const absent of ['not on the left', 'not in the source']) {
    const values = skipped.filter(({ reason }) => reason === absent);
    if (values.length > 0)
      lines.push(style.dim(`  ${absent}: ${summary(values.map(({ partition }) => partition))}`));
  }
  const failed = steps
    .filter((step) => step.status !== 'committed')
    .flatMap((step) => step.partitions);
  if (failed.length > 0)
    lines.push(
      `  not computed: ${summary(failed)}`,
      style.dim(`  hindcast retry ${results.runId}`),
    );
  return lines.join('\n');
}

function resultLines(drift: RunResults['drift'], style: Style): string[] {
  if (drift === null) return [];
  const { when, partitions, findings } = drift;
  const alone = partitions.filter(({ against }) => against.length === 0);
  const lines =
    alone.length === 0
      ? []
      : [
          style.dim(
            `  nothing to compare with: ${summary(alone.map(({ partition }) => partition))}`,
          ),
        ];
  // What kept a step from its commit was said there.
  if (when === 'before' || findings.length === 0) return lines;
  const found = findingLines(drift, mostFindings).map((line) => `    ${line}`);
  return [...lines, style.red('  drifted too far, and committed:'), ...found];
}

export function archivedText({ reason, table, as, kind }: RunEvent & { type: 'archived' }): string {
  const how = kind === 'move' ? 'archived as' : 'as it was is kept as';
  return `${reason}: ${table} ${how} ${as}`;
}

export function waitingText({ missing, seconds, untilMs, at }: LoggedEvent & { type: 'waiting' }) {
  const waited = duration(seconds * 1000, 1000);
  if (missing === null) return `all inputs are there after ${waited}`;
  const left = duration(Math.max(0, untilMs - at), 1000);
  return `waiting${seconds === 0 ? '' : ` since ${waited}`}, ${left} more at most: ${missing}`;
}

/**
 * A table of text columns, numbers to the right.
 * @param absent what stands for NULL
 */
export function renderTable(
  names: readonly string[],
  rows: readonly (readonly unknown[])[],
  absent = 'null',
): string {
  const cells = rows.map((row) => row.map((value) => (value === null ? absent : cell(value))));
  const widths = names.map((name, i) =>
    Math.max(name.length, ...cells.map((row) => row[i]!.length)),
  );
  const numeric = names.map(
    (_, i) => rows.length > 0 && rows.every((row) => row[i] === null || typeof row[i] === 'number'),
  );
  const line = (values: readonly string[]): string =>
    values
      .map((value, i) => (numeric[i] ? value.padStart(widths[i]!) : value.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [line(names), line(widths.map((width) => '─'.repeat(width))), ...cells.map(line)].join(
    '\n',
  );
}

/** One row a block, a column a line: for rows that are wider than a terminal. */
export function renderVertical(
  names: readonly string[],
  rows: readonly (readonly unknown[])[],
): string {
  const width = Math.max(...names.map((name) => name.length));
  return rows
    .map((row) => names.map((name, i) => `${name.padEnd(width)} | ${cell(row[i])}`).join('\n'))
    .join('\n\n');
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return value;
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}
