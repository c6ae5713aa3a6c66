"""attain spark: adds up exports of Azure consumption exactly, on Apache Spark 3.5 or later.

It reads the sources named in JOB at the end of this file, and writes three folders below --out:
  credits   Parquet: one line for each source, subscription, owner, day or month and currency, with its exact sum
  rejects   JSON lines: rows whose type, day, owner or amount cannot be read
  control   a text: what was read, excluded and refused of each file, and what its lines come to; written last
`attain report OUT partners.csv ...` judges them. Where rows are in doubt, the job ends with a message and writes no control. It
uses expressions of SQL only: no function of Python runs on a row. JOB holds them, and what the columns of each export mean.
"""
import argparse, csv, hashlib, json, re, sys  # noqa: E401
from difflib import get_close_matches
from urllib.parse import unquote
from pyspark.sql import SparkSession
from pyspark.sql.functions import expr, lit

SETTINGS = {"spark.sql.ansi.enabled": "true",  # a sum that overflows is an error
            "spark.sql.session.timeZone": "UTC", "spark.sql.legacy.timeParserPolicy": "CORRECTED", "spark.sql.caseSensitive": "true",
            "spark.sql.csv.filterPushdown.enabled": "false", "spark.sql.parquet.enableVectorizedReader": "true",
            "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",  # for days that can only be wrong
            "spark.sql.icu.caseMappings.enabled": "false", "spark.sql.codegen.wholeStage": "false"}  # whole stages would pass Java's limit of 64 KB a method
FILES = {"ignoreCorruptFiles": "false", "ignoreMissingFiles": "false", "recursiveFileLookup": "true"}
CSV = {"header": "true", "mode": "FAILFAST", "quote": '"', "escape": '"', "columnPruning": "false", "multiLine": "false", "encoding": "UTF-8"}

def stop(message):
    raise SystemExit(f"attain: {message}; no control is written, so nothing can be judged")
def q(text):  # a literal of SQL
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
def name(text):  # a name of SQL
    return "`" + text.replace("`", "``") + "`"
def among(value, words):
    return f"({value} IN ({', '.join(map(q, words))}))" if words else "false"
def case(branches, otherwise="NULL"):
    """CASE of pairs (condition, value): the first condition that holds decides."""
    return "CASE " + " ".join(f"WHEN {test} THEN {value}" for test, value in branches) + f" ELSE {otherwise} END" if branches else otherwise
def read(what, x):
    """The expression of that name, of a cell."""
    return re.sub(r"\{([a-z_]+)\}", lambda part: x if part[1] == "x" else read(part[1], x), JOB["expressions"][what])

# --- headers ----------------------------------------------------------------------------------------------------------
def compared(name):
    return "".join(c for c in name if not c.isspace() and c not in "_-\ufeff\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060").lower()
def forms_of(name):
    """A header name as it is compared; and the name within `Local name (Name)`."""
    outer, _, inner = name.strip().rpartition("(")
    return {compared(name)} | ({compared(inner[:-1])} if outer.strip() and inner.endswith(")") and compared(inner[:-1]) else set())

def layout_of(file, header):
    """The one dialect that fits a header, and the place of each of its columns in the file."""
    names = [forms_of(name) for name in header]
    def places(wanted):
        return [at for at, forms in enumerate(names) if wanted in forms]
    def has(wanted):
        return any(places(name) for name in wanted)
    fits = []
    for dialect in JOB["dialects"]:
        at = {key: next(filter(None, map(places, texts)), []) for key, texts in dialect["columns"].items()}
        forbidden = dialect["forbidden"] + [name for one in dialect["forbidden_unless"] if not has(one["beside"]) for name in one["names"]]
        if all(any(at[key] for key in keys) for keys in dialect["required"]) and not has(forbidden):
            fits.append((dialect, at))
    fits = [one for one in fits if one[0]["of_user"]] or fits
    if len(fits) != 1:
        stop(f"{file}: {' and '.join(one[0]['name'] for one in fits) or 'no dialect of this job'} fit its first line: {', '.join(header)[:300]}")
    dialect, at = fits[0]
    strange = [name for name in map(compared, header) if name not in JOB["documented"] and len(name) > 5]
    for key, nths in at.items():
        texts = dialect["columns"][key]
        near = next((found[0] for found in (get_close_matches(name, strange, 1, 0.8) for name in texts) if found), None)
        if len(nths) > 1:
            stop(f"{file}: a column that is used stands there twice: {', '.join(header[nth] for nth in nths)}")
        if not nths and near and not any(near in names[nth] for others in at.values() for nth in others):
            stop(f"{file}: its column {near!r} seems to be a misspelling of {texts[0]!r}")
    for test in dialect["conditions"]:
        may_lack = {"never": False, "always": True, "with": has(test["beside"]), "without": not has(test["beside"])}[test["absence"]]
        if not at[test["column"]] and not may_lack and not JOB["usage_only"]:
            stop(f"{file}: it lacks {dialect['columns'][test['column']][0]!r}, which tells consumption from other rows; say --usage-only if all rows are usage")
    return dialect | {"date": next(one for one in dialect["dates"] if at[one["column"]])}, {key: nths[0] for key, nths in at.items() if nths}

