/** `s3://bucket/prefix`: where a warehouse or a table is. */
import { HindcastError } from '../errors.js';

export interface S3Location {
  readonly bucket: string;
  /** Empty, or ends with `/`. */
  readonly prefix: string;
}

export function isS3Url(url: string): boolean {
  return /^s3[an]?:\/\//i.test(url);
}

/** @throws HindcastError kind `usage` for a URL without a bucket, or with a prefix that leads out */
export function parseS3Url(url: string): S3Location {
  const match = /^s3[an]?:\/\/([^/?#]*)\/*(.*)$/i.exec(url);
  const bucket = match?.[1] ?? '';
  if (!/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/i.test(bucket)) {
    throw new HindcastError('usage', `"${url}" names no bucket`, {
      found: bucket === '' ? 'nothing after s3://' : bucket,
      hint: 'Write s3://bucket/prefix.',
    });
  }
  const names = match![2]!.split('/').filter((name) => name !== '' && name !== '.');
  if (names.includes('..')) {
    throw new HindcastError('usage', `"${url}" leads out of its bucket`, {
      hint: 'Write s3://bucket/prefix, without "..".',
    });
  }
  return { bucket, prefix: names.map((name) => `${name}/`).join('') };
}

/** The URL of an object, or of a folder. */
export function s3Url({ bucket, prefix }: S3Location, key: string): string {
  return `s3://${bucket}/${prefix}${key}`;
}
