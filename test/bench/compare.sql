-- Compares our table with a peer's (variable `peer`), row by row: rows of ours, rows of theirs, rows
-- that differ, and the first of these. Keys, times and counts must be equal, sums and averages
-- within `tolerance`, relative. Where no event is seen, all of our columns are NULL, a COUNT too, as
-- in Chronon; there a peer counts 0 and may leave what its subtraction left.
CREATE MACRO differ(ours, theirs) AS
  (ours IS NULL) <> (theirs IS NULL)
  OR coalesce(abs(ours - theirs) > getvariable('tolerance') * greatest(abs(ours), abs(theirs)), false);
CREATE MACRO seen(events, value) AS CASE WHEN events > 0 THEN value END;
CREATE TEMP VIEW ours AS
  SELECT user_id, ts, checkout_id, ds,
         bench_purchases_price_sum_3d AS s3, bench_purchases_price_count_3d AS c3,
         bench_purchases_price_average_3d AS a3,
         bench_purchases_price_sum_14d AS s14, bench_purchases_price_count_14d AS c14,
         bench_purchases_price_average_14d AS a14,
         bench_purchases_price_sum_30d AS s30, bench_purchases_price_count_30d AS c30,
         bench_purchases_price_average_30d AS a30
  FROM read_parquet('warehouse/bench_out/bench_w1/*/*.parquet', hive_partitioning = true);
CREATE TEMP VIEW theirs AS
  SELECT user_id, ts, checkout_id, ds,
         seen(c3, s3) AS s3, seen(c3, c3) AS c3, seen(c3, a3) AS a3,
         seen(c14, s14) AS s14, seen(c14, c14) AS c14, seen(c14, a14) AS a14,
         seen(c30, s30) AS s30, seen(c30, c30) AS c30, seen(c30, a30) AS a30
  FROM read_parquet(getvariable('peer'), hive_partitioning = true);
CREATE TEMP TABLE differing AS
  SELECT checkout_id, ours, theirs
  FROM ours FULL JOIN theirs USING (checkout_id)
  WHERE ours.user_id IS DISTINCT FROM theirs.user_id
     OR ours.ts IS DISTINCT FROM theirs.ts
     OR ours.ds IS DISTINCT FROM theirs.ds
     OR ours.c3 IS DISTINCT FROM theirs.c3 OR differ(ours.s3, theirs.s3) OR differ(ours.a3, theirs.a3)
     OR ours.c14 IS DISTINCT FROM theirs.c14 OR differ(ours.s14, theirs.s14) OR differ(ours.a14, theirs.a14)
     OR ours.c30 IS DISTINCT FROM theirs.c30 OR differ(ours.s30, theirs.s30) OR differ(ours.a30, theirs.a30);
SELECT (SELECT count(*) FROM ours)::INTEGER, (SELECT count(*) FROM theirs)::INTEGER,
       (SELECT count(*) FROM differing)::INTEGER,
       (SELECT {checkout_id: checkout_id, ours: ours, theirs: theirs}::VARCHAR
        FROM differing ORDER BY checkout_id LIMIT 1);