# --- rows -------------------------------------------------------------------------------------------------------------
def classify(frame, dialect, has):
    """Gives each row its outcome. `frame` has the file, and as text `c_KEY` the cell of each column in `has`."""
    def cell(key):
        return name("p_" + key) if key in has else "''"
    def fill(text):
        """An expression of the dialect: `{what:KEY}` is the expression of that name, of a cell; `{what:=name}`, of a column of a step before."""
        text = text.replace("{partner_option}", q(JOB["partner_id"]) if JOB["partner_id"] else "NULL")
        return re.sub(r"\{(\w+):([^}]+)\}", lambda part: read(part[1], name(part[2][1:]) if part[2].startswith("=") else cell(part[2])), text)
    frame = frame.selectExpr("file", *[f"coalesce({name('c_' + key)}, '') AS {name('c_' + key)}" for key in has])
    frame = frame.selectExpr("*", *[f"{read('trimmed', name('c_' + key))} AS {cell(key)}" for key in has])
    # Is it consumption? A value that excludes the row beats an unknown one.
    kinds = [test for test in dialect["conditions"] if test["column"] in has]
    frame = frame.selectExpr("*", f"({' OR '.join(fill(test['excluded_if']) for test in kinds) or 'false'}) AS excluded",
                             *[f"{case([(fill(test['unknown_if']), q(test[key])) for test in kinds])} AS {what}" for key, what in (("code", "kind_fault"), ("column", "kind_column"))])
    # The day, of a monthly row the last day of its month; the ids of subscription, partners and tenants; and the owner.
    date, value = dialect["date"], cell(dialect["date"]["column"])
    for step in date["steps"] + dialect["steps"]:
        frame = frame.selectExpr("*", *map(fill, step))
    # The amount: the first column whose currency fits; if its cell is no amount, the next column is not tried.
    choices = []
    for one in (one for one in dialect["amounts"] if one["column"] in has):
        if not one["currency"] and one["currency_column"] not in has and not one["only"] and not JOB["currency"]:
            stop(f"a file of {dialect['name']} lacks {dialect['columns'][one['currency_column']][0]!r}, the currency of its amounts; say --currency")
        fixed = one["currency"] or (JOB["currency"] if one["currency_column"] not in has else None)
        code = q(fixed) if fixed else read("currency", cell(one["currency_column"]))
        choices.append((among(code, one["only"]) if one["only"] else "true", cell(one["column"]), cell(one["zero_unless"]), q(one["column"]), code))
    frame = frame.selectExpr("*", *[f"{case([(one[0], one[nth]) for one in choices], otherwise)} AS {what}" for nth, what, otherwise in
                                    ((1, "money", "''"), (2, "other", "''"), (3, "money_column", "''"), (4, "currency", "NULL"))])
    for step in dialect["outcome"]:
        frame = frame.selectExpr("*", *map(fill, step))
    shown = case([(f"column = {q(one)}", name("c_" + one)) for one in has])
    names = ", ".join(q(text.lower()) for text in has.values())
    is_header = f"outcome IN ('refused', 'excluded') AND {' + '.join(f'int(lower({cell(one)}) IN ({names}))' for one in has)} >= {max(min(3, len(has)), (len(has) + 1) // 2)}"
    strange = read("strange", f"concat_ws(' ', {', '.join(name('c_' + one) for one in has)})")
    is_open = "outcome = 'refused' AND id_fault IS NULL AND NOT is_named AND who_fault IS NULL" if dialect["associations_file"] else "false"
    owned, amount = "if(outcome IN ('credited', 'refused') AND id_fault IS NULL, coalesce({0}, ''), '') AS {0}", "if(excluded OR amount_fault IS NOT NULL, NULL, {}) AS {}"
    return frame.selectExpr(
        "file", f"if({strange} OR coalesce(code IN ('stop', 'amount-too-large'), false) OR {is_header}, 'stop', outcome) AS outcome", "column",
        case([(strange, "'a character that is no text, or a form of an id or day that is not read here'"), (is_header, "'the header again'")], "code") + " AS code",
        f"if(outcome = 'refused', if({shown} LIKE '%@%', '', left({shown}, 200)), NULL) AS value",
        *[owned.format(one) for one in ("partner", "provider", "association")], owned.format("provider_is").replace("id_fault IS NULL", "id_fault IS NULL AND provider IS NOT NULL"),
        f"if(outcome = 'credited' OR {is_open} OR {str(dialect['repeats']).lower()}, coalesce(who, ''), '') AS subscription", f"{is_open} AS is_open",
        f"if(excluded OR kind_fault IS NOT NULL, NULL, {'last_day(read_day)' if date['grain'] == 'month' else 'read_day'}) AS day",
        amount.format("currency", "currency"), amount.format("number", "amount"), "coalesce(is_rounded, false) AS is_rounded",
        "shows_amortized AND amount_fault IS NULL AND number <> 0 AND read_day IS NOT NULL AS is_amortized", "shows_actual AND read_day IS NOT NULL AS is_actual",
        f"coalesce(dayofmonth(read_day) > 11, false) AND {value} RLIKE '^[0-9]+[-/](1[3-9]|2.|3.)[-/]' AS is_month_first",
        "if(outcome = 'credited', invoice, NULL) AS invoice")

