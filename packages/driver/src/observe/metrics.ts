/** How a run ended, in Prometheus' text format: for a file that node-exporter's textfile collector reads. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type DriftMeasure, driftMeasures } from '@hindcast/shared/config/drift';
import type { DriftResults } from '@hindcast/shared/plan/drift';
import type { Plan } from '@hindcast/shared/plan/plan';
import { explainFileError } from '@hindcast/shared/store/file-errors';
import { dayMs, tryDayOf } from '@hindcast/shared/time/partition-spec';
import { Gauge, Registry } from 'prom-client';
import type { RunResults } from '../results.js';

const labelOf: Readonly<Record<DriftMeasure, string>> = {
  psi: 'psi',
  ks: 'ks',
  nullShare: 'null_share',
};

/** @param ended ms since epoch */
export async function metricsText(plan: Plan, results: RunResults, ended: number): Promise<string> {
  const register = new Registry();
  register.setDefaultLabels({ config: plan.name, kind: plan.job });
  const gauge = (name: string, help: string, value: number | null): void => {
    if (value !== null) new Gauge({ name, help, registers: [register] }).set(value);
  };
  const by = (
    name: string,
    help: string,
    label: string,
    values: Readonly<Record<string, number>> | null,
  ) => {
    if (values === null) return;
    const one = new Gauge({ name, help, labelNames: [label], registers: [register] });
    for (const [of, value] of Object.entries(values)) one.set({ [label]: of }, value);
  };
  const { runId, output, status, exitCode, seconds, rows, bytesRead, bytesWritten } = results;
  const info = { run_id: runId, output, status };
  new Gauge({
    name: 'hindcast_run_info',
    help: 'The last run of the config: always 1',
    labelNames: Object.keys(info),
    registers: [register],
  }).set(info, 1);
  gauge(
    'hindcast_run_succeeded',
    'Whether all of it was committed',
    status === 'succeeded' ? 1 : 0,
  );
  gauge('hindcast_run_exit_code', 'Exit code of the command', exitCode);
  gauge('hindcast_run_end_time_seconds', 'When it ended, since epoch', ended / 1000);
  gauge('hindcast_run_duration_seconds', 'From the command to the last commit', seconds);
  gauge('hindcast_run_rows', 'Rows that were committed', rows);
  gauge('hindcast_run_read_bytes', 'Bytes that tasks read', bytesRead);
  gauge('hindcast_run_written_bytes', 'Bytes that tasks wrote', bytesWritten);
  gauge('hindcast_run_warnings', 'Warnings of the run', results.warnings.length);
  by(
    'hindcast_run_partitions',
    'Partitions by what became of them',
    'state',
    partitionsBy(results),
  );
  gauge(
    'hindcast_output_latest_partition_seconds',
    'Midnight (UTC) of the latest partition that the run found or left in the output, since epoch',
    latest(plan, results),
  );
  gauge(
    'hindcast_missing_input_partitions',
    'Partitions of inputs that were not there',
    missing(plan),
  );
  const { store, drift } = results;
  by(
    'hindcast_drift_findings',
    'Columns of partitions that are beyond their threshold, by what was measured',
    'measure',
    drift === null ? null : findingsBy(drift),
  );
  gauge(
    'hindcast_drift_unchecked_partitions',
    'Partitions whose drift could not be looked at',
    drift?.unchecked.length ?? null,
  );
  gauge('hindcast_store_requests', 'Requests to S3', store.requests);
  by('hindcast_store_bytes', 'Bytes from and to S3', 'direction', {
    read: store.bytesRead,
    written: store.bytesWritten,
  });
  return register.metrics();
}

/**
 * Appears whole or not at all.
 * @throws HindcastError kind `storage`
 */
export function writeMetrics(path: string, text: string): void {
  const staged = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(staged, text);
    renameSync(staged, path);
  } catch (error) {
    throw explainFileError(error, path);
  }
}

function partitionsBy({ steps, skipped }: RunResults): Record<string, number> {
  const of = (wanted: string): number =>
    steps
      .filter(({ status }) => status === wanted)
      .reduce((sum, { partitions }) => sum + partitions.length, 0);
  return {
    committed: of('committed'),
    failed: of('failed'),
    not_run: of('not run'),
    skipped: skipped.length,
  };
}

/** Of all measures, also those without a finding: an alert needs a series that stays. */
function findingsBy({ findings }: DriftResults): Record<string, number> {
  return Object.fromEntries(
    driftMeasures.map((wanted) => [
      labelOf[wanted],
      findings.filter(({ measure }) => measure === wanted).length,
    ]),
  );
}

function latest({ output, partitions }: Plan, { steps }: RunResults): number | null {
  const there = [
    ...steps.flatMap((step) => (step.status === 'committed' ? step.partitions : [])),
    ...partitions.filter(({ reason }) => reason === 'exists').map(({ value }) => value),
  ].sort();
  const day = there.length === 0 ? null : tryDayOf(there.at(-1)!, output.dateFormat);
  return day === null ? null : (day * dayMs) / 1000;
}

function missing({ missingInputs }: Plan): number {
  return missingInputs.reduce((sum, { partitions }) => sum + partitions.length, 0);
}
