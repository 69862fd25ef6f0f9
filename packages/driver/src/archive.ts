/** Puts an output table aside under a dated name before its definition changes. */
import { HindcastError } from '@hindcast/shared/errors';
import type { Archive } from '@hindcast/shared/plan/plan';
import { atMost } from '@hindcast/shared/store/at-most';
import type { Store } from '@hindcast/shared/store/store';
import { tableName } from '@hindcast/shared/table/partitions';

const copiesAtOnce = 16;

/** Returns where it went: under the planned name, or that with a number when it is taken. */
export async function archiveTable(
  { from, to: planned, kind }: Archive,
  store: Store,
): Promise<string> {
  const to = await freeName(planned, store);
  if ((await store.list(`${from}/_delta_log/`)).length === 0) {
    throw new HindcastError('conflict', `${tableName(from)}: another run archived it first`, {
      hint: 'Nothing was changed. Submit again when the other run has ended.',
    });
  }
  if (kind === 'move') {
    await store.move(from, to);
    return to;
  }
  // A table of its own: replacing data files here leaves them there. The log makes them count.
  const objects = await store.list(`${from}/`);
  const isLog = ({ key }: { key: string }): boolean => key.startsWith(`${from}/_delta_log/`);
  for (const some of [objects.filter((object) => !isLog(object)), objects.filter(isLog)])
    await atMost(copiesAtOnce, some, ({ key }) =>
      store.copy(key, `${to}${key.slice(from.length)}`),
    );
  return to;
}

async function freeName(name: string, store: Store): Promise<string> {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}_${number}`;
    if ((await store.list(`${candidate}/`)).length === 0) return candidate;
  }
}
