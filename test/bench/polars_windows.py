"""The peer: Polars as an expert would write it, prefix sums and as-of joins (only sums can be so).

Windows are [ts - w, ts). Runs in the folder that holds warehouse/bench; on exit it writes its CPU
time and peak memory to file descriptor 3.
"""

import atexit
import json
import os
import resource
import sys
import warnings

import polars as pl

DAY = 86_400_000


def report_usage() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    unit = 1 if sys.platform == "darwin" else 1024
    usage = {"cpuSeconds": used.ru_utime + used.ru_stime, "peakBytes": used.ru_maxrss * unit}
    os.write(3, json.dumps(usage).encode())


atexit.register(report_usage)
# Both sides are sorted by time, which Polars cannot check inside of groups.
warnings.filterwarnings("ignore", message="Sortedness of columns cannot be checked")

right = (
    pl.scan_parquet("warehouse/bench/purchases/**/*.parquet", hive_partitioning=True)
    .select("user_id", "ts", "price")
    .sort("ts")
    .with_columns(
        s=pl.col("price").cum_sum().over("user_id"),
        c=pl.int_range(1, pl.len() + 1).over("user_id"),
    )
    .select("user_id", "ts", "s", "c")
    .collect()
)
left = (
    pl.scan_parquet("warehouse/bench/checkouts/**/*.parquet", hive_partitioning=True)
    .sort("ts")
    .collect()
)


def before(days: int) -> pl.DataFrame:
    at = left.select("user_id", at=pl.col("ts") - days * DAY)
    return at.join_asof(
        right,
        left_on="at",
        right_on="ts",
        by="user_id",
        strategy="backward",
        allow_exact_matches=False,
    )


head = before(0)
columns = []
for days in (3, 14, 30):
    tail = before(days)
    s = head["s"] - tail["s"].fill_null(0)
    c = head["c"] - tail["c"].fill_null(0)
    columns += [s.alias(f"s{days}"), c.alias(f"c{days}"), (s / c).alias(f"a{days}")]
left.with_columns(columns).write_parquet("out/polars", partition_by="ds")
