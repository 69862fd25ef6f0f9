/** Objects of one bucket: whole or in ranges, from memory or from files. Keys here are full keys. */

import { randomUUID } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { HindcastError } from '../errors.js';
import { inGroups } from '../groups.js';
import { atMost } from './at-most.js';
import { type CountedClient, s3Client } from './s3-client.js';
import { codeOf, isPassing, type S3Failure, statusOf } from './s3-errors.js';
import { again, mostTries, pause } from './s3-retry.js';
import { plainTag, upload } from './s3-upload.js';
import type { ObjectInfo } from './store.js';
import type { StoreUse } from './use.js';

const keysPerDelete = 1000;

export interface ObjectRange {
  readonly from: number; // inclusive
  readonly to: number; // exclusive
}

export interface ReadBytes {
  readonly data: Uint8Array;
  readonly etag: string;
  readonly size: number; // of the whole object
}

export async function openBucket(bucket: string): Promise<S3Objects> {
  return new S3Objects(await s3Client(), bucket);
}

/** What this process, or this thread, asked of S3; call it again and again. */
export async function usedSoFar(): Promise<() => StoreUse> {
  const { use } = await s3Client();
  return () => ({ ...use });
}

export class S3Objects {
  constructor(
    private readonly counted: CountedClient,
    readonly bucket: string,
  ) {}

  async list(prefix: string): Promise<ObjectInfo[]> {
    const { objects } = await this.listing(prefix, undefined);
    return objects;
  }

  /** Names between `prefix` and the next slash. */
  async folders(prefix: string): Promise<string[]> {
    const { prefixes } = await this.listing(prefix, '/');
    return prefixes.map((one) => one.slice(prefix.length, -1)).filter((name) => name !== '');
  }

