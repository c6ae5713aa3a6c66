#!/bin/sh
# npm xlsx (SheetJS) 0.18.5: west of Greenwich, an ISO date in a CSV is read as the day before.
#
# readFile of a CSV turns 2016-07-13 into a date at midnight UTC, and then takes its local time: in
# New York the cell is 42563.83, and sheet_to_csv writes 7/12/16. 07/13/2016 in the column beside it
# is read as local midnight, and stays. In zones whose offset in 1899 had seconds, such as São Paulo,
# local midnight comes some seconds early, so that the column beside it moves too. East of Greenwich
# the day stays, with a time of day. No warning; with raw: true nothing is converted.
#
# Needs: node with npm. Fails if SheetJS no longer does so.
#
# Seen:
#   UTC xlsx 0.18.5 iso 42564 us 42564 csv 7/13/16,7/13/16
#   Europe/Berlin xlsx 0.18.5 iso 42564.083333333336 us 42564 csv 7/13/16,7/13/16
#   America/New_York xlsx 0.18.5 iso 42563.833333333336 us 42564 csv 7/12/16,7/13/16
#   America/Sao_Paulo xlsx 0.18.5 iso 42563.87467592592 us 42563.99967592592 csv 7/12/16,7/12/16
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"

npm init -y > npm.log
npm install --silent --no-audit --no-fund xlsx@0.18.5 >> npm.log
printf 'iso,us\n2016-07-13,07/13/2016\n' > a.csv
cat > finding.js <<'J'
const X = require("xlsx");
const book = X.readFile("a.csv");
const sheet = book.Sheets[book.SheetNames[0]];
console.log(process.env.TZ, "xlsx", X.version, "iso", sheet.A2.v, "us", sheet.B2.v, "csv", X.utils.sheet_to_csv(sheet).split("\n")[1]);
J
for zone in UTC Europe/Berlin America/New_York America/Sao_Paulo; do TZ=$zone node finding.js; done | tee out

grep -qF "America/New_York xlsx 0.18.5 iso 42563.833333333336 us 42564 csv 7/12/16,7/13/16" out ||
    { echo "CHANGED: SheetJS reads the dates otherwise"; exit 1; }
echo "as seen: SheetJS reads an ISO date as the day before"
