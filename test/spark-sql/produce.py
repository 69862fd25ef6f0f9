"""Writes expected.json: Spark's own answer to every expression and query of expressions.json.

Tests read expected.json alone. To make it again, with Java 17 on the PATH:

    python3 -m venv .venv && .venv/bin/pip install 'pyspark==3.5.*'
    .venv/bin/python test/spark-sql/produce.py

Values in both files: whole numbers of up to 32 bits are numbers, longs and decimals text, doubles
numbers or "NaN", "Infinity", "-Infinity", "-0.0"; dates and timestamps (UTC, microseconds) text,
binary hexadecimal text, lists arrays, structs objects, maps arrays of [key, value]; NULL is null.
"""

import datetime
import decimal
import json
import math
import os
import pathlib
import sys
import tempfile
import time

os.environ["TZ"] = "UTC"
time.tzset()
os.environ["PYSPARK_PYTHON"] = sys.executable

from pyspark.sql import SparkSession  # noqa: E402
from pyspark.sql import types as T  # noqa: E402

folder = pathlib.Path(__file__).parent


def to_python(value, kind):
    """A value of expressions.json as Python's value of a Spark type."""
    if value is None:
        return None
    if isinstance(kind, T.ArrayType):
        return [to_python(one, kind.elementType) for one in value]
    if isinstance(kind, T.StructType):
        return tuple(to_python(value[field.name], field.dataType) for field in kind)
    if isinstance(kind, T.DateType):
        return datetime.date.fromisoformat(value)
    if isinstance(kind, T.TimestampType):
        return datetime.datetime.fromisoformat(value)
    if isinstance(kind, T.DecimalType):
        return decimal.Decimal(value)
    if isinstance(kind, (T.DoubleType, T.FloatType)):
        return float(value)
    if isinstance(kind, T.BinaryType):
        return bytes.fromhex(value)
    if isinstance(kind, T.LongType):
        return int(value)
    return value


def to_json(value, kind):
    """The inverse, of what Spark gave."""
    if value is None:
        return None
    if isinstance(kind, T.ArrayType):
        return [to_json(one, kind.elementType) for one in value]
    if isinstance(kind, T.MapType):
        return [[to_json(k, kind.keyType), to_json(v, kind.valueType)] for k, v in value.items()]
    if isinstance(kind, T.StructType):
        return {field.name: to_json(one, field.dataType) for field, one in zip(kind, value)}
    if isinstance(kind, (T.DateType, T.LongType)):
        return str(value)
    if isinstance(kind, T.TimestampType):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(kind, T.DecimalType):
        return format(value, "f")
    if isinstance(kind, (T.DoubleType, T.FloatType)):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return "-0.0" if value == 0 and math.copysign(1, value) < 0 else value
    if isinstance(kind, T.BinaryType):
        return bytes(value).hex()
    if isinstance(value, (bool, int, str)):
        return value
    raise ValueError(f"no value of the type {kind.simpleString()} has a form in JSON")


def frame_of(spark, table):
    """A table's rows. Maps travel as lists of entries, since Python's own way to Spark loses their order."""
    ddl = ", ".join(f"{column} {kind}" for column, kind in table["columns"].items())
    schema = T._parse_datatype_string(ddl)
    carried, chosen = [], []
    for field in schema:
        if isinstance(field.dataType, T.MapType):
            entry = T.StructType().add("key", field.dataType.keyType).add("value", field.dataType.valueType)
            carried.append(T.StructField(field.name, T.ArrayType(entry)))
            chosen.append(f"map_from_entries({field.name}) AS {field.name}")
        else:
            carried.append(field)
            chosen.append(field.name)
    rows = [
        tuple(
            value and [tuple(entry) for entry in value]
            if isinstance(field.dataType, T.MapType)
            else to_python(value, field.dataType)
            for value, field in zip(row, schema)
        )
        for row in table["rows"]
    ]
    return spark.createDataFrame(rows, T.StructType(carried)).selectExpr(*chosen)


