/** Every config of a project: of folders, of modules with several exports, of Chronon's JSON. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { HindcastError } from '../errors.js';
import {
  chooseExport,
  missingFile,
  moduleExtensions,
  moduleImporter,
  parseJson,
  readConfig,
  splitPath,
} from './load.js';
import type { Config } from './model.js';
import { kindOf } from './parse.js';

export interface ProjectConfig {
  /** What `loadConfig` finds it by. */
  readonly path: string;
  /** As Chronon would compile it. */
  readonly json: unknown;
  readonly config: Config;
}

interface Found {
  readonly path: string;
  readonly json: unknown;
}

/**
 * @param paths folders, modules (all of their configs), `module.ts:export`, and JSON
 * @returns in order of path; what modules export several times once
 * @throws HindcastError kind `config` for a path that leads to no config, and a config that is wrong
 */
export async function loadProject(paths: readonly string[]): Promise<ProjectConfig[]> {
  const importModule = await moduleImporter();
  const found: Found[] = [];
  for (const path of paths) found.push(...(await findAt(path, importModule)));
  const seen = new Set<unknown>();
  const once = found
    .toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    .filter(({ path, json }) => {
      const isNew = !seen.has(json) && !seen.has(path);
      seen.add(json).add(path);
      return isNew;
    });
  return once.map(({ path, json }) => ({ path, json, config: readConfig(json, path) }));
}

type ImportModule = Awaited<ReturnType<typeof moduleImporter>>;

async function findAt(path: string, importModule: ImportModule): Promise<Found[]> {
  const { file, exportName } = splitPath(path);
  if (!existsSync(file)) throw missingFile(file);
  if (statSync(file).isDirectory()) {
    const found: Found[] = [];
    for (const inside of filesBelow(file)) found.push(...(await configsIn(inside, importModule)));
    if (found.length > 0) return found;
    throw new HindcastError('config', `${file}: no config in this folder`, {
      hint: 'Configs are modules that export them, and JSON that Chronon compiled.',
    });
  }
  if (exportName !== null) {
    const json = chooseExport(await importModule(file), file, exportName);
    return [{ path, json }];
  }
  if (!isModule(file)) return [{ path, json: readJson(file) }];
  const found = await configsIn(file, importModule);
  if (found.length > 0) return found;
  throw new HindcastError('config', `${file}: the module exports no config`, {
    hint: 'Export what join(), groupBy() or stagingQuery() give.',
  });
}

async function configsIn(file: string, importModule: ImportModule): Promise<Found[]> {
  if (!isModule(file)) {
    const json = readJson(file);
    return kindOf(json) === null ? [] : [{ path: file, json }];
  }
  return Object.entries(await importModule(file))
    .filter(([, json]) => kindOf(json) !== null)
    .map(([name, json]) => ({ path: name === 'default' ? file : `${file}:${name}`, json }));
}

function isModule(file: string): boolean {
  return moduleExtensions.includes(extname(file));
}

function readJson(file: string): unknown {
  return parseJson(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''), file);
}

/** Modules and compiled configs; no tests, no settings, no warehouse, nothing hidden. */
function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  if (entries.some(({ name }) => name === '_hindcast')) return [];
  return entries
    .filter(({ name }) => !/^[._]/.test(name) && name !== 'node_modules')
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path);
      // A link to a file is that file; one to a folder could lead around in a circle.
      const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
      return isFile && mayHoldConfigs(path) ? [path] : [];
    });
}

function mayHoldConfigs(file: string): boolean {
  return isModule(file) ? isConfigModule(file) : mayBeCompiled(file);
}

function isConfigModule(file: string): boolean {
  return !/\.(d|test|spec|config)\.[cm]?[jt]s$/.test(basename(file));
}

/** More than any config: the rest is data. */
const mostBytes = 64 * 2 ** 20;

/** Chronon's compiled configs have any extension or none. A broken one must not pass for data. */
function mayBeCompiled(file: string): boolean {
  if (statSync(file).size > mostBytes) return false;
  const text = readFileSync(file, 'utf8');
  return /^\uFEFF?\s*\{/.test(text) && /"metaData"\s*:/.test(text);
}
