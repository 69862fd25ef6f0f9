/** ConfigMaps and Secrets that a pod refers to, by key; undefined where an optional one is missing. */
import type { CoreV1Api, V1Pod } from '@kubernetes/client-node';

export interface Reference {
  readonly name?: string;
  readonly optional?: boolean;
}

type Data = Readonly<Record<string, string>>;

export async function readConfigMap(core: CoreV1Api, pod: V1Pod, ref: Reference) {
  const found = await orMissing(ref, core.readNamespacedConfigMap(place(pod, ref)));
  return found && (found.data ?? {});
}

export async function readSecret(core: CoreV1Api, pod: V1Pod, ref: Reference) {
  const found = await orMissing(ref, core.readNamespacedSecret(place(pod, ref)));
  return found && decoded(found.data ?? {});
}

function place({ metadata }: V1Pod, { name }: Reference) {
  return { name: name!, namespace: metadata!.namespace! };
}

function decoded(data: Data): Data {
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]),
  );
}

async function orMissing<T>({ name, optional }: Reference, read: Promise<T>) {
  try {
    return await read;
  } catch (error) {
    if ((error as { code?: number }).code !== 404) throw error;
    if (optional === true) return undefined;
    throw new Error(`${name} not found`);
  }
}
