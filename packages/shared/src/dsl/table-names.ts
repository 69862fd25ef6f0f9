/** Names of the tables that jobs write. */
import type { JoinStruct, MetaDataStruct, StagingQueryStruct } from './structs.js';

function tableName(metaData: MetaDataStruct, fullName: boolean): string {
  const name = metaData.name.replace(/[^a-zA-Z0-9_]/g, '_');
  return fullName ? `${metaData.outputNamespace ?? 'default'}.${name}` : name;
}

/** Table that a join writes; with `fullName`, its namespace before it. */
export function getJoinOutputTableName(
  of: JoinStruct,
  options: { fullName?: boolean } = {},
): string {
  return tableName(of.metaData, options.fullName ?? false);
}

/** Table that a staging query writes; with `fullName`, its namespace before it. */
export function getStagingQueryOutputTableName(
  of: StagingQueryStruct,
  options: { fullName?: boolean } = {},
): string {
  return tableName(of.metaData, options.fullName ?? false);
}
