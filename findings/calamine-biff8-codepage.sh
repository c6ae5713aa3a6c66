#!/bin/sh
# calamine 0.38.0: the texts of a valid .xls come with a NUL behind each letter.
#
# A BIFF8 workbook stores each text as 16-bit letters, or as their low bytes, and says which by a flag
# in the text itself, so that no code page is needed. Its CODEPAGE record is mostly 1200 (UTF-16);
# Perl's Spreadsheet::WriteExcel states 1252. LibreOffice 7.4.7 and xlrd 2.0.2 take no notice of it.
# calamine widens each text to 16 bits and then decodes it with the code page that is stated: even
# "date" comes as "d\0a\0t\0e\0", without an error, so that no column is found by its name.
#
# Needs: cargo; python3 with pip; perl with Spreadsheet::WriteExcel 2.40 (Debian:
# libspreadsheet-writeexcel-perl 2.40-4). Fails if calamine no longer does so.
#
# Seen with calamine 0.38.0 and xlrd 2.0.2:
#   xlrd: ['date', '€ price'] ['', 0.25]
#   calamine: [String("d\0a\0t\0e\0"), String("¬  \0p\0r\0i\0c\0e\0")]
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"

perl -MSpreadsheet::WriteExcel -e '
    print "Spreadsheet::WriteExcel $Spreadsheet::WriteExcel::VERSION\n";
    my $book = Spreadsheet::WriteExcel->new("a.xls");
    my $sheet = $book->add_worksheet("data");
    $sheet->write_string(0, 0, "date");
    $sheet->write_string(0, 1, "\x{20ac} price");
    $sheet->write_number(1, 1, 0.25);
    $book->close;'

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
use calamine::{open_workbook, Reader, Xls};
fn main() {
    let mut book: Xls<_> = open_workbook("a.xls").unwrap();
    let range = book.worksheet_range("data").unwrap();
    for row in range.rows() { println!("{row:?}"); }
}
R
CARGO_TARGET_DIR="$dir/target" cargo run -q > calamine.out
sed 's/^/calamine: /' calamine.out

python3 -m pip install -q --disable-pip-version-check --root-user-action ignore --target lib xlrd==2.0.2
PYTHONPATH=lib python3 -c '
import xlrd
sheet = xlrd.open_workbook("a.xls").sheet_by_index(0)
print(sheet.row_values(0), sheet.row_values(1))' > xlrd.out
sed 's/^/xlrd: /' xlrd.out

grep -qF "['date', '€ price'] ['', 0.25]" xlrd.out || { echo "CHANGED: xlrd does not read the input"; exit 1; }
grep -qF 'String("d\0a\0t\0e\0")' calamine.out || { echo "CHANGED: calamine reads the text otherwise"; exit 1; }
echo "as seen: calamine 0.38.0 decodes BIFF8 texts with the stated code page"
