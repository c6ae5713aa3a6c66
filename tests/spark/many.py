"""Runs one job on many sources in one application of Spark, since a new one takes longer than the jobs.

Comes in: the job, the master, and lines `OUT SOURCE` or `OUT job:JOB`, of a job that names its sources, on standard input. Goes out: the folders that the job writes, and a line for each:
`OUT rc seconds message`. It compares nothing. `connect` as the master: a Connect server of this machine.
"""
import contextlib
import io
import sys
import time

from pyspark.sql import SparkSession

job, master = sys.argv[1:3]
if master == "connect":
    spark = SparkSession.builder.remote("local[2]").getOrCreate()
else:
    builder = SparkSession.builder.master(master).config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
    # A busy machine answers late.
    builder = builder.config("spark.network.timeout", "600s").config("spark.worker.timeout", "300")
    spark = builder.config("spark.sql.shuffle.partitions", "4").config("spark.driver.memory", "2g").getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
for line in sys.stdin.read().splitlines():
    out, source = line.split(" ", 1)
    path, sources = (source[4:], []) if source.startswith("job:") else (job, [source])
    sys.argv, start, told = [path, "--out", out, *sources], time.time(), io.StringIO()
    with open(path, encoding="utf-8") as file:
        text = compile(file.read(), path, "exec")
    try:
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            exec(text, {"__name__": "job"})
        rc, message = 0, told.getvalue()
    except SystemExit as error:
        rc, message = 1, told.getvalue() + str(error)
    except Exception as error:  # Spark's own
        rc, message = 1, str(error)
    print(out, rc, round(time.time() - start, 1), " ".join(message.split())[:600], flush=True)
