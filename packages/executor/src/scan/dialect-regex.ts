/**
 * Java's regular expressions → RE2's, which DuckDB has. What both write alike passes; where RE2 would
 * find something else, the pattern is refused.
 */
import { HindcastError } from '@hindcast/shared/errors';

export interface Regex {
  readonly text: string;
  readonly groups: number;
  /** Whether it ended in `$`, which in Java stands before a last line break, too. */
  readonly atEnd: boolean;
}

const lineBreaks = String.raw`\n\r\x{85}\x{2028}\x{2029}`;
const lastLineBreak = String.raw`\r\n|[${lineBreaks}]`;

function refuse(pattern: string, part: string, hint: string): HindcastError {
  return new HindcastError('config', `the pattern "${pattern}" holds ${part}`, { hint });
}

/** Parts of a pattern: escapes, groups' beginnings, quantifiers, brackets, and single characters. */
const part =
  /\\(?:[pP]\{[^}]*\}|x\{[0-9a-fA-F]+\}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[\s\S]|$)|\(\?(?:<[A-Za-z]\w*>|<[=!]|[=!>:]|[a-zA-Z-]+[):]?)?|(?:[*+?]|\{\d+(?:,\d*)?\})[?+]?|[\s\S]/gu;

const plainEscapes = /^\\(?:[dDwWsSAztnrfa]|x[0-9a-fA-F]{2}|x\{[0-9a-fA-F]+\}|[^A-Za-z0-9])$/u;
const classes = /^\\[pP]\{(?:L|Lu|Ll|N|Nd|P|S|Z|M)\}$/;

const inParts = 'Split the condition into several, joined with AND or OR.';

/** @throws HindcastError kind `config` for what RE2 lacks or takes otherwise */
export function javaRegex(pattern: string): Regex {
  const parts = pattern.match(part) ?? [];
  let [text, groups, depth, at] = ['', 0, 0, 0];
  let [inClass, multiline, dotAll, alternatives, atEnd] = [false, false, false, false, false];
  for (const [i, one] of parts.entries()) {
    at += one.length;
    if (inClass) {
      if (one === '[' || (one === '&' && parts[i + 1] === '&')) {
        throw refuse(
          pattern,
          'a class inside of a class',
          'Write one class with all of its characters.',
        );
      }
      text += one[0] === '\\' ? escaped(pattern, one, true) : one;
      // the first character of a class may be a bracket
      inClass = one !== ']';
    } else if (one[0] === '\\') {
      text += escaped(pattern, one, false);
    } else if (one === '[') {
      inClass = true;
      text += one;
    } else if (one === '(') {
      groups++;
      depth++;
      text += one;
    } else if (one.startsWith('(?')) {
      if (/^\(\?(?:<?[=!]|>)$/.test(one)) throw refuse(pattern, `"${one}"`, inParts);
      if (/^\(\?<[A-Za-z]/.test(one)) groups++;
      const flags = /^\(\?([a-zA-Z-]+)[):]?$/.exec(one)?.[1] ?? '';
      if (/[^ims]/.test(flags))
        throw refuse(pattern, `the flags "${flags}"`, 'i, m and s are known.');
      multiline ||= flags.includes('m');
      dotAll ||= flags.includes('s');
      if (!one.endsWith(')')) depth++;
      text += one.replace('(?<', '(?P<');
    } else if (/^(?:[*+?]|\{\d)/.test(one) && one.length > 1 && one.endsWith('+')) {
      throw refuse(pattern, `"${one}"`, 'Leave out the possessive +.');
    } else if (one === ')') {
      depth--;
      text += one;
    } else if (one === '|') {
      alternatives ||= depth === 0;
      text += one;
    } else if (one === '.') {
      text += dotAll ? '(?s:.)' : `[^${lineBreaks}]`;
    } else if (one === '$') {
      if (multiline || depth !== 0 || at !== pattern.length) {
        throw refuse(pattern, 'a $ that is not its end', 'Put $ last, outside of parentheses.');
      }
      atEnd = true;
    } else {
      if (one === '^' && multiline) throw refuse(pattern, 'the flag "m"', inParts);
      text += one;
    }
  }
  if (inClass || depth !== 0)
    throw refuse(pattern, 'a bracket that is not closed', 'Close it, or write \\\\( and \\\\[.');
  if (atEnd && alternatives) throw refuse(pattern, 'a $ for one of several alternatives', inParts);
  return { text, groups, atEnd };
}

function escaped(pattern: string, one: string, inClass: boolean): string {
  if (one === '\\s') return inClass ? String.raw`\t\n\v\f\r ` : String.raw`[\t\n\v\f\r ]`;
  if (one === '\\S' && !inClass) return String.raw`[^\t\n\v\f\r ]`;
  if (/^\\u/.test(one)) return `\\x{${one.slice(2)}}`;
  if (classes.test(one) || (plainEscapes.test(one) && one !== '\\S')) return one;
  if (/^\\[1-9]$/.test(one)) throw refuse(pattern, `"${one}", what a group found before`, inParts);
  if (/^\\[bB]$/.test(one)) {
    throw refuse(
      pattern,
      `"${one}", which in Spark knows letters beyond ASCII`,
      'Write (^|[^A-Za-z]) or the like.',
    );
  }
  throw refuse(pattern, `"${one}"`, 'Write the characters that are meant.');
}

/** For whether a text matches. */
export function matching(pattern: string): string {
  const { text, atEnd } = javaRegex(pattern);
  return atEnd ? `${text}(?:${lastLineBreak})?\\z` : text;
}

/** For what group `group` finds: the pattern, and the group's number in it. */
export function extracting(pattern: string, group: number): { text: string; group: number } {
  const { text, groups, atEnd } = javaRegex(pattern);
  if (group < 0 || group > groups) {
    throw new HindcastError('config', `the pattern "${pattern}" has no group ${group}`, {
      hint: `It has ${groups}; 0 is the whole match.`,
    });
  }
  if (!atEnd) return { text, group };
  return { text: `(${text})(?:${lastLineBreak})?\\z`, group: group + 1 };
}

/** For what is replaced or split at everywhere; it must not match nothing between characters. */
export function everywhere(pattern: string): string {
  const { text, atEnd } = javaRegex(pattern);
  if (pattern !== '^' && matchesNothing(text)) {
    throw refuse(
      pattern,
      'nothing that it needs: it matches an empty text',
      'Write + in place of *.',
    );
  }
  if (atEnd) {
    throw refuse(
      pattern,
      'a $, before which Spark leaves a last line break',
      'Use rtrim, or leave out the $.',
    );
  }
  return text;
}

function matchesNothing(text: string): boolean {
  const script = text
    .replaceAll('\\x{', '\\u{')
    .replaceAll('(?P<', '(?<')
    .replace(/\(\?[ims]+\)/g, '');
  try {
    return new RegExp(script.replace(/\\z/g, '$').replace(/\\A/g, '^'), 'v').test('');
  } catch {
    try {
      return new RegExp(script.replace(/\\u\{/g, '\\x{')).test('');
    } catch {
      return true;
    }
  }
}
