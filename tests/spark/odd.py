"""Writes exports that a reader of CSV or Parquet may see in another way than attain.

Comes in: an export of the dialect cost-partner, a roster, a folder, and perhaps a pattern of the names that are wanted. Goes out: a folder for each way. `read-...`: the job reads it, and its report is
the local one. `none-...`: there is no report from the job, whatever the local engine says of it.
"""
import csv
import datetime
import decimal
import fnmatch
import gzip
import io
import json
import os
import random
import sys

import pyarrow
import pyarrow.parquet

source, roster, target, wanted = (sys.argv[1:] + ["*"])[:4]
with open(source, encoding="utf-8", newline="") as file:
    rows = list(csv.reader(file))
header, rows = rows[0], rows[1:801]
with open(roster, encoding="utf-8", newline="") as file:
    partners = [row["partner_id"] for row in csv.DictReader(file)]
AT = {name: nth for nth, name in enumerate(header)}


def write(folder, data, name="export.csv"):
    if not fnmatch.fnmatch(folder, wanted):
        return
    path = f"{target}/{folder}/{name}"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        out.write(data if isinstance(data, bytes) else data.encode())


def lines_of(table, names=header, end="\n", sep=","):
    out = io.StringIO()
    csv.writer(out, lineterminator=end, delimiter=sep).writerows([names] + table)
    return out.getvalue()


def with_cells(column, values):
    """The rows, in which usage has one of the values each. Its own days and amounts make a lost or doubled row seen."""
    table, places = [list(row) for row in rows], [nth for nth, row in enumerate(rows) if row[AT["chargeType"]] == "Usage" and row[AT["publisherType"]] == "Microsoft"]
    for nth, value in zip(places, values):
        table[nth][AT[column]] = value
    return lines_of(table)


def with_raw(column, values):
    """Likewise, the text of the cell as it stands, with quotes and all."""
    marks = [f"MARK{nth:04}" for nth in range(len(values))]
    text = with_cells(column, marks)
    for mark, value in zip(marks, values):
        text = text.replace(mark, value)
    return text


