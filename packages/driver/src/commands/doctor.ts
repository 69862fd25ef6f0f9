/** doctor: whether this installation and this warehouse can do their work, and how to mend it. */
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { HindcastError } from '@hindcast/shared/errors';
import { openLauncher } from '../launch/open-launcher.js';
import { contextOf, executorsOf, memoryOf, partitionSpecOf } from '../settings.js';
import { size } from '../wording.js';
import { check } from './check.js';
import { checkWarehouse } from './check-warehouse.js';
import type { Command } from './command.js';

/** Free space in the scratch folder below which spilling is likely to fail. */
const littleSpace = 2 ** 30;

export async function doctorCommand(command: Command): Promise<number> {
  const { settings } = command;
  const context = contextOf(settings.master.value);
  const checks = [
    await check('Node.js', async () => nodeVersion()),
    await check('settings', async () => {
      const executors = executorsOf(settings);
      const memory = memoryOf(settings);
      partitionSpecOf(settings);
      return `${executors} executors with ${size(memory)} each`;
    }),
    await check('DuckDB in a worker thread', () => duckdb(settings.warehouse.value)),
    await check('scratch space', async () => scratch()),
    ...(await checkWarehouse(settings.warehouse.value)),
    ...(context === null
      ? []
      : await (await import('./check-kubernetes.js')).checkKubernetes(context, settings)),
  ];
  const { style } = command;
  if (command.args['json'] === true) process.stdout.write(`${JSON.stringify(checks, null, 2)}\n`);
  else {
    for (const { name, ok, detail, mend } of checks) {
      process.stdout.write(`${ok ? style.green('✓') : style.red('✗')} ${name}: ${detail}\n`);
      if (mend !== null) process.stdout.write(`  ${style.dim('mend:')} ${mend}\n`);
    }
  }
  return checks.every(({ ok }) => ok) ? 0 : 3;
}

function nodeVersion(): string {
  const [major, minor] = process.versions.node.split('.').map(Number) as [number, number];
  if (major > 20 || (major === 20 && minor >= 19)) return process.versions.node;
  throw new HindcastError('usage', `${process.versions.node} is too old`, {
    hint: 'Install Node.js 20.19 or newer.',
  });
}

async function duckdb(warehouse: string): Promise<string> {
  const launcher = openLauncher({ warehouse, executors: 1, memoryBytes: 2 ** 28 }, 'doctor');
  try {
    const { rows } = await launcher.run({
      kind: 'query',
      sql: 'SELECT version()',
      tables: [],
      otherTables: [],
      copyTo: null,
      maxRows: 1,
    });
    return String(rows[0]![0]);
  } finally {
    await launcher.close();
  }
}

function scratch(): string {
  const { bavail, bsize } = statfsSync(tmpdir());
  const free = bavail * bsize;
  if (free >= littleSpace) return `${size(free)} free in ${tmpdir()}`;
  throw new HindcastError('storage', `only ${size(free)} free in ${tmpdir()}`, {
    hint: 'Free some space, or point TMPDIR to a larger disk.',
  });
}
