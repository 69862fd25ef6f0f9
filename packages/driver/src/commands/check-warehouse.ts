/** Whether a warehouse can be read and written, and keeps the promise that commits rest on. */
import { HindcastError } from '@hindcast/shared/errors';
import { openStore } from '@hindcast/shared/store/open';
import { isS3Url } from '@hindcast/shared/store/s3-location';
import type { Store } from '@hindcast/shared/store/store';
import { newRunId } from '../run-files.js';
import { type Check, check } from './check.js';

/** Signatures hold for a quarter of an hour; this is where it begins to be dangerous. */
const mostMinutesOff = 5;

export async function checkWarehouse(url: string): Promise<Check[]> {
  if (!isS3Url(url)) {
    const held = async (): Promise<string> => {
      await putsOnce(
        await openStore(url),
        'Use a file system with hard links (not all network mounts have them).',
      );
      return `${url} can be written, and put-if-absent holds`;
    };
    return [await check('warehouse', held)];
  }
  const bucket = await check('bucket', async () => {
    await (await openStore(url)).checkRoot();
    return `${url} can be read`;
  });
  const clock = await check('clock', () => clockOf(url));
  if (!bucket.ok) return [bucket, clock];
  const writing = await check('writing', () => writes(url));
  if (!writing.ok) return [bucket, clock, writing];
  return [
    bucket,
    clock,
    writing,
    await check('conditional writes', async () => {
      await putsOnce(
        await openStore(url),
        'Use a store that honours If-None-Match: S3 itself, MinIO, Ceph or R2 in a present version.',
      );
      return 'If-None-Match holds: of two writers one is first';
    }),
  ];
}

/** After whatever was asked before: every answer tells the time. */
async function clockOf(url: string): Promise<string> {
  const { openS3Store } = await import('@hindcast/shared/store/s3');
  const store = await openS3Store(url);
  const seconds = store.clockAheadMs() / 1000;
  if (Math.abs(seconds) < mostMinutesOff * 60)
    return `${Math.abs(Math.round(seconds))} s away from the store's`;
  const minutes = Math.round(Math.abs(seconds) / 60);
  throw new HindcastError(
    'storage',
    `this machine's clock is ${minutes} minutes ${seconds > 0 ? 'behind' : 'ahead of'} the store's`,
    { hint: 'Set it (NTP): signatures hold for 15 minutes.' },
  );
}

async function writes(url: string): Promise<string> {
  const store = await openStore(url);
  const key = `_hindcast/doctor/${newRunId(new Date())}`;
  await store.put(key, 'one');
  await store.delete([key]);
  return 'objects can be written and deleted';
}

/** Writes only-if-absent twice, reads, deletes. */
async function putsOnce(store: Store, hint: string): Promise<void> {
  const key = `_hindcast/doctor/${newRunId(new Date())}`;
  try {
    const first = await store.putIfAbsent(key, 'one');
    const second = await store.putIfAbsent(key, 'two');
    const read = new TextDecoder().decode((await store.get(key)) ?? new Uint8Array());
    if (first === 'created' && second === 'exists' && read === 'one') return;
    throw new HindcastError(
      'storage',
      `${store.url} ignores put-if-absent: two writers could overwrite each other`,
      { found: read, hint },
    );
  } finally {
    await store.delete([key]);
  }
}
