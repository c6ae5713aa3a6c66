#!/bin/sh
# pyspark 4.3.0: the exact path of a file that is there reads another file, or no row, in silence.
#
# Every path given to a reader is a pattern of globs: `a[1].csv`, as browsers and file managers name a
# second download, reads `a1.csv` beside it, although a file of the name itself exists. Names that
# begin with `_` or `.` are taken for Spark's own and passed over also where the path names the one
# file: no row, no error, no warning. A listing of the folder by os or hdfs shows all of them.
#
# Needs: python3 with pip, Java 17. Fails if one of the two reads the file that was named.
#
# Seen:
#   a[1].csv: ['the other file']
#   _may.csv: []
#   may.csv: ['may']
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"

python3 -m pip install -q --disable-pip-version-check --root-user-action ignore --target lib pyspark==4.3.0 2> pip.log
mkdir in
printf 'what\nthe file itself\n' > 'in/a[1].csv'
printf 'what\nthe other file\n' > in/a1.csv
printf 'what\nmay\n' > in/_may.csv
printf 'what\nmay\n' > in/may.csv
cat > finding.py <<'P'
import pyspark
from pyspark.sql import SparkSession
print("pyspark", pyspark.__version__)
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false").getOrCreate()
spark.sparkContext.setLogLevel("OFF")
for name in ("a[1].csv", "_may.csv", "may.csv"):
    print(name + ":", [row[0] for row in spark.read.schema("what STRING").options(header="true", mode="FAILFAST").csv("in/" + name).collect()])
P
PYTHONPATH=lib python3 finding.py 2> spark.log | tee out

for seen in "a[1].csv: ['the other file']" "_may.csv: []" "may.csv: ['may']"; do
    grep -qxF "$seen" out || { echo "CHANGED: not as seen: $seen"; exit 1; }
done
echo "as seen: exact paths read another file, or nothing"
