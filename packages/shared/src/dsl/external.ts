/** Parts whose values come with the request, and from elsewhere. */
import { type DataKind, dataKinds } from '../config/model.js';
import { checkOptions, indexIn } from './options.js';
import { present } from './present.js';
import type { ExternalPartStruct, ExternalSourceStruct, TypeStruct } from './structs.js';

/** `'LONG'`, `{ list: 'STRING' }`, `{ map: ['STRING', 'DOUBLE'] }`, or fields of a struct. */
export type DataTypeSpec =
  | Exclude<DataKind, 'MAP' | 'LIST' | 'STRUCT'>
  | { readonly list: DataTypeSpec }
  | { readonly map: readonly [key: DataTypeSpec, value: DataTypeSpec] }
  | { readonly struct: string; readonly fields: Fields };
export type Fields = readonly (readonly [name: string, type: DataTypeSpec])[];

function typeOf(spec: DataTypeSpec): TypeStruct {
  if (typeof spec === 'string') return { kind: indexIn(dataKinds, spec, 'data type') };
  if ('list' in spec) return nested('LIST', [['elem', spec.list]]);
  if ('struct' in spec) return { ...nested('STRUCT', spec.fields), name: spec.struct };
  const [key, value] = spec.map;
  return nested('MAP', [
    ['key', key],
    ['value', value],
  ]);
}

function nested(kind: DataKind, fields: Fields): TypeStruct {
  const params = fields.map(([name, type]) => ({ name, dataType: typeOf(type) }));
  return { kind: dataKinds.indexOf(kind), params };
}

export function externalSource(options: {
  readonly name: string;
  readonly team?: string;
  readonly keyFields: Fields;
  readonly valueFields: Fields;
}): ExternalSourceStruct {
  const { name, team, keyFields, valueFields } = checkOptions('externalSource', options, {
    name: true,
    team: true,
    keyFields: true,
    valueFields: true,
  });
  return {
    metadata: present({ name, team }) as ExternalSourceStruct['metadata'],
    keySchema: typeOf({ struct: `ext_${name}_keys`, fields: keyFields }),
    valueSchema: typeOf({ struct: `ext_${name}_values`, fields: valueFields }),
  };
}

/** Fields that come with each request; keys and values at once. */
export function contextualSource(fields: Fields, team = 'default'): ExternalSourceStruct {
  return {
    metadata: { name: 'contextual', team },
    keySchema: typeOf({ struct: 'contextual_keys', fields }),
    valueSchema: typeOf({ struct: 'contextual_values', fields }),
  };
}

/** `keyMapping` leads from a column of the left to a key of the source. */
export function externalPart(
  source: ExternalSourceStruct,
  options: Omit<ExternalPartStruct, 'source'> = {},
): ExternalPartStruct {
  const known = checkOptions('externalPart', options, { keyMapping: true, prefix: true });
  return present({ source, ...known });
}
