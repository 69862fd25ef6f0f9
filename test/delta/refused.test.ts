/** Tables that ask for more than we know: refused by name, and nothing is written. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli } from '../cli/run-cli.js';
import { submitJoin } from '../harness.js';
import { preparePython } from '../python.js';
import { change } from './delta-rs.js';
import { days, rowsOf, World } from './world.js';

let world: World;

beforeAll(async () => {
  await preparePython();
  world = await World.open();
  await world.write('data.clicks', rowsOf(days));
  await world.write('data.views', rowsOf(days));
}, 600_000);
afterAll(() => world.close());

const deletionVectors = `
from deltalake import TableFeatures
table.alter.add_feature(TableFeatures.DeletionVectors, allow_protocol_versions_increase=True)`;

test('an input table with a reader feature that is unknown here', async () => {
  const rows = world.newFile();
  await world.session.run(`COPY ${rowsOf(days)} TO '${rows}' (FORMAT parquet)`);
  await change(
    world.folder('data.vectors'),
    `
write_deltalake(path, pyarrow.parquet.read_table(args['rows']), partition_by=['ds'])
table = DeltaTable(path)${deletionVectors}`,
    { rows },
  );
  const config = world.config({ name: 'vectors.v1', left: 'data.clicks', right: 'data.vectors' });
  const { code, stdout, stderr } = await cli(['submit', config, '--warehouse', world.warehouse]);
  expect(code).toBe(3);
  expect(stdout).toBe('');
  expect(stderr).toContain(
    "data.vectors: can't read this Delta table, its features are unknown here",
  );
  expect(stderr).toContain('deletionVectors');
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(existsSync(world.folder('out.vectors_v1'))).toBe(false);
});

test.each([
  ['deletionVectors', deletionVectors, "can't read this Delta table"],
  [
    'checkConstraints',
    `table.alter.add_constraint({'sane': 'ts > 0'})`,
    "can't write this Delta table",
  ],
])('an output table to which delta-rs gave %s', async (feature, statements, message) => {
  const name = feature.toLowerCase();
  const config = world.config({ name: `${name}.v1`, left: 'data.clicks', right: 'data.views' });
  await world.submit(config, { endDs: days[0] });
  const version = await change(world.folder(`out.${name}_v1`), statements);
  const { results, error } = await submitJoin(config, world.warehouse);
  expect(error).toMatchObject({
    kind: 'data',
    message: `out.${name}_v1: ${message}, its features are unknown here`,
    found: expect.stringContaining(feature),
  });
  expect(results).toBeNull();
  expect(await change(world.folder(`out.${name}_v1`), '')).toBe(version);
});

test('a column of a type that tables do not have is refused before anything runs', async () => {
  await world.write('data.wide', rowsOf(days, ", {'x': uuid()} AS wide"));
  const config = world.config({
    name: 'wide.v1',
    left: 'data.wide',
    right: 'data.views',
    leftSelects: { user: 'user', wide: 'wide' },
  });
  const { results, error } = await submitJoin(config, world.warehouse);
  expect(results).toBeNull();
  expect(error).toMatchObject({
    kind: 'config',
    message: 'column "wide": a Delta table can\'t hold its type',
    found: 'UUID',
    hint: 'Cast it in the selects, for example to STRING.',
  });
  expect(existsSync(world.folder('out.wide_v1'))).toBe(false);
});
