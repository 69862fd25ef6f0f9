/** Columns of external parts: spec/semantics, "Names". */

import { HindcastError } from '../errors.js';
import type { Column } from '../plan/task.js';
import type { DataKind, DataType, Join } from './model.js';
import { sanitize } from './names.js';

export interface ExternalColumn extends Column {
  /** A field that comes with the request, under its own name; null for fields of other sources. */
  readonly contextual: string | null;
}

const scalars: Readonly<Partial<Record<DataKind, string>>> = {
  BOOLEAN: 'BOOLEAN',
  BYTE: 'TINYINT',
  SHORT: 'SMALLINT',
  INT: 'INTEGER',
  LONG: 'BIGINT',
  FLOAT: 'FLOAT',
  DOUBLE: 'DOUBLE',
  STRING: 'VARCHAR',
  BINARY: 'BLOB',
  DATE: 'DATE',
  TIMESTAMP: 'TIMESTAMP',
};

/**
 * `ext_[prefix_]<source>_<field>`, in the order of the config.
 * @throws HindcastError kind `config` for a type that columns don't have
 */
export function externalColumns({ onlineExternalParts, metaData }: Join): ExternalColumn[] {
  return onlineExternalParts.flatMap(({ source, prefix }) => {
    const of = sanitize(source.name);
    const begin = prefix === null || prefix === '' ? `ext_${of}` : `ext_${prefix}_${of}`;
    return source.valueFields.map(({ name, type }) => ({
      name: `${begin}_${sanitize(name)}`,
      type: typeOf(type, `join "${metaData.name}": external part "${source.name}", ${name}`),
      contextual: source.name === 'contextual' ? name : null,
    }));
  });
}

function typeOf({ kind, params }: DataType, place: string): string {
  const scalar = scalars[kind];
  if (scalar !== undefined) return scalar;
  if (kind === 'LIST' && params.length === 1) return `${typeOf(params[0]!, place)}[]`;
  if (kind === 'MAP' && params.length === 2)
    return `MAP(${params.map((param) => typeOf(param, place)).join(', ')})`;
  throw new HindcastError('config', `${place}: a column of this type does not run yet`, {
    found: kind,
    hint: 'Declare a list, a map or a plain type, or leave the field out.',
  });
}
