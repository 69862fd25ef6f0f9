/**
 * Neighbours together, in order: as many to a group as it may have, and the rest in the last one. No items, no
 * groups.
 * @param most at least 1
 */
export function inGroups<T>(items: readonly T[], most: number): T[][] {
  const groups: T[][] = [];
  for (let from = 0; from < items.length; from += most) groups.push(items.slice(from, from + most));
  return groups;
}
