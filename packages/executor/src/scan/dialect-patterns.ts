/** The little languages inside of Spark's literals: Java's date patterns, replacements, JSON paths. */
import { HindcastError } from '@hindcast/shared/errors';

const dateLetters: Readonly<Record<string, string>> = {
  y: '%Y',
  yyyy: '%Y',
  u: '%Y',
  uuuu: '%Y',
  yy: '%y',
  M: '%-m',
  L: '%-m',
  MM: '%m',
  LL: '%m',
  MMM: '%b',
  LLL: '%b',
  MMMM: '%B',
  LLLL: '%B',
  d: '%-d',
  dd: '%d',
  D: '%-j',
  DDD: '%j',
  E: '%a',
  EE: '%a',
  EEE: '%a',
  EEEE: '%A',
  H: '%-H',
  HH: '%H',
  h: '%-I',
  hh: '%I',
  m: '%-M',
  mm: '%M',
  s: '%-S',
  ss: '%S',
  SSS: '%g',
  SSSSSS: '%f',
  SSSSSSSSS: '%n',
  a: '%p',
};

/** Zones as text; everything here is UTC. */
const zoneLetters: Readonly<Record<string, string>> = {
  X: 'Z',
  XX: 'Z',
  XXX: 'Z',
  x: '+00',
  xx: '+0000',
  xxx: '+00:00',
  Z: '+0000',
  ZZ: '+0000',
  ZZZ: '+0000',
  z: 'UTC',
};

/**
 * A date pattern of Spark (`yyyy-MM-dd'T'HH:mm:ss`) as one of DuckDB's (`%Y-%m-%dT%H:%M:%S`).
 * @throws HindcastError kind `config` for letters that have no equal
 */
export function datePattern(pattern: string, use: 'parse' | 'format'): string {
  return pattern.replace(/''|'((?:[^']|'')*)'|([A-Za-z])\2*|%/g, (part, quoted?: string) => {
    if (part === '%') return '%%';
    if (part === "''") return "'";
    if (quoted !== undefined) return quoted.replaceAll("''", "'").replaceAll('%', '%%');
    const zone = zoneLetters[part];
    if (zone !== undefined) return use === 'parse' ? '%z' : zone;
    const translated = dateLetters[part];
    if (translated !== undefined) return translated;
    throw new HindcastError('config', `the date pattern "${pattern}" holds "${part}"`, {
      hint: `These letters are known: ${Object.keys(dateLetters).join(', ')}, X, x, Z, z.`,
    });
  });
}

/** Java's `$1` and `\$` in the replacement of regexp_replace, as DuckDB's `\1` and `$`. */
export function replacement(text: string): string {
  return text.replace(/\\([\s\S])|\$(\d)|\\/g, (part, escaped?: string, group?: string) => {
    if (group !== undefined) return `\\${group}`;
    if (escaped === undefined) return part;
    return escaped === '\\' ? '\\\\' : escaped;
  });
}

/**
 * A path of get_json_object as DuckDB's JSONPath: `$['a b'].c` is `$."a b".c`.
 * @throws HindcastError kind `config` for wildcards, which give lists
 */
export function jsonPath(path: string): string {
  if (!path.startsWith('$')) {
    throw new HindcastError('config', `the JSON path "${path}" does not start with $`);
  }
  const plain = path.replace(/\['([^']*)'\]/g, (_, name: string) => `."${name}"`);
  if (/\*|\.\./.test(plain.replace(/"[^"]*"/g, ''))) {
    throw new HindcastError('config', `the JSON path "${path}" has a wildcard`, {
      hint: 'Name one value by its keys and indexes: $.items[0].name.',
    });
  }
  return plain;
}
