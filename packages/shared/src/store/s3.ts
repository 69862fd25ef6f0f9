/** A store below `s3://bucket/prefix`. Folders are only what keys have in common. */
import { posix } from 'node:path';
import { HindcastError } from '../errors.js';
import { atMost } from './at-most.js';
import { S3Appender } from './s3-appender.js';
import { mostRequests, s3Client } from './s3-client.js';
import { explainS3Error } from './s3-errors.js';
import { parseS3Url, type S3Location, s3Url } from './s3-location.js';
import { S3Objects } from './s3-objects.js';
import type { ObjectInfo, Store } from './store.js';

export interface S3Store extends Store {
  readonly location: S3Location;
  /** The bucket's objects, by full keys. */
  readonly objects: S3Objects;
  /** By how many ms the store's clock is ahead of this machine's, as its last answer had it. */
  clockAheadMs(): number;
}

/**
 * Opens a place that need not hold anything yet; its bucket must be there when it is used.
 * All methods reject with HindcastError kind `storage` when a key leads out of the prefix or the
 * store refuses, after some tries where these may help.
 */
export async function openS3Store(url: string): Promise<S3Store> {
  const location = parseS3Url(url);
  const { bucket, prefix } = location;
  const counted = await s3Client();
  const objects = new S3Objects(counted, bucket);

  const guarded = async <T>(
    doing: 'read' | 'write' | 'delete' | 'move' | 'list',
    key: string,
    action: (full: string) => Promise<T>,
  ): Promise<T> => {
    const full = doing === 'read' || doing === 'list' ? inside(key, url) : objectKey(key, url);
    try {
      return await action(`${prefix}${full}`);
    } catch (error) {
      throw explainS3Error(error, s3Url(location, full), doing);
    }
  };
  const bytes = (data: Uint8Array | string): Uint8Array =>
    typeof data === 'string' ? new TextEncoder().encode(data) : data;
  const below = async (full: string): Promise<ObjectInfo[]> =>
    (await objects.list(full)).filter(({ key }) => key === full || key.startsWith(`${full}/`));
  const copyAll = async (pairs: readonly (readonly [string, string])[]): Promise<void> => {
    await atMost(mostRequests, pairs, ([from, to]) => objects.copy(from, to));
  };

  const store: S3Store = {
    url,
    location,
    objects,
    list: (given) =>
      guarded('list', given, async (full) =>
        (await objects.list(full))
          .map((object) => ({ ...object, key: object.key.slice(prefix.length) }))
          .filter(({ key }) => key.startsWith(beginning(given, url)))
          .sort((a, b) => (a.key < b.key ? -1 : 1)),
      ),
    folders: (given) =>
      guarded('list', given, async (full) => (await objects.folders(full)).sort()),
    get: (key) => guarded('read', key, async (full) => (await objects.get(full))?.data ?? null),
    put: (key, data) =>
      guarded('write', key, async (full) => {
        await objects.put(full, bytes(data));
      }),
    putIfAbsent: (key, data) =>
      guarded('write', key, (full) => objects.putIfAbsent(full, bytes(data))),
    delete: async (keys) => {
      const found = await atMost(mostRequests, keys, (key) =>
        guarded('delete', key, async (full) => [
          full,
          ...(await objects.list(`${full}/`)).map((object) => object.key),
        ]),
      );
      await guarded('delete', keys[0] ?? 'nothing', () => objects.delete(found.flat()));
    },
    move: async (from, to) => {
      const source = `${prefix}${objectKey(from, url)}`;
      await guarded('move', to, async (target) => {
        if ((await below(target)).length > 0) {
          throw new HindcastError(
            'storage',
            `can't move to ${store.address(to)}: something is there already`,
            { hint: 'Move it away first.' },
          );
        }
        const found = (await below(source)).map(({ key }) => key);
        if (found.length === 0) {
          throw new HindcastError('storage', `can't move ${store.address(from)}: it is not there`, {
            found: 'NoSuchKey',
          });
        }
        // A table's log is what makes its files count: the last to come, and the first to go.
        const [log, data] = partition(found, (key) => key.includes('/_delta_log/'));
        for (const keys of [data, log])
          await copyAll(keys.map((key) => [key, `${target}${key.slice(source.length)}`]));
        for (const keys of [log, data]) await objects.delete(keys);
      });
    },
    copy: async (from, to) => {
      const source = `${prefix}${objectKey(from, url)}`;
      await guarded('write', to, (target) => objects.copy(source, target));
    },
    place: async (folder, files) => {
      const pairs = files.map(({ from, name }): readonly [string, string] => [
        `${prefix}${objectKey(from, url)}`,
        `${prefix}${objectKey(`${folder}/${name}`, url)}`,
      ]);
      await guarded('write', folder, () => copyAll(pairs));
    },
    appender: (key) => {
      objectKey(key, url);
      return new S3Appender(
        (text) => store.put(key, text),
        async () => new TextDecoder().decode((await store.get(key)) ?? new Uint8Array()),
      );
    },
    address: (key) => s3Url(location, inside(key, url)),
    checkRoot: () => guarded('read', '', () => objects.checkBucket()),
    use: () => ({ ...counted.use }),
    clockAheadMs: () => counted.clock.aheadMs,
  };
  return store;
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

/** The key as S3 has it: `.` and doubled slashes mean nothing. */
function inside(key: string, url: string): string {
  if (posix.isAbsolute(key) || key.includes('\0') || key.split(/[/\\]/).includes('..')) {
    throw new HindcastError('storage', `${JSON.stringify(key)} leads out of the warehouse ${url}`, {
      hint: 'Keys are paths below the warehouse, without "..".',
    });
  }
  const plain = posix.normalize(`./${key}`);
  return plain === './' || plain === '.' ? '' : plain;
}

/** How listed keys begin. MinIO refuses to list by the dot of hidden names: their folder is listed then. */
function beginning(prefix: string, url: string): string {
  const ofHidden = /(^|\/)\.$/.test(prefix);
  return ofHidden ? `${inside(prefix.slice(0, -1), url)}.` : inside(prefix, url);
}

/** As `inside`, for what is about to change: never the root itself. */
function objectKey(key: string, url: string): string {
  const plain = inside(key, url).replace(/\/$/, '');
  if (plain !== '') return plain;
  throw new HindcastError('storage', `"${key}" is no object but the whole warehouse ${url}`);
}
