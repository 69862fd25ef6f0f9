/** What derivations make of columns: asked of an executor, group-bys first, then the join. */
import { accuracyOf, seesMutations } from '@hindcast/shared/config/accuracy';
import type { ExternalColumn } from '@hindcast/shared/config/external-columns';
import type { Join, JoinPart } from '@hindcast/shared/config/model';
import { plainSource } from '@hindcast/shared/config/plain-source';
import type { InspectedPart, InspectedSource } from './join-state.js';
import type { Launcher } from './launch/launcher.js';
import { leftColumns, type PartColumns, partColumns } from './plan/columns.js';
import {
  asTheyAre,
  type DerivedColumns,
  joinDerivations,
  partDerivations,
  projectFeatures,
  projectOutput,
  type RowsOfPart,
} from './plan/derivations.js';

/** @throws HindcastError kind `config` for derivations that can't run */
export async function describeDerivations(
  join: Join,
  source: InspectedSource,
  parts: readonly InspectedPart[],
  externals: readonly ExternalColumn[],
  launcher: Launcher,
): Promise<DerivedColumns> {
  const left = leftColumns(source);
  const events = plainSource(join.left).kind === 'events';
  const rowsOf = ({ groupBy }: JoinPart): RowsOfPart =>
    events && accuracyOf(groupBy) === 'TEMPORAL' ? 'every key' : 'some keys';
  const columns = parts.map((inspected) =>
    partColumns(inspected, left, seesMutations(join, inspected.part)),
  );
  const features = await deriveFeatures(columns, parts, rowsOf, launcher);
  if (join.derivations.length === 0) return { features, output: null };
  const flat = [...features.flat(), ...externals.map(({ name, type }) => ({ name, type }))];
  const set = joinDerivations(join, left, flat, externals, source.scan.partitionColumn);
  const { sets } = await launcher.run({ kind: 'describe-derivations', sets: [set] });
  return { features, output: projectOutput(join, left, flat, sets[0]!) };
}

/**
 * Features of parts, after the derivations of their group-bys.
 * @param columns of the parts
 */
export async function deriveFeatures(
  columns: readonly PartColumns[],
  parts: readonly InspectedPart[],
  rowsOf: (part: JoinPart) => RowsOfPart,
  launcher: Launcher,
): Promise<DerivedColumns['features']> {
  const derived = parts.flatMap(({ part }, i) => (part.groupBy.derivations.length > 0 ? [i] : []));
  const sets = derived.map((i) => partDerivations(parts[i]!.part, columns[i]!));
  const described =
    sets.length === 0 ? [] : (await launcher.run({ kind: 'describe-derivations', sets })).sets;
  return parts.map(({ part }, i) => {
    const place = derived.indexOf(i);
    return place < 0
      ? asTheyAre(columns[i]!.outputs)
      : projectFeatures(part, columns[i]!, described[place]!, rowsOf(part));
  });
}
