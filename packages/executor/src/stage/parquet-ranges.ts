/** Which bytes of a Parquet file are needed, by its footer. The one room for hyparquet. */
import type { KeyBucket } from '@hindcast/shared/plan/task';
import type { ObjectRange } from '@hindcast/shared/store/s3-objects';
import { type ColumnChunk, type FileMetaData, parquetMetadata, type RowGroup } from 'hyparquet';
import { minus, type Ranges } from './ranges.js';

export type Footer = FileMetaData;

/** Length of the footer with what ends the file; null where these bytes end no Parquet file. */
export function footerBytes(tail: Uint8Array): number | null {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  if (tail.byteLength < 8 || view.getUint32(tail.byteLength - 4, true) !== 0x31524150) return null;
  return view.getUint32(tail.byteLength - 8, true) + 8;
}

/** @param tail the file's last bytes, with all of its footer; null for what can't be parsed */
export function readFooter(tail: Uint8Array): Footer | null {
  try {
    return parquetMetadata(tail, { geoparquet: false });
  } catch {
    return null;
  }
}

/**
 * All bytes but the chunks of columns that are not among `columns` (names in lower case), and what the
 * file says of them: what no chunk claims is small, and some writer may have put something there.
 */
export function neededByColumns(
  footer: Footer,
  columns: ReadonlySet<string>,
  size: number,
): Ranges {
  const unneeded = footer.row_groups.flatMap((group) =>
    group.columns.filter((chunk) => !columns.has(topName(chunk))),
  );
  return minus([{ from: 0, to: size }], unneeded.flatMap(rangesOf));
}

/** The same for all columns of the row groups whose `__hash` may be in the KeyBucket. */
export function neededByBucket(footer: Footer, bucket: KeyBucket, size: number): Ranges {
  const unneeded = footer.row_groups
    .filter((group) => !mayHold(group, bucket))
    .flatMap(({ columns }) => columns);
  return minus([{ from: 0, to: size }], unneeded.flatMap(rangesOf));
}

/** Bytes of the chunks that a query of these columns uses, for comparing with what was read. */
export function chunkBytes(footer: Footer, columns: ReadonlySet<string> | 'all'): number {
  return footer.row_groups
    .flatMap((group) => group.columns)
    .filter((chunk) => columns === 'all' || columns.has(topName(chunk)))
    .reduce((sum, { meta_data }) => sum + Number(meta_data?.total_compressed_size ?? 0), 0);
}

function topName({ meta_data }: ColumnChunk): string {
  return (meta_data?.path_in_schema[0] ?? '').toLowerCase();
}

function rangesOf(chunk: ColumnChunk): ObjectRange[] {
  const { meta_data } = chunk;
  if (meta_data === undefined) return [];
  const starts = [
    meta_data.data_page_offset,
    meta_data.dictionary_page_offset,
    meta_data.index_page_offset,
  ].flatMap((offset) => (offset === undefined || Number(offset) <= 0 ? [] : [Number(offset)]));
  const from = Math.min(...starts);
  const range = (start: bigint | number | undefined, length: bigint | number | undefined) =>
    start === undefined || length === undefined
      ? []
      : [{ from: Number(start), to: Number(start) + Number(length) }];
  return [
    ...(starts.length === 0 ? [] : range(from, meta_data.total_compressed_size)),
    ...range(meta_data.bloom_filter_offset, meta_data.bloom_filter_length),
    ...range(chunk.column_index_offset, chunk.column_index_length),
    ...range(chunk.offset_index_offset, chunk.offset_index_length),
  ];
}

/** Hashes of a KeyBucket share their top bits. */
function mayHold({ columns }: RowGroup, { index, bits }: KeyBucket): boolean {
  const statistics = columns.find((chunk) => topName(chunk) === '__hash')?.meta_data?.statistics;
  const [min, max] = [statistics?.min_value, statistics?.max_value];
  if (typeof min !== 'bigint' || typeof max !== 'bigint') return true;
  const width = 1n << BigInt(64 - bits);
  const low = BigInt(index) * width;
  return BigInt.asUintN(64, max) >= low && BigInt.asUintN(64, min) < low + width;
}
