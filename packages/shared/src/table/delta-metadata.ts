/** A table's definition: what a commit makes of it, and whether another writer's agrees. */
import { randomUUID } from 'node:crypto';
import { type CommitRequest, partitionColumnsOf } from './commit-request.js';
import type { MetaDataAction } from './delta-actions.js';
import { evolveSchema, schemaString } from './delta-schema.js';

type Definition = Pick<
  CommitRequest,
  'columns' | 'partitionColumn' | 'subPartitions' | 'configuration' | 'now'
>;

/**
 * The definition that a commit has to write: schema and configuration changed where the request asks
 * for it. Null when `before` says all of it already.
 * @param before null: the table is created, under a new id
 */
export function definitionOf(
  request: Definition,
  before: MetaDataAction | null,
): MetaDataAction | null {
  const { columns, configuration, now } = request;
  const partitionColumns = partitionColumnsOf(request);
  const wanted = [...columns, ...partitionColumns.map((name) => ({ name, type: 'VARCHAR' }))];
  if (before === null) {
    return {
      id: randomUUID(),
      format: { provider: 'parquet', options: {} },
      schemaString: schemaString(wanted),
      partitionColumns,
      configuration,
      createdTime: now,
    };
  }
  const evolved = evolveSchema(before.schemaString, wanted, partitionColumns);
  const changed = Object.entries(configuration).some(
    ([name, value]) => before.configuration[name] !== value,
  );
  if (evolved === before.schemaString && !changed) return null;
  return {
    ...before,
    schemaString: evolved,
    configuration: { ...before.configuration, ...configuration },
  };
}

/** Whether the commit may go on after another writer defined the table so. */
export function isSameDefinition(request: Definition, other: MetaDataAction): boolean {
  return isPartitionedBy(other, request) && definitionOf(request, other) === null;
}

export function isPartitionedBy(
  { partitionColumns }: MetaDataAction,
  request: Pick<CommitRequest, 'partitionColumn' | 'subPartitions'>,
): boolean {
  const wanted = partitionColumnsOf(request);
  return (
    wanted.length === partitionColumns.length &&
    wanted.every((name, i) => name === partitionColumns[i])
  );
}
