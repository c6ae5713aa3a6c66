#!/bin/sh
# ClickHouse 26.9 (PyPI chdb 4.4.0): a CSV column of MM/DD/YYYY dates comes back with days and
# months swapped in the rows where that can be, and not in the others.
#
# Types of a CSV are inferred, and date_time_input_format is best_effort by default. The column is
# then DateTime, and each value is parsed by itself: day first, and month first where the second
# number is above 12. 12/08/2016 becomes 2016-08-12, 12/13/2016 becomes 2016-12-13. Nothing tells,
# and the order cannot be found from what is written out.
#
# Needs: python3 with pip. Fails if ClickHouse no longer does so.
#
# Seen:
#   ClickHouse 26.9.2.1
#   type Nullable(DateTime)
#   12/08/2016 -> 2016-08-12
#   12/13/2016 -> 2016-12-13
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"

python3 -m pip install -q --disable-pip-version-check --root-user-action ignore --target lib chdb==4.4.0 2> pip.log
printf 'day,usage\n12/08/2016,1\n12/13/2016,2\n' > a.csv
cat > finding.py <<'P'
import chdb
def query(text): return str(chdb.query(text, "TSV")).strip()
print("ClickHouse", query("select version()"))
print("type", query("select any(toTypeName(day)) from file('a.csv', CSVWithNames)"))
days = query("select toDate(day) from file('a.csv', CSVWithNames) order by usage").split("\n")
for written, read in zip(["12/08/2016", "12/13/2016"], days):
    print(written, "->", read)
P
PYTHONPATH=lib python3 finding.py | tee out

grep -qF "12/08/2016 -> 2016-08-12" out && grep -qF "12/13/2016 -> 2016-12-13" out ||
    { echo "CHANGED: ClickHouse reads the dates otherwise"; exit 1; }
echo "as seen: ClickHouse reads one column in two orders"
