#!/bin/sh
# pyspark 4.3.0: Parquet files name the encoding BIT_PACKED, deprecated since 2013, for levels that are
# not there.
#
# The pages of a column that cannot be null have no definition levels, and columns outside of lists no
# repetition levels. The page headers must name an encoding of the levels all the same, and the writer
# names BIT_PACKED where none follow. A reader that refuses the deprecated encoding as such refuses
# every file of Spark; it has to look first whether the column has levels at all.
#
# Needs: python3 with pip, Java 17. Fails if the files no longer name BIT_PACKED.
#
# Seen:
#   required: BIT_PACKED PLAIN
#   optional: BIT_PACKED PLAIN RLE
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"

python3 -m pip install -q --disable-pip-version-check --root-user-action ignore --target lib pyspark==4.3.0 pyarrow==26.0.1 2> pip.log
cat > finding.py <<'P'
import glob
import pyarrow.parquet, pyspark
from pyspark.sql import SparkSession
print("pyspark", pyspark.__version__)
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false").config("spark.sql.parquet.compression.codec", "uncompressed").config("parquet.enable.dictionary", "false").getOrCreate()
spark.sparkContext.setLogLevel("OFF")
spark.range(5).selectExpr("id AS required", "nullif(id, 3) AS optional").coalesce(1).write.parquet("table")
group = pyarrow.parquet.ParquetFile(glob.glob("table/part-*.parquet")[0]).metadata.row_group(0)
for nth in range(group.num_columns):
    print(group.column(nth).path_in_schema + ":", *sorted(group.column(nth).encodings))
P
PYTHONPATH=lib python3 finding.py 2> spark.log | tee out

for seen in "required: BIT_PACKED PLAIN" "optional: BIT_PACKED PLAIN RLE"; do
    grep -qxF "$seen" out || { echo "CHANGED: not as seen: $seen"; exit 1; }
done
echo "as seen: BIT_PACKED is named for levels that are not there"
