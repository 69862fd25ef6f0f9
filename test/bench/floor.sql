-- The floor: reads every needed column of both inputs once and writes an output of the same shape
-- once, but computes nothing.
SELECT bit_xor(hash(user_id)), sum(ts), sum(price)
FROM read_parquet('warehouse/bench/purchases/*/*.parquet', hive_partitioning = true);
COPY (
  SELECT user_id, ts, checkout_id,
         checkout_id / 3.0 AS s3, checkout_id % 7 AS c3, checkout_id / 5.0 AS a3,
         checkout_id / 7.0 AS s14, checkout_id % 31 AS c14, checkout_id / 11.0 AS a14,
         checkout_id / 13.0 AS s30, checkout_id % 61 AS c30, checkout_id / 17.0 AS a30, ds
  FROM read_parquet('warehouse/bench/checkouts/*/*.parquet', hive_partitioning = true)
) TO 'out/floor' (FORMAT parquet, PARTITION_BY (ds), OVERWRITE_OR_IGNORE);
