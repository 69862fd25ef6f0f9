/** Chronon's quickstart in exact windowing: what `compare` finds are the tails of windows, and nothing else. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@hindcast/shared/config/load';
import { openStore } from '@hindcast/shared/store/open';
import { expect, test } from 'vitest';
import { compareTables, isEqual } from '../../packages/driver/src/compare-tables.js';
import { importInto, submitJoin } from '../harness.js';
import { launchHere, workplace } from '../in-process.js';
import { requestOf } from '../small-plans.js';
import { warehouseAt } from '../test-store.js';

const folder = fileURLToPath(new URL('./cases/quickstart', import.meta.url));
const work = workplace('compare-exact');

test.each(['sawtooth', 'exact'] as const)(
  'quickstart in %s windowing',
  async (windowing) => {
    const warehouse = warehouseAt(join(work.root, windowing));
    for (const file of readdirSync(join(folder, 'inputs')).filter((one) =>
      one.endsWith('.parquet'),
    ))
      await importInto(warehouse, join(folder, 'inputs', file), basename(file, '.parquet'));
    const name = 'default.quickstart_training_set_v1';
    await importInto(warehouse, join(folder, 'output', `${name}.parquet`), 'chronon.training_set');
    const config = join(work.root, `${windowing}.json`);
    writeFileSync(config, readFileSync(join(folder, 'config/joins/quickstart/training_set.v1')));
    const { error } = await submitJoin(config, warehouse, { windowing, endDs: '2023-11-30' });
    expect(error).toBeNull();
    const loaded = await loadConfig(config);
    if (loaded.kind !== 'join') throw new Error(`${config} is no join`);
    const { equal, rows, columns } = await compareTables(
      loaded.join,
      requestOf({ config, warehouse, windowing }),
      { against: 'chronon.training_set', columns: null, tolerance: 1e-9, limit: 3, flags: [] },
      await openStore(warehouse),
      await launchHere(work.session, warehouse, 1),
    );
    expect(rows).toMatchObject({ onlyOurs: { count: 0 }, onlyTheirs: { count: 0 } });
    expect(rows.paired).toBe(200);
    const differing = columns.filter((column) => !isEqual(column));
    expect(equal).toBe(windowing === 'sawtooth');
    expect(differing.length > 0).toBe(windowing === 'exact');
    // A window ends its name; values over everything before have no tail.
    for (const { name: column, worst } of differing) {
      expect(column).toMatch(/_\d+[dh]$/);
      expect(worst[0]!.explain).toMatch(/^hindcast explain-row .*--column \w+$/);
    }
  },
  120_000,
);
