/** Spark's functions on dates and times. */
import { spark, typeOf } from './dialect-calls.js';
import { castAs, coerced } from './dialect-casts.js';
import { readDate, writtenDate } from './dialect-date-patterns.js';
import { literalOf, macros, made, natives, pattern, type Row } from './dialect-function-rows.js';
import { isNull, type Node, text, when } from './dialect-nodes.js';
import { scalar, typed } from './dialect-types.js';

/** Text to a time by a pattern; the default is Spark's `yyyy-MM-dd HH:mm:ss`. */
function parsedTime(name: string, [value, format]: readonly Node[]): Node {
  const read = readDate(literalOf(name, format ?? text('yyyy-MM-dd HH:mm:ss'), 'pattern'));
  const own = isNull(value!) ? coerced(value!, 's') : value!;
  const zoned = read.format.endsWith('%z');
  return spark(zoned ? 'parse_zoned' : 'parse', own, text(read.format), text(read.shape));
}

function formattedTime(name: string, kind: string, [value, format]: readonly Node[]): Node {
  const translated = pattern(name, format ?? text('yyyy-MM-dd HH:mm:ss'), writtenDate);
  return spark(name, coerced(value!, kind), translated);
}

/** Whole seconds, of times before 1970 rounded up, where a cast to BIGINT rounds down. */
function unixTimestamp(args: readonly Node[]): Node {
  const now = args.length === 0;
  return spark(
    'unix_timestamp',
    now ? spark('current_timestamp') : parsedTime('unix_timestamp', args),
  );
}

function monthsBetween([later, earlier, rounded]: readonly Node[]): Node {
  const between = (name: string): Node => spark(name, coerced(later!, 't'), coerced(earlier!, 't'));
  if (rounded === undefined) return between('months_between');
  return when(rounded, between('months_between'), between('months'));
}

const days = 'year yyyy yy quarter month mon mm week'.split(' ');
const times = [...days, ...'day dd hour minute second millisecond microsecond'.split(' ')];

/** Cut to a unit; NULL for one that Spark does not know. */
function cut(
  name: string,
  units: readonly string[],
  value: Node,
  unit: Node,
  letter: string,
): Node {
  const known = units.includes(literalOf(name, unit, 'unit').toLowerCase());
  const type = scalar(letter === 'd' ? 'DATE' : 'TIMESTAMP');
  if (!known) return castAs({ null: null }, type);
  const args = [coerced(value, letter), unit];
  return typed(spark(name, ...(name === 'trunc' ? args : args.reverse())), type);
}

const extracts = `year(t) quarter(t) month(t) weekofyear(t) day(t) dayofmonth(t)=day dayofyear(t)
  dayofweek(d) weekday(d) hour(t) minute(t) second(t)`;

export const timeFunctions: readonly Row[] = [
  made('unix_timestamp', 0, 2, unixTimestamp),
  made('to_unix_timestamp', 1, 2, unixTimestamp),
  made('from_unixtime', 1, 2, (args) => formattedTime('from_unixtime', 'l', args)),
  made('date_format', 2, 2, (args) => formattedTime('date_format', 't', args)),
  made('to_timestamp', 1, 2, (args) =>
    args.length === 1 ? coerced(args[0]!, 't') : parsedTime('to_timestamp', args),
  ),
  made('to_date', 1, 2, (args) =>
    coerced(args.length === 1 ? args[0]! : parsedTime('to_date', args), 'd'),
  ),
  made('timestamp_seconds', 1, 1, ([value]) => coerced(value!, 't')),
  made('unix_seconds', 1, 1, ([value]) => coerced(coerced(value!, 't'), 'l')),
  made('months_between', 2, 3, monthsBetween),
  made('trunc', 2, 2, ([value, unit]) => cut('trunc', days, value!, unit!, 'd')),
  made('date_trunc', 2, 2, ([unit, value]) => cut('date_trunc', times, value!, unit!, 't')),
  // taken apart before their arguments are rewritten, as EXTRACT is
  made('date_part', 2, 2, ([, value]) => value!),
  made('datepart', 2, 2, ([, value]) => value!),
  ...macros(`current_date() curdate()=current_date current_timestamp() now()=current_timestamp
    date_add(di) dateadd(di)=date_add date_sub(di) datediff(dd) date_diff(dd)=datediff ${extracts}
    add_months(di) next_day(ds) timestamp_millis(l) unix_date(d) date_from_unix_date(i)
    make_date(iii) from_utc_timestamp(ts) to_utc_timestamp(ts)`),
  ...natives('last_day(d) timestamp_micros(l)=make_timestamp unix_millis(t)=epoch_ms'),
  ...natives('unix_micros(t)=epoch_us'),
].map(([name, row]): Row => [name, { ...row, make: (args) => row.make(args.map(zoned)) }]);

/** A time of an absolute instant as the UTC time that it is. */
function zoned(node: Node): Node {
  return typeOf(node)?.name === 'TIMESTAMPTZ' ? coerced(node, 't') : node;
}
