/** Rows of Chronon's own cases, explained: the values are those that a submit of the day writes. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@hindcast/shared/config/load';
import { openStore } from '@hindcast/shared/store/open';
import { expect, test } from 'vitest';
import { explainRow } from '../../packages/driver/src/explain-row.js';
import { importInto, submitJoin } from '../harness.js';
import { launchHere, workplace } from '../in-process.js';
import { checkExplanation } from '../property/check-explanation.js';
import { requestOf } from '../small-plans.js';
import { warehouseAt } from '../test-store.js';

const cases = fileURLToPath(new URL('./cases', import.meta.url));
const work = workplace('explained');

test.each([
  ['quickstart', 'quickstart/training_set.v1', '2023-11-30'],
  ['a_temporal_events', 'golden/a_temporal.v1', '2023-11-20'],
  ['b_snapshot_events', 'golden/b_snapshot.v1', '2023-11-20'],
  ['c_entities_x_events', 'golden/c_ent_ev_temporal.v1', '2023-11-20'],
  ['d_entities_mutations', 'golden/d_mut_temporal.v1', '2023-11-20'],
  ['d_entities_right', 'golden/d_ev_ent_agg.v1', '2023-11-20'],
  ['l_lists_maps', 'golden/l_lm.v1', '2023-11-20'],
])(
  '%s: %s',
  async (name, config, partition) => {
    const folder = join(cases, name);
    const warehouse = warehouseAt(join(work.root, name));
    for (const file of readdirSync(join(folder, 'inputs'))) {
      const table = basename(file, '.parquet');
      if (file.endsWith('.parquet') && !table.includes('@'))
        await importInto(warehouse, join(folder, 'inputs', file), table);
    }
    const path = join(work.root, `${basename(config)}.json`);
    writeFileSync(path, readFileSync(join(folder, 'config/joins', config)));
    const loaded = await loadConfig(path);
    if (loaded.kind !== 'join') throw new Error(`${path} is no join`);
    const store = await openStore(warehouse);
    const launcher = await launchHere(work.session, warehouse, 1);
    for (const windowing of ['exact', 'sawtooth'] as const) {
      const days = { startDs: partition, endDs: partition, windowing };
      const { error } = await submitJoin(path, warehouse, { ...days, reprocess: 'all' });
      expect(error).toBeNull();
      const request = requestOf({ ...days, config: path, warehouse });
      for (const row of [1, 2, 3]) {
        const wanted = { where: 'true', partition, row, columns: null, limit: 1000 };
        const explanation = await explainRow(loaded.join, request, wanted, store, launcher);
        expect(checkExplanation(explanation)).toBeGreaterThan(1);
      }
    }
  },
  120_000,
);
