/**
 * Chronon's compiled JSON (thrift's simple JSON: field names, enums as numbers, booleans as 0 and 1)
 * → the immutable model. Unknown fields are ignored, as thrift does.
 */
import { z } from 'zod';
import { didYouMean, HindcastError } from '../errors.js';
import {
  type Config,
  type DataType,
  type ExternalField,
  type Join,
  type Operation,
  operations,
  type Source,
} from './model.js';

/** Thrift leaves absent fields out or writes null. */
const maybe = <T extends z.ZodType>(schema: T) =>
  schema.nullish().transform((value) => value ?? null);
const listOf = <T extends z.ZodType>(schema: T) =>
  z
    .array(schema)
    .nullish()
    .transform((value) => value ?? []);
const textMap = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});
const flag = z.union([z.boolean(), z.number()]).nullish().transform(Boolean);
const text = maybe(z.string());

/** A thrift enum: a number, or the name. */
function enumOf<T extends string>(what: string, names: readonly T[]) {
  return z.union([z.number(), z.string()]).transform((value, context): T => {
    const name = typeof value === 'number' ? names[value] : names.find((known) => known === value);
    if (name !== undefined) return name;
    const hint = typeof value === 'string' ? didYouMean(value.toUpperCase(), names) : undefined;
    context.addIssue({ code: 'custom', message: `unknown ${what} ${value}`, params: { hint } });
    return z.NEVER;
  });
}

const operation = enumOf<Operation>('operation', operations);
const window = z.object({
  length: z.number().int('a window has a whole length').positive('a window is at least 1 long'),
  timeUnit: enumOf('time unit', ['HOURS', 'DAYS'] as const),
});

const query = z
  .object({
    selects: maybe(z.record(z.string(), z.string())),
    wheres: listOf(z.string()),
    startPartition: text,
    endPartition: text,
    timeColumn: text,
    setups: listOf(z.string()),
    mutationTimeColumn: text,
    reversalColumn: text,
  })
  .nullish()
  .transform((value) => value ?? emptyQuery);

const emptyQuery = {
  selects: null,
  wheres: [],
  startPartition: null,
  endPartition: null,
  timeColumn: null,
  setups: [],
  mutationTimeColumn: null,
  reversalColumn: null,
};

const metaData = z
  .object({
    name: z.string(),
    team: text,
    outputNamespace: text,
    online: flag,
    production: flag,
    offlineSchedule: text,
    customJson: text,
    dependencies: listOf(z.string()),
    tableProperties: textMap,
  })
  .transform((value) => value);

const events = z.object({
  table: z.string(),
  topic: text,
  isCumulative: flag,
  query,
});
const entities = z.object({
  snapshotTable: z.string(),
  mutationTable: text,
  mutationTopic: text,
  query,
});

const source: z.ZodType<Source> = z.lazy(() =>
  z
    .object({
      events: events.nullish(),
      entities: entities.nullish(),
      joinSource: z.object({ join: z.unknown(), query }).nullish(),
    })
    .transform((value, context): Source => {
      if (value.events) return { kind: 'events' as const, ...value.events };
      if (value.entities) return { kind: 'entities' as const, ...value.entities };
      if (value.joinSource) {
        const inner = join.safeParse(value.joinSource.join);
        if (inner.success) {
          return { kind: 'joinSource' as const, join: inner.data, query: value.joinSource.query };
        }
        for (const issue of inner.error.issues) {
          context.addIssue({ ...issue, path: ['joinSource', 'join', ...issue.path] } as never);
        }
        return z.NEVER;
      }
      context.addIssue({ code: 'custom', message: 'a source is events, entities or joinSource' });
      return z.NEVER;
    }),
);

const aggregation = z.object({
  inputColumn: z.string(),
  operation,
  argMap: textMap,
  windows: maybe(z.array(window)),
  buckets: listOf(z.string()),
  elementWise: flag,
});

const derivation = z.object({ name: z.string(), expression: z.string() });

const groupBy = z.object({
  metaData,
  sources: z.array(source).min(1, 'a group-by has at least one source'),
  keyColumns: z.array(z.string()).min(1, 'a group-by has at least one key column'),
  aggregations: maybe(z.array(aggregation)),
  accuracy: maybe(enumOf('accuracy', ['TEMPORAL', 'SNAPSHOT'] as const)),
  backfillStartDate: text,
  derivations: listOf(derivation),
});

const joinPart = z.object({ groupBy, keyMapping: textMap, prefix: text });

const labelPart = z
  .object({
    labels: z.array(joinPart),
    leftStartOffset: z.number().int(),
    leftEndOffset: z.number().int(),
    metaData: z.object({ offlineSchedule: text }).nullish(),
  })
  .transform(({ metaData: meta, ...rest }) => ({
    ...rest,
    labelOfflineSchedule: meta?.offlineSchedule ?? null,
  }));

