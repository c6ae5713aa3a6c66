"""Compares the sheet of partners of a workbook with the report as CSV, as other readers see it.

workbook.py BOOK.xlsx REPORT.csv: openpyxl, python-calamine, pandas and DuckDB read the book; no sheet holds a formula.
workbook.py --office PARTNERS.csv REPORT.csv LOCALE: the sheet as LibreOffice saved it.
"""

import csv
import datetime
import decimal
import sys
import warnings

# Readers tell what they would drop on saving.
warnings.simplefilter("ignore")

FORMULA = ("=", "+", "-", "@", "\t", "\r")
SHEETS = ["Summary", "Partners", "Months", "Ledger", "People", "Rejects", "Warnings and coverage", "About"]


def unguarded(text):
    """A text of the CSV without the apostrophe that keeps spreadsheets from running it."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def shown(value):
    """A cell as the CSV writes it: None if blank, a number with its digits, a day in ISO form."""
    if value is None or value == "" or value != value:
        return ""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, (int, float)):
        return decimal.Decimal(repr(value))
    return value


def is_equal(value, expected):
    value = shown(value)
    if isinstance(value, decimal.Decimal):
        return expected != "" and value == decimal.Decimal(expected)
    return value == unguarded(expected)


def report(path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    return rows[0], rows[1:]


def compare(reader, heads, rows, path):
    names, expected = report(path)
    assert len(rows) == len(expected), f"{reader}: {len(rows)} lines, not {len(expected)}"
    places = [heads.index(name) for name in names]
    for number, (row, record) in enumerate(zip(rows, expected), 2):
        for place, name, cell in zip(places, names, record):
            assert is_equal(row[place], cell), f"{reader}: {name} of row {number}: {row[place]!r} is not {cell!r}"
    print(f"{reader}: {len(rows)} lines of {len(names)} columns equal")


def with_openpyxl(book, path):
    import openpyxl

    opened = openpyxl.load_workbook(book)
    assert opened.sheetnames == SHEETS, opened.sheetnames
    for sheet in opened:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", f"{sheet.title}!{cell.coordinate} is a formula"
    sheet = opened["Partners"]
    rows = list(sheet.iter_rows(values_only=True))
    heads, lines = list(rows[0]), rows[1:]
    id_column = heads.index("partner_id")
    assert all(isinstance(row[id_column], str) for row in lines), "an id is no text"
    assert sheet.freeze_panes == "C2", sheet.freeze_panes
    assert list(sheet.tables) == ["Partners"], sheet.tables
    assert sheet.page_setup.orientation == "landscape" and sheet.print_title_rows == "$1:$1"
    compare("openpyxl", heads, lines, path)


def with_calamine(book, path):
    import python_calamine

    rows = python_calamine.CalamineWorkbook.from_path(book).get_sheet_by_name("Partners").to_python()
    compare("python-calamine", rows[0], rows[1:], path)


def with_pandas(book, path):
    import pandas

    frame = pandas.read_excel(book, sheet_name="Partners", dtype=str, keep_default_na=False)
    # As text: compared where text is what the CSV has.
    names, expected = report(path)
    for name in ["partner_id", "partner_name", "country", "tier", "confidence", "notes"]:
        column = [row[names.index(name)] for row in expected]
        assert list(frame[name]) == [unguarded(text) for text in column], name
    total = sum(decimal.Decimal(value) for value in frame["consumption_usd"])
    exact = sum(decimal.Decimal(row[names.index("consumption_usd")]) for row in expected)
    assert total == exact, (total, exact)
    print(f"pandas: {len(frame)} lines, consumption {total}")


def with_duckdb(book, path):
    import duckdb

    try:
        duckdb.sql("install excel; load excel")
    except duckdb.Error as error:
        print(f"DuckDB: not compared, its extension is not to be had: {str(error).splitlines()[0]}")
        return
    rows = duckdb.sql(
        f"select partner_id, tier, consumption_usd from read_xlsx('{book}', sheet = 'Partners', all_varchar = true)"
    ).fetchall()
    names, expected = report(path)
    places = [names.index(name) for name in ["partner_id", "tier", "consumption_usd"]]
    for row, record in zip(rows, expected, strict=True):
        ids, tier, usd = (record[place] for place in places)
        assert (row[0], row[1] or "") == (ids, tier) and decimal.Decimal(row[2]) == decimal.Decimal(usd), (row, record)
    print(f"DuckDB: {len(rows)} lines equal")


def as_saved_by_office(saved, path, locale):
    # LibreOffice writes figures with the marks of its locale.
    mark = {"en-US": ".", "de-DE": ","}[locale]
    heads, rows = report(saved)
    names, expected = report(path)
    assert len(rows) == len(expected), (len(rows), len(expected))
    for row, record in zip(rows, expected):
        for name, cell in zip(names, record):
            value = row[heads.index(name)]
            if name.endswith("_usd") and cell:
                assert decimal.Decimal(value.replace(mark, ".")) == decimal.Decimal(cell), (name, value, cell)
            else:
                assert value == unguarded(cell), (name, value, cell)
    print(f"LibreOffice, {locale}: {len(rows)} lines of {len(names)} columns equal")


if sys.argv[1] == "--office":
    as_saved_by_office(*sys.argv[2:])
else:
    with_openpyxl(*sys.argv[1:])
    with_calamine(*sys.argv[1:])
    with_pandas(*sys.argv[1:])
    with_duckdb(*sys.argv[1:])
