/** Java's date patterns as DuckDB's: for writing, and for reading as strictly as Java does. */
import { HindcastError } from '@hindcast/shared/errors';

/** By the letters of Java: DuckDB's directive, and what it reads; null where it only writes. */
const dateLetters: Readonly<Record<string, readonly [directive: string, reads: string | null]>> = {
  y: ['%Y', null],
  yyyy: ['%Y', String.raw`\d{4}`],
  yy: ['%y', null],
  M: ['%-m', String.raw`\d{1,2}`],
  L: ['%-m', null],
  MM: ['%m', String.raw`\d{2}`],
  LL: ['%m', null],
  MMM: ['%b', '[A-Za-z]{3}'],
  LLL: ['%b', null],
  MMMM: ['%B', '[A-Za-z]+'],
  LLLL: ['%B', null],
  d: ['%-d', String.raw`\d{1,2}`],
  dd: ['%d', String.raw`\d{2}`],
  D: ['%-j', null],
  DDD: ['%j', null],
  E: ['%a', null],
  EE: ['%a', null],
  EEE: ['%a', null],
  EEEE: ['%A', null],
  H: ['%-H', String.raw`\d{1,2}`],
  HH: ['%H', String.raw`\d{2}`],
  h: ['%-I', String.raw`\d{1,2}`],
  hh: ['%I', String.raw`\d{2}`],
  m: ['%-M', String.raw`\d{1,2}`],
  mm: ['%M', String.raw`\d{2}`],
  s: ['%-S', String.raw`\d{1,2}`],
  ss: ['%S', String.raw`\d{2}`],
  SSS: ['%g', String.raw`\d{3}`],
  SSSSSS: ['%f', String.raw`\d{6}`],
  SSSSSSSSS: ['%n', null],
  a: ['%p', '[AaPp][Mm]'],
};

/** Zones: as text, which here is UTC, and what is read. */
const zoneLetters: Readonly<Record<string, readonly [text: string, reads: string | null]>> = {
  X: ['Z', null],
  XX: ['Z', null],
  XXX: ['Z', String.raw`(?:Z|[+-]\d{2}:\d{2})`],
  x: ['+00', String.raw`[+-]\d{2}`],
  xx: ['+0000', String.raw`[+-]\d{4}`],
  xxx: ['+00:00', String.raw`[+-]\d{2}:\d{2}`],
  Z: ['+0000', String.raw`[+-]\d{4}`],
  ZZ: ['+0000', String.raw`[+-]\d{4}`],
  ZZZ: ['+0000', String.raw`[+-]\d{4}`],
  z: ['UTC', null],
};

const parts = /''|'((?:[^']|'')*)'|([A-Za-z])\2*|[\s\S]/g;

function refuse(pattern: string, part: string, known: readonly string[]): HindcastError {
  return new HindcastError('config', `the date pattern "${pattern}" holds "${part}"`, {
    hint: `These letters are known: ${known.join(', ')}.`,
  });
}

/** A part between quotes, or a sign, as itself; null for letters. */
function verbatim(part: string, quoted: string | undefined): string | null {
  if (part === "''") return "'";
  if (quoted !== undefined) return quoted.replaceAll("''", "'");
  return /^[A-Za-z]/.test(part) ? null : part;
}

/**
 * A pattern of Spark that writes (`yyyy-MM-dd'T'HH:mm:ss`), as DuckDB's (`%Y-%m-%dT%H:%M:%S`).
 * @throws HindcastError kind `config` for letters that have no equal
 */
export function writtenDate(pattern: string): string {
  return pattern.replace(parts, (part: string, quoted?: string) => {
    const text = verbatim(part, quoted) ?? zoneLetters[part]?.[0];
    if (text !== undefined) return text.replaceAll('%', '%%');
    const letters = dateLetters[part];
    if (letters !== undefined) return letters[0];
    throw refuse(pattern, part, [...Object.keys(dateLetters), 'X', 'x', 'Z', 'z']);
  });
}

/** A pattern that reads: DuckDB's, and the regular expression of the texts that Java takes. */
export interface ReadDate {
  readonly format: string;
  readonly shape: string;
}

/** @throws HindcastError kind `config` for letters that have no equal, or that leave a day open */
export function readDate(pattern: string): ReadDate {
  let shape = '';
  const format = pattern.replace(parts, (part: string, quoted?: string) => {
    const text = verbatim(part, quoted);
    if (text !== null) {
      shape += text.replace(/[^A-Za-z0-9 ]/g, '\\$&');
      return text.replaceAll('%', '%%');
    }
    const [directive, reads] = zoneLetters[part]
      ? ['%z', zoneLetters[part][1]]
      : (dateLetters[part] ?? []);
    if (directive === undefined || reads === null || reads === undefined) {
      const known = [...Object.entries(dateLetters), ...Object.entries(zoneLetters)];
      throw refuse(
        pattern,
        part,
        known.filter(([, [, one]]) => one !== null).map(([name]) => name),
      );
    }
    shape += reads;
    return directive;
  });
  const letters = pattern.replace(/'(?:[^']|'')*'/g, '');
  if (!letters.includes('yyyy')) {
    throw new HindcastError('config', `the date pattern "${pattern}" reads no year`, {
      hint: 'Put a year before the text: to_date(concat("2023-", x), "yyyy-MM-dd").',
    });
  }
  if (letters.includes('h') !== letters.includes('a')) {
    throw new HindcastError('config', `the date pattern "${pattern}" needs both h and a, or H`);
  }
  return { format, shape };
}
