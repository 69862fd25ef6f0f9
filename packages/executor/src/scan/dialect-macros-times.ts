/** Bodies of the macros for Spark's dates and times, all of them in UTC. */

const parts = 'year quarter month weekofyear day dayofyear hour minute second'.split(' ');

const unitName = `CASE WHEN lower(unit) IN ('yyyy', 'yy') THEN 'year' WHEN lower(unit) IN ('mon', 'mm') THEN 'month'
  WHEN lower(unit) = 'dd' THEN 'day' ELSE lower(unit) END`;

/** Whole seconds since midnight. */
const daySeconds = (x: string): string => `(hour(${x}) * 3600 + minute(${x}) * 60 + second(${x}))`;

const dayNumber = `(list_position(['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'], lower(left(name, 2))))`;

export const timeMacros: readonly string[] = [
  'spark_current_date() AS CAST(CAST(now() AS TIMESTAMP) AS DATE)',
  'spark_current_timestamp() AS CAST(now() AS TIMESTAMP)',
  'spark_from_unixtime(x, pattern) AS strftime(make_timestamp(x * 1000000), pattern)',
  'spark_date_format(x, pattern) AS strftime(x, pattern)',
  'spark_unix_timestamp(x TIMESTAMP) AS epoch_us(x) // 1000000',
  `spark_second_fraction(x TIMESTAMP) AS CAST(strftime(x, '%S.%f') AS DECIMAL(8,6))`,
  'spark_date_add(x, days) AS x + days',
  'spark_date_sub(x, days) AS x - days',
  'spark_datediff(later, earlier) AS CAST(later - earlier AS INTEGER)',
  ...parts.map((part) => `spark_${part}(x) AS CAST(${part}(x) AS INTEGER)`),
  'spark_dayofweek(x) AS CAST(dayofweek(x) + 1 AS INTEGER)',
  'spark_weekday(x) AS CAST(isodow(x) - 1 AS INTEGER)',
  `spark_date_trunc(unit VARCHAR, x TIMESTAMP) AS date_trunc(${unitName}, x)`,
  `spark_trunc(x DATE, unit VARCHAR) AS CAST(date_trunc(${unitName}, x) AS DATE)`,
  'spark_add_months(x, months) AS CAST(x + to_months(months) AS DATE)',
  `spark_months(a TIMESTAMP, b TIMESTAMP) AS (year(a) - year(b)) * 12 + month(a) - month(b) + CASE
    WHEN day(a) = day(b) OR (CAST(a AS DATE) = last_day(a) AND CAST(b AS DATE) = last_day(b)) THEN CAST(0 AS DOUBLE)
    ELSE (day(a) - day(b) + (${daySeconds('a')} - ${daySeconds('b')}) / CAST(86400 AS DOUBLE)) / CAST(31 AS DOUBLE) END`,
  'spark_months_between(a TIMESTAMP, b TIMESTAMP) AS round(spark_months(a, b), 8)',
  `spark_next_day(x DATE, name VARCHAR) AS x + CAST((${dayNumber} - isodow(x) + 6) % 7 + 1 AS INTEGER)`,
  'spark_timestamp_millis(x BIGINT) AS make_timestamp(x * 1000)',
  `spark_unix_date(x DATE) AS CAST(x - DATE '1970-01-01' AS INTEGER)`,
  `spark_date_from_unix_date(x INTEGER) AS DATE '1970-01-01' + x`,
  `spark_make_date(y INTEGER, m INTEGER, d INTEGER) AS TRY_CAST(lpad(CAST(y AS VARCHAR), 4, '0') || '-' || m || '-' || d AS DATE)`,
  `spark_from_utc_timestamp(x TIMESTAMP, zone VARCHAR) AS timezone(zone, timezone('UTC', x))`,
  `spark_to_utc_timestamp(x TIMESTAMP, zone VARCHAR) AS timezone('UTC', timezone(zone, x))`,
  // a DATE stays one when whole days come or go
  `spark_shifted(x DATE, i INTERVAL) AS CAST(x + i AS DATE), (x TIMESTAMP, i INTERVAL) AS x + i,
    (x TIMESTAMPTZ, i INTERVAL) AS CAST(x AS TIMESTAMP) + i,
    (x VARCHAR, i INTERVAL) AS TRY_CAST(x AS TIMESTAMP) + i`,
];