# --- files ------------------------------------------------------------------------------------------------------------
def plain_path(uri):
    """A path as listings give it, from one of a row, which is percent-encoded."""
    return "file:/" + unquote(uri)[5:].lstrip("/") if uri.startswith("file:") else unquote(uri)

def sep_of(path):
    return "\t" if path.lower().endswith((".tsv", ".tsv.gz")) else ","

def listed(spark, sources):
    """Size and time of each file below the sources."""
    for source in sources:
        if source.rstrip("/").rpartition("/")[2].startswith(("_", ".")):
            stop(f"{source}: Spark passes over names that begin with `_` or `.` in silence; rename it")
    files = spark.read.format("binaryFile").options(**FILES).load(sources).select("path", "length", "modificationTime").collect()
    files = {("file:/" + row.path[5:].lstrip("/") if row.path.startswith("file:") else row.path): (row.length, row.modificationTime.isoformat()) for row in files}
    for path in files:
        if any(c in path for c in "[]{}*?"):
            stop(f"{path}: Spark reads a name with one of []{{}}*? as a pattern; rename it")
        if any(compared(part.partition("=")[0]) in JOB["documented"] for part in path.split("/")[:-1] if "=" in part):
            stop(f"{path}: a folder in its name holds a column, which the job does not read; read the file with `attain report`")
        if not path.lower().endswith((".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet", "manifest.json")):
            stop(f"{path}: by its name neither .csv, .tsv (also .gz) nor .parquet; name the sources more exactly, such as FOLDER/*.csv.gz")
    return files

def superseded_of(spark, files, manifests):
    """The files of runs, EXPORT/PERIOD/TIME/[GUID/], that a newer run of the same export and period tells again. A run with a manifest is whole if its parts are there."""
    runs, superseded = {}, []
    for folder, _, leaf in (path.rpartition("/") for path in sorted(files)):
        of_run = re.fullmatch(r"(.*)/(\d{8}-\d{8})/(\d{12}|\d{14})(/[0-9A-Fa-f-]{36})?", folder)
        if of_run and leaf.lower() != "manifest.json":
            runs.setdefault(of_run.group(1, 2), {}).setdefault((of_run[3].ljust(14, "0"), folder), set()).add(leaf)
    def is_whole(export, folder, leaves):
        parts = {blob["blobName"].rpartition("/")[2] for blob in json.loads(manifests.get(folder + "/manifest.json", "{}")).get("blobs", ())}
        return parts and parts <= leaves or not any(path.startswith(export + "/") for path in manifests)
    for (export, _), of_period in runs.items():
        whole = sorted(run for run, leaves in of_period.items() if is_whole(export, run[1], leaves))
        for _, folder in (run for run in whole if run[0] < whole[-1][0]):
            paths = sorted(path for path in files if path.rpartition("/")[0] == folder and path not in manifests)
            reader = spark.read.options(**FILES)
            header = (reader.parquet(paths[0]) if paths[0].lower().endswith(".parquet") else reader.options(**CSV, sep=sep_of(paths[0])).csv(paths[0])).columns
            dialect, _ = layout_of(paths[0], header)
            superseded += [{"file": path, "bytes": files[path][0], "dialect": dialect["name"], "family": dialect["family"]} for path in paths]
    return superseded

