/**
 * Where tests put their warehouses: folders, or with HINDCAST_TEST_STORE=s3 places on MinIO
 * (global-minio.ts). A test names a folder of its own either way.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import type { LocalStore, Store } from '@hindcast/shared/store/store';

export const testBucket = 'hindcast-test';
export const onS3 = process.env['HINDCAST_TEST_STORE'] === 's3';

/** The warehouse that stands for this folder. */
export function warehouseAt(folder: string): string {
  return onS3 ? `s3://${testBucket}${folder}` : folder;
}

/** Paths of these objects, or of copies of them below a folder of their own. */
export async function localPaths(store: Store, paths: readonly string[]): Promise<string[]> {
  if (!store.url.startsWith('s3:'))
    return paths.map((path) => (isAbsolute(path) ? path : (store as LocalStore).localPath(path)));
  const folder = mkdtempSync(join(tmpdir(), 'hindcast-copies-'));
  return Promise.all(
    paths.map(async (path) => {
      const data = await store.get(path);
      if (data === null) throw new Error(`no ${path} in ${store.url}`);
      const copy = join(folder, path);
      mkdirSync(dirname(copy), { recursive: true });
      writeFileSync(copy, data);
      return copy;
    }),
  );
}
