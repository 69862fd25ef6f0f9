-- The peer: DuckDB, one query, window functions with RANGE frames. Windows are [ts - w, ts).
COPY (
  SELECT * EXCLUDE (is_left)
  FROM (
    SELECT user_id, ts, checkout_id, is_left, ds,
           sum(price) OVER w3 AS s3, count(price) OVER w3 AS c3, avg(price) OVER w3 AS a3,
           sum(price) OVER w14 AS s14, count(price) OVER w14 AS c14, avg(price) OVER w14 AS a14,
           sum(price) OVER w30 AS s30, count(price) OVER w30 AS c30, avg(price) OVER w30 AS a30
    FROM (
      SELECT user_id, ts, NULL::BIGINT AS checkout_id, price, false AS is_left, ds
      FROM read_parquet('warehouse/bench/purchases/*/*.parquet', hive_partitioning = true)
      WHERE user_id IN (
        SELECT user_id
        FROM read_parquet('warehouse/bench/checkouts/*/*.parquet', hive_partitioning = true)
      )
      UNION ALL
      SELECT user_id, ts, checkout_id, NULL, true, ds
      FROM read_parquet('warehouse/bench/checkouts/*/*.parquet', hive_partitioning = true)
    )
    WINDOW w3 AS (PARTITION BY user_id ORDER BY ts RANGE BETWEEN 259200000 PRECEDING AND 1 PRECEDING),
           w14 AS (PARTITION BY user_id ORDER BY ts RANGE BETWEEN 1209600000 PRECEDING AND 1 PRECEDING),
           w30 AS (PARTITION BY user_id ORDER BY ts RANGE BETWEEN 2592000000 PRECEDING AND 1 PRECEDING)
  )
  WHERE is_left
) TO 'out/duckdb' (FORMAT parquet, PARTITION_BY (ds), OVERWRITE_OR_IGNORE);
