/** A MinIO for the tests of one file, and places on it that nobody else uses. */
import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { openMinio } from '../scripts/minio.mjs';
import { testBucket } from './test-store.js';

/** How long a hook waits for one that is built first, with everything else running beside it. */
export const minioMs = 1_800_000;

export interface TestMinio {
  readonly endpoint: string;
  /** For processes that are to find it; this process has it already. */
  readonly env: Readonly<Record<string, string>>;
  /** A URL below which nothing is. */
  newUrl(name: string): string;
  close(): Promise<void>;
}

export async function useMinio(): Promise<TestMinio> {
  const { endpoint, env, close } = await openMinio();
  Object.assign(process.env, env);
  await makeBucket(testBucket);
  return {
    endpoint,
    env,
    newUrl: (name) => `s3://${testBucket}/${name}-${randomBytes(6).toString('hex')}`,
    close,
  };
}

export async function makeBucket(Bucket: string): Promise<void> {
  const client = new S3Client({ forcePathStyle: true });
  try {
    await client.send(new CreateBucketCommand({ Bucket }));
  } catch (error) {
    if ((error as Error).name !== 'BucketAlreadyOwnedByYou') throw error;
  } finally {
    client.destroy();
  }
}
