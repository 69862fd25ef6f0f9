/** Spark's functions on text, and hashes. */
import { HindcastError } from '@hindcast/shared/errors';
import { letterOf, spark, typeOf } from './dialect-calls.js';
import { castAs, coerced } from './dialect-casts.js';
import { commonType, unified } from './dialect-common-type.js';
import {
  literalOf,
  macros,
  made,
  natives,
  pattern,
  type Row,
  wholeOf,
} from './dialect-function-rows.js';
import { call, isNull, literalText, type Node, number, text } from './dialect-nodes.js';
import { jsonPath, replacement } from './dialect-patterns.js';
import { everywhere, extracting, javaRegex, matching } from './dialect-regex.js';
import { scalar, typed } from './dialect-types.js';

/** A hash of text or bytes. */
const hashed = (name: string, target = name) =>
  made(name, 1, 1, ([value]) => typed(call(target, [bytes(value!)]), scalar('VARCHAR')));

function bytes(value: Node): Node {
  return letterOf(value) === 'x' ? value : coerced(value, 's');
}

function sha2([value, bits]: readonly Node[]): Node {
  const size = wholeOf(bits!);
  if (size === 256 || size === 0) return typed(call('sha256', [bytes(value!)]), scalar('VARCHAR'));
  throw new HindcastError('config', 'sha2: only 256 bits can be had', {
    hint: 'Use sha2(x, 256).',
  });
}

function concat(args: readonly Node[]): Node {
  if (args.length === 0) return typed(text(''), scalar('VARCHAR'));
  if (args.some(isNull)) return castAs({ null: null }, commonType(args, 'concat'));
  const letters = args.filter((arg) => !isNull(arg)).map(letterOf);
  if (letters.includes('x'))
    throw new HindcastError('config', 'concat: of BINARY', { hint: 'Cast to STRING first.' });
  if (letters.includes('o')) {
    return unified(args, 'concat').reduce((left, right) => spark('concat', left, right));
  }
  const isText = letters.some((letter) => letter !== null) || letters.length === 0;
  const parts = args.map((arg) => (isText ? coerced(arg, 's') : spark('part', arg)));
  return parts.reduce((left, right) => spark('concat', left, right));
}

function concatWs([separator, ...values]: readonly Node[]): Node {
  const [only] = values;
  const by = coerced(separator!, 's');
  if (values.length === 0) return typed(spark('concat_ws', by, text('')), scalar('VARCHAR'));
  const isList = values.map((value) => typeOf(value)?.name === 'LIST');
  if (isList.includes(true)) {
    const lists = values.map((value, i) =>
      isList[i] ? value : call('list_value', [coerced(value, 's')]),
    );
    const all = lists.length === 1 ? lists[0]! : call('list_concat', lists);
    return typed(spark('concat_ws', by, castAs(all, null, 'VARCHAR[]')), scalar('VARCHAR'));
  }
  if (values.length === 1 && !isNull(only!)) return spark('concat_ws', by, only!);
  return call('concat_ws', [by, ...values.map((arg) => coerced(arg, 's'))]);
}

function split([value, regex, limit]: readonly Node[]): Node {
  if (limit !== undefined && (wholeOf(limit) ?? 1) > 0) {
    throw new HindcastError('config', 'split: a limit above 0 is not known here', {
      hint: 'Leave it out, and take items by their position.',
    });
  }
  const toRegex = (text: string): string => (text === '' ? text : everywhere(text));
  return call('string_split_regex', [coerced(value!, 's'), pattern('split', regex!, toRegex)]);
}

function matches(name: string) {
  return ([value, regex]: readonly Node[]): Node =>
    call('regexp_matches', [coerced(value!, 's'), pattern(name, regex!, matching)]);
}

function extracted(name: string) {
  return ([value, regex, part]: readonly Node[]): Node => {
    const group = part === undefined ? 1 : wholeOf(part);
    if (group === null)
      throw new HindcastError('config', `${name}: its group is no literal number`);
    const { text: re2, group: at } = extracting(literalOf(name, regex!, 'pattern'), group);
    return spark(name, coerced(value!, 's'), text(re2), number(at));
  };
}

function replaced([value, regex, by]: readonly Node[]): Node {
  const name = 'regexp_replace';
  const from = literalOf(name, regex!, 'pattern');
  const { groups } = javaRegex(from);
  const to = text(replacement(literalOf(name, by!, 'replacement'), groups));
  return spark(name, coerced(value!, 's'), text(everywhere(from)), to);
}

