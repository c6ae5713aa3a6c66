#!/bin/sh
# calamine 0.38.0: of a valid .xlsb with short cell records only the first column is
# read, without an error.
#
# [MS-XLSB] has two forms of cell records: the long one states its column, the short one (BrtShortRk,
# BrtShortReal, BrtShortSt and others) stands in the column right of the cell before. npm xlsx
# (SheetJS) writes the first cell of a row in the long form and all others in the short one.
# LibreOffice 7.4.7 reads the whole file; calamine passes over the short records.
#
# Needs: cargo, node with npm. Fails if calamine no longer does so.
#
# Seen with calamine 0.38.0 and xlsx 0.18.5 (which reads its own file whole):
#   xlsx reads: [["id","name","cost"],[7,"seven",0.25]]
#   calamine: (2, 1)
#   calamine: [String("id")]
#   calamine: [Int(7)]
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"

npm init -y > npm.log
npm install --silent --no-audit --no-fund xlsx@0.18.5 >> npm.log
node -e '
    const X = require("xlsx");
    console.log("xlsx " + X.version);
    const book = X.utils.book_new();
    X.utils.book_append_sheet(book, X.utils.aoa_to_sheet([["id", "name", "cost"], [7, "seven", 0.25]]), "data");
    X.writeFile(book, "a.xlsb");
    console.log("xlsx reads: " + JSON.stringify(X.utils.sheet_to_json(X.readFile("a.xlsb").Sheets.data, {header: 1})));' | tee xlsx.out

mkdir -p src
cat > Cargo.toml <<'T'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"
[dependencies]
calamine = "=0.38.0"
[workspace]
T
cat > src/main.rs <<'R'
use calamine::{open_workbook, Reader, Xlsb};
fn main() {
    let mut book: Xlsb<_> = open_workbook("a.xlsb").unwrap();
    let range = book.worksheet_range("data").unwrap();
    println!("{:?}", range.get_size());
    for row in range.rows() { println!("{row:?}"); }
}
R
CARGO_TARGET_DIR="$dir/target" cargo run -q > calamine.out
sed 's/^/calamine: /' calamine.out

grep -qF 'xlsx reads: [["id","name","cost"],[7,"seven",0.25]]' xlsx.out || { echo "CHANGED: xlsx"; exit 1; }
grep -qF '(2, 1)' calamine.out || { echo "CHANGED: calamine reads more than the first column"; exit 1; }
echo "as seen: calamine 0.38.0 passes over short cell records"
