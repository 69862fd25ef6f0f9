-- A key with a million events and 100,000 rows, and the same spread over 1,000 keys.
CREATE MACRO u(i, salt) AS (md5_number_lower(i::VARCHAR || salt) >> 11)::DOUBLE / 9007199254740992.0;
CREATE MACRO day_of(ts) AS strftime(make_timestamp(ts * 1000), '%Y-%m-%d');
COPY (
  SELECT *, day_of(ts) AS ds FROM (
    SELECT 'only' AS hot, 'key_' || (i % 1000) AS spread,
           1700006400000 + floor(u(i, 'ts') * 60 * 86400000)::BIGINT AS ts,
           floor(u(i, 'price') * 100000) / 100.0 AS price
    FROM range(getvariable('events')) t(i))
) TO 'warehouse/bench/hot_events' (FORMAT parquet, PARTITION_BY (ds), OVERWRITE_OR_IGNORE);
COPY (
  SELECT *, day_of(ts) AS ds FROM (
    SELECT 'only' AS hot, 'key_' || (i % 1000) AS spread,
           1700006400000 + floor((30 + u(i, 'left ts') * 30) * 86400000)::BIGINT AS ts
    FROM range(getvariable('rows')) t(i))
) TO 'warehouse/bench/hot_rows' (FORMAT parquet, PARTITION_BY (ds), OVERWRITE_OR_IGNORE);
