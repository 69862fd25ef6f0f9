/** What a pod's container runs and in which environment, read from its spec as a kubelet does. */
import type { CoreV1Api, V1EnvFromSource, V1EnvVar, V1Pod } from '@kubernetes/client-node';
import { readConfigMap, readSecret } from './pod-references.js';

export type Environment = Record<string, string>;

/** @throws when a ConfigMap or Secret that is not optional, or a key of it, is missing */
export async function podEnvironment(core: CoreV1Api, pod: V1Pod): Promise<Environment> {
  const { env = [], envFrom = [] } = pod.spec!.containers[0]!;
  const found: Environment = {};
  for (const source of envFrom) Object.assign(found, await allOf(core, pod, source));
  for (const variable of env) {
    const value = await variableValue(core, pod, variable, found);
    if (value !== undefined) found[variable.name] = value;
  }
  return found;
}

async function allOf(core: CoreV1Api, pod: V1Pod, source: V1EnvFromSource): Promise<Environment> {
  const { configMapRef, secretRef, prefix = '' } = source;
  const data = configMapRef
    ? await readConfigMap(core, pod, configMapRef)
    : await readSecret(core, pod, secretRef!);
  return Object.fromEntries(
    Object.entries(data ?? {}).map(([name, value]) => [`${prefix}${name}`, value]),
  );
}

async function variableValue(
  core: CoreV1Api,
  pod: V1Pod,
  { name, value = '', valueFrom }: V1EnvVar,
  before: Environment,
): Promise<string | undefined> {
  if (!valueFrom) return expand(value, before);
  const { fieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef) return field(pod, fieldRef.fieldPath);
  const ref = configMapKeyRef ?? secretKeyRef;
  if (!ref) throw new Error(`${name}: no such source of a value in tests`);
  const data = configMapKeyRef
    ? await readConfigMap(core, pod, ref)
    : await readSecret(core, pod, ref);
  const found = data?.[ref.key];
  if (found === undefined && ref.optional !== true)
    throw new Error(`${name}: no key ${ref.key} in ${ref.name}`);
  return found;
}

const fields: Readonly<Record<string, (pod: V1Pod) => string | undefined>> = {
  'metadata.name': ({ metadata }) => metadata!.name,
  'metadata.namespace': ({ metadata }) => metadata!.namespace,
  'metadata.uid': ({ metadata }) => metadata!.uid,
  'spec.nodeName': ({ spec }) => spec!.nodeName,
  'spec.serviceAccountName': ({ spec }) => spec!.serviceAccountName,
  'status.podIP': () => '127.0.0.1',
  'status.hostIP': () => '127.0.0.1',
};

function field(pod: V1Pod, path: string): string {
  const [, kind, key] = /^metadata\.(annotations|labels)\['(.+)'\]$/.exec(path) ?? [];
  if (key !== undefined) return pod.metadata?.[kind as 'annotations' | 'labels']?.[key] ?? '';
  const read = fields[path];
  if (!read) throw new Error(`no field ${path} in tests`);
  return read(pod) ?? '';
}

/** `$(NAME)` where NAME is known; `$$` is a dollar sign. */
export function expand(text: string, env: Environment): string {
  return text.replace(/\$\$|\$\(([\w.-]+)\)/g, (all, name?: string) =>
    name === undefined ? '$' : (env[name] ?? all),
  );
}
