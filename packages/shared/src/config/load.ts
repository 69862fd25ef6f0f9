/** From a path to a validated config: a TypeScript or JavaScript module, or Chronon's JSON. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, resolve } from 'node:path';
import { didYouMean, HindcastError } from '../errors.js';
import type { Config } from './model.js';
import { contain, moduleError } from './module-error.js';
import { parseConfig } from './parse.js';
import { validateConfig } from './validate.js';

export const moduleExtensions: readonly string[] = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];

/**
 * @param path `path/to/file.ts:export` (the default export otherwise), or a JSON file
 * @throws HindcastError kind `config`
 */
export async function loadConfig(path: string): Promise<Config> {
  return readConfig(await loadJson(path), path);
}

/** @throws HindcastError kind `config`, which calls the JSON by the path that it came from */
export function readConfig(json: unknown, path: string): Config {
  const config = parseConfig(json, path);
  validateConfig(config);
  return config;
}

/** The config's JSON, before it is checked. */
export async function loadJson(path: string): Promise<unknown> {
  const { file, exportName } = splitPath(path);
  if (!existsSync(file) || statSync(file).isDirectory()) throw missingFile(file);
  if (!moduleExtensions.includes(extname(file)))
    return parseJson(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''), file);
  const exports = await importModule(file);
  return chooseExport(exports, file, exportName);
}

export function splitPath(path: string): { file: string; exportName: string | null } {
  const colon = path.lastIndexOf(':');
  if (colon > 1 && !existsSync(path) && /^[A-Za-z_$][\w$]*$/.test(path.slice(colon + 1))) {
    return { file: path.slice(0, colon), exportName: path.slice(colon + 1) };
  }
  return { file: path, exportName: null };
}

export function missingFile(file: string): HindcastError {
  const folder = dirname(resolve(file));
  const names = existsSync(folder) ? readdirSync(folder) : [];
  if (existsSync(file)) {
    return new HindcastError('config', `${file} is a folder, not a config`, {
      hint: didYouMean(basename(file), readdirSync(file)),
    });
  }
  return new HindcastError('config', `no config at ${file}`, {
    hint: existsSync(folder) ? didYouMean(basename(file), names) : `There is no folder ${folder}.`,
  });
}

export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    const before = text.slice(0, Number(position ?? 0)).split('\n');
    const place = position === undefined ? '' : `:${before.length}:${before.at(-1)!.length + 1}`;
    throw new HindcastError('config', `${file}${place}: the config is not JSON`, {
      found: (error as Error).message.replace(/ in JSON at position.*$/s, '').replace(/\s+/g, ' '),
      hint: 'Compile it again, or give a TypeScript module (.ts).',
    });
  }
}

async function importModule(file: string): Promise<Record<string, unknown>> {
  const importOne = await moduleImporter();
  return importOne(file);
}

/** Imports modules, each once: what several of them share is one object. */
export async function moduleImporter(): Promise<
  (file: string) => Promise<Record<string, unknown>>
> {
  // Loaded here: a JSON config needs none of it.
  const { createJiti } = await import('jiti');
  const dsl = createRequire(import.meta.url).resolve('@hindcast/shared/dsl/index');
  const jiti = createJiti(import.meta.url, {
    alias: { hindcast: dsl },
    fsCache: false,
    // Who asks again wants the module as it is now.
    moduleCache: false,
    interopDefault: false,
  });
  return async (file) => {
    try {
      return await contain(() => jiti.import<Record<string, unknown>>(resolve(file)));
    } catch (error) {
      throw moduleError(`${file}: the module fails to load`, error);
    }
  };
}

export function chooseExport(
  exports: Record<string, unknown>,
  file: string,
  exportName: string | null,
): unknown {
  const name = exportName ?? 'default';
  const chosen = exports[name];
  if (chosen !== undefined) return chosen;
  const names = Object.keys(exports).filter((key) => typeof exports[key] === 'object');
  if (exportName === null && names.length === 1) return exports[names[0]!];
  throw new HindcastError('config', `${file}: no export "${name}"`, {
    hint:
      exportName === null
        ? `Name one: ${names.map((key) => `${file}:${key}`).join(', ') || 'the module exports no config'}.`
        : didYouMean(exportName, names),
  });
}
