/** delta-rs writes to our output tables, and we go on from there. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { preparePython } from '../python.js';
import { change, history, readTable } from './delta-rs.js';
import { computed, days, fileRelation, rowsOf, World } from './world.js';

let world: World;

beforeAll(async () => {
  await preparePython();
  world = await World.open();
  await world.write('data.clicks', rowsOf(days));
  await world.write('data.views', rowsOf(days));
}, 600_000);
afterAll(() => world.close());

const wholeDays = Object.fromEntries(days.map((day) => [day, 24]));

/** A join that was submitted once, and a copy of its table as it was then. */
async function submitted(name: string, partitions: readonly string[] = days) {
  const config = world.config({ name: `${name}.v1`, left: 'data.clicks', right: 'data.views' });
  const table = `out.${name}_v1`;
  await world.submit(config, { stepDays: 1, endDs: partitions.at(-1)! });
  const copy = world.newFile();
  await readTable(world.folder(table), copy);
  return { config, table, folder: world.folder(table), before: fileRelation(copy) };
}

/** delta-rs and DuckDB both find these rows, and nothing else. */
async function expectTable(table: string, rows: string): Promise<void> {
  const copy = world.newFile();
  expect((await readTable(world.folder(table), copy)).rows).toEqual(wholeDays);
  await world.expectSameRows(fileRelation(copy), rows);
  await world.expectSameRows(await world.relation(table), rows);
}

test('a partition that delta-rs deletes is missing, and computed again', async () => {
  const { config, table, folder, before } = await submitted('deleted');
  await change(folder, `table.delete("ds = '${days[1]}'")`);
  expect((await readTable(folder, world.newFile())).rows).toEqual({ [days[0]]: 24, [days[2]]: 24 });
  const run = await world.submit(config);
  expect(computed(run)).toEqual([days[1]]);
  expect(run.skipped).toEqual([
    { partition: days[0], reason: 'exists' },
    { partition: days[2], reason: 'exists' },
  ]);
  await expectTable(table, before);
  expect(computed(await world.submit(config))).toEqual([]);
});

test('a partition that delta-rs overwrites stays as it put it', async () => {
  const { config, folder } = await submitted('overwritten');
  await change(
    folder,
    `
rows = table.to_pyarrow_table(partitions=[('ds', '=', args['ds'])])
write_deltalake(path, rows.slice(0, 5), mode='overwrite', predicate=f"ds = '{args['ds']}'")`,
    { ds: days[0] },
  );
  expect(computed(await world.submit(config))).toEqual([]);
  expect((await readTable(folder, world.newFile())).rows).toEqual({ ...wholeDays, [days[0]]: 5 });
});

test('after a checkpoint that took the log away the table is read and written on', async () => {
  const { config, table, folder } = await submitted('checkpointed', days.slice(0, 2));
  await change(
    folder,
    `
table.alter.set_table_properties({'delta.logRetentionDuration': 'interval 0 days'})
table = DeltaTable(path)
table.create_checkpoint()
table.cleanup_metadata()`,
  );
  const log = readdirSync(join(folder, '_delta_log'));
  expect(log).toContain('00000000000000000002.checkpoint.parquet');
  expect(log).not.toContain('00000000000000000000.json');
  const { files, txns, metaData } = await world.snapshot(table);
  expect(files.map(({ partitionValues }) => partitionValues['ds'])).toEqual(days.slice(0, 2));
  expect(files.every(({ tags }) => tags?.['hindcast.provenance'] !== undefined)).toBe(true);
  expect(txns.size).toBe(2); // one a step
  expect(metaData.configuration['delta.logRetentionDuration']).toBe('interval 0 days');

  expect(computed(await world.submit(config))).toEqual([days[2]]);
  const whole = await submitted('undisturbed');
  await expectTable(table, whole.before);
  expect((await world.snapshot(table)).metaData.configuration).toMatchObject(
    metaData.configuration,
  );
  // And a checkpoint in the middle of the log, with commits of both sides after it.
  await change(folder, `table.create_checkpoint()\ntable.delete("ds = '${days[0]}'")`);
  expect(computed(await world.submit(config))).toEqual([days[0]]);
  await expectTable(table, whole.before);
});

test('files that delta-rs rewrote and vacuumed are ours still', async () => {
  const { config, table, folder, before } = await submitted('optimized');
  const own = (await world.snapshot(table)).files.map(({ path }) => path);
  await change(
    folder,
    `
table.optimize.z_order(['user'])
table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)`,
  );
  expect((await world.snapshot(table)).files.map(({ path }) => path)).not.toEqual(own);
  for (const path of own) expect(existsSync(join(folder, path))).toBe(false);
  await expectTable(table, before);
  expect(computed(await world.submit(config))).toEqual([]);

  await change(folder, `table.delete("ds = '${days[2]}'")\ntable.optimize.compact()`);
  expect(computed(await world.submit(config))).toEqual([days[2]]);
  await expectTable(table, before);
});

test('a part that changed is computed anew beside columns that delta-rs rewrote', async () => {
  const { config, table, folder } = await submitted('carried');
  await change(folder, "table.optimize.z_order(['user'])");
  const changed = {
    name: 'carried.v1',
    left: 'data.clicks',
    right: 'data.views',
    aggregations: [{ inputColumn: 'price', operation: 8 }],
  };
  expect(world.config(changed)).toBe(config);
  expect(computed(await world.submit(config))).toEqual([...days]);
  const fresh = world.config({ ...changed, name: 'fresh.v1' });
  await world.submit(fresh);
  await expectTable(table, await world.relation('out.fresh_v1'));
});

test('both writers are in one history', async () => {
  const { config, folder } = await submitted('history');
  await change(folder, `table.delete("ds = '${days[1]}'")`);
  const { runId } = await world.submit(config);
  const [ours, theirs, ...former] = await history(folder);
  expect(ours).toMatchObject({ version: 4, runId, operation: 'WRITE' });
  expect(theirs).toMatchObject({ version: 3, operation: 'DELETE' });
  expect(former.map(({ version }) => version)).toEqual([2, 1, 0]);
});
