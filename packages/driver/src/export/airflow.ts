/**
 * A schedule as one Python file for Airflow, 2.6 or newer: a DAG for each cron expression; a task for each
 * job, after sensors on its inputs and after the jobs that it reads, in the same DAG by an edge, in
 * another one by a sensor on what that one writes.
 */
import type { PartitionSpec } from '@hindcast/shared/time/partition-spec';
import { shellWords } from '../shell-words.js';
import { pythonLiteral, pythonText } from './python-literal.js';
import type { Input, Schedule, ScheduledJob } from './schedule.js';

export interface AirflowPlace {
  /** Begins the names of the DAGs: letters, digits, `_`, `-` and `.`. */
  readonly project: string;
  /** Shell text that runs Hindcast. */
  readonly command: string;
  /** Folder that jobs run in. */
  readonly folder: string;
  /** How long a sensor waits. */
  readonly waitSeconds: number;
  /** Options of every job, and those that say where tables are, for sensors. */
  readonly options: readonly string[];
  readonly tableOptions: readonly string[];
  readonly spec: PartitionSpec;
}

const imports = `import pendulum

try:  # Airflow 3
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG
try:
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.providers.standard.sensors.bash import BashSensor
except ImportError:
    from airflow.operators.bash import BashOperator
    from airflow.sensors.bash import BashSensor
`;

const body = `
def plain(text):
    """Text that Airflow's templates leave as it is."""
    return text.replace("{", "{{ '{' }}")


def command(one):
    """A job's or sensor's command, with the last day that was over when the run was due, or one before it."""
    days = one["days_before"] + 1
    day = "{{ (data_interval_end - macros.timedelta(days=%d)).strftime('%s') }}" % (days, DAY_FORMAT)
    words = [plain(HINDCAST), plain(one["words"]), '"' + day + '"', plain(one["options"])]
    # What ends with ".sh" would be the name of a file that holds the command.
    return " ".join(words) + " "


for name, dag_jobs in DAGS.items():
    with DAG(
        dag_id=name,
        description=dag_jobs["description"],
        schedule=dag_jobs["cron"],
        start_date=pendulum.datetime(2000, 1, 1, tz="UTC"),
        # A run computes all that is missing up to its day: days that were left out need no run of their own.
        catchup=False,
        max_active_runs=1,
        tags=["hindcast"],
        default_args={
            "retries": RETRIES,
            "retry_delay": pendulum.duration(minutes=10),
        },
    ) as dag:
        tasks = {}
        for sensor in dag_jobs["sensors"]:
            tasks[sensor["id"]] = BashSensor(
                task_id=sensor["id"],
                bash_command=command(sensor),
                # Not there yet; any other exit is an error.
                retry_exit_code=4,
                mode="reschedule",
                poke_interval=POKE_SECONDS,
                timeout=WAIT_SECONDS,
            )
        for job in dag_jobs["jobs"]:
            tasks[job["id"]] = BashOperator(
                task_id=job["id"],
                bash_command=command(job),
                append_env=True,
                retries=job["retries"],
            )
            for before in job["after"]:
                tasks[before] >> tasks[job["id"]]
    globals()[name] = dag
`;

const retries = 2;

/** Sensors have seen the inputs of the run's day; what is missing of earlier ones ends the try. */
const jobWait = '1m';

export function renderAirflow({ jobs }: Schedule, place: AirflowPlace): string {
  const crons = [...new Set(jobs.map(({ cron }) => cron))].sort();
  const names = dagNames(crons, place.project);
  const dags = Object.fromEntries(
    crons.map((cron) => [
      names.get(cron)!,
      dagOf(
        cron,
        jobs.filter((job) => job.cron === cron),
        place,
      ),
    ]),
  );
  return `"""Written by \`hindcast export airflow\`: export again after a change instead of editing this file."""

${imports}
# Where and how commands run, as shell text.
HINDCAST = ${pythonText(`cd ${shellWords([place.folder])} && ${place.command}`)}
RETRIES = ${retries}
POKE_SECONDS = 300
WAIT_SECONDS = ${place.waitSeconds}
DAY_FORMAT = ${pythonText(dayFormat(place.spec))}

DAGS = ${pythonLiteral(dags)}

${body}`;
}

/** Airflow takes 250, and some may get a number. */
const mostLetters = 240;

/** As the file has it. */
type Sensor = {
  readonly id: string;
  /** Up to the day, as shell text. */
  readonly words: string;
  readonly days_before: number;
  readonly options: string;
};

function dagOf(cron: string, jobs: readonly ScheduledJob[], place: AirflowPlace) {
  const own = new Set(jobs.map(({ id }) => id));
  const sensors = new Map<string, Sensor>();
  const sensorOf = (input: Input): string => {
    const key = JSON.stringify(input);
    const known = sensors.get(key);
    if (known !== undefined) return known.id;
    const { table, partitionColumn, daysBefore } = input;
    const taken = new Set([...own, ...[...sensors.values()].map(({ id }) => id)]);
    const parts = [
      'wait_for',
      table,
      ...(partitionColumn === place.spec.column ? [] : [partitionColumn]),
      ...(daysBefore === 0 ? [] : [`${daysBefore}d_before`]),
    ];
    const id = unused(
      parts
        .join('.')
        .replace(/[^\w.-]+/g, '_')
        .slice(0, mostLetters),
      taken,
    );
    const column = ['--partition-column', partitionColumn];
    sensors.set(key, {
      id,
      words: shellWords(['has-partition', table, '--ds']),
      days_before: daysBefore,
      options: shellWords([...column, ...place.tableOptions]),
    });
    return id;
  };
  const tasks = jobs.map((job) => {
    const { id, verb, config, dayOption, inputs, after, onlyTry } = job;
    const elsewhere = after.flatMap(({ job: other, wrote }) =>
      own.has(other) || wrote === null ? [] : [wrote],
    );
    const here = after.flatMap(({ job: other }) => (own.has(other) ? [other] : []));
    return {
      id,
      words: shellWords([verb, config, dayOption]),
      days_before: 0,
      options: shellWords(['--wait', jobWait, ...place.options]),
      retries: onlyTry ? 0 : retries,
      after: [...[...inputs, ...elsewhere].map(sensorOf), ...here],
    };
  });
  const description = `What Hindcast computes at ${cron} (UTC)`;
  return { description, cron, sensors: [...sensors.values()], jobs: tasks };
}

/** The warehouse's dates as Python's strftime writes them, within a template's single quotes. */
function dayFormat({ format }: PartitionSpec): string {
  return format
    .replaceAll('%', '%%')
    .replace('yyyy', '%Y')
    .replace('MM', '%m')
    .replace('dd', '%d')
    .replace(/['\\]/g, '\\$&');
}

/** `@daily` and the like by name, other expressions by their fields. */
const wellKnown: Readonly<Record<string, string>> = {
  '0 * * * *': 'hourly',
  '0 0 * * *': 'daily',
  '0 0 * * 0': 'weekly',
  '0 0 1 * *': 'monthly',
  '0 0 1 1 *': 'yearly',
};

function dagNames(crons: readonly string[], project: string): Map<string, string> {
  const names = new Map<string, string>();
  for (const cron of crons) {
    const words = cron.replaceAll('*', 'x').replace(/[^\w-]+/g, '_');
    const name = `hindcast_${project}_${wellKnown[cron] ?? words}`;
    names.set(cron, unused(name, new Set(names.values())));
  }
  return names;
}

function unused(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let n = 2; ; n++) if (!taken.has(`${name}_${n}`)) return `${name}_${n}`;
}
