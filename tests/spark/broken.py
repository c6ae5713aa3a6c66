"""Breaks an export of the dialect cost-partner in many ways.

Comes in: the export and a folder. Goes out: `cells`, one export with a row for each fault of a cell and for each odd form that is read; and
a folder `shape-...` for each fault of a file's shape, `same-...` for each packing that changes nothing.
"""
import csv
import gzip
import io
import os
import sys

source, target = sys.argv[1:]
with open(source, encoding="utf-8", newline="") as file:
    text = file.read()
lines = text.replace("\r\n", "\n").split("\n")
header = next(csv.reader([lines[0]]))


def row_of(line):
    return next(csv.reader([line]))


def with_cell(line, column, value):
    row, out = row_of(line), io.StringIO()
    row[header.index(column)] = value
    csv.writer(out, lineterminator="\n").writerow(row)
    return out.getvalue()[:-1]


def write(folder, data, name="export.csv"):
    os.makedirs(f"{target}/{folder}")
    with open(f"{target}/{folder}/{name}", "wb") as out:
        out.write(data if isinstance(data, bytes) else data.encode())


usage = [nth for nth, line in enumerate(lines) if line and (row := row_of(line))[header.index("chargeType")] == "Usage" and row[header.index("publisherType")] == "Microsoft"]
CELLS = [
    ("costInUsd", ["12.3x", "", "NULL", "1,234", "a@b.example", "0x10", "NaN", "\u0661", "1_000", "--5", "(-5)", "(5", "5.64902E-05", "0.1234567890123456789012345", "-.5", "5.", "+1",
                   " 7.25 ", "-0", "1E+2"]),
    ("date", ["yesterday", "", "02/30/2017", "2017-01-31T25:00:00", "2017-01-31T23:30:00-02:00", "31-May-2017", "May 3, 2017", "31.5.2017", "31. 5. 2017", "2017/5/1", "20170601",
              "5/1/17 10:00 PM", "2016-08-01 00:00:00 UTC", "2017-05-31 to x", "2017", "today", "2017-05-31x", "05/31/2017 7:61"]),
    ("chargeType", ["Gift", "", "Refund", " usage ", "N/A"]), ("publisherType", ["Someone", " microsoft ", "AWS"]), ("provider", ["Moon", "N/A", "Microsoft 365"]),
    ("resellerMpnId", ["1.23457E+11", "4.000164E+06", "0004000164.0", "#VALUE!", "-1", "0.0", "Unassigned", "\u00a04000164\u00a0", "abc", "4000164.5"]),
    ("SubscriptionId", ["#REF!", "00000000-0000-0000-0000-000000000000", "", "/subscriptions/01234567-89AB-cdef-fedc-ba9876543210/x", "{01234567-89AB-cdef-fedc-ba9876543210}",
                        "0123456789abcdeffedcba9876543210", "Plan A"]),
]
changed, places = list(lines), iter(usage)
for column, values in CELLS:
    for value in values:
        nth = next(places)
        changed[nth] = with_cell(changed[nth], column, value)
nth = next(places)  # a row that names nobody
changed[nth] = with_cell(with_cell(changed[nth], "resellerMpnId", ""), "partnerTenantId", "")
write("cells", "\n".join(changed))

nth = usage[5]


def put(line):
    return "\n".join(lines[:nth] + [line] + lines[nth + 1:])


SHAPES = {
    "short": put("x,y"), "long": put(lines[nth] + ",extra"), "open-quote-last": put(with_cell(lines[nth], "provider", "Azure")[:-5] + '"Azure'),
    "open-quote": put(with_cell(lines[nth], "tags", "OPEN").replace("OPEN", '"open')), "bad-quote": put(with_cell(lines[nth], "tags", "OPEN").replace("OPEN", '"a"b')),
    "line-break": put(with_cell(lines[nth], "tags", "a\nb")), "carriage-return": put(with_cell(lines[nth], "tags", "OPEN").replace("OPEN", "a\rb")),
    "title": "Report of June\n\n" + "\n".join(lines), "renamed-column": "\n".join(lines).replace("resellerMpnId", "resellerMpnIx", 1),
    "decimal-comma": put(with_cell(lines[nth], "costInUsd", "12,5")), "groups": put(with_cell(lines[nth], "costInUsd", "1,234,567.8")),
    "too-large": put(with_cell(lines[nth], "costInUsd", "123456789012345")), "sum-too-large": "\n".join(
        lines[:usage[0]] + [with_cell(lines[n], "costInUsd", sign + "60000000000000") for n, sign in ((usage[0], ""), (usage[1], "-"))] + lines[usage[0] + 1:]),
    "semicolons": "\n".join(";".join(row_of(line)) for line in lines[:50]), "header-again": put(lines[0]), "nul": put(with_cell(lines[nth], "tags", "a\0b")), "blanks": put("   "),
    "windows-1252": put(with_cell(lines[nth], "resourceGroupName", "caf\u00e9")).encode("cp1252"), "utf-16": text.encode("utf-16"), "cut": text[:len(text) // 2],
}
for name, data in SHAPES.items():
    write("shape-" + name, data)
write("shape-cut-gzip", gzip.compress(text.encode())[:-2000], "export.csv.gz")
write("shape-named-gzip", text, "export.csv.gz")
write("same-mark", b"\xef\xbb\xbf" + text.encode())
write("same-crlf", "\r\n".join(lines))
write("same-gzip", gzip.compress(text.encode()), "export.csv.gz")
