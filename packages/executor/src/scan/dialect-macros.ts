/**
 * Spark functions that the translation leaves alone and DuckDB lacks, or takes fewer types for (Spark
 * reads text as a timestamp where one is needed), as macros of each session.
 */
export const dialectMacros: readonly string[] = [
  `CREATE OR REPLACE TEMP MACRO get_json_object(json, path) AS json_extract_string(json, path)`,
  `CREATE OR REPLACE TEMP MACRO element_at(items, which) AS items[which]`,
  `CREATE OR REPLACE TEMP MACRO from_unixtime(seconds) AS strftime(make_timestamp(CAST(floor(seconds) AS BIGINT) * 1000000), '%Y-%m-%d %H:%M:%S')`,
  `CREATE OR REPLACE TEMP MACRO sha2(value, bits) AS CASE WHEN bits IN (0, 256) THEN sha256(value) ELSE error('sha2: only 256 bits') END`,
  `CREATE OR REPLACE TEMP MACRO year(moment) AS CAST(date_part('year', CAST(moment AS TIMESTAMP)) AS INTEGER)`,
  `CREATE OR REPLACE TEMP MACRO quarter(moment) AS CAST(date_part('quarter', CAST(moment AS TIMESTAMP)) AS INTEGER)`,
  `CREATE OR REPLACE TEMP MACRO month(moment) AS CAST(date_part('month', CAST(moment AS TIMESTAMP)) AS INTEGER)`,
  `CREATE OR REPLACE TEMP MACRO day(moment) AS CAST(date_part('day', CAST(moment AS TIMESTAMP)) AS INTEGER)`,
  `CREATE OR REPLACE TEMP MACRO hour(moment) AS CAST(date_part('hour', CAST(moment AS TIMESTAMP)) AS INTEGER)`,
  `CREATE OR REPLACE TEMP MACRO minute(moment) AS CAST(date_part('minute', CAST(moment AS TIMESTAMP)) AS INTEGER)`,
  `CREATE OR REPLACE TEMP MACRO second(moment) AS CAST(date_part('second', CAST(moment AS TIMESTAMP)) AS INTEGER)`,
];
