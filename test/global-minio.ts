/** One MinIO for all test files of a run on HINDCAST_TEST_STORE=s3. */
import { useMinio } from './minio.js';
import { onS3 } from './test-store.js';

export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (!onS3) return undefined;
  const { endpoint, close } = await useMinio();
  // Test files that ask for a MinIO of their own get this one.
  process.env['HINDCAST_S3_ENDPOINT'] = endpoint;
  return close;
}
