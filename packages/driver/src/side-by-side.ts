/** Work that may run side by side, and work that must not. */

/** Visits all items in order, at most `most` at a time; comes back when the last visit has ended. */
export async function sideBySide<T>(
  items: readonly T[],
  most: number,
  visit: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const takeItems = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      await visit(items[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, takeItems));
}

/** One after the other, in the order in which they were asked for, whether they fail or not. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const answer = this.last.then(work);
    this.last = answer.catch(() => {});
    return answer;
  }
}
