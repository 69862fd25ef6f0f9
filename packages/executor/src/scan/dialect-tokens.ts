/**
 * Spark SQL as text, made plain before it is parsed: comments go, string literals are written in one
 * way, `!` is NOT, and function names get a prefix, so that the parser reads every call alike.
 */
import { HindcastError } from '@hindcast/shared/errors';

/** Where a token stands, in Unicode characters; `end` is exclusive. */
export interface TokenSpan {
  readonly start: number;
  readonly end: number;
}

/** Before the name of a Spark function, in the plain text and in the macros' names. */
export const functionPrefix = 'spark_';

/** Words that the parser takes for a call without parentheses, also where backquotes say that they are names. */
const calledBare =
  /^`(pi|current_\w+|local\w+|session_user|system_user|user|sysdate|systimestamp)`$/i;
const quotedPrefix = '__quoted_';

/** A column's own name, whatever it is in the plain text. */
export function ownName(name: string): string {
  return name.startsWith(quotedPrefix) ? name.slice(quotedPrefix.length) : name;
}

/**
 * @param isFunction whether a lower-case name is a function whose calls the rewrite knows
 * @throws HindcastError kind `config` for more than one statement and for an unclosed comment
 */
export function plainText(
  sparkSql: string,
  tokens: readonly TokenSpan[],
  isFunction: (name: string) => boolean,
): string {
  const characters = Array.from(sparkSql);
  const slice = (start: number, end: number): string => characters.slice(start, end).join('');
  const texts = tokens.map(({ start, end }) => slice(start, end));
  let plain = '';
  let last = 0;
  tokens.forEach(({ start, end }, i) => {
    plain += plainGap(slice(last, start));
    // IN (SELECT …), FILTER (WHERE …)
    const isClause = /^(select|with|where)$/i.test(texts[i + 2] ?? '');
    plain += plainToken(texts[i]!, isClause ? undefined : texts[i + 1], isFunction);
    last = end;
  });
  return plain + plainGap(slice(last, characters.length));
}

function plainGap(gap: string): string {
  const unclosed = gap.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, '').trim();
  if (unclosed.startsWith('/*')) throw new HindcastError('config', 'a comment that is not closed');
  return gap.trim() === '' ? gap : ' ';
}

function plainToken(
  text: string,
  next: string | undefined,
  isFunction: (name: string) => boolean,
): string {
  if (text === ';') throw new HindcastError('config', 'more than one statement: a semicolon');
  if (text === '!') return 'NOT ';
  if (/^(['"])[\s\S]*\1$/.test(text)) return plainString(text.slice(1, -1), text[0]!);
  if (calledBare.test(text)) return `\`${quotedPrefix}${text.slice(1)}`;
  if (/^[\d.]+bd$/i.test(text)) return text.slice(0, -2);
  const name = text.toLowerCase();
  if (next === '(' && isFunction(name)) return functionPrefix + name;
  return text;
}

/** Spark's escapes in a string literal: `\n`, `\u0041`, `\101`; `\%` and `\_` keep their backslash. */
const escapes = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g;

const named: Readonly<Record<string, string>> = {
  0: '\0',
  b: '\b',
  n: '\n',
  r: '\r',
  t: '\t',
  Z: '\x1a',
  '%': '\\%',
  _: '\\_',
};

function plainString(body: string, quote: string): string {
  // a doubled quote ends one literal and begins the next; neighbours are one text
  const value = body
    .replaceAll(quote + quote, '')
    .replace(escapes, (_, short?: string, long?: string, octal?: string, character?: string) => {
      if (character !== undefined) return named[character] ?? character;
      const code = octal === undefined ? parseInt((short ?? long)!, 16) : parseInt(octal, 8);
      return String.fromCodePoint(code);
    });
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
