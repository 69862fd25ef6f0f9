/** What depends on other things, each after those; or the circle that keeps them from an order. */
import { HindcastError } from '@hindcast/shared/errors';

/**
 * @param after what has to come before one
 * @returns as given as far as that goes
 * @throws HindcastError kind `config` that names the circle
 */
export function inOrder<T>(
  all: readonly T[],
  after: (one: T) => readonly T[],
  nameOf: (one: T) => string,
): T[] {
  const done = new Set<T>();
  const path: T[] = [];
  const visit = (one: T): void => {
    if (done.has(one)) return;
    const at = path.indexOf(one);
    if (at >= 0) {
      const circle = [...path.slice(at), one].map(nameOf);
      throw new HindcastError(
        'config',
        circle.length === 2
          ? `${circle[0]} reads its own table`
          : 'configs read each other, so that none can be first',
        {
          found: circle.join(' reads '),
          hint: 'Let one of them read a table that none of the others writes.',
        },
      );
    }
    path.push(one);
    for (const before of after(one)) visit(before);
    path.pop();
    done.add(one);
  };
  for (const one of all) visit(one);
  return [...done];
}
