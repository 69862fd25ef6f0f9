/** External parts of Chronon's compiled JSON: sources whose values come with the request. */
import * as v from 'valibot';
import { type DataKind, type DataType, dataKinds, type ExternalField } from './model.js';
import { enumOf, listOf, text, textMap } from './thrift-fields.js';

interface ThriftType {
  readonly kind: DataKind;
  readonly params: readonly { readonly name: string | null; readonly dataType: ThriftType }[];
}
const dataType: v.GenericSchema<unknown, ThriftType> = v.object({
  kind: enumOf('data type', dataKinds),
  params: listOf(v.object({ name: text, dataType: v.lazy(() => dataType) })),
});

const toDataType = ({ kind, params }: ThriftType): DataType => ({
  kind,
  params: params.map((param) => toDataType(param.dataType)),
});

const fields = v.pipe(
  v.nullish(dataType, null),
  v.transform((type): ExternalField[] =>
    (type?.params ?? []).map(({ name, dataType: inner }) => ({
      name: name ?? '',
      type: toDataType(inner),
    })),
  ),
);

export const externalPart = v.object({
  source: v.pipe(
    v.object({
      metadata: v.object({ name: v.string(), team: text }),
      keySchema: fields,
      valueSchema: fields,
    }),
    v.transform(({ metadata, keySchema, valueSchema }) => ({
      ...metadata,
      keyFields: keySchema,
      valueFields: valueSchema,
    })),
  ),
  keyMapping: textMap,
  prefix: text,
});
