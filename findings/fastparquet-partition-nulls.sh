#!/bin/sh
# fastparquet 2026.9.0: write(…, partition_on=…) leaves out rows whose partition value is null.
#
# They are not written at all, without an error or a warning (it groups as pandas does, without nulls).
# pyarrow writes such rows to kind=__HIVE_DEFAULT_PARTITION__.
#
# Needs: python3 with pip. Fails if fastparquet no longer does so.
#
# Seen:
#   null fastparquet wrote ['kind=a']
#   null fastparquet reads its own as [('a', 1.0)]
#   null pyarrow reads its own as [('None', 2.0), ('a', 1.0)]
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"

python3 -m pip install -q --disable-pip-version-check --root-user-action ignore --target lib \
    fastparquet==2026.9.0 pandas==3.1.1 pyarrow==26.0.1 2> pip.log
cat > finding.py <<'P'
import os
import fastparquet, pandas, pyarrow, pyarrow.dataset
print("fastparquet", fastparquet.__version__, "pandas", pandas.__version__, "pyarrow", pyarrow.__version__)

def folders(at):
    return sorted(os.path.relpath(folder, at) for folder, _, files in os.walk(at) if folder != at)

def by_fastparquet(at):
    table = fastparquet.ParquetFile(at).to_pandas()
    kinds = list(table["kind"]) if "kind" in table else ["(no column)"] * len(table)
    return sorted(zip(map(str, kinds), table["cost"]))

def by_pyarrow(at):
    table = pyarrow.dataset.dataset(at, partitioning="hive").to_table()
    return sorted((str(row["kind"]), row["cost"]) for row in table.to_pylist())

for what, kinds in [("null", ["a", None])]:
    table = pandas.DataFrame({"kind": kinds, "cost": [1.0, 2.0]})
    fastparquet.write(what + "_f", table, file_scheme="hive", partition_on=["kind"])
    table.to_parquet(what + "_p", engine="pyarrow", partition_cols=["kind"])
    print(what, "fastparquet wrote", folders(what + "_f"))
    print(what, "pyarrow wrote", folders(what + "_p"))
    print(what, "fastparquet reads its own as", by_fastparquet(what + "_f"))
    print(what, "pyarrow reads fastparquet's as", by_pyarrow(what + "_f"))
    print(what, "pyarrow reads its own as", by_pyarrow(what + "_p"))
P
PYTHONPATH=lib python3 finding.py | tee out

grep -qF "null fastparquet wrote ['kind=a']" out || { echo "CHANGED: rows with a null are written"; exit 1; }
echo "as seen: fastparquet 2026.9.0 leaves out rows with a null"
