/**
 * Objects on this machine's disk: each is a sparse file of the object's full size, and has the bytes
 * that were asked for. What an executor has it never fetches again; what it used least lately goes
 * first when the mirror grows beyond its limit.
 */
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { explainFileError } from '@hindcast/shared/store/file-errors';
import { statusOf } from '@hindcast/shared/store/s3-errors';
import type { ObjectRange, ReadBytes, S3Objects } from '@hindcast/shared/store/s3-objects';
import { type Footer, footerBytes, readFooter } from './parquet-ranges.js';
import { bytesIn, minus, type Ranges, requestsFor, union } from './ranges.js';

/** What is read first of an object: its end, where Parquet keeps its footer. */
const tailBytes = 16 * 1024;
/** Bytes between two ranges that cost less than another request. */
const gapBytes = 4 * 1024;
const requestBytes = 4 * 2 ** 20;
/** Versions of an object that changes under our hands that are begun with. */
const mostVersions = 3;

interface Entry {
  readonly path: string;
  readonly etag: string;
  readonly size: number;
  have: Ranges;
  /** Null for what is no Parquet file, undefined before anybody asked. */
  footer: Footer | null | undefined;
  lastUsed: number;
}

/** Which bytes are needed of an object of this size, which may be Parquet. */
export type Needs = (size: number, footer: () => Promise<Footer | null>) => Promise<Ranges>;

export class Mirror {
  private readonly entries = new Map<string, Entry>();
  private bytes = 0;
  /** Number of the task that runs. */
  private turn = 0;

  /** @param limitBytes what a task itself needs is kept, even beyond it */
  constructor(private readonly limitBytes: number) {}

  beginTask(): void {
    this.turn++;
  }

  /**
   * Has these bytes of an object in the file at `path`; without an object nothing is there. Returns
   * the object's size, null when there is none.
   * @param limit runs requests, not too many at a time
   */
  async fetch(
    objects: S3Objects,
    key: string,
    path: string,
    needs: Needs,
    limit: <T>(request: () => Promise<T>) => Promise<T>,
  ): Promise<number | null> {
    for (let version = 1; ; version++) {
      try {
        const entry = await this.entryOf(objects, key, path, limit);
        if (entry === null) return null;
        entry.lastUsed = this.turn;
        const wanted = await needs(entry.size, () => this.footerOf(entry, objects, key, limit));
        await this.fill(entry, objects, key, wanted, limit);
        return entry.size;
      } catch (error) {
        // Another object lies there now: what we have of the former one is of no use.
        if (statusOf(error) !== 412 || version === mostVersions) throw error;
        await this.drop(path);
      }
    }
  }

  /** Notes that a file is the whole of an object: it was just uploaded. */
  adopt(path: string, etag: string, size: number): void {
    const have = union([{ from: 0, to: size }]);
    this.forget(path);
    this.entries.set(path, { path, etag, size, have, footer: undefined, lastUsed: this.turn });
    this.bytes += size;
  }

  /** Makes room by what no current task uses. */
  async trim(): Promise<void> {
    const oldest = [...this.entries.values()].sort((a, b) => a.lastUsed - b.lastUsed);
    for (const { path, lastUsed } of oldest) {
      if (this.bytes <= this.limitBytes || lastUsed === this.turn) return;
      await this.drop(path);
    }
  }

  private async drop(path: string): Promise<void> {
    this.forget(path);
    await rm(path, { force: true });
  }

  private forget(path: string): void {
    const entry = this.entries.get(path);
    if (entry === undefined) return;
    this.bytes -= bytesIn(entry.have);
    this.entries.delete(path);
  }

  private async entryOf(
    objects: S3Objects,
    key: string,
    path: string,
    limit: <T>(request: () => Promise<T>) => Promise<T>,
  ): Promise<Entry | null> {
    const known = this.entries.get(path);
    if (known !== undefined) return known;
    const tail = await limit(() => objects.get(key, tailBytes));
    if (tail === null) return null;
    const { etag, size } = tail;
    const entry: Entry = { path, etag, size, have: [], footer: undefined, lastUsed: this.turn };
    await write(path, size, 0, new Uint8Array());
    this.entries.set(path, entry);
    await this.keep(entry, size - tail.data.byteLength, tail);
    return entry;
  }

  private async keep(entry: Entry, from: number, { data }: ReadBytes): Promise<void> {
    await write(entry.path, null, from, data);
    const had = bytesIn(entry.have);
    entry.have = union([...entry.have, { from, to: from + data.byteLength }]);
    this.bytes += bytesIn(entry.have) - had;
  }

  private async fill(
    entry: Entry,
    objects: S3Objects,
    key: string,
    wanted: Ranges,
    limit: <T>(request: () => Promise<T>) => Promise<T>,
  ): Promise<void> {
    const inside = minus(wanted, [{ from: entry.size, to: Number.POSITIVE_INFINITY }]);
    const missing = requestsFor(minus(inside, entry.have), gapBytes, requestBytes);
    if (missing.length === 0) return;
    if (this.bytes + bytesIn(missing) > this.limitBytes) await this.trim();
    const results = await Promise.allSettled(
      missing.map((range: ObjectRange) =>
        limit(async () => {
          const read = await objects.get(key, range, entry.etag);
          if (read === null) throw Object.assign(new Error(), { Code: 'NoSuchKey' });
          await this.keep(entry, range.from, read);
        }),
      ),
    );
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  private async footerOf(
    entry: Entry,
    objects: S3Objects,
    key: string,
    limit: <T>(request: () => Promise<T>) => Promise<T>,
  ): Promise<Footer | null> {
    if (entry.footer !== undefined) return entry.footer;
    const { size } = entry;
    const first = Math.max(0, size - tailBytes);
    const length = footerBytes(await bytesOf(entry.path, first, size));
    if (length === null || length > size) entry.footer = null;
    else {
      const from = Math.min(first, size - length);
      await this.fill(entry, objects, key, [{ from, to: size }], limit);
      entry.footer = readFooter(await bytesOf(entry.path, from, size));
    }
    return entry.footer;
  }
}

/** @param size makes the file, this long and empty; null: it is there */
async function write(
  path: string,
  size: number | null,
  at: number,
  data: Uint8Array,
): Promise<void> {
  try {
    if (size !== null) await mkdir(dirname(path), { recursive: true });
    const file = await open(path, size !== null ? 'w' : 'r+');
    try {
      if (size !== null) await file.truncate(size);
      for (let done = 0; done < data.byteLength; ) {
        const { bytesWritten } = await file.write(data, done, data.byteLength - done, at + done);
        done += bytesWritten;
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw explainFileError(error, `${path}, which stands for an object of S3`);
  }
}

/** Bytes of a file that are known to be there. */
export async function bytesOf(path: string, from: number, to: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const buffer = new Uint8Array(to - from);
    for (let done = 0; done < buffer.length; ) {
      const { bytesRead } = await file.read(buffer, done, buffer.length - done, from + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer;
  } finally {
    await file.close();
  }
}