function substringIndex([value, separator, count]: readonly Node[]): Node {
  literalOf('substring_index', separator!, 'separator');
  return spark('substring_index', coerced(value!, 's'), separator!, coerced(count!, 'i'));
}

/** Only the one encoding of text that there is here. */
function coded(name: string, letter: string) {
  return ([value, charset]: readonly Node[]): Node => {
    if (/^utf-?8$/i.test(literalText(charset!) ?? '')) return coerced(value!, letter);
    throw new HindcastError('config', `${name}: only in UTF-8`, {
      hint: `Use ${name}(x, 'utf-8').`,
    });
  };
}

function lengthOf([value]: readonly Node[]): Node {
  return spark(letterOf(value!) === 'x' ? 'octet_length' : 'length', bytes(value!));
}

const directive = /%(?:(s)|(d)|\.(\d)f|(%)|(.?))/g;

/** `%s`, `%d`, `%.2f` and `%%`, put together as text. */
function formatString([format, ...values]: readonly Node[]): Node {
  const pieces: Node[] = [];
  let last = 0;
  let next = 0;
  const value = literalOf('format_string', format!, 'format');
  for (const match of value.matchAll(directive)) {
    const [all, asText, whole, digits, percent] = match;
    pieces.push(text(value.slice(last, match.index) + (percent === undefined ? '' : '%')));
    last = match.index + all.length;
    if (percent !== undefined) continue;
    const arg = values[next++];
    if (arg === undefined || (asText ?? whole ?? digits) === undefined) {
      throw new HindcastError('config', `format_string: "${value}" holds "${all}"`, {
        hint: 'With as many values, %s, %d, %.2f and %% are known; use lpad for widths.',
      });
    }
    if (digits !== undefined) {
      const rounded = castAs(castAs(arg, null, 'VARCHAR'), null, `DECIMAL(38,${digits})`);
      pieces.push(call('coalesce', [castAs(rounded, null, 'VARCHAR'), text('null')]));
    } else pieces.push(call('coalesce', [coerced(arg, 's'), text('null')]));
  }
  pieces.push(text(value.slice(last)));
  return typed(
    pieces.reduce((left, right) => spark('concat', left, right)),
    scalar('VARCHAR'),
  );
}

export const textFunctions: readonly Row[] = [
  ...natives(`lower(s) lcase(s)=lower upper(s) ucase(s)=upper contains(ss) startswith(ss)=starts_with
    endswith(ss)=ends_with repeat(si) translate(sss) base64(x) unbase64(s)=from_base64
  `),
  ...macros(`octet_length(x) bit_length(x) left(si) right(si)
    ltrim(s[s]) rtrim(s[s]) btrim(s[s])=trim instr(ss) locate(ss[i])
    lpad(si[s]) rpad(si[s]) reverse(_) initcap(s) replace(ss[s]) ascii(s) chr(l) char(l)=chr hex(_)
    unhex(s) levenshtein(ss) crc32(x) space(i) bin(l) find_in_set(ss) json_array_length(s)
    split_part(ssi) substring(si[i]) substr(si[i])=substring`),
  ...['length', 'len', 'char_length', 'character_length'].map((name) => made(name, 1, 1, lengthOf)),
  ...['rlike', 'regexp', 'regexp_like'].map((name) => made(name, 2, 2, matches(name))),
  ...['regexp_extract', 'regexp_extract_all'].map((name) => made(name, 2, 3, extracted(name))),
  made('regexp_count', 2, 2, ([value, regex]) =>
    spark('regexp_count', coerced(value!, 's'), pattern('regexp_count', regex!, everywhere)),
  ),
  made('regexp_replace', 3, 3, replaced),
  made('substring_index', 3, 3, substringIndex),
  made('get_json_object', 2, 2, ([json, path]) =>
    spark('get_json_object', coerced(json!, 's'), pattern('get_json_object', path!, jsonPath)),
  ),
  made('concat', 0, 255, concat),
  made('concat_ws', 1, 255, concatWs),
  made('split', 2, 3, split),
  made('format_string', 1, 255, formatString),
  made('printf', 1, 255, formatString),
  made('encode', 2, 2, coded('encode', 'x')),
  made('decode', 2, 2, coded('decode', 's')),
  hashed('md5'),
  hashed('sha1'),
  hashed('sha', 'sha1'),
  made('sha2', 2, 2, sha2),
];