def texts_checked(spark, paths):
    """Header and number of rows of each text. Looks at each line for what the reader of CSV accepts in silence."""
    lines = spark.read.options(**FILES, lineSep="\n").text(paths)
    lines = lines.selectExpr("_metadata.file_path AS file", "_metadata.file_block_start = 0 AS is_first", "monotonically_increasing_id() AS nth",
                             "if(endswith(value, '\\r'), left(value, length(value) - 1), value) AS line")
    faults = {"a quote that is not closed, or a line break in quotes": read("open_quote", "line"), "text behind a closing quote": read("bad_quote", "line"),
              "a carriage return within": "instr(line, '\\r') > 0", "a NUL": "instr(line, '\\0') > 0", "bytes that are no UTF-8": "line RLIKE '\ufffd'",
              "nothing but blanks, over which Spark passes": read("blanks_alone", "line")}
    counts = [f"count_if({test}) AS f{nth}" for nth, test in enumerate(faults.values())]
    rows = lines.groupBy("file").agg(*map(expr, ["min_by(line, if(is_first, nth, NULL)) AS header", "count_if(line <> '') AS rows", *counts,
                                              f"min({read('marks', 'line')}) AS fewest", f"max({read('marks', 'line')}) AS most"])).collect()
    for row, nth, what in ((row, nth, what) for row in rows for nth, what in enumerate(faults) if row[f"f{nth}"]):
        stop(f"{plain_path(row.file)}: {row[f'f{nth}']} lines have {what}; read it with `attain report`, or have it written again")
    for row in (row for row in rows if row.fewest != row.most):
        stop(f"{plain_path(row.file)}: its lines have {row.fewest + 1} to {row.most + 1} fields: rows are cut or too long, or a title stands before the header")
    return {plain_path(row.file): (row.header.lstrip("\ufeff"), row.rows - 1) for row in rows}

def text_of(path, field):
    """A column of Parquet as text that says the same."""
    kind = "of_" + field.dataType.typeName()
    return read(kind, name(field.name)) if kind in JOB["expressions"] else stop(f"{path}: {field.name} is neither text, decimal, double nor day")

def tables_of(spark, files):
    """One frame for each group of files that are alike: of one header, or of one schema of Parquet. No file is in two groups."""
    tables, groups, texts = [], {}, sorted(path for path in files if not path.lower().endswith((".parquet", "manifest.json")))
    headers = texts_checked(spark, texts) if texts else {}
    for path in texts:
        if path not in headers:
            stop(f"{path}: it is empty")
        groups.setdefault((headers[path][0], sep_of(path)), []).append(path)
    for (line, sep), paths in groups.items():
        header = next(csv.reader([line], delimiter=sep))
        dialect, at = layout_of(paths[0], header)
        is_unique = len(set(header)) == len(header) and all(header)  # else the check of the header above must do
        names = header if is_unique else [f"column {nth}" for nth in range(len(header))]
        reader = spark.read.options(**CSV, **FILES, sep=sep, enforceSchema=str(not is_unique).lower())
        frame = reader.schema(", ".join(f"{name(one)} STRING" for one in names)).csv(paths)
        tables.append((frame, dialect, {key: name(names[nth]) for key, nth in at.items()}, {key: header[nth] for key, nth in at.items()}, paths))
    groups = {}
    for path in sorted(path for path in files if path.lower().endswith(".parquet")):
        groups.setdefault(spark.read.options(**FILES).parquet(path).schema.json(), []).append(path)
    for paths in groups.values():
        frame = spark.read.options(**FILES, mergeSchema="false").parquet(*paths)
        dialect, at = layout_of(paths[0], frame.columns)
        tables.append((frame, dialect, {key: text_of(paths[0], frame.schema[nth]) for key, nth in at.items()}, {key: frame.columns[nth] for key, nth in at.items()}, paths))
    return tables, {path: rows for path, (_, rows) in headers.items()}