const bootstrapPart = z.object({
  metaData: maybe(metaData),
  table: z.string(),
  query: z
    .unknown()
    .optional()
    .transform((value) => (value == null ? null : query.parse(value))),
  keyColumns: listOf(z.string()),
});

const dataKinds = [
  'BOOLEAN',
  'BYTE',
  'SHORT',
  'INT',
  'LONG',
  'FLOAT',
  'DOUBLE',
  'STRING',
  'BINARY',
  'DATE',
  'TIMESTAMP',
  'MAP',
  'LIST',
  'STRUCT',
] as const;

interface ThriftType {
  kind: string;
  params: { name: string | null; dataType: ThriftType }[];
}
const dataType: z.ZodType<ThriftType> = z.lazy(() =>
  z.object({
    kind: enumOf('data type', dataKinds),
    params: listOf(z.object({ name: text, dataType })),
  }),
) as never;

const toDataType = (type: ThriftType): DataType => ({
  kind: type.kind,
  params: type.params.map((param) => toDataType(param.dataType)),
});
const fieldsOf = (type: ThriftType | null | undefined): ExternalField[] =>
  (type?.params ?? []).map(({ name, dataType: inner }) => ({
    name: name ?? '',
    type: toDataType(inner),
  }));

const externalPart = z.object({
  source: z
    .object({
      metadata: z.object({ name: z.string(), team: text }),
      keySchema: dataType.nullish(),
      valueSchema: dataType.nullish(),
    })
    .transform(({ metadata, keySchema, valueSchema }) => ({
      name: metadata.name,
      team: metadata.team,
      keyFields: fieldsOf(keySchema),
      valueFields: fieldsOf(valueSchema),
    })),
  keyMapping: textMap,
  prefix: text,
});

const join: z.ZodType<Join> = z
  .object({
    metaData,
    left: source,
    joinParts: listOf(joinPart),
    onlineExternalParts: listOf(externalPart),
    labelPart: maybe(labelPart),
    bootstrapParts: listOf(bootstrapPart),
    rowIds: listOf(z.string()),
    derivations: listOf(derivation),
    skewKeys: z
      .record(z.string(), z.array(z.string()))
      .nullish()
      .transform((value) => value ?? {}),
  })
  .transform((value) => ({
    ...value,
    bootstrapFromLog: customFlag(value.metaData.customJson, 'bootstrap_from_log'),
  }));

const stagingQuery = z.object({
  metaData,
  query: z.string(),
  startPartition: text,
  setups: listOf(z.string()),
  createView: flag,
});

/** What Chronon's Python API puts into customJson because thrift has no field for it. */
function customFlag(customJson: string | null, name: string): boolean {
  try {
    return Boolean((JSON.parse(customJson ?? '{}') as Record<string, unknown>)[name]);
  } catch {
    return false;
  }
}

/**
 * @param origin the file, for messages
 * @throws HindcastError kind `config` naming the path of the field that is wrong
 */
export function parseConfig(json: unknown, origin: string): Config {
  const found = json as Record<string, unknown> | null;
  if (typeof found !== 'object' || found === null || Array.isArray(found)) {
    throw notAConfig(
      origin,
      Array.isArray(found) ? 'a list' : String(JSON.stringify(found)).slice(0, 60),
    );
  }
  if ('left' in found || 'joinParts' in found) {
    return freeze({ kind: 'join', join: run(join, found, origin) } as Config);
  }
  if ('keyColumns' in found || 'sources' in found) {
    return freeze({ kind: 'groupBy', groupBy: run(groupBy, found, origin) } as Config);
  }
  if (typeof found['query'] === 'string') {
    return freeze({
      kind: 'stagingQuery',
      stagingQuery: run(stagingQuery, found, origin),
    } as Config);
  }
  const names = Object.keys(found);
  throw notAConfig(
    origin,
    names.length === 0 ? 'an empty object' : `an object with ${names.slice(0, 6).join(', ')}`,
  );
}

function notAConfig(origin: string, found: string): HindcastError {
  return new HindcastError('config', `${origin}: this is no Join, GroupBy or StagingQuery`, {
    found,
    hint: 'Give a config that Chronon compiled, or a TypeScript module: path/to/file.ts:export.',
  });
}

function run<T extends z.ZodType>(schema: T, json: unknown, origin: string): z.output<T> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const path = issue.path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  const value = issue.path.reduce<unknown>(
    (at, part) => (at as Record<PropertyKey, unknown> | undefined)?.[part],
    json,
  );
  throw new HindcastError('config', `${origin}: ${path}: ${messageOf(issue, value)}`, {
    found: value === undefined ? undefined : String(JSON.stringify(value)).slice(0, 80),
    hint: (issue as { params?: { hint?: string } }).params?.hint,
  });
}

function messageOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) return 'is missing';
  return issue.message.replace(/^Invalid input: /, '');
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  }
  return value;
}
