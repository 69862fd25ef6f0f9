/** A pod's volumes as folders of this machine: emptyDirs, and the files of ConfigMaps and Secrets. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CoreV1Api, V1Pod, V1Volume } from '@kubernetes/client-node';
import { readConfigMap, readSecret } from './pod-references.js';

/**
 * Where the container sees each, and where it is. Volumes of other kinds are left out.
 * @param folder below which they are made
 * @throws when a ConfigMap or Secret that is not optional is missing
 */
export async function podVolumes(
  core: CoreV1Api,
  pod: V1Pod,
  folder: string,
): Promise<Record<string, string>> {
  const { containers, volumes = [] } = pod.spec!;
  const places: Record<string, string> = {};
  for (const { name, mountPath } of containers[0]!.volumeMounts ?? []) {
    const files = await contents(core, pod, volumes.find((volume) => volume.name === name)!);
    if (files === null) continue;
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    for (const [key, text] of Object.entries(files)) writeFileSync(join(path, key), text);
    places[mountPath] = path;
  }
  return places;
}

async function contents(core: CoreV1Api, pod: V1Pod, { emptyDir, configMap, secret }: V1Volume) {
  if (emptyDir) return {};
  if (configMap) return (await readConfigMap(core, pod, configMap)) ?? {};
  if (!secret) return null;
  const { secretName, ...ref } = secret;
  return (await readSecret(core, pod, { ...ref, name: secretName! })) ?? {};
}