plain = lines_of(rows)
# Shapes of texts.
write("read-blank-lines", plain.replace("\n", "\n\n", 300) + "\n\n\n")
write("read-no-last-line-end", plain[:-1])
write("read-mixed-line-ends", "".join(line + ("\r\n" if nth % 3 else "\n") for nth, line in enumerate(plain.splitlines())))
write("read-blank-crlf-lines", plain.replace("\n", "\r\n\r\n"))
write("read-all-quoted", "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [header] + rows[:300]))
write("read-mark-and-quotes", b"\xef\xbb\xbf" + "\r\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [header] + rows[:300]).encode())
write("read-quotes-within", with_raw("tags", ['a"b"c', ' "ab"', '"a""b"', '""', '""""', '"a,b"', '"\\"', '"a\\"', "\\", "C:\\x", "\\n", '"\\""\\"""', "'", "'a,b'".replace(",", "."), "#", "a#b", "//", "`", "x" * 200000,
                                              '"' + "y,\"\"" * 40000 + '"', "\u2028", "a\u0085b", "\u200b", "\U0001f600", "e\u0301", "\ufeff", "NULL", "null", "\\N", "NaN", "TRUE", "-", "=1+1"]))
write("none-one-quote-within", with_raw("tags", ['a"b']))
write("none-quote-then-blank", with_raw("tags", ['"a" ']))
write("none-quote-of-comma-within", with_raw("tags", ['a"b,c"d']))
write("read-line-of-hash", lines_of([["#" + row[0]] + row[1:] if nth % 5 == 0 else row for nth, row in enumerate(rows)]))
write("read-header-alone", lines_of([]))
write("none-empty", "")
write("none-only-line-ends", "\n\n\n")
write("read-header-alone-beside", plain, "a.csv")
write("read-header-alone-beside", lines_of([]), "b.csv")
write("read-gzip-members", b"".join(gzip.compress(plain.encode()[at:at + 50000]) for at in range(0, len(plain.encode()), 50000)), "export.csv.gz")
write("read-gzip-upper", gzip.compress(plain.encode()), "EXPORT.CSV.GZ")
write("none-gzip-twice", gzip.compress(gzip.compress(plain.encode())), "export.csv.gz")
write("read-tabs", lines_of(rows, sep="\t"), "export.tsv")
write("none-tabs-named-csv", lines_of(rows, sep="\t"))
write("none-commas-named-tsv", plain, "export.tsv")
write("read-other-case", lines_of(rows, [name.upper() if nth % 2 else f" {name[:3]}_{name[3:]} " for nth, name in enumerate(header)]))
write("read-last-blank-column", "\n".join(line + "," for line in plain.splitlines()))
write("read-unused-names-twice", lines_of([row + ["1", "2", "3"] for row in rows], header + ["extra", "extra", "Extra"]))
write("none-used-name-twice", lines_of([row + ["1.5"] for row in rows], header + ["CostInUSD"]))
write("none-used-name-twice-alike", lines_of([row + [row[AT["costInUsd"]]] for row in rows], header + ["costInUsd"]))
write("none-rows-cut-to-one-cell", lines_of(rows[:50] + [["x"]] + rows[50:]))
write("none-line-separator-row", plain + "\u2028\n")
# Parts.
reverse = [list(reversed(row)) for row in rows]
write("read-parts-in-other-order", lines_of(rows[:400]), "part_1_0001.csv")
write("read-parts-in-other-order", lines_of(reverse[400:], list(reversed(header))), "part_1_0002.csv")
tags = AT["tags"] if "tags" in AT else AT["benefitId"]
write("read-part-lacks-unused", lines_of(rows[:400]), "part_1_0001.csv")
write("read-part-lacks-unused", lines_of([row[:tags] + row[tags + 1:] for row in rows[400:]], header[:tags] + header[tags + 1:]), "part_1_0002.csv")
for what in ("costInUsd", "date", "chargeType", "provider", "resellerMpnId", "partnerTenantId", "publisherType", "SubscriptionId", "benefitId"):
    at = AT[what]
    # Without `costInUsd` another amount is read, with its currency; `benefitId` tells a warning alone.
    kind = ("read" if what in ("costInUsd", "benefitId") else "none") + "-part-lacks-" + what
    write(kind, lines_of(rows[:400]), "part_1_0001.csv")
    write(kind, lines_of([row[:at] + row[at + 1:] for row in rows[400:]], header[:at] + header[at + 1:]), "part_1_0002.csv")
for nth, name in enumerate(["a b.csv", "a%20b.csv", "a+b.csv", "a#b.csv", "\u00e4\u00df.csv", "a&b;c=d.csv", "it's.csv", "a,b.csv", "x (1)/a.csv", "100%/b.csv", "#1/c=1/d.csv"]):
    write("read-odd-names", lines_of([row for row in rows if int(row[AT["SubscriptionId"]][:4], 16) % 11 == nth]), name)
write("none-pattern-name", plain, "a[1].csv")
write("read-copy", plain, "a.csv")
write("read-copy", plain, "b.csv")
write("read-copy-gzip", plain, "a.csv")
write("read-copy-gzip", gzip.compress(plain.encode()), "b.csv.gz")
write("none-two-halves-that-overlap", lines_of(rows[:500]), "a.csv")
write("none-two-halves-that-overlap", lines_of(rows[300:]), "b.csv")
# Runs of one export, month to date: the newest of each month counts.
for month in ("201701", "201702"):
    of_month = [row for row in rows if row[AT["date"]].startswith(month[4:] + "/") and row[AT["date"]].endswith(month[:4])]
    for nth, (run, count) in enumerate((("10", len(of_month) // 2), ("20", len(of_month) * 9 // 10), ("28", len(of_month)))):
        run = f"daily/{month}01-{month}{'31' if month == '201701' else '28'}/{month}{run}0307"
        write("read-runs", lines_of(of_month[:count]), f"{run}/part_0_0001.csv")
        folder = f"{run}/94a015c6-1111-4222-8333-44444444444{nth}"
        for case in ("read-runs-with-manifests", "none-runs-with-wrong-rows", "read-run-in-progress", "none-run-incomplete", "read-old-run-incomplete", "read-runs-refused"):
            text = lines_of(of_month[:count])
            write(case, text, f"{folder}/part_0_0001.csv")
            blobs = [{"blobName": f"{folder}/part_0_0001.csv", "byteCount": len(text.encode()), "dataRowCount": count - (case == "none-runs-with-wrong-rows" and nth == 2)}]
            if case == "read-runs-refused" and nth < 2:  # of a run that does not count, nothing is refused
                write(case, text.replace("Usage", "Gift"), f"{folder}/part_0_0001.csv")
                blobs[0]["byteCount"] = len(text.replace("Usage", "Gift").encode())
            if case == "none-run-incomplete" and nth == 2 or case == "read-old-run-incomplete" and nth == 0:
                blobs.append({"blobName": f"{folder}/part_0_0002.csv", "byteCount": 5, "dataRowCount": 3})
            manifest = {"manifestVersion": "2024-04-01", "byteCount": sum(one["byteCount"] for one in blobs), "blobCount": len(blobs), "dataRowCount": sum(one["dataRowCount"] for one in blobs),
                        "exportConfig": {"exportName": "daily", "resourceId": "/providers/x/exports/daily", "dataVersion": "2021-10-01", "type": "ActualCost"},
                        "runInfo": {"executionType": "Scheduled", "submittedTime": f"{month[:4]}-{month[4:]}-{('10', '20', '28')[nth]}T03:07:00Z", "runId": f"94a015c6-1111-4222-8333-44444444444{nth}",
                                    "startDate": f"{month[:4]}-{month[4:]}-01T00:00:00Z", "endDate": f"{month[:4]}-{month[4:]}-{'31' if month == '201701' else '28'}T00:00:00Z"}, "blobs": blobs}
            if not (case == "read-run-in-progress" and nth == 2 and month == "201702"):
                write(case, json.dumps(manifest), f"{folder}/manifest.json")
# Cells.
BLANKS = ["\u00a0", "\u202f", "\u2009", "\u3000", "\ufeff", "\t", "\x0b", "\x0c", "\u200b", "\u0085"]
write("read-amounts", with_cells("costInUsd", [
    "1.5e-7", "1e-400", "1e11", "9.99E10", "0e99", "0e999999999999", "-0", "-0.000", "-0E5", "+0", "+.5", "-.5e1", "5.e3", "00012.50", "0.000000000000000000000001",
    "0.0000000000000000000000005", "0.00000000000000000000000049999", "-0.0000000000000000000000005", "12345678901.123456789012345678901234", "9999999999.999999999999999999999999",
    "0." + "3" * 60, "1." + "0" * 80, "0" * 50 + "7.25", "1e+05", "1e 5", "1 e5", "e5", "1e", ".", "-", "+", "+-5", "5-", "1d", "1f", "1L", "0x1p3", "Infinity", "inf", "-inf", "nan", 
    "\u0661\u0662", "1\u00d710", "1.5.2", "1..5", "1e5.5", "1__0", "$", "5%", "TRUE", "=5", "#N/A", "#VALUE!", "n/a", "none", "(blank)", "<NA>", "\\N", "null", "--", "\u2212", "12:30", "1/2", "a" * 300,
    "1e-99999999999", "0.000E+400", "1;5", "1|5", "1_5", "0b1", "1e-24", "1e-25", "5e-25", "4.9e-25", "123456789e-33", "1.0000000000000000000000005"]))
for nth, text in enumerate(["'5", "\uff11\uff12"]):
    write(f"none-amount-as-an-id-{nth}", with_cells("costInUsd", [text]))
write("read-amounts-in-blanks", with_cells("costInUsd", ["\t7.25", "7.25\t", "\t", " 7.25", "7.25 ", "  ", " -7.25 ", " \t7.25\t "]))
for nth, blank in enumerate(BLANKS):
    write(f"either-amounts-in-other-blanks-{nth}", with_cells("costInUsd", [blank + "7.25", "7.25" + blank, blank]))
for nth, text in enumerate(["\u00a07.25", "7.25\u202f", "$5.00", "USD 5", "1 234.5", "1'234.5", "\u22125.5", "(5.50)", "1,234,567", "1.234,5", "0,125", "5\u00a0EUR", "\u20ac5", "\u00a0", "1E400", "9" * 70, "99999999999999.9"]):
    write(f"either-amount-{nth}", with_cells("costInUsd", [text]))
write("read-days", with_cells("date", [
    f"2017-01-31T{time}" for time in ("23:30:00+05:30", "23:30:00-00:30", "23:30:00-12:00", "00:10:00+14:00", "00:10:00+00:11", "23:59:60Z", "24:00:00", "24:00", "12", "12:5", "12:60", "1:05", "00:00:00.0000000Z",
                                      "00:00:00.000000000000Z", "10:00:00 PM", "10:00 pm", "13:00 PM", "0:30 AM", "12:30 AM", "12:30 PM", "10:00:00z", "10:00:00 z", "10:00:00 UTC", "10:00:00utc", "10:00:00 GMT+1",
                                      "10:00:00+0530", "10:00:00+05", "10:00:00+19:00", "10:00:00 +05:30", "10:00:00Europe/Berlin", "")] + [
    "2017-01-31Z", "2017-01-31z", "2017-01-31 Z", "2017-01-31+02:00", "2017-01-31 UTC", "2017-01-31T", "2017-1-3", "2017-001", "2017-W05-2", "2017-02-29", "2016-02-29", "2017-00-10", "2017-13-01", "2017-01-00",
    "2017-01-32", "2560-01-31", "1/31/2560", "1/31/60", "1438-05-03", "1999-12-31", "2000-01-01", "2049-12-31", "2049-12-31T23:30:00-02:00", "2050-01-01", "0000-01-01", "9999-12-31", "9999-12-31T23:30:00-02:00", "0000-01-01T00:10:00+02:00", "0001-01-01T00:10:00+02:00", "0001-01-01", "0099-05-06", "10000-01-01", "-2017-01-01", "1/31/2017", "01/31/17", "1/31/2017 ", " 1/31/2017", "1/31/2017 12:00:00 AM", "1/31/2017 00:00", "1/31/2017T00:00", "1-31-2017", "1/31-2017",
    "1.31.2017", "31.1.2017", "2017.01.31", "2017/01/31", "2017/1/31 10:00", "20170131", "20170131T100000Z", "20170132", "201701", "2017-01", "42766", "42766.5", "31 Jan 2017", "31-Jan-17", "31-JAN-2017",
    "Jan 31 2017", "January 31, 2017", "Jan. 31, 2017", "31 Januar 2017", "31. Januar 2017", "Tue, 31 Jan 2017", "31 Feb 2017", "2017 Jan 31", "2017-Jan-31", "Sept 5, 2016", "Sep 5, 2016", "September 5 2016", "31/1/2017",
    "\u0661/1/2017", "1\u00a0/31/2017", "1/31/2017\u00a0", "\u00a01/31/2017", "1 /31/2017", "1/ 31/2017", "1//31/2017", "1/31/2017Z", "1/31/2017 +02:00", "12/31/2016 23:30 -02:00", "1/1/2017 00:30 +02:00", "0", "-1", "N/A", "x"]))
write("none-day-of-two-digits", with_cells("date", ["31.01.17"]))
write("read-types", [with_cells("chargeType", ["USAGE", "usage", " Usage", "Usage\t", "Us age", "Usage\u00a0", "\u00a0", "\ufeffUsage", "U\u017fage", "Usage.", "Purchase ", "PURCHASE", "Tax", "tax", "0", "-", "None", "N/A", "nan"])][0])
write("read-publishers", with_cells("publisherType", ["MICROSOFT", "Azure", "azure ", "Mar\u212aetplace", "Marketplace", "aws", "M\u0131crosoft", "M\u0130CROSOFT", "", "N/A", "None", "0", "Microsoft Corporation", "\u00a0Microsoft"]))
write("read-providers", with_cells("provider", ["", " ", "N/A", "-", "0", "None", "MICROSOFT.AZURE", "microsoft azure", "Microsoft  Azure", "Microsoft_Azure", "Office 365", "office365", "AWS", "GCP"]))
first = partners[1]
write("read-partner-ids", with_cells("resellerMpnId", [
    first, "0" * 5 + first, first + ".0", first + ".", first + ",0", "+" + first, first + ".00000", first + "e0", first[:-1] + "E1", f"{first[0]}.{first[1:]}E6", f"{first[0]}.{first[1:]}e+06", f"{first}0e-1", " " + first, first + "\t",
    first + "\u00a0", "\ufeff" + first, "TBD", "?", "n.a.", "k.A.", "--", "\u2014", "0", "-1", "-2", "-3", "00", "0.0", "-0", "1", "2", "none", "N/A", "#N/A", "nan", "(blank)", "<NA>", "\\N", "-", "Unassigned", "not applicable", "unknown", "\u22121",
    "9" * 25, "1" + "0" * 30, "1e30", "1.5e3", "1E+11", "1.23E+10", "ABC-1", "abc-1", "Stra\u00dfe", "STRASSE", "\u0130d", first + "x", first + " " + first, "#REF!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "a@b.example"]))
write("read-partner-tenants", with_cells("partnerTenantId", ["", "x", "0", "00000000-0000-0000-0000-000000000000", "{01234567-89AB-cdef-fedc-ba9876543210}", "#REF!"]).replace(first, "0"))
guid = "01234567-89AB-cdef-fedc-ba9876543210"
write("read-subscriptions", with_cells("SubscriptionId", [
    guid, guid.lower(), guid.upper(), "{" + guid + "}", "{ " + guid + " }", guid.replace("-", ""), "{" + guid.replace("-", "") + "}", f"/subscriptions/{guid}", f"/SUBSCRIPTIONS/{guid}/", f"subscriptions/{guid}/resourceGroups/x",
    f"//subscriptions/{guid}", f"/subscriptions/{{{guid}}}", "/subscriptions/", "/subscriptions//x", f"/providers/subscriptions/{guid}", f" {guid} ", guid + "\u00a0", guid + ".0", "0", "-1", "0.0",
    "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}", "00000000000000000000000000000000", "N/A", "none", "Plan B", "PLAN B", "plan  b", "Stra\u00dfe", "STRASSE", "\u0130", "i\u0307", "\u212a", "k", "\uff21",
    "1234567", "1.234567E6", "01234567", "a/b", "x@y.example", "#N/A", "#REF!", "g" * 36, guid[:-1], guid + "0"]))
# Forms of ids that the local reader alone takes.
for nth, text in enumerate(["\u200b" + first, "\uff11\uff12", f'="{first}"', "'" + first]):
    write(f"none-partner-id-{nth}", with_cells("resellerMpnId", [text]))
for nth, text in enumerate([f"({guid})", f"urn:uuid:{guid}", guid + "\u200e", guid.replace("-", "\u2011"), f"'{guid}'", f'="{guid}"']):
    write(f"none-subscription-{nth}", with_cells("SubscriptionId", [text]))
write("read-every-row-refused", with_cells("costInUsd", []).replace("Usage", "Gift"))
# Parquet.
strings = {name: [row[nth] for row in rows] for name, nth in AT.items()}
days = [datetime.datetime.strptime(text, "%m/%d/%Y") for text in strings["date"]]
random.seed(3)
amounts = [decimal.Decimal(text or "0") for text in strings["costInUsd"]]
partner_ids = [int(text) if text.isdigit() else None for text in strings["resellerMpnId"]]


def parquet(folder, columns, name="export.parquet", take=slice(None), **options):
    if not fnmatch.fnmatch(folder, wanted):
        return
    os.makedirs(f"{target}/{folder}", exist_ok=True)
    table = {key: columns.get(key, pyarrow.array(values)) for key, values in strings.items()}
    table.update({key: values for key, values in columns.items() if key not in table})
    table = pyarrow.table({key: values[take] for key, values in table.items() if values is not None})
    pyarrow.parquet.write_table(table, f"{target}/{folder}/{name}", **options)


def exact(places, precision=38):
    return pyarrow.array([one.quantize(decimal.Decimal(1).scaleb(-places)) for one in amounts], pyarrow.decimal128(precision, places))


for places, precision in ((18, 38), (2, 9), (6, 18), (24, 38), (10, 20), (0, 5)):
    parquet(f"read-parquet-decimal-{precision}-{places}", {"costInUsd": exact(places, precision)})
parquet("read-parquet-double", {"costInUsd": pyarrow.array([float(one) for one in amounts], pyarrow.float64())})
parquet("read-parquet-double-odd", {"costInUsd": pyarrow.array([random.choice([1e-7, 0.1, 1 / 3, 2 / 3, 1e10, 12345678.9, 5e-324, -0.0, 1e-25, 1234567890.123, 0.1 + 0.2, 1e10 - 1, float("nan"), 2.5e-24, 100.0, 1e5 / 3, random.random()])
                                                                     for _ in rows], pyarrow.float64())})
parquet("either-parquet-infinity", {"costInUsd": pyarrow.array([float("inf") if nth == 5 else 1.5 for nth, _ in enumerate(rows)], pyarrow.float64())})
parquet("either-parquet-float", {"costInUsd": pyarrow.array([float(one) for one in amounts], pyarrow.float32())})
parquet("read-parquet-whole", {"costInUsd": pyarrow.array([int(one) for one in amounts], pyarrow.int64())})
for kind in (pyarrow.int32(), pyarrow.int16(), pyarrow.int8()):
    parquet(f"read-parquet-{kind}", {"costInUsd": pyarrow.array([int(one) % 100 for one in amounts], kind)})
for kind in (pyarrow.uint64(), pyarrow.uint32(), pyarrow.uint8()):
    parquet(f"either-parquet-{kind}", {"costInUsd": pyarrow.array([int(one) % 100 for one in amounts], kind)})
parquet("read-parquet-date", {"date": pyarrow.array([day.date() for day in days], pyarrow.date32())})
late = [day + datetime.timedelta(hours=23, minutes=30) for day in days]
for unit in ("ms", "us"):
    for zone in (None, "UTC", "America/New_York"):
        parquet(f"read-parquet-timestamp-{unit}-{(zone or 'local').replace('/', '-')}", {"date": pyarrow.array(late, pyarrow.timestamp(unit, zone))})
parquet("either-parquet-timestamp-ns", {"date": pyarrow.array(late, pyarrow.timestamp("ns"))}, version="2.6")
parquet("read-parquet-int96", {"date": pyarrow.array(late, pyarrow.timestamp("us"))}, use_deprecated_int96_timestamps=True)
parquet("read-parquet-nulls", {"date": pyarrow.array([None if nth % 7 == 0 else day.date() for nth, day in enumerate(days)], pyarrow.date32()),
                               "costInUsd": pyarrow.array([None if nth % 11 == 0 else one for nth, one in enumerate(amounts)], pyarrow.decimal128(38, 24)), "chargeType": pyarrow.array([None if nth % 13 == 0 else one for nth, one in enumerate(strings["chargeType"])]),
                               "SubscriptionId": pyarrow.array([None if nth % 17 == 0 else one for nth, one in enumerate(strings["SubscriptionId"])]), "benefitId": pyarrow.array([None] * len(rows), pyarrow.string())})
parquet("either-parquet-unused-time", {"z5": pyarrow.array([datetime.time(1, 2)] * len(rows), pyarrow.time64("us"))})
parquet("either-parquet-null-column", {"benefitId": pyarrow.nulls(len(rows))})
parquet("read-parquet-dictionary", {key: pyarrow.array(values).dictionary_encode() for key, values in strings.items()}, use_dictionary=True)
parquet("read-parquet-large-text", {key: pyarrow.array(values, pyarrow.large_string()) for key, values in strings.items()})
parquet("either-parquet-bytes", {"chargeType": pyarrow.array([one.encode() for one in strings["chargeType"]], pyarrow.binary())})
parquet("either-parquet-bytes-that-are-no-utf8", {"SubscriptionId": pyarrow.array([b"caf\xe9" if nth == 5 else one.encode() for nth, one in enumerate(strings["SubscriptionId"])], pyarrow.binary())})
parquet("read-parquet-partner-whole", {"resellerMpnId": pyarrow.array(partner_ids, pyarrow.int64())})
parquet("read-parquet-partner-double", {"resellerMpnId": pyarrow.array([None if one is None else float(one) for one in partner_ids], pyarrow.float64())})
parquet("read-parquet-partner-decimal", {"resellerMpnId": pyarrow.array([None if one is None else decimal.Decimal(one) for one in partner_ids], pyarrow.decimal128(20, 2))})
parquet("read-parquet-unused-of-all-kinds", {"z1": pyarrow.array([[1, 2]] * len(rows)), "z2": pyarrow.array([{"a": 1}] * len(rows)), "z3": pyarrow.array([b"\xff"] * len(rows)), "z4": pyarrow.array([True] * len(rows)),
                                             "z6": pyarrow.array([[("a", "b")]] * len(rows), pyarrow.map_(pyarrow.string(), pyarrow.string()))})
for codec in ("gzip", "zstd", "lz4", "none"):
    parquet(f"read-parquet-{codec}", {}, compression=codec)
parquet("either-parquet-brotli", {}, compression="brotli")
parquet("either-parquet-pages-v2", {"costInUsd": exact(24)}, data_page_version="2.0", use_dictionary=False, column_encoding={"costInUsd": "BYTE_STREAM_SPLIT", "date": "DELTA_BYTE_ARRAY", "SubscriptionId": "DELTA_LENGTH_BYTE_ARRAY"})
parquet("read-parquet-parts", {"costInUsd": exact(24)}, "part-00000.parquet", slice(0, 400))
parquet("read-parquet-parts", {"costInUsd": exact(18), "date": pyarrow.array([day.date() for day in days])}, "part-00001.parquet", slice(400, 800))
parquet("read-parquet-beside-text", {}, "part-1.parquet", slice(0, 400))
write("read-parquet-beside-text", lines_of(rows[400:]), "part-2.csv")
parquet("read-parquet-no-rows-beside", {}, "a.parquet", slice(0, 0))
parquet("read-parquet-no-rows-beside", {}, "b.parquet")
parquet("read-parquet-other-case", {key: None for key in strings} | {key.upper(): pyarrow.array(values) for key, values in strings.items()})
parquet("none-parquet-name-twice", {"COSTINUSD": pyarrow.array(strings["costInUsd"])})
parquet("either-parquet-number-of-text", {"costInUsd": pyarrow.array([random.choice(["1,234", "1.5", " 2.5 ", "1e3", "$5", ""]) for _ in rows])})
parquet("either-parquet-text-with-nul", {"SubscriptionId": pyarrow.array(["a\0b" if nth == 5 else one for nth, one in enumerate(strings["SubscriptionId"])])})
parquet("read-parquet-line-breaks", {"provider": pyarrow.array(["Azure\n" if nth % 5 == 0 else one for nth, one in enumerate(strings["provider"])]), "SubscriptionId": pyarrow.array(["a\nb" if nth == 9 else one for nth, one in enumerate(strings["SubscriptionId"])])})
parquet("either-parquet-day-text", {"date": pyarrow.array(["2017-01-31 00:00:00.000000000" if nth % 5 == 0 else one for nth, one in enumerate(strings["date"])])})
# Other dialects: the layout of attain itself, with a currency each row.
own = ["date", "partner_id", "association", "subscription_id", "amount", "currency"]
codes = ["USD", "usd", " EUR ", "Eur", "", "XXX", "US", "USDX", "$", "\u20ac", "U5D", "N/A", "None", "usd\u00a0", "u\u00df", "\ufb01m", "GBP", "\u212aRW", "KRW"]
write("read-own-currencies", lines_of([["2017-01-%02d" % (nth % 28 + 1), partners[nth % len(partners)], random.choice(["dpor", "pal", "csp-tier-1", "CSP Tier 1", "DPOR ", "", "gift"]), f"s{nth}", "12.5", codes[nth % len(codes)]] for nth in range(400)], own))
months = ["2017-01", "2017-1", "201701", "Jan 2017", "January-2017", "2017-01-15", "2017-13", "1/2017", "01-2017", "2017", "Jan-17", "2017/01", "", "2017-01-01T00:00:00Z", "JAN 2017", "Feb 17"]
write("read-own-months", lines_of([[months[nth % len(months)], partners[nth % len(partners)], "dpor", f"s{nth}", "12.5", "USD"] for nth in range(400)], ["month"] + own[1:]))
write("read-own-months-and-days", lines_of([["2017-01-%02d" % (nth % 28 + 1), "2016-12", partners[nth % len(partners)], "dpor", f"s{nth}", "12.5", "USD"] for nth in range(400)], ["date", "month"] + own[1:]))
write("read-two-dialects", lines_of([["2017-01-%02d" % (nth % 28 + 1), partners[nth % len(partners)], "dpor", f"s{nth}", "12.5", "USD"] for nth in range(400)], own), "own/a.csv")
write("read-two-dialects", plain, "cost/export.csv")
