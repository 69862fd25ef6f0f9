/** Bootstrap tables as planning sees them: what they have of the join's columns, and by which keys. */
import { type ExternalColumn, externalColumns } from '@hindcast/shared/config/external-columns';
import type { BootstrapPart, Join } from '@hindcast/shared/config/model';
import { outputTable } from '@hindcast/shared/config/names';
import { didYouMean, HindcastError, nearest } from '@hindcast/shared/errors';
import type { Column } from '@hindcast/shared/plan/task';
import { commonType } from '@hindcast/shared/table/column-type';
import { deltaType, isSameType } from '@hindcast/shared/table/delta-type';
import { readTable } from '@hindcast/shared/table/partitions';
import { checkpointReader } from './checkpoint-reader.js';
import { describeScans, type Inspection } from './inspect-source.js';
import type { InspectedBootstrap } from './join-state.js';
import { bootstrapScan, type SourceScan } from './plan/sources.js';

export interface BootstrapColumns {
  readonly left: readonly Column[];
  /** Features, external and derived columns: what bootstrap tables may fill. */
  readonly filled: readonly Column[];
}

/** `bootstrap_from_log`: the join's own flattened log, after all other parts. */
function logPart(join: Join): BootstrapPart {
  return {
    metaData: null,
    table: `${outputTable(join)}_logged`,
    query: null,
    keyColumns: join.rowIds,
  };
}

/** @throws HindcastError for tables, keys or columns that don't fit the join */
export async function inspectBootstrap(
  join: Join,
  columns: BootstrapColumns,
  inspection: Inspection,
): Promise<InspectedBootstrap[]> {
  const { request, tables, launcher } = inspection;
  for (const { table } of join.bootstrapParts) refuseOwn(table, join);
  const given = join.bootstrapParts.map((part) => ({ part, isLog: false }));
  const logged = join.bootstrapFromLog && (await hasLog(join, inspection));
  const parts = logged ? [...given, { part: logPart(join), isLog: true }] : given;
  const scans = parts.map(({ part }) => bootstrapScan(part, request.partitionSpec));
  const states = await Promise.all(scans.map((scan) => tables.read(scan)));
  const described = await describeScans(scans, states, launcher);
  const externals = externalColumns(join);
  return parts.map(({ part, isLog }, i) =>
    inspected(
      join,
      part,
      isLog,
      { ...scans[i]!, scan: described.scans[i]!.scan },
      states[i]!,
      described.scans[i]!.columns,
      columns,
      externals,
    ),
  );
}

/** The table would be put aside before it is read, and what it has would be its own. */
function refuseOwn(table: string, join: Join): void {
  if (table.toLowerCase() !== outputTable(join).toLowerCase()) return;
  throw new HindcastError('config', `bootstrap part: ${table} is the join's own table`, {
    hint: 'Name an archived version of it, or give the new join another name.',
  });
}

/** Nobody has served the join before its log is there. */
async function hasLog(join: Join, { request, store, launcher }: Inspection): Promise<boolean> {
  const { table } = logPart(join);
  const state = await readTable(store, table, {
    spec: request.partitionSpec,
    mappedPath: request.tables[table] ?? null,
    readCheckpoint: checkpointReader(launcher),
  });
  return state !== null;
}

function inspected(
  join: Join,
  part: BootstrapPart,
  isLog: boolean,
  scan: SourceScan,
  table: InspectedBootstrap['table'],
  found: readonly Column[],
  { left, filled }: BootstrapColumns,
  externals: readonly ExternalColumn[],
): InspectedBootstrap {
  const { origin, partitionColumn } = scan.scan;
  const names = part.keyColumns.length > 0 ? part.keyColumns : join.rowIds;
  if (names.length === 0) {
    throw new HindcastError('config', `${origin}: nothing says which row is which`, {
      found: 'no keyColumns, and no rowIds of the join',
      hint: 'Give the bootstrap part keyColumns, or the join rowIds.',
    });
  }
  const keys = names
    .filter((name) => name !== partitionColumn)
    .map((name) => keyOf(name, origin, left, found));
  const held = new Set([...names, ...left.map(({ name }) => name), 'ts', partitionColumn]);
  // A contextual field may stand under its own name.
  const fields = externals.flatMap(({ contextual, type }) =>
    contextual === null ? [] : [{ name: contextual, type }],
  );
  const allowed = new Map([...fields, ...filled].map(({ name, type }) => [name, type]));
  for (const name of held) allowed.delete(name);
  const columns = found
    .filter(({ name }) => !held.has(name))
    // A log outlives the features that it has.
    .filter(({ name }) => !isLog || allowed.has(name));
  for (const column of columns) checkColumn(column, allowed, origin);
  return { ...scan, table, duplicates: null, keys, columns };
}

/** @param allowed what tables may fill: column of the join → type */
function checkColumn(
  { name, type }: Column,
  allowed: ReadonlyMap<string, string>,
  origin: string,
): void {
  const wanted = allowed.get(name);
  if (wanted === undefined) {
    const near = nearest(name, [...allowed.keys()]);
    throw new HindcastError('config', `${origin}: "${name}" is no column of the join`, {
      found: [...allowed.keys()].join(', '),
      hint: `${near === undefined ? '' : `Did you mean "${near}"? `}Select what it is to fill under the names of the output.`,
    });
  }
  if (isSameType(deltaType(type, name), deltaType(wanted, name))) return;
  throw new HindcastError('config', `${origin}: "${name}" is of another type than in the join`, {
    found: `${type}, in the join ${wanted}`,
    hint: 'Cast it in the selects of the bootstrap part.',
  });
}

function keyOf(
  name: string,
  origin: string,
  left: readonly Column[],
  found: readonly Column[],
): InspectedBootstrap['keys'][number] {
  const column = (columns: readonly Column[], where: string): Column => {
    const one = columns.find((candidate) => candidate.name === name);
    if (one !== undefined) return one;
    const names = columns.map((candidate) => candidate.name);
    throw new HindcastError('config', `${origin}: ${where} has no key "${name}"`, {
      found: names.join(', '),
      hint: didYouMean(name, names) ?? 'Select it, or give other keyColumns.',
    });
  };
  const [own, other] = [column(found, 'the table'), column(left, 'the left')];
  const type = commonType(own.type, other.type);
  if (type !== null) return { left: name, name, type };
  throw new HindcastError(
    'config',
    `${origin}: key "${name}" is of another type than on the left`,
    {
      found: `${own.type}, on the left ${other.type}`,
      hint: 'Cast it in the selects of the bootstrap part.',
    },
  );
}
