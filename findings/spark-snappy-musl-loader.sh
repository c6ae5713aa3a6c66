#!/bin/sh
# pyspark 4.3.0 with snappy-java 1.1.10.8: Parquet cannot be written on a glibc system that has musl
# installed beside, such as Debian with the package musl or musl-tools.
#
# snappy-java tells the C library of the system by the file /lib/ld-musl-x86_64.so.1. Where it is
# there, the library built for musl is loaded into a Java that runs on glibc, and fails to link:
# "libc.musl-x86_64.so.1: cannot open shared object file". Snappy is Spark's default for Parquet, so a
# compiler installed for another purpose stops every job that writes. snappy-java 1.1.10.7, of pyspark
# 4.0.1, did not look for the file. Other codecs work, and so does
# -Dorg.xerial.snappy.lib.path with the library for glibc from the jar.
#
# Needs: python3 with pip, Java 17 on glibc, x86-64, and /lib/ld-musl-x86_64.so.1 (Debian: musl); else
# it ends with 77. Fails if Parquet is written.
#
# Seen:
#   uncompressed: written
#   snappy: UnsatisfiedLinkError
set -eu
[ -e /lib/ld-musl-x86_64.so.1 ] && [ -e /lib64/ld-linux-x86-64.so.2 ] || { echo "skipped: no glibc with musl beside"; exit 77; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"

python3 -m pip install -q --disable-pip-version-check --root-user-action ignore --target lib pyspark==4.3.0 2> pip.log
cat > finding.py <<'P'
import pyspark
from pyspark.sql import SparkSession
print("pyspark", pyspark.__version__)
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false").getOrCreate()
spark.sparkContext.setLogLevel("OFF")
for codec in ("uncompressed", "snappy"):
    try:
        spark.range(5).write.parquet(codec, compression=codec)
        print(codec + ": written")
    except Exception as error:
        print(codec + ":", "UnsatisfiedLinkError" if "UnsatisfiedLinkError" in str(error) and "musl" in str(error) else error)
P
PYTHONPATH=lib python3 finding.py 2> spark.log | tee out

for seen in "uncompressed: written" "snappy: UnsatisfiedLinkError"; do
    grep -qxF "$seen" out || { echo "CHANGED: not as seen: $seen"; exit 1; }
done
echo "as seen: musl beside glibc stops snappy"
