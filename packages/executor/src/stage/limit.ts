/** Runs what it is given, so many at a time, in order. */
export function limiter(many: number): <T>(action: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (action) => {
    if (running >= many) await new Promise<void>((go) => waiting.push(go));
    running++;
    try {
      return await action();
    } finally {
      running--;
      waiting.shift()?.();
    }
  };
}
