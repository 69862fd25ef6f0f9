/** What builders refuse at once: a word that they don't know would be left out without a sound. */
import { didYouMean, HindcastError } from '../errors.js';

/** Every option of a builder; the compiler sees to it that none is forgotten. */
export type Names<T> = { readonly [K in keyof T]-?: true };

/** @throws HindcastError kind `config` for anything but an object of known options */
export function checkOptions<T extends object>(builder: string, options: T, names: Names<T>): T {
  if (!isObject(options)) {
    throw new HindcastError('config', `${builder}: the options are no object`, {
      found: JSON.stringify(options),
      hint: `Write { ${Object.keys(names).slice(0, 3).join(', ')}, … }.`,
    });
  }
  for (const name of Object.keys(options)) {
    if (name in names) continue;
    throw new HindcastError('config', `${builder}: no option "${name}"`, {
      hint: didYouMean(name, Object.keys(names)),
    });
  }
  return options;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The place of a value among those that there are, which is how compiled configs write it. */
export function indexIn<T extends string>(known: readonly T[], value: T, what: string): number {
  const index = known.indexOf(value);
  if (index >= 0) return index;
  throw new HindcastError('config', `unknown ${what} ${JSON.stringify(value)}`, {
    hint: didYouMean(String(value), known),
  });
}

export const metaDataNames = {
  team: true,
  outputNamespace: true,
  online: true,
  production: true,
  offlineSchedule: true,
  customJson: true,
  dependencies: true,
  tableProperties: true,
  historicalBackfill: true,
} as const;
