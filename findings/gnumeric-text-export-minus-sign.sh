#!/bin/sh
# Gnumeric 1.12.55: its configurable text export writes U+2212 for the minus of a number.
#
# With format=preserve ("as shown"), ssconvert's exporter Gnumeric_stf:stf_assistant writes -1234.5
# as "−1234.5" and 7.696E-07 as "7.696E−07", with the typographic minus sign, in every locale.
# Gnumeric reads them back as numbers; Python's float() does not, and pandas makes a column of texts.
# With format=automatic, and with the plain exporter stf_csv, it is the hyphen-minus.
#
# Needs: ssconvert (Debian: gnumeric 1.12.55-1), python3. Fails if Gnumeric no longer does so.
#
# Seen:
#   preserve −1234.5 '\u22121234.5' float(): no number
#   preserve 7.696E−07 '7.696E\u221207' float(): no number
#   automatic -1234.5 '-1234.5' float(): -1234.5
#   automatic 7.696E-07 '7.696E-07' float(): 7.696e-07
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export LC_ALL=C.UTF-8

ssconvert --version 2> /dev/null | head -n 1
printf 'cost\n-1234.5\n0.0000007696\n' > a.csv
ssconvert -O 'format=preserve' -T Gnumeric_stf:stf_assistant a.csv preserve.txt 2> /dev/null
ssconvert -O 'format=automatic' -T Gnumeric_stf:stf_assistant a.csv automatic.txt 2> /dev/null
cat > finding.py <<'P'
for name in ["preserve", "automatic"]:
    for cell in open(name + ".txt", encoding="utf-8").read().split()[1:]:
        try: kind = repr(float(cell))
        except ValueError: kind = "no number"
        print(name, cell, ascii(cell), "float():", kind)
P
python3 finding.py | tee out

grep -qF "preserve 7.696E−07 '7.696E\u221207' float(): no number" out || { echo "CHANGED: Gnumeric writes another sign"; exit 1; }
echo "as seen: Gnumeric writes U+2212 as the sign of numbers"
