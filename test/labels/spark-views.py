"""Answers spark-views.json: runs its views in Spark, and writes their columns and rows beside them.

Tests read the file alone. To make it again, with Java 17 on the PATH:

    HINDCAST_WRITE_VIEWS=1 npx vitest run test/labels/views.test.ts
    python3 -m venv .venv && .venv/bin/pip install 'pyspark==3.5.*'
    .venv/bin/python test/labels/spark-views.py
"""

import json
import pathlib
import tempfile

from pyspark.sql import SparkSession

file = pathlib.Path(__file__).parent / "spark-views.json"
cases = json.loads(file.read_text())
warehouse = tempfile.mkdtemp()
spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.sql.warehouse.dir", warehouse)
    .config("spark.ui.enabled", "false")
    .config("spark.sql.session.timeZone", "UTC")
    .getOrCreate()
)
types = {"VARCHAR": "STRING", "BIGINT": "BIGINT"}


def shown(value):
    return "null" if value is None else str(value)


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


for name, case in cases.items():
    spark.sql(f"CREATE DATABASE {name}")
    for entry in case["tables"]:
        columns = entry["table"]["columns"]
        schema = ", ".join(f"{quoted(c['name'])} {types[c['type']]}" for c in columns)
        rows = spark.createDataFrame([tuple(row) for row in entry["table"]["rows"]], schema)
        rows.write.format("parquet").saveAsTable(entry["name"])
    for view in case["views"]:
        spark.sql(view["ddl"].rstrip(";"))
        found = spark.table(view["name"])
        view["columns"] = [[f.name, f.dataType.simpleString()] for f in found.schema.fields]
        view["rows"] = sorted("|".join(shown(v) for v in row) for row in found.collect())

file.write_text(json.dumps(cases, indent=1) + "\n")
spark.stop()
