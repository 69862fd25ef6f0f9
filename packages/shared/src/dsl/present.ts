/** Drops what was left out, so that the result is JSON with nothing to spare. */
export function present<T extends object>(fields: T): T {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as T;
}
