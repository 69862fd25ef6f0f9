/**
 * `action` over all items, so many at a time; results in their order. After the first error no other
 * begins, and it is thrown when the last one that runs has ended.
 */
export async function atMost<T, R>(
  many: number,
  items: readonly T[],
  action: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let failure: { readonly error: unknown } | null = null;
  const take = async (): Promise<void> => {
    while (next < items.length && failure === null) {
      const i = next++;
      try {
        results[i] = await action(items[i]!, i);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(many, items.length) }, take));
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
  return results;
}
