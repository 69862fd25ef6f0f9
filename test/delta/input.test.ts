/** Input tables that delta-rs wrote: our jobs read what its log says, at its newest version. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { preparePython } from '../python.js';
import { change, history } from './delta-rs.js';
import { days, fileRelation, rowsOf, World } from './world.js';

let world: World;
/** Every row of the three days in one Parquet file, for delta-rs to write from. */
let rows: string;

beforeAll(async () => {
  await preparePython();
  world = await World.open();
  rows = world.newFile();
  await world.session.run(`COPY ${rowsOf(days)} TO '${rows}' (FORMAT parquet)`);
  await world.write('plain.clicks', rowsOf(days));
  await world.write('plain.views', rowsOf(days));
}, 600_000);
afterAll(() => world.close());

/** One commit a day, as a table of delta-rs would grow. */
const dayByDay = `
rows = pyarrow.parquet.read_table(args['rows'])
for ds in sorted(set(rows.column('ds').to_pylist())):
    write_deltalake(path, rows.filter(pyarrow.compute.equal(rows['ds'], ds)), partition_by=['ds'], mode='append')`;

const grow = (table: string, more = ''): Promise<number> =>
  change(table, `import pyarrow.compute${dayByDay}\ntable = DeltaTable(path)${more}`, { rows });

/** The join over these two tables gives what it gives over plain files of `views`. */
async function expectJoin(name: string, left: string, right: string, views: string): Promise<void> {
  await world.submit(world.config({ name: `${name}.v1`, left, right }));
  const plain = `${name}.plain`;
  await world.write(plain, views);
  await world.submit(world.config({ name: `${name}.v2`, left: 'plain.clicks', right: plain }));
  await world.expectSameRows(
    await world.relation(`out.${name}_v1`),
    await world.relation(`out.${name}_v2`),
  );
}

test('a table of several commits, on both sides of a join', async () => {
  expect(await grow(world.folder('grown.clicks'))).toBe(2);
  await grow(world.folder('grown.views'));
  await expectJoin('grown', 'grown.clicks', 'grown.views', rowsOf(days));
  const [{ inputs }] = (await history(world.folder('out.grown_v1'))) as [
    { readonly inputs: object },
  ];
  expect(inputs).toEqual({ 'grown.clicks': 'delta version 2', 'grown.views': 'delta version 2' });
});

test('files that were taken out are not read, though they are still there', async () => {
  const table = world.folder('removed.views');
  await grow(table, `\ntable.delete("ds = '${days[0]}'")\ntable.delete("user = 'u3'")`);
  const kept = `(SELECT * FROM ${rowsOf(days.slice(1))} WHERE user <> 'u3')`;
  await expectJoin('removed', 'plain.clicks', 'removed.views', kept);
});

test('a checkpoint stands for the commits before it, and later ones count on top', async () => {
  const table = world.folder('kept.views');
  await grow(
    table,
    `
table.alter.set_table_properties({'delta.logRetentionDuration': 'interval 0 days'})
table = DeltaTable(path)
table.create_checkpoint()
table.cleanup_metadata()
table.delete("ds = '${days[2]}'")
table.optimize.compact()
table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)`,
  );
  rmSync(join(table, '_delta_log/_last_checkpoint'));
  await expectJoin('kept', 'plain.clicks', 'kept.views', rowsOf(days.slice(0, 2)));
});

test('a partition column of dates, and columns in another order', async () => {
  const table = world.folder('dated.views');
  await change(
    table,
    `
rows = pyarrow.parquet.read_table(args['rows'])
rows = rows.set_column(rows.schema.get_field_index('ds'), 'ds', rows['ds'].cast(pyarrow.date32()))
write_deltalake(path, rows.select(['ds', 'price', 'ts', 'user']), partition_by=['ds'])`,
    { rows },
  );
  await expectJoin('dated', 'plain.clicks', 'dated.views', rowsOf(days));
});

test('a second partition column is a column of the rows', async () => {
  const table = world.folder('regions.views');
  await change(
    table,
    `
rows = pyarrow.parquet.read_table(args['rows'])
region = pyarrow.array([None if u == 'u1' else 'a/b =' + u for u in rows['user'].to_pylist()], pyarrow.string())
write_deltalake(path, rows.append_column('region', region), partition_by=['ds', 'region'])`,
    { rows },
  );
  const config = world.config({
    name: 'regions.v1',
    left: 'plain.clicks',
    right: 'regions.views',
    wheres: [`region = 'a/b =u2' OR region IS NULL`],
  });
  await world.submit(config);
  await world.write('regions.plain', `(SELECT * FROM ${rowsOf(days)} WHERE user IN ('u1', 'u2'))`);
  await world.submit(
    world.config({ name: 'regions.v2', left: 'plain.clicks', right: 'regions.plain' }),
  );
  await world.expectSameRows(
    await world.relation('out.regions_v1'),
    await world.relation('out.regions_v2'),
  );
});

test('a column that came later is NULL in the files before it', async () => {
  const table = world.folder('wider.views');
  await change(
    table,
    `
import pyarrow.compute
rows = pyarrow.parquet.read_table(args['rows'])
early = pyarrow.compute.less(rows['ds'], args['last'])
write_deltalake(path, rows.filter(early).drop_columns(['price']), partition_by=['ds'])
write_deltalake(path, rows.filter(pyarrow.compute.invert(early)), mode='append', schema_mode='merge')`,
    { rows, last: days[2] },
  );
  const given = `(SELECT * REPLACE (CASE ds WHEN '${days[2]}' THEN price END AS price) FROM ${rowsOf(days)})`;
  await expectJoin('wider', 'plain.clicks', 'wider.views', given);
  // Also where no file that is read has the column.
  for (const [name, right] of [
    ['early.v1', 'wider.views'],
    ['early.v2', 'wider.plain'],
  ] as const) {
    await world.submit(world.config({ name, left: 'plain.clicks', right }), { endDs: days[0] });
  }
  await world.expectSameRows(
    await world.relation('out.early_v1'),
    await world.relation('out.early_v2'),
  );
});

test('a table that lies outside of the warehouse', async () => {
  const table = join(world.root, 'lake/far views');
  await grow(table, `\ntable.delete("ds = '${days[1]}'")`);
  const config = world.config({ name: 'far.v1', left: 'plain.clicks', right: 'data.far' });
  await world.submit(config, { tables: { 'data.far': table } });
  await world.write('far.plain', rowsOf([days[0], days[2]]));
  await world.submit(world.config({ name: 'far.v2', left: 'plain.clicks', right: 'far.plain' }));
  await world.expectSameRows(
    await world.relation('out.far_v1'),
    await world.relation('out.far_v2'),
  );
});

test('rows that delta-rs reads are the rows that we read', async () => {
  const copy = world.newFile();
  await change(
    world.folder('removed.views'),
    `pyarrow.parquet.write_table(table.to_pyarrow_table(), args['copy'])`,
    { copy },
  );
  await world.expectSameRows(fileRelation(copy), await world.relation('removed.views'));
});
