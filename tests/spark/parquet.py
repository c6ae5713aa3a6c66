"""Writes a copy of a text export as Parquet: amounts as DECIMAL(38,24), some days as dates, all other columns as text.

Comes in: lines `TEXT FOLDER` on standard input. Goes out: one file of Parquet in each folder.
"""
import csv
import glob
import os
import shutil
import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false").getOrCreate()
spark.sparkContext.setLogLevel("OFF")
for line in sys.stdin.read().splitlines():
    text, folder = line.split(" ")
    sep = "\t" if text.endswith(".tsv") else ","
    with open(text, encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file, delimiter=sep))
    schema = ", ".join(f"`{name}` STRING" for name in header)
    frame = spark.read.options(header="true", sep=sep, quote='"', escape='"', mode="FAILFAST").schema(schema).csv(text)

    def typed(name):
        if name.lower().startswith("costin") or name.lower() in ("amount", "acr_usd", "effectivecost", "x_effectivecostinusd", "extendedcost", "pretaxcharges", "pricingpretaxtotal"):
            return f"CAST(`{name}` AS DECIMAL(38,24)) AS `{name}`"
        if name.lower() == "usagedate":
            return f"CAST(to_timestamp(`{name}`, 'M/d/yyyy') AS DATE) AS `{name}`"
        return f"`{name}`"

    frame.selectExpr(*[typed(name) for name in header]).coalesce(1).write.parquet(folder + "/tmp")
    [part] = glob.glob(folder + "/tmp/part-*.parquet")
    os.rename(part, folder + "/export.parquet")
    shutil.rmtree(folder + "/tmp")
