/**
 * Names that two jobs would write to: the join `orders_labels` where `orders` has its labels. What is there
 * says which kind of job made it, and stays as it is.
 */

import { HindcastError } from '@hindcast/shared/errors';
import type { LabelViews } from '@hindcast/shared/plan/plan';
import type { Store } from '@hindcast/shared/store/store';
import type { DeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { isTable } from '@hindcast/shared/table/partitions';
import { type Provenance, provenanceTag } from './plan/decide.js';
import { statisticsTag } from './plan/statistics.js';
import { viewKey, viewOf } from './view-key.js';

/** Who writes tables, and what a table of theirs is. */
const makers = {
  join: 'the output of a join',
  'group-by': 'the output of a GroupBy',
  'staging-query': 'the output of a staging query',
  'label-join': 'the labels of a join',
  'flatten-logs': 'the flattened log of a join',
  consistency: 'the consistency of a join',
  statistics: 'the statistics of a table',
} as const;

export type Maker = keyof typeof makers;

const hint = 'Give one of the two another name or outputNamespace, or move the table away.';

/**
 * @param configuration of a table, or what a commit would make it
 * @returns null for tables that no job wrote
 */
export function makerOf(configuration: Readonly<Record<string, string>>): Maker | null {
  if (configuration[statisticsTag] !== undefined) return 'statistics';
  const text = configuration[provenanceTag];
  if (text === undefined) return null;
  const provenance = JSON.parse(text) as Provenance;
  if (provenance['query'] !== undefined)
    return provenance['query'] === 'log' ? 'flatten-logs' : 'staging-query';
  if (provenance['labels'] !== undefined) return 'label-join';
  if (provenance['consistency'] !== undefined) return 'consistency';
  return provenance['groupBy'] === undefined ? 'join' : 'group-by';
}

/** @throws HindcastError kind `config` for a table that a job of another kind made */
export function refuseOtherMaker(
  table: string,
  { metaData }: Pick<DeltaSnapshot, 'metaData'>,
  maker: Maker,
): void {
  const made = makerOf(metaData.configuration);
  // Planning names the files of tables that no job made.
  if (made === maker || (made === null && maker !== 'statistics')) return;
  const found = made === null ? 'a table that no job wrote' : makers[made];
  throw new HindcastError('config', `${table}: another table has this name`, {
    found: `${found}, where ${makers[maker]} would be`,
    hint,
  });
}

/** @throws HindcastError kind `config`: a table and a view of one name would be read by turns */
export async function refuseView(table: string, store: Store): Promise<void> {
  const of = viewOf(await store.get(viewKey(table)));
  if (of === null) return;
  throw new HindcastError('config', `${table} is a view already`, {
    found: `${viewKey(table)}, ${viewsOf[of]}`,
    hint: 'Give one of the two another name or outputNamespace, or delete that file.',
  });
}

const viewsOf = { labels: 'a view of labels', query: 'the view of a staging query' } as const;

/**
 * Before the views of a join with labels are written.
 * @throws HindcastError kind `config` where a table, or the view of a staging query, has such a name
 */
export async function refuseTakenViews(
  { labeled, latest }: Pick<LabelViews, 'labeled' | 'latest'>,
  store: Store,
): Promise<void> {
  for (const name of [labeled, latest]) {
    if (await isTable(store, name)) {
      throw new HindcastError('config', `${name} is a table already`, {
        found: `a table, where ${viewsOf.labels} would be`,
        hint,
      });
    }
    await refuseOtherView(name, 'labels', store);
  }
}

/** @throws HindcastError kind `config` where the view of another kind of job has this name */
export async function refuseOtherView(
  name: string,
  of: keyof typeof viewsOf,
  store: Store,
): Promise<void> {
  const present = viewOf(await store.get(viewKey(name)));
  if (present === null || present === of) return;
  throw new HindcastError('config', `${name}: another view has this name`, {
    found: `${viewsOf[present]}, where ${viewsOf[of]} would be`,
    hint: `Give one of the two another name or outputNamespace, or delete ${viewKey(name)}.`,
  });
}
