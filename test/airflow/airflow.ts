/** Airflow itself, from PyPI, as far as it reads DAGs and renders their commands. */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeEnvironment, run } from '../python.js';

const folder = fileURLToPath(new URL('../../.cache/airflow', import.meta.url));
/** Airflow 3.1 with all that it needs, as pip found it: nothing is left to resolve. */
const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));

export interface AirflowTask {
  readonly id: string;
  readonly kind: string; // the operator's class
  readonly upstream: readonly string[];
  readonly retries: number;
  readonly mode: string | null; // of sensors
  readonly timeoutSeconds: number | null;
  readonly retryExitCode: number | null;
  /** With its templates rendered for the run. */
  readonly command: string;
}

export interface AirflowDag {
  readonly id: string;
  readonly schedule: string;
  readonly timeZone: string;
  readonly catchup: boolean;
  readonly maxActiveRuns: number;
  readonly tasks: readonly AirflowTask[];
}

export interface ParsedDags {
  readonly errors: Readonly<Record<string, string>>;
  readonly dags: readonly AirflowDag[];
}

/** As the scheduler would read them; the time when a run is due stands for what a run knows. */
const read = `
import json, sys, warnings
warnings.simplefilter('ignore')
import pendulum
from airflow.models.dagbag import DagBag
from airflow.sdk.execution_time import macros

bag = DagBag(dag_folder=sys.argv[1], include_examples=False)
due = pendulum.parse(sys.argv[2], tz='UTC')
context = {'data_interval_end': due, 'macros': macros}

def task_of(task):
    task.render_template_fields(context)
    timeout = getattr(task, 'timeout', None)
    return {
        'id': task.task_id,
        'kind': type(task).__name__,
        'upstream': sorted(task.upstream_task_ids),
        'retries': task.retries,
        'mode': getattr(task, 'mode', None),
        'timeoutSeconds': timeout.total_seconds() if hasattr(timeout, 'total_seconds') else timeout,
        'retryExitCode': getattr(task, 'retry_exit_code', None),
        'command': task.bash_command,
    }

print('\\n' + json.dumps({
    'errors': bag.import_errors,
    'dags': [
        {
            'id': dag.dag_id,
            'schedule': dag.schedule,
            'timeZone': dag.timezone.name,
            'catchup': dag.catchup,
            'maxActiveRuns': dag.max_active_runs,
            'tasks': [task_of(task) for task in dag.tasks],
        }
        for dag in sorted(bag.dags.values(), key=lambda dag: dag.dag_id)
    ],
}))
`;

let interpreter: Promise<string> | null = null;

/** Installs it where it is not there yet: about two minutes, most of it downloads. */
export async function prepareAirflow(): Promise<string> {
  interpreter ??= makeEnvironment(
    folder,
    ['--no-deps', '--no-compile', '--requirement', requirements],
    'Airflow reads the DAGs that are exported for it',
  );
  return interpreter;
}

/**
 * @param due when the run is due whose commands are rendered: a date, 00:00 UTC
 * @param scratch folder for Airflow's own files
 * @throws Error with Python's own message when Airflow fails as a whole
 */
export async function parseDags(file: string, scratch: string, due: string): Promise<ParsedDags> {
  return (await airflow(read, file, due, scratch)) as ParsedDags;
}

export interface DagRun {
  readonly state: string;
  readonly tasks: Readonly<Record<string, string>>;
}

/** One run of a file's only DAG, from its sensors to its jobs, with a database of its own. */
const runOnce = `
import json, sys, warnings
warnings.simplefilter('ignore')
import pendulum
from airflow.models.dagbag import DagBag
from airflow.utils.db import initdb

initdb()
(dag,) = DagBag(dag_folder=sys.argv[1], include_examples=False).dags.values()
run = dag.test(logical_date=pendulum.parse(sys.argv[2], tz='UTC'))
tasks = {one.task_id: one.state for one in run.get_task_instances()}
print('\\n' + json.dumps({'state': run.state, 'tasks': tasks}))
`;

/**
 * Runs what a file schedules, as Airflow does it.
 * @param due as with parseDags
 */
export async function runDag(file: string, scratch: string, due: string): Promise<DagRun> {
  return (await airflow(runOnce, file, due, scratch)) as DagRun;
}

/** @returns what the script prints last */
async function airflow(script: string, file: string, due: string, scratch: string) {
  const home = join(scratch, 'airflow-home');
  mkdirSync(home, { recursive: true });
  const env = {
    ...process.env,
    AIRFLOW_HOME: home,
    AIRFLOW__CORE__DAGS_FOLDER: dirname(file),
    AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT: '120',
  };
  const args = ['-c', script, file, due];
  const { code, stdout, stderr } = await run(await prepareAirflow(), args, '', env);
  if (code !== 0)
    throw new Error(`Airflow failed:\n${stderr.trimEnd().split('\n').slice(-15).join('\n')}`);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as unknown;
}
