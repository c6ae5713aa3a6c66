#!/bin/sh
# polars-parquet 0.55.2 and polars 2.1.0: one column of a logical type that is
# newer than the library makes the whole file unreadable, also if only other columns are wanted.
#
# Parquet's LogicalType is a Thrift union, and its list grows (VARIANT, GEOMETRY and GEOGRAPHY came
# in 2025). Readers are to pass over members that they do not know, and to read such a column by its
# physical type. polars answers "File out of specification: LogicalType union has no variant set"
# while it reads the footer. The file is valid: DuckDB's own, and pyarrow reads its other columns.
#
# Needs: cargo (builds polars-parquet, some minutes), python3 with pip. Fails if polars no longer
# does so.
#
# Seen:
#   DuckDB 2.0.1 wrote id INT64, tags VARIANT
#   pyarrow 26.0.1 reads id: [1]
#   polars 2.1.0: ComputeError parquet: File out of specification: LogicalType union has no variant set
#   polars-parquet 0.55.2: File out of specification: LogicalType union has no variant set
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"

python3 -m pip install -q --disable-pip-version-check --root-user-action ignore --target lib \
    duckdb==2.0.1 pyarrow==26.0.1 polars==2.1.0 2> pip.log
cat > finding.py <<'P'
import duckdb, polars, pyarrow, pyarrow.parquet
duckdb.sql("copy (select 1::bigint as id, {'env': 'prod'}::variant as tags) to 'a.parquet' (format parquet)")
print("DuckDB", duckdb.__version__, "wrote id INT64, tags VARIANT")
print("pyarrow", pyarrow.__version__, "reads id:", pyarrow.parquet.read_table("a.parquet", columns=["id"])["id"].to_pylist())
try:
    print("polars", polars.__version__ + ":", polars.read_parquet("a.parquet", columns=["id"]).rows())
except polars.exceptions.PolarsError as error:
    print("polars", polars.__version__ + ":", type(error).__name__, error)
P
PYTHONPATH=lib python3 finding.py | tee out

mkdir -p src
cat > Cargo.toml <<'T'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"
[dependencies]
polars-parquet = { version = "=0.55.2", default-features = false, features = ["snappy"] }
[workspace]
T
cat > src/main.rs <<'R'
use polars_parquet::parquet::read::read_metadata;
fn main() {
    let mut file = std::fs::File::open("a.parquet").unwrap();
    match read_metadata(&mut file) {
        Ok(metadata) => println!("polars-parquet 0.55.2: {} rows", metadata.num_rows),
        Err(error) => println!("polars-parquet 0.55.2: {error}"),
    }
}
R
CARGO_TARGET_DIR="$dir/target" cargo run -q | tee -a out

grep -qF "pyarrow 26.0.1 reads id: [1]" out || { echo "CHANGED: pyarrow does not read the input"; exit 1; }
[ "$(grep -c "^polars.*LogicalType union has no variant set" out)" = 2 ] || { echo "CHANGED: polars reads the file"; exit 1; }
echo "as seen: polars refuses a file with a column of a newer logical type"
