/** A warehouse whose join takes seconds: long enough to be hit in every stage. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  dateOf,
  firstMs,
  openSmallWarehouse,
  type SmallWarehouse,
} from '../cli/small-warehouse.js';

export const rowsPerPartition = 5_000;
const perDay = 86_400_000;

export async function openBigEnough(): Promise<SmallWarehouse> {
  const small = await openSmallWarehouse();
  const rows = (perPartition: number) =>
    `SELECT 'u' || (i * 7919 % 300) AS user, ${firstMs} + i * ${perDay / perPartition} AS ts, (i * 31 % 1000)::BIGINT AS price, ${dateOf(`(i * 10 // ${perPartition})`)} AS ds FROM range(${perPartition * 4}) t(i)`;
  await small.table('clicks', rows(rowsPerPartition));
  await small.table('views', rows(rowsPerPartition * 10));
  small.config();
  return small;
}

/** What the output holds, whatever files and order it is in. */
export async function checksum({ session, warehouse }: SmallWarehouse): Promise<unknown> {
  return session.rows(
    `SELECT count(*), count(DISTINCT ds), bit_xor(hash(t)), sum(hash(t) % 1000003) FROM read_parquet('${join(warehouse, 'out/small_v1')}/*/*.parquet', hive_partitioning = true) t`,
  );
}

export function forget({ warehouse }: SmallWarehouse, ...folders: readonly string[]): void {
  for (const folder of folders) rmSync(join(warehouse, folder), { recursive: true, force: true });
}
