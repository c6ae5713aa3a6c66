#!/bin/sh
# pyspark 4.3.0: in mode FAILFAST, a filter makes the CSV reader pass over rows that are cut off.
#
# A row with a field too few is refused where all rows are read, as FAILFAST promises. A filter is
# pushed into the reader, which looks at the row only if the filter holds for the fields that it has
# parsed so far: a cut row that does not match vanishes, and so does the error. A filter for the dear
# rows of a file that was cut off in transfer gives a plausible answer. A plain sum of a column that
# the cut rows do have succeeds too, since only the columns that are asked for are parsed.
# spark.sql.csv.filterPushdown.enabled=false and the option columnPruning=false refuse both.
#
# Needs: python3 with pip, Java 17. Fails if the filter or the sum is refused by default.
#
# Seen:
#   all rows: refused
#   where cost > 3: [4]
#   where cost > 3, filterPushdown off: refused
#   sum of cost: [10]
#   sum of cost, columnPruning off: refused
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"

python3 -m pip install -q --disable-pip-version-check --root-user-action ignore --target lib pyspark==4.3.0 2> pip.log
printf 'kind,cost,note\nusage,1,a\nusage,2\ntax,3\nusage,4,d\n' > costs.csv
cat > finding.py <<'P'
import pyspark
from pyspark.sql import SparkSession
print("pyspark", pyspark.__version__)
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false").getOrCreate()
spark.sparkContext.setLogLevel("OFF")
def read(**more):
    return spark.read.options(header="true", mode="FAILFAST", **more).schema("kind STRING, cost INT, note STRING").csv("costs.csv")
def tell(what, frame):
    try:
        print(what + ":", sorted(row[0] for row in frame.collect()))
    except Exception as error:
        assert "MALFORMED_RECORD_IN_PARSING" in str(error) or "FAILED_READ_FILE" in str(error), error
        print(what + ": refused")
tell("all rows", read().select("cost", "kind", "note"))
tell("where cost > 3", read().where("cost > 3").select("cost", "kind", "note"))
spark.conf.set("spark.sql.csv.filterPushdown.enabled", "false")
tell("where cost > 3, filterPushdown off", read().where("cost > 3").select("cost", "kind", "note"))
spark.conf.unset("spark.sql.csv.filterPushdown.enabled")
tell("sum of cost", read().selectExpr("sum(cost)"))
tell("sum of cost, columnPruning off", read(columnPruning="false").selectExpr("sum(cost)"))
P
PYTHONPATH=lib python3 finding.py 2> spark.log | tee out

for seen in "all rows: refused" "where cost > 3: [4]" "where cost > 3, filterPushdown off: refused" "sum of cost: [10]" "sum of cost, columnPruning off: refused"; do
    grep -qxF "$seen" out || { echo "CHANGED: not as seen: $seen"; exit 1; }
done
echo "as seen: a filter and a sum pass over cut rows in mode FAILFAST"
