#!/bin/sh
# pandas 3.1.1 with pyarrow 26.0.1: read_parquet cannot read what to_parquet(partition_cols=…) wrote,
# if one value of the partition column is null.
#
# The rows are written to kind=__HIVE_DEFAULT_PARTITION__, as Hive and Spark do. Reading makes a
# dictionary column of the folder names, in which pyarrow puts the null among the values, and its
# conversion to pandas refuses: "Cannot yet unify dictionaries with nulls", also with
# partitioning="hive". The files are right: pyarrow.dataset reads them.
#
# Needs: python3 with pip. Fails if pandas reads the folder.
#
# Seen:
#   read_parquet: Cannot yet unify dictionaries with nulls
#   pyarrow.dataset: [1.0, 2.0]
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"

python3 -m pip install -q --disable-pip-version-check --root-user-action ignore --target lib \
    pandas==3.1.1 pyarrow==26.0.1 2> pip.log
cat > finding.py <<'P'
import pandas, pyarrow, pyarrow.dataset
print("pandas", pandas.__version__, "pyarrow", pyarrow.__version__)
pandas.DataFrame({"kind": ["a", None], "cost": [1.0, 2.0]}).to_parquet("table", partition_cols=["kind"])
try:
    print("read_parquet:", pandas.read_parquet("table").values.tolist())
except pyarrow.ArrowInvalid as error:
    print("read_parquet:", error)
print("pyarrow.dataset:", sorted(r["cost"] for r in pyarrow.dataset.dataset("table", partitioning="hive").to_table().to_pylist()))
P
PYTHONPATH=lib python3 finding.py | tee out

grep -qF "read_parquet: Cannot yet unify dictionaries with nulls" out || { echo "CHANGED: pandas reads the folder"; exit 1; }
grep -qF "pyarrow.dataset: [1.0, 2.0]" out || { echo "CHANGED: pyarrow does not read the folder"; exit 1; }
echo "as seen: pandas does not read its own folder with a null partition"