  private async listing(
    prefix: string,
    delimiter: string | undefined,
  ): Promise<{ objects: ObjectInfo[]; prefixes: string[] }> {
    const { sdk, client } = this.counted;
    const objects: ObjectInfo[] = [];
    const prefixes: string[] = [];
    let token: string | undefined;
    do {
      const page = await client.send(
        new sdk.ListObjectsV2Command({
          Bucket: this.bucket,
          Prefix: prefix,
          Delimiter: delimiter,
          ContinuationToken: token,
        }),
      );
      for (const { Key, Size, ETag } of page.Contents ?? [])
        objects.push({ key: Key!, bytes: Size ?? 0, version: plainTag(ETag) });
      for (const { Prefix } of page.CommonPrefixes ?? []) prefixes.push(Prefix!);
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
    return { objects, prefixes };
  }

  /**
   * Null when there is no such object.
   * @param range a part of it; a number: so many bytes from its end
   * @param etag fails with status 412 when the object is another one by now
   */
  async get(
    key: string,
    range: ObjectRange | number | null = null,
    etag: string | null = null,
  ): Promise<ReadBytes | null> {
    const { sdk, client, use } = this.counted;
    return again(async () => {
      let reply: GetObjectCommandOutput;
      try {
        reply = await client.send(
          new sdk.GetObjectCommand({
            Bucket: this.bucket,
            Key: key,
            Range: rangeText(range),
            IfMatch: etag === null ? undefined : `"${etag}"`,
          }),
        );
      } catch (error) {
        if (isAbsent(error)) return null;
        // An empty object has no last bytes.
        if (statusOf(error) !== 416 || typeof range !== 'number') throw error;
        reply = await client.send(new sdk.GetObjectCommand({ Bucket: this.bucket, Key: key }));
      }
      const data = await reply.Body!.transformToByteArray();
      use.bytesRead += data.byteLength;
      const wanted =
        range !== null && typeof range !== 'number' && reply.ContentRange !== undefined
          ? Math.min(range.to, sizeOf(reply)) - range.from
          : (reply.ContentLength ?? data.byteLength);
      if (range !== null && reply.ContentRange === undefined && data.byteLength > 0) {
        throw new HindcastError('storage', 'the store ignores ranges of objects', {
          hint: 'Use a store that honours Range: S3 itself, MinIO, Ceph or R2.',
        });
      }
      if (data.byteLength !== wanted) throw Object.assign(new Error(), { code: 'ShortBody' });
      return { data, etag: plainTag(reply.ETag), size: sizeOf(reply) };
    });
  }

  /** Returns the ETag. */
  put(key: string, data: Uint8Array): Promise<string> {
    const read = async (from: number, to: number): Promise<Uint8Array> => data.subarray(from, to);
    return upload(this.counted, { Bucket: this.bucket, Key: key }, data.byteLength, read);
  }

  /** A file as an object. Returns the ETag. */
  async upload(key: string, path: string): Promise<string> {
    const { size } = await stat(path);
    const file = await open(path);
    try {
      return await upload(
        this.counted,
        { Bucket: this.bucket, Key: key },
        size,
        async (from, to) => {
          const buffer = Buffer.allocUnsafe(to - from);
          const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
          return buffer.subarray(0, bytesRead);
        },
      );
    } finally {
      await file.close();
    }
  }

  /**
   * A try whose answer is lost may have written the object: every try carries the same mark, so that
   * `exists` never means our own.
   */
  async putIfAbsent(key: string, data: Uint8Array): Promise<'created' | 'exists'> {
    const { sdk, client, use } = this.counted;
    const mark = randomUUID();
    for (let attempt = 1; ; attempt++) {
      try {
        await client.send(
          new sdk.PutObjectCommand({
            Bucket: this.bucket,
            Key: key,
            Body: data,
            IfNoneMatch: '*',
            Metadata: { [markName]: mark },
          }),
        );
        use.bytesWritten += data.byteLength;
        return 'created';
      } catch (error) {
        const status = statusOf(error);
        const refused = status === 412 || status === 409;
        if (!refused && !isPassing(error)) throw error;
        const tries = (error as S3Failure).$metadata?.attempts ?? 1;
        if (status === 412 && attempt === 1 && tries === 1) return 'exists';
        const there = await this.markOf(key);
        if (there !== null) return there === mark ? 'created' : 'exists';
        if (attempt === mostTries) throw error;
        await pause(attempt);
      }
    }
  }

  /** Who put an object; empty when it says nothing, null when none is there. */
  private async markOf(key: string): Promise<string | null> {
    const { sdk, client } = this.counted;
    const place = { Bucket: this.bucket, Key: key };
    try {
      // Not HeadObject: its errors have no body, and so no reason.
      const reply = await client.send(new sdk.GetObjectCommand({ ...place, Range: 'bytes=0-0' }));
      await reply.Body!.transformToByteArray().catch(() => {});
      return reply.Metadata?.[markName] ?? '';
    } catch (error) {
      if (isAbsent(error)) return null;
      if (statusOf(error) !== 416) throw error;
      const head = await client.send(new sdk.HeadObjectCommand(place));
      return head.Metadata?.[markName] ?? '';
    }
  }

  async copy(from: string, to: string): Promise<void> {
    const { sdk, client } = this.counted;
    const source = `${this.bucket}/${from}`.split('/').map(encodeURIComponent).join('/');
    await client.send(
      new sdk.CopyObjectCommand({ Bucket: this.bucket, Key: to, CopySource: source }),
    );
  }

  async delete(keys: readonly string[]): Promise<void> {
    const { sdk, client } = this.counted;
    await atMost(4, inGroups(keys, keysPerDelete), async (batch) => {
      const Objects = batch.map((Key) => ({ Key }));
      const reply = await client.send(
        new sdk.DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects, Quiet: true } }),
      );
      const failed = reply.Errors?.find(({ Code }) => Code !== 'NoSuchKey');
      if (failed !== undefined) throw Object.assign(new Error(), { Code: failed.Code });
    });
  }

  async exists(key: string): Promise<boolean> {
    return (await this.markOf(key)) !== null;
  }

  /** Fails when the bucket is not there, or is not ours to read. */
  async checkBucket(): Promise<void> {
    const { sdk, client } = this.counted;
    // Not HeadBucket: its errors have no body, and so no reason.
    await client.send(new sdk.ListObjectsV2Command({ Bucket: this.bucket, MaxKeys: 1 }));
  }
}

/** User metadata of objects that were put with a condition. */
const markName = 'hindcast-put';

function isAbsent(error: unknown): boolean {
  return codeOf(error) === 'NoSuchKey' || codeOf(error) === 'NotFound';
}

function rangeText(range: ObjectRange | number | null): string | undefined {
  if (range === null) return undefined;
  return typeof range === 'number' ? `bytes=-${range}` : `bytes=${range.from}-${range.to - 1}`;
}

function sizeOf({ ContentRange, ContentLength }: GetObjectCommandOutput): number {
  const total = /\/(\d+)$/.exec(ContentRange ?? '')?.[1];
  return total === undefined ? (ContentLength ?? 0) : Number(total);
}
