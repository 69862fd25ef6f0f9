/** Brings what a task reads into the mirror. */
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { HindcastError } from '@hindcast/shared/errors';
import type { KeyBucket } from '@hindcast/shared/plan/task';
import { explainS3Error } from '@hindcast/shared/store/s3-errors';
import { isS3Url, parseS3Url, type S3Location, s3Url } from '@hindcast/shared/store/s3-location';
import { openBucket } from '@hindcast/shared/store/s3-objects';
import { damaged, type SegmentHeader } from '../keys/segment.js';
import { mirrored } from '../task/context.js';
import { limiter } from './limit.js';
import { bytesOf, type Mirror, type Needs } from './mirror.js';
import { type Footer, neededByBucket, neededByColumns } from './parquet-ranges.js';
import type { Read } from './reads.js';
import { prefixRange, rowRanges, runsOf, runsRange } from './segment-ranges.js';
import { type ManifestFile, manifestName } from './stage-out.js';

/** Requests of one executor at a time: with 4 MiB each they bound its memory, too. */
const requestsAtOnce = 12;

export interface Place {
  readonly bucket: string;
  readonly key: string;
  /** Where the mirror has it. */
  readonly path: string;
}

export class StageIn {
  private readonly limit = limiter(requestsAtOnce);
  private readonly headers = new Map<string, SegmentHeader>();

  constructor(
    /** Null for a folder of this machine. */
    private readonly warehouse: S3Location | null,
    private readonly mirror: Mirror,
    private readonly root: string,
  ) {}

  /** Null for what lies on this machine. */
  placeOf(path: string): Place | null {
    const inWarehouse = !isS3Url(path);
    if (isAbsolute(path) || (inWarehouse && this.warehouse === null)) return null;
    const { bucket, prefix } = inWarehouse ? this.warehouse! : parseS3Url(path);
    const key = inWarehouse ? `${prefix}${path}` : prefix.slice(0, -1);
    return { bucket, key, path: mirrored(this.root, bucket, key) };
  }

  async bring(reads: readonly Read[]): Promise<void> {
    const results = await Promise.allSettled(merged(reads).map((read) => this.read(read)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  private async read(read: Read): Promise<void> {
    switch (read.kind) {
      case 'whole':
        await this.fetch(read.path, everything);
        return;
      case 'parquet': {
        const { columns } = read;
        await this.fetch(
          read.path,
          columns === 'all' ? everything : byFooter((f, size) => neededByColumns(f, columns, size)),
        );
        return;
      }
      case 'bucket-rows':
        await this.fetch(
          read.path,
          byFooter((footer, size) => neededByBucket(footer, read.bucket, size)),
        );
        return;
      case 'segment-data':
        await this.segment(read.folder, read.bucket);
        return;
      case 'split':
        await this.split(read.folder, read.below);
        return;
    }
  }

  /** False when there is no such object. */
  private async fetch(path: string, needs: Needs): Promise<boolean> {
    const place = this.placeOf(path);
    if (place === null) return true;
    const { bucket, key } = place;
    try {
      const objects = await openBucket(bucket);
      return (await this.mirror.fetch(objects, key, place.path, needs, this.limit)) !== null;
    } catch (error) {
      throw explainS3Error(error, s3Url({ bucket, prefix: '' }, key), 'read');
    }
  }

  private async segment(folder: string, bucket: KeyBucket): Promise<void> {
    const header = await this.headerOf(folder);
    const data = `${folder}/data.bin`;
    const place = this.placeOf(data);
    if (header === null || place === null) return;
    const end = Math.max(...Object.values(header.sections).map(([from, bytes]) => from + bytes));
    const nothing: Needs = async (size) => {
      if (size < end)
        throw damaged(s3Url({ bucket: place.bucket, prefix: '' }, dirname(place.key)));
      return [];
    };
    await this.fetch(data, nothing);
    const words = async (ranges: ReturnType<typeof prefixRange>): Promise<Uint32Array> => {
      await this.fetch(data, async () => ranges);
      const [{ from, to }] = ranges as [{ from: number; to: number }];
      return new Uint32Array((await bytesOf(place.path, from, to)).buffer);
    };
    const prefixes = prefixRange(header);
    const runs = runsOf(await words(prefixes), bucket);
    const starts = await words(runsRange(header, runs));
    await this.fetch(data, async () => rowRanges(header, [starts[0]!, starts.at(-1)!]));
  }

  /** Null where it is none of ours to fetch, or damaged: the task says so. */
  private async headerOf(folder: string): Promise<SegmentHeader | null> {
    const known = this.headers.get(folder);
    if (known !== undefined) return known;
    const path = `${folder}/segment.json`;
    const place = this.placeOf(path);
    if (place === null || !(await this.fetch(path, everything))) return null;
    try {
      const header = JSON.parse(readFileSync(place.path, 'utf8')) as SegmentHeader;
      this.headers.set(folder, header);
      return header;
    } catch {
      return null;
    }
  }

  private async split(folder: string, below: string): Promise<void> {
    const path = `${folder}/${manifestName}`;
    const place = this.placeOf(path);
    if (place === null) return;
    if (!(await this.fetch(path, everything))) {
      throw new HindcastError('storage', `${folder}: its list of files is not there`, {
        hint: 'Submit again: the left is split anew.',
      });
    }
    const files = JSON.parse(readFileSync(place.path, 'utf8')) as readonly ManifestFile[];
    await Promise.all(
      files
        .filter(({ name }) => name.startsWith(below))
        .map(({ name }) => this.fetch(`${folder}/${name}`, everything)),
    );
  }
}

const everything: Needs = async (size) => [{ from: 0, to: size }];

/** All of what is no Parquet file: its reader says what is wrong. */
function byFooter(
  needed: (footer: Footer, size: number) => ReturnType<typeof neededByColumns>,
): Needs {
  return async (size, footer) => {
    const found = await footer();
    return found === null ? [{ from: 0, to: size }] : needed(found, size);
  };
}

/** Columns of one file together, however many scans read it. */
function merged(reads: readonly Read[]): Read[] {
  const files = new Map<string, Read & { kind: 'parquet' }>();
  const others = new Map<string, Read>();
  for (const read of reads) {
    if (read.kind !== 'parquet') {
      others.set(JSON.stringify(read), read);
      continue;
    }
    const known = files.get(read.path);
    const columns =
      known === undefined
        ? read.columns
        : known.columns === 'all' || read.columns === 'all'
          ? 'all'
          : new Set([...known.columns, ...read.columns]);
    files.set(read.path, { ...read, columns });
  }
  return [...files.values(), ...others.values()];
}
