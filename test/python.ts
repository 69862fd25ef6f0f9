/**
 * Runs Python with delta-rs, for tests that let a foreign reader and writer at our tables, and with
 * scikit-learn, for the example that trains on one. The
 * environment is made once under `.cache/python`; a lock that dies with its process keeps test files
 * that start at the same time from making it twice.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../.cache/python', import.meta.url));
const requirements = [
  'deltalake==1.6.6',
  'arro3-core==0.6.5',
  'Deprecated==1.3.1',
  'wrapt==2.0.1',
  'typing_extensions==4.15.0',
  'pyarrow==22.0.0',
  'scikit-learn==1.7.2',
  'numpy==2.2.6',
  'scipy==1.15.3',
  'joblib==1.5.2',
  'threadpoolctl==3.6.0',
];

/** The stamp is written last: what lacks it, or has another one, was not finished or is outdated. */
const install = `
import fcntl, pathlib, subprocess, sys, venv
folder, given = pathlib.Path(sys.argv[1]), sys.argv[2:]
pins = [pathlib.Path(one).read_text() for one in given if one.endswith('.txt')]
stamp, wanted = folder / 'installed.txt', '\\n'.join([sys.version, *given, *pins])
with open(f'{folder}.lock', 'w') as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(folder, with_pip=True, clear=True)
        pip = [folder / 'bin' / 'python', '-m', 'pip', '--disable-pip-version-check', 'install', '--only-binary=:all:', '--quiet']
        installed = subprocess.run([*pip, *given], stdout=sys.stderr)
        if installed.returncode != 0:
            sys.exit(installed.returncode)
        stamp.write_text(wanted)
`;

let environment: Promise<string> | null = null;

/**
 * Makes the environment where it is not there yet, which takes a minute at most places.
 * @throws Error that says what is missing on this machine
 */
export async function preparePython(): Promise<void> {
  await interpreter();
}

/** Path of the environment's interpreter. */
function interpreter(): Promise<string> {
  environment ??= makeEnvironment(
    folder,
    ['--no-deps', ...requirements],
    'delta-rs checks our tables, scikit-learn learns from one',
  );
  return environment;
}

/**
 * @param given what pip is told to install; files of constraints end with `.txt`
 * @param why for whom it is missed
 * @returns path of the interpreter
 * @throws Error that says what is missing on this machine
 */
export async function makeEnvironment(
  place: string,
  given: readonly string[],
  why: string,
): Promise<string> {
  mkdirSync(fileURLToPath(new URL('../.cache', import.meta.url)), { recursive: true });
  const made = await run('python3', ['-c', install, place, ...given], '').catch(() => {
    throw new Error(`These tests need python3, 3.10 or newer, on the PATH: ${why}.`);
  });
  if (made.code === 0) return `${place}/bin/python`;
  throw new Error(
    `These tests need ${given.join(' ')} from PyPI, and python3 with venv and pip, 3.10 or newer: ${why}. Installing them failed:\n${lastLines(made.stderr)}`,
  );
}

/**
 * What a program of its own prints.
 * @throws Error with Python's own message when it fails
 */
export async function runPython(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(await interpreter(), args, '');
  if (code !== 0) throw new Error(`Python failed:\n${lastLines(stderr)}`);
  return stdout;
}

/** Leaves without Python's own clean-up: threads of delta-rs and pyarrow now and then abort in it. */
const epilogue = 'print(json.dumps(result), flush=True)\nimport os\nos._exit(0)';

/**
 * Runs a snippet that finds `args` and leaves its answer, which JSON can hold, in `result`.
 * @throws Error with Python's own message when it fails
 */
export async function python(snippet: string, args: Readonly<Record<string, unknown>>) {
  const program = `import json, sys\nargs = json.load(sys.stdin)\n${snippet}\n${epilogue}`;
  const { code, stdout, stderr } = await run(
    await interpreter(),
    ['-c', program],
    JSON.stringify(args),
  );
  if (code !== 0) throw new Error(`Python failed:\n${lastLines(stderr)}`);
  return JSON.parse(stdout) as unknown;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function run(
  command: string,
  args: readonly string[],
  input: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ended> {
  return new Promise((settle, fail) => {
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const texts = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        texts[stream] += text;
      });
    }
    child.on('error', fail);
    child.on('close', (code) => settle({ code, ...texts }));
    child.stdin.on('error', () => {}); // A program that failed early reads no input.
    child.stdin.end(input);
  });
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-12).join('\n');
}