def main():
    parser = argparse.ArgumentParser(description="Adds up exports of Azure consumption; `attain report OUT` judges them.")
    parser.add_argument("--out", required=True, metavar="URI", help="a folder that does not exist yet")
    parser.add_argument("sources", nargs="*", default=JOB["sources"], metavar="SOURCE", help="files, folders or patterns, instead of those in this file")
    options = parser.parse_args()
    spark, out = SparkSession.builder.appName("attain").getOrCreate(), options.out.rstrip("/")
    for key, value in SETTINGS.items():
        spark.conf.set(key, value)
    try:
        spark.read.format("binaryFile").load(out).columns  # Connect looks when it is asked
    except Exception as error:  # as it should be
        if "PATH_NOT_FOUND" not in str(error):
            raise
    else:
        stop(f"{out} exists: name a folder that does not")
    # Add up: each line is one outcome of rows that are alike.
    before, rows, of_file = listed(spark, options.sources), None, {}
    texts = [path for path in before if path.lower().endswith("manifest.json")]
    manifests = {plain_path(row.file): row.value for row in spark.read.option("wholetext", "true").text(texts).selectExpr("_metadata.file_path AS file", "value").collect()} if texts else {}
    root = next((path[:-len(one)] for one in JOB["sources"][:1] for path in before if path.endswith(one)), "")  # of paths that a listing gives without a scheme
    superseded = superseded_of(spark, before, manifests) + [one | {"file": root + one["file"]} for one in JOB["superseded"] if options.sources == JOB["sources"]]
    tables, rows_of_texts = tables_of(spark, set(before) - {one["file"] for one in superseded})
    if not tables:
        stop(f"{', '.join(options.sources)}: no file with a row")
    for frame, dialect, cells, has, paths in tables:
        outcomes = classify(frame.selectExpr("_metadata.file_path AS file", *[f"{text} AS {name('c_' + key)}" for key, text in cells.items()]), dialect, has)
        rows = outcomes if rows is None else rows.unionAll(outcomes)
        of_file.update({path: {key: dialect[key] for key in ("dataset", "family", "rules")} | {  # one source is one file; its id follows from path, size and time
            "source": hashlib.sha256(f"{path}|{before[path]}".encode()).hexdigest()[:32], "dialect": dialect["name"], "grain": dialect["date"]["grain"],
            "bytes": before[path][0], "modified": before[path][1]} for path in paths})
    owner = ["partner", "provider", "provider_is", "association", "subscription", "is_open", "day", "currency"]
    sums = ["count(*) AS rows", "sum(amount) AS amount", "sum(if(amount < 0, amount, 0)) AS negative", "sum(if(amount > 0, amount, 0)) AS positive",
            "sum(ceil(abs(amount))) AS weight", "count_if(is_rounded) AS rounded", "max(is_amortized) AS is_amortized", "max(is_actual) AS is_actual", "max(is_month_first) AS is_month_first"]
    # The invoice is a key, since a set of invoices would have Spark sort all rows.
    lines = rows.groupBy("file", "outcome", "code", "column", "value", "invoice", *owner).agg(*map(expr, sums)).cache()
    stops = lines.where("outcome = 'stop'").limit(20).collect()
    for row in stops:
        print(f"attain: {plain_path(row.file)}: {row.column} is {row.value!r} in {row.rows} rows: {row.code}", file=sys.stderr)
    if stops:
        stop(f"{plain_path(stops[0].file)}: cells that end the job, such as amounts of 10^14, groups of digits or a decimal comma; correct them, or read the file with `attain report`")
    for row in lines.groupBy("currency").agg(expr("sum(weight) AS weight")).collect():
        if row.weight is not None and row.weight >= 10**14:
            stop(f"the amounts of {row.currency} come to 10^14 or more without their signs, so that a sum could overflow")
    # What was counted of each file.
    sources, uris, facts = {}, {}, ["sum(rows) AS rows", "sum(if(outcome IN ('credited', 'without'), rounded, 0)) AS rounded", "collect_set(CAST(day AS STRING)) AS days", "max(is_actual) AS is_actual",
                          "max(is_amortized) AS is_amortized", "collect_set(invoice) AS invoices",
                          "max(is_month_first) OR count(DISTINCT if(code = 'impossible-date' AND value RLIKE '^[0-9]{1,2}[-/]', value, NULL)) < 2 AS is_in_order"]
    facts_of = {plain_path(row.file): row.asDict() for row in lines.groupBy("file").agg(*map(expr, facts)).collect()}
    for path in sorted(set(facts_of) | set(of_file)):
        row = facts_of.get(path, {"rows": 0, "rounded": 0, "days": [], "is_actual": False, "is_amortized": False, "invoices": []})
        if path not in of_file or rows_of_texts.get(path, row["rows"]) != row["rows"]:
            stop(f"{path}: {row['rows']} rows were read, and {rows_of_texts.get(path, 0)} stand in it")
        if not row.pop("is_in_order", True) and not JOB["day_first"]:
            stop(f"{path}: its days are impossible as month/day/year; if the day comes first, say --day-first")
        uris[row.pop("file", None)] = path
        sources[path] = of_file[path] | row | {"file": path, "days": sorted(row["days"]), "invoices": sorted(row["invoices"]), "lines": {}, "outcomes": []}
    totals = [expr(f"sum({one}) AS {one}") for one in ("rows", "amount", "negative", "positive")]
    written = ["CAST(day AS STRING) AS day" if one == "day" else one for one in owner]  # Python has no year 0
    for row in lines.where("outcome <> 'credited'").groupBy("file", "outcome", "code", *map(expr, written)).agg(*totals).collect():
        sources[plain_path(row.file)]["outcomes"].append({key: value for key, value in row.asDict().items() if value not in (None, "") and key != "file"})
    # Write, and read again what was written. The mode `error` is errorifexists by the one name that Connect knows too.
    names = [{"file": uri} | {key: sources[path][key] for key in ("source", "dataset", "grain")} for uri, path in uris.items() if uri]
    named = spark.range(1).select(lit(json.dumps(names)).alias("names")).selectExpr("inline(from_json(names, 'ARRAY<STRUCT<file: STRING, source: STRING, dataset: STRING, grain: STRING>>'))")
    credits = lines.where("outcome = 'credited'").join(named.hint("broadcast"), "file").selectExpr(
        "dataset", "source", "subscription", "partner", "provider", "association", "if(grain = 'month', trunc(day, 'MM'), day) AS `from`", "day AS `to`", "currency", "amount", "rows")
    credits.sortWithinPartitions("source", "subscription", "partner", "provider", "association", "currency", "from").write.mode("error").parquet(out + "/credits")
    lines.where("outcome = 'refused'").selectExpr("file", "code", "column", "value", *owner, "amount", "rows").write.mode("error").json(out + "/rejects")
    by_source = {one["source"]: one for one in sources.values()}
    for row in spark.read.parquet(out + "/credits").groupBy("source", "currency").agg(*totals[:2]).collect():
        by_source[row.source]["lines"][row.currency] = {"rows": row.rows, "amount": str(row.amount)}
    for one in sources.values():
        if sum(total["rows"] for total in one["lines"].values()) + sum(outcome["rows"] for outcome in one["outcomes"]) != one["rows"]:
            stop(f"{one['file']}: {out}/credits lacks rows of it, or has others")
    # The control comes last, and only if no file has changed meanwhile.
    if listed(spark, options.sources) != before:
        stop("files changed while they were read; run the job again, to another folder")
    control = {"schema": 1, "attain": JOB["attain"], "spark": spark.version, "partner_id": JOB["partner_id"], "superseded": superseded,
               "manifests": sorted(manifests.items()), "sources": list(sources.values())}
    spark.range(1).select(lit(json.dumps(control, indent=1, default=str)).alias("value")).coalesce(1).write.mode("error").text(out + "/control")
    print(f"attain: {out}: {sum(one['rows'] for one in sources.values())} rows of {len(sources)} files; next: attain report {out} partners.csv credentials.csv ...")

JOB = json.loads(r"""@JOB@""")
main()