def reason(error):
    return {"error": str(error).strip().split("\n")[0][:160]}


def computed(frame, columns):
    """Types and values of (name, expression) pairs; halves the pairs until those that fail are alone."""
    try:
        result = frame.selectExpr(*[f"({expression}) AS {name}" for name, expression in columns])
        rows = result.collect()
        if len(rows) != frame.count():
            raise ValueError("not one row for each row")
        return {
            name: {
                "type": field.dataType.simpleString(),
                "values": [to_json(row[at], field.dataType) for row in rows],
            }
            for at, ((name, _), field) in enumerate(zip(columns, result.schema))
        }
    except Exception as error:
        if len(columns) == 1:
            return {columns[0][0]: reason(error)}
        half = len(columns) // 2
        return {**computed(frame, columns[:half]), **computed(frame, columns[half:])}


def answers(frame, expressions):
    """For each expression its type and values, or the first line of Spark's refusal."""
    found, analysed = {}, []
    for at, expression in enumerate(expressions):
        try:
            frame.selectExpr(f"({expression}) AS value")
            analysed.append((f"v{at}", expression))
        except Exception as error:
            found[f"v{at}"] = reason(error)
    for start in range(0, len(analysed), 32):
        found.update(computed(frame, analysed[start : start + 32]))
    return [found[f"v{at}"] for at in range(len(expressions))]


def rows_of(spark, query):
    """Types and rows of a query, or the first line of Spark's refusal."""
    try:
        result = spark.sql(query)
        return {
            "columns": [[field.name, field.dataType.simpleString()] for field in result.schema],
            "rows": [
                [to_json(value, field.dataType) for value, field in zip(row, result.schema)]
                for row in result.collect()
            ],
        }
    except Exception as error:
        return reason(error)


def main():
    corpus = json.loads((folder / "expressions.json").read_text())
    builder = SparkSession.builder.master("local[1]").appName("expressions")
    settings = {
        "spark.sql.ansi.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.legacy.timeParserPolicy": "CORRECTED",
        "spark.sql.shuffle.partitions": "1",
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.warehouse.dir": tempfile.mkdtemp(),
    }
    for name, setting in settings.items():
        builder = builder.config(name, setting)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    frames = {}
    for name, table in corpus["tables"].items():
        frames[name] = frame_of(spark, table).coalesce(1).cache()
    found = []
    for group in corpus["groups"]:
        entries = [one if isinstance(one, list) else (one, None) for one in group["expressions"]]
        results = answers(frames[group["table"]], [expression for expression, _ in entries])
        for (expression, refused), result in zip(entries, results):
            asked = {"group": group["group"], "table": group["table"], "expression": expression}
            if refused is not None:
                asked["refused"] = refused
            found.append({**asked, **result})
    for name, frame in frames.items():
        frame.createOrReplaceTempView(name)
    queries = []
    for one in corpus["queries"]:
        query, refused = one if isinstance(one, list) else (one, None)
        asked = {"query": query} if refused is None else {"query": query, "refused": refused}
        queries.append({**asked, **rows_of(spark, query)})
    lines, query_lines = (
        ",\n".join(json.dumps(one, ensure_ascii=False) for one in some) for some in (found, queries)
    )
    tables = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(table, ensure_ascii=False)}"
        for name, table in corpus["tables"].items()
    )
    text = f'{{"spark": "{spark.version}",\n"tables": {{\n{tables}\n}},\n"expressions": [\n{lines}\n],\n"queries": [\n{query_lines}\n]}}\n'
    (folder / "expected.json").write_text(text)
    unanswered = [one for one in found + queries if "error" in one and "refused" not in one]
    for one in unanswered:
        print(one.get("expression", one.get("query")), "→", one["error"])
    print(f"{len(found)} expressions, {len(queries)} queries, {len(unanswered)} without an answer")


main()
