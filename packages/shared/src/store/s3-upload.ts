/** Bytes to objects: small ones at once, large ones in parts. */
import { atMost } from './at-most.js';
import type { CountedClient } from './s3-client.js';
import { mostTries, pause } from './s3-retry.js';

/** Objects beyond this go up in parts of this size; what is on its way is in memory. */
const partBytes = 8 * 2 ** 20;
const partsAtOnce = 2;

interface Target {
  readonly Bucket: string;
  readonly Key: string;
}

/** Bytes of what is uploaded; `to` is exclusive. */
type ReadPart = (from: number, to: number) => Promise<Uint8Array>;

/** Returns the ETag. */
export async function upload(
  counted: CountedClient,
  target: Target,
  size: number,
  read: ReadPart,
): Promise<string> {
  if (size > partBytes) return uploadLarge(counted, target, size, read);
  const { sdk, client, use } = counted;
  const Body = await read(0, size);
  const { ETag } = await client.send(new sdk.PutObjectCommand({ ...target, Body }));
  use.bytesWritten += size;
  return plainTag(ETag);
}

/**
 * Begins anew where the store knows nothing of the parts: an answer with their ETags, or the one that
 * the object is whole, was lost.
 */
async function uploadLarge(
  counted: CountedClient,
  target: Target,
  size: number,
  read: ReadPart,
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await uploadParts(counted, target, size, read);
    } catch (error) {
      const lost = /^(NoSuchUpload|InvalidPart)$/.test((error as Error).name);
      if (!lost || attempt === mostTries) throw error;
      await pause(attempt);
    }
  }
}

async function uploadParts(
  { sdk, client, use }: CountedClient,
  target: Target,
  size: number,
  read: ReadPart,
): Promise<string> {
  const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand(target));
  try {
    const numbers = Array.from({ length: Math.ceil(size / partBytes) }, (_, i) => i + 1);
    const Parts = await atMost(partsAtOnce, numbers, async (PartNumber) => {
      const from = (PartNumber - 1) * partBytes;
      const Body = await read(from, Math.min(size, from + partBytes));
      const { ETag } = await client.send(
        new sdk.UploadPartCommand({ ...target, UploadId, PartNumber, Body }),
      );
      use.bytesWritten += Body.byteLength;
      return { PartNumber, ETag };
    });
    const { ETag } = await client.send(
      new sdk.CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }),
    );
    return plainTag(ETag);
  } catch (error) {
    const abort = new sdk.AbortMultipartUploadCommand({ ...target, UploadId });
    await client.send(abort).catch(() => {});
    throw error;
  }
}

export function plainTag(etag: string | undefined): string {
  return (etag ?? '').replace(/^W\//, '').replaceAll('"', '');
}
