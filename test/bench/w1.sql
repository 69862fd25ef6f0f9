-- W1, the standard work, the same on every machine: purchases over 60 days and checkouts over the
-- last 30 of them, by 100,000 users with cubic skew. 1700006400000 is 2023-11-15T00:00:00Z.
CREATE MACRO u(i, salt) AS (md5_number_lower(i::VARCHAR || salt) >> 11)::DOUBLE / 9007199254740992.0;
CREATE MACRO user_of(u) AS 'user_' || floor(pow(u, 3) * 100000)::INTEGER;
CREATE MACRO day_of(ts) AS strftime(make_timestamp(ts * 1000), '%Y-%m-%d');
COPY (
  SELECT *, day_of(ts) AS ds
  FROM (
    SELECT user_of(u(i, 'user')) AS user_id,
           1700006400000 + floor(u(i, 'ts') * 60 * 86400000)::BIGINT AS ts,
           floor(u(i, 'price') * 100000) / 100.0 AS price
    FROM range(getvariable('purchases')) t(i)
  )
) TO 'warehouse/bench/purchases' (FORMAT parquet, PARTITION_BY (ds), OVERWRITE_OR_IGNORE);
COPY (
  SELECT *, day_of(ts) AS ds
  FROM (
    SELECT user_of(u(i, 'left user')) AS user_id,
           1700006400000 + floor((30 + u(i, 'left ts') * 30) * 86400000)::BIGINT AS ts,
           i AS checkout_id
    FROM range(getvariable('checkouts')) t(i)
  )
) TO 'warehouse/bench/checkouts' (FORMAT parquet, PARTITION_BY (ds), OVERWRITE_OR_IGNORE);
