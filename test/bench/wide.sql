-- W2, wide: 2,000,000 events of 8 kinds with 5 values each, and 17,000 rows.
CREATE MACRO u(i, salt) AS (md5_number_lower(i::VARCHAR || salt) >> 11)::DOUBLE / 9007199254740992.0;
CREATE MACRO day_of(ts) AS strftime(make_timestamp(ts * 1000), '%Y-%m-%d');
COPY (
  SELECT *, day_of(ts) AS ds FROM (
    SELECT 'user_' || floor(pow(u(i, 'user'), 3) * 20000)::INTEGER AS user_id,
           1700006400000 + floor(u(i, 'ts') * 60 * 86400000)::BIGINT AS ts,
           'kind_' || (i % 8) AS kind,
           floor(u(i, 'a') * 100000) / 100.0 AS v0, floor(u(i, 'b') * 1000)::BIGINT AS v1,
           u(i, 'c') AS v2, floor(u(i, 'd') * 50)::INTEGER AS v3, floor(u(i, 'e') * 9)::BIGINT AS v4
    FROM range(getvariable('events')) t(i))
) TO 'warehouse/bench/wide_events' (FORMAT parquet, PARTITION_BY (ds), OVERWRITE_OR_IGNORE);
COPY (
  SELECT *, day_of(ts) AS ds FROM (
    SELECT 'user_' || floor(pow(u(i, 'left user'), 3) * 20000)::INTEGER AS user_id,
           1700006400000 + floor((30 + u(i, 'left ts') * 30) * 86400000)::BIGINT AS ts
    FROM range(getvariable('rows')) t(i))
) TO 'warehouse/bench/wide_rows' (FORMAT parquet, PARTITION_BY (ds), OVERWRITE_OR_IGNORE);
