"""attain spark: adds up exports of Azure consumption exactly, on Apache Spark 3.5 or later.

It reads the SOURCES named in JOB at the end of this file and writes three folders below --out:
  credits   Parquet: one line for each source, subscription, owner, day or month and currency, with its exact sum
  rejects   JSON lines: rows whose day, amount, type or owner cannot be read
  control   one text: what was read, excluded and refused, and what the lines come to; written last
`attain report OUT partners.csv ...` judges OUT. The job ends with a message, and without a control, wherever the
rows of a file are in doubt. It uses SQL expressions only: no function of Python runs on a row.
"""
import argparse
import csv
import hashlib
import json
import sys
from difflib import get_close_matches
from urllib.parse import unquote

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from pyspark.sql.functions import expr
from pyspark.sql.types import StringType, StructField, StructType

AMOUNT = "DECIMAL(38,24)"
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
GUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
BLANKS = " \t\n\r\f"
WIDE_BLANKS = BLANKS + "\x0b\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))


def stop(message):
    raise SystemExit("attain: " + message + "; nothing can be judged, and no control is written")


def q(text):
    """A text as a literal of SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def rx(value, pattern):
    return f"({value} RLIKE {q(pattern)})"


def among(value, words):
    return f"({value} IN ({', '.join(map(q, words))}))" if words else "false"


def case(*branches, otherwise="NULL"):
    """CASE of pairs (condition, value): the first condition that holds decides."""
    whens = " ".join(f"WHEN {condition} THEN {value}" for condition, value in branches)
    return f"CASE {whens} ELSE {otherwise} END" if branches else otherwise


def trim(value, blanks=BLANKS):
    return f"trim(BOTH {q(blanks)} FROM {value})"


# --- words and numbers ------------------------------------------------------------------------------------------------
def blank(value):
    return f"(length({value}) <= 7 AND {among(f'lower({value})', JOB['blank'])})"


def absent(value):
    """Whether an id is missing: blank, a word for it, or 0, -1 or -2 in any form of a number."""
    zero = r"^([-\u2212]?0+([.,]0*)?([eE]\+?\d+)?|[-\u2212]0*[12]([.,]0*)?([eE]\+?0+)?)$"
    return f"({value} = '' OR length({value}) <= 14 AND ({among(f'lower({value})', JOB['absent'])} OR {rx(value, zero)}))"


def number_fault(value):
    """Why a cell that is no plain number is none: a code, or `stop` where another decimal mark or a group may be meant."""
    sign, group = r"[+\u2212-]?", "[ \u00a0\u202f\u2009'\u2019]"
    shape = rf"^\(?\s*{sign}\s*([^\d.,'\u2019+\u2212()-]*)\s*{sign}\s*([\d.,'\u2019 \u00a0\u202f\u2009]*\d[.,]?([eE][+\u2212-]?\d+)?)\s*([^\d.,()]*)\)?$"
    body, exponent = f"regexp_extract({value}, {q(shape)}, 2)", r"([eE][+\u2212-]?\d+)?"
    point = rf"^(\d*\.?\d*{exponent}|[1-9]\d{{0,2}}(,\d{{3}})+(\.\d*)?|[1-9]\d{{0,2}}({group}\d{{3}})+(\.\d*)?)$"
    comma = rf"^(\d*,?\d*{exponent}|[1-9]\d{{0,2}}(\.\d{{3}})+(,\d*)?|[1-9]\d{{0,2}}({group}\d{{3}})+(,\d*)?)$"
    unit = f"rtrim(lower(concat(regexp_extract({value}, {q(shape)}, 1), regexp_extract({value}, {q(shape)}, 4))))"
    is_unit = f"({unit} = '' OR {among(unit, JOB['signs'])} OR {rx(unit, '^[a-z]{3}$')})"
    return case((f"length({value}) > 64 OR NOT {rx(value, shape)}", "'bad-number'"),
                (f"{rx(body, comma)} AND NOT {rx(body, point)}", "'stop'"),
                (f"NOT {is_unit} OR NOT {rx(body, point)}", "'bad-number'"),
                (f"{rx(body, comma)} AND {body} LIKE '%,%'", "'bad-number'"), otherwise="'stop'")


# --- ids --------------------------------------------------------------------------------------------------------------
def partner(value):
    """(id, fault) of a cell with a partner id, trimmed; the id is NULL where the cell names nobody."""
    exact, power = r"^[+]?\d+[.,]0*$", r"^[+]?(\d+)(?:[.,](\d*))?[eE][+]?(\d{1,2})$"
    whole = f"regexp_extract({value}, '^[+]?([0-9]+)', 1)"
    decimals = f"trim(TRAILING '0' FROM regexp_extract({value}, {q(power)}, 2))"
    exponent = f"CAST(regexp_extract({value}, {q(power)}, 3) AS INT)"
    digits = f"trim(LEADING '0' FROM concat(regexp_extract({value}, {q(power)}, 1), {decimals}))"
    shifted = f"rpad({digits}, length({digits}) + {exponent} - length({decimals}), '0')"
    grouped = "^[+\u2212-]?[1-9]\\d{0,2}([., '\u00a0\u202f\u2019]\\d{3})+([.,]\\d*)?$"
    is_power = f"{rx(value, power)} AND {exponent} >= length({decimals})"
    name = case((rx(value, r"^\d+$"), f"trim(LEADING '0' FROM {value})"), (absent(value), "NULL"),
                (rx(value, exact) + f" AND NOT {rx(value, grouped)} OR " + rx(value, "^[+][0-9]+$"), f"trim(LEADING '0' FROM {whole})"),
                (is_power, shifted), otherwise=value)
    lost = f"{is_power} AND {exponent} > length({decimals}) AND length({digits}) + {exponent} - length({decimals}) > 11"
    fault = case((rx(value, r"^\d*$"), "NULL"), (among(value, JOB["sheet_errors"]), "'bad-text'"), (lost, "'id-lost-precision'"),
                 (rx(value, grouped) + f" AND NOT {absent(value)}", "'stop'"))
    return f"nullif({name}, '')", fault


def subscription(value):
    """A subscription or tenant in the form in which it is compared; NULL where the cell names none."""
    path = f"regexp_replace(lower({value}), '^/?subscriptions/([^/]*)(/.*)?$', '$1')"
    bare = f"regexp_replace({path}, '^[{{] *([0-9a-f-]+) *[}}]$', '$1')"
    packed = "^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$"
    full = f"regexp_replace({bare}, '{packed}', '$1-$2-$3-$4-$5')"
    key = case((rx(f"lower({value})", GUID), f"lower({value})"), (rx(full, GUID), full), otherwise=path)
    return case((f"{absent(value)} OR {key} = '00000000-0000-0000-0000-000000000000'", "NULL"), otherwise=key)


# --- days -------------------------------------------------------------------------------------------------------------
def day(value, forms, order):
    """(day, fault) of a trimmed cell. Every form is brought to `Y-M-D rest`; a time with an offset is turned to UTC."""
    months, rest = "janfebmaraprmayjunjulaugsepoctnovdec", r"(?:[ Tt]\s*(.*))?$"
    name = "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
    slashed = {"month-first": "$4-$1-$3 $5", "day-first": "$4-$3-$1 $5", "year-first": "$1-$3-$4 $5"}[order]
    known = {"iso": [(r"^(\d{4})-(\d{2})-(\d{2})[ Zz]\s*(.*)$", "$1-$2-$3 $4"), (r"^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})[Zz]?" + rest, "$1-$3-$4 $5"),
                     (r"^(\d{4}) *\. *(\d{1,2}) *\. *(\d{1,2})\.?$", "$1-$2-$3 "), (r"^(\d{4})(\d{2})(\d{2})" + rest, "$1-$2-$3 $4")],
             "slashes": [(r"^(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d{2})" + rest, slashed), (r"^(\d{1,2}) *\. *(\d{1,2}) *\. *(\d{4})\.?" + rest, "$3-$2-$1 $4"),
                         (r"^(\d{1,2})\. *(\d{1,2})\. *(\d{2})" + rest, "$3-$2-$1 $4"),
                         (rf"(?i)^(\d{{1,2}})[ /,.-]+{name}[ /,.-]+(\d{{4}}|\d{{2}})(?:[ /,.-]\s*(.*))?$", "$3-$2-$1 $4"),
                         (rf"(?i)^{name}[ /,.-]+(\d{{1,2}})[ /,.-]+(\d{{4}}|\d{{2}})(?:[ /,.-]\s*(.*))?$", "$3-$1-$2 $4"),
                         (rf"(?i)^(\d{{4}})[ /,.-]+{name}[ /,.-]+(\d{{1,2}})(?:[ /,.-]\s*(.*))?$", "$1-$2-$3 $4")],
             "iso-month": [(r"^(\d{4})-?(\d{2})$", "$1-$2-1 ")], "named-month": [(rf"(?i)^{name}[ ,-]+(\d{{4}}|\d{{2}})$", "$2-$1-1 ")]}
    shape = case(*[(rx(value, pattern), f"regexp_replace({value}, {q(pattern)}, {q(parts)})") for form in forms for pattern, parts in known[form]])
    year, month, number = (f"split_part(split_part(shape, ' ', 1), '-', {nth})" for nth in (1, 2, 3))
    month = case((rx(month, r"^\d+$"), month), otherwise=f"CAST((instr('{months}', lower(left({month}, 3))) + 2) DIV 3 AS STRING)")
    date = f"concat(if(length({year}) = 2, concat('20', {year}), {year}), '-', lpad({month}, 2, '0'), '-', lpad({number}, 2, '0'))"
    clock = r"(?i)^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(am|pm)?(?:z|utc|gmt)?(?:([+-])(\d{2}):?(\d{2})?\s*(?:utc|gmt)?)?$"
    time = "trim(substring(shape, instr(shape, ' ') + 1))"

    def part(nth):
        return f"coalesce(try_cast(regexp_extract({time}, {q(clock)}, {nth}) AS INT), 0)"

    half, sign = f"lower(regexp_extract({time}, {q(clock)}, 4))", f"if(regexp_extract({time}, {q(clock)}, 5) = '-', -1, 1)"
    hour = case((f"{half} = ''", part(1)), otherwise=f"({part(1)} % 12 + if({half} = 'pm', 12, 0))")
    is_time = f"{hour} <= 23 AND {part(2)} <= 59 AND {part(3)} <= 60 AND {part(6)} <= 18 AND {part(7)} <= 59 AND ({half} = '' OR {part(1)} BETWEEN 1 AND 12)"
    shift = f"CAST(floor(({hour} * 60 + {part(2)} - {sign} * ({part(6)} * 60 + {part(7)})) / 1440) AS INT)"
    plain = f"CAST(try_to_timestamp({date}, 'yyyy-MM-dd') AS DATE)"
    is_zone = among(f"lower({time})", ["", "z", "utc", "gmt"])
    found = case(("shape IS NULL", "NULL"), (is_zone, plain), (rx(time, clock), f"if({is_time}, date_add({plain}, {shift}), NULL)"))
    fault = case((f"shape IS NULL OR {blank(value)} OR NOT ({is_zone} OR {rx(time, clock)})", "'bad-date'"), otherwise="'impossible-date'")
    return shape, found, fault


# --- headers ----------------------------------------------------------------------------------------------------------
def compared(name):
    return "".join(c for c in name if not c.isspace() and c not in "_-\ufeff").lower()


def forms_of(name):
    """A header name as it is compared; and the name within `Local name (Name)`."""
    outer, _, inner = name.strip().rpartition("(")
    return {compared(name)} | ({compared(inner[:-1])} if outer.strip() and inner.endswith(")") and compared(inner[:-1]) else set())


def layout_of(file, header):
    """The one dialect that fits a header, with the position of each of its columns in the file."""
    names = [forms_of(name) for name in header]

    def places(wanted):
        return [at for at, forms in enumerate(names) if wanted in forms]

    def has(*wanted):
        return any(places(name) for name in wanted)

    fits = []
    for dialect in JOB["dialects"]:
        at = {key: next(filter(None, map(places, texts)), []) for key, texts in dialect["columns"].items()}
        forbidden = dialect["forbidden"] + [name for one in dialect["forbidden_unless"] if not has(*one["beside"]) for name in one["names"]]
        if all(any(at[key] for key in keys) for keys in dialect["required"]) and not has(*forbidden):
            fits.append((dialect, at))
    own = [one for one in fits if one[0]["of_user"]]
    fits = own or fits
    if len(fits) != 1:
        what = "several dialects fit: " + ", ".join(one[0]["name"] for one in fits) if fits else "no dialect of this job fits its header"
        stop(f"{file}: {what}: {', '.join(header)[:300]}")
    dialect, at = fits[0]
    twice = [header[nth] for nths in at.values() if len(nths) > 1 for nth in nths]
    if twice:
        stop(f"{file}: a column that is used stands there twice: {', '.join(twice)}")
    strange = [name for name in map(compared, header) if name not in JOB["documented"] and len(name) > 5]
    for key in (key for key, nths in at.items() if not nths):
        near = next(filter(None, (get_close_matches(name, strange, 1, 0.8) for name in dialect["columns"][key])), None)
        if near and near[0] not in {name for nths in at.values() for nth in nths for name in names[nth]}:
            stop(f"{file}: the column {near[0]!r} seems to be a misspelling of {dialect['columns'][key][0]!r}")
    for test in dialect["conditions"]:
        may_lack = {"never": False, "always": True, "with": has(*test["beside"]), "without": not has(*test["beside"])}[test["absence"]]
        if not at[test["column"]] and not may_lack and not JOB["usage_only"]:
            stop(f"{file}: it lacks {dialect['columns'][test['column']][0]!r}, which tells consumption from other rows; say --usage-only if all rows are usage")
    return dialect, {key: nths[0] for key, nths in at.items() if nths}


def date_of(dialect, has):
    """The first date column that a file has."""
    return next((one for one in dialect["dates"] if one["column"] in has), dialect["dates"][0])


# --- rows -------------------------------------------------------------------------------------------------------------
def classify(frame, dialect, has):
    """Gives each row its outcome. `frame` has the file, and the cell of each column in `has` as text `c_KEY`."""
    def cell(key):
        return f"`p_{key}`" if key in has else "''"

    def ident(key):
        return trim(f"`c_{key}`", WIDE_BLANKS) if key in has else "''"

    frame = frame.selectExpr("file", *[f"coalesce(`c_{key}`, '') AS `c_{key}`" for key in has])
    frame = frame.selectExpr("*", *[trim(f"trim(LEADING '\ufeff' FROM `c_{key}`)") + f" AS `p_{key}`" for key in has])

    # Is it consumption? A value that excludes the row beats an unknown one.
    tests = [test for test in dialect["conditions"] if test["column"] in has]
    unknown, excluded = [], []
    for test in tests:
        value, counts, others = cell(test["column"]), test["counts"], test["excluded"]
        known, out = among(f"lower({value})", counts), among(f"lower({value})", others)
        nothing = f"{absent(value)} AND NOT {known} AND NOT {out}"
        known = f"({known} OR {nothing})" if "" in counts else known
        out = f"({out} OR {nothing})" if "" in others else out
        out = f"({out} OR NOT {known} AND NOT {absent(value)})" if test["code"] is None else out
        excluded.append(out)
        unknown.append((f"NOT {known}", test["column"], test["code"] or "unknown-value"))
    frame = frame.selectExpr("*", f"({' OR '.join(excluded) or 'false'}) AS excluded", f"{case(*[(c, q(code)) for c, _, code in unknown])} AS kind_fault",
                             f"{case(*[(c, q(key)) for c, key, _ in unknown])} AS kind_column")

    # The day; of a monthly row the last day of its month.
    date = date_of(dialect, has)
    value, order = cell(date["column"]), "day-first" if JOB["day_first"] else date["order"]
    fast = []
    if "iso" in date["forms"]:
        fast.append((rx(value, r"^\d{4}-\d{2}-\d{2}([T ]00:00(:00)?Z?)?$"), f"try_to_timestamp(left({value}, 10), 'yyyy-MM-dd')"))
    if "slashes" in date["forms"] and order != "year-first":
        fast.append((rx(value, r"^\d{1,2}/\d{1,2}/\d{4}$"), f"try_to_timestamp({value}, {q({'month-first': 'M/d/yyyy', 'day-first': 'd/M/yyyy'}[order])})"))
    shape, slow, fault = day(value, date["forms"], order)
    frame = frame.selectExpr("*", f"CAST({case(*fast)} AS DATE) AS fast_day")
    frame = frame.selectExpr("*", f"if(fast_day IS NULL, {shape}, '') AS shape")
    frame = frame.selectExpr("*", f"if(fast_day IS NULL, {slow}, fast_day) AS read_day")
    last = "last_day(read_day)" if date["grain"] == "month" else "read_day"
    frame = frame.selectExpr("*", f"{last} AS day", f"if(read_day IS NULL, {fault}, NULL) AS day_fault")

    # The subscription and the owner: the first rule that finds a partner, and the provider beside it.
    key = dialect["subscription"]
    has_key = key is not None and key in has
    sheet_error = among(ident(key), JOB["sheet_errors"]) if has_key else "false"
    frame = frame.selectExpr("*", f"{subscription(ident(key)) if has_key else 'NULL'} AS subscription", f"if({sheet_error}, 'bad-text', NULL) AS subscription_fault",
                             "CAST(NULL AS STRING) AS partner0", "CAST(NULL AS STRING) AS provider0", "'' AS association0",
                             "CAST(NULL AS STRING) AS owner_fault0", "'' AS owner_column0", "'' AS tenant0")
    for nth, rule in enumerate(dialect["owner"], 1):
        is_provider = rule["association"] == "csp-tier-1"
        state = {name: f"{name}{nth - 1}" for name in ("partner", "provider", "association", "owner_fault", "owner_column", "tenant")}
        is_open = f"{state['owner_fault']} IS NULL AND {state['provider']} IS NULL" + ("" if is_provider else f" AND {state['partner']} IS NULL")
        column, bad = rule.get("partner") or rule.get("tenant"), "CAST(NULL AS STRING)"
        if rule.get("option"):
            named = q(JOB["partner_id"]) if JOB["partner_id"] else "NULL"
        elif column not in has:
            named = "NULL"
        elif rule.get("tenant"):
            named, bad = subscription(ident(column)), case((among(ident(column), JOB["sheet_errors"]), "'bad-text'"))
            named = f"if({rx(named, GUID)}, {named}, NULL)" if dialect["tenants_are_guids"] else named
        else:
            named, bad = partner(ident(column))
            other = rule["differs_from"]
            if other and other in has:
                other, other_bad = partner(ident(other))
                bad = f"coalesce({bad}, if({named} IS NULL, NULL, {other_bad}))"
                named = f"if({named} <=> {other}, NULL, {named})"
        frame = frame.selectExpr("*", f"if({is_open}, {named}, NULL) AS named{nth}", f"if({is_open}, {bad}, NULL) AS bad{nth}")
        if rule["association"]:
            association = q(rule["association"])
        else:
            text = f"lower(regexp_replace(`c_{rule['association_column']}`, '[\\\\s\\\\h\ufeff_-]', ''))" if rule["association_column"] in has else "''"
            association = case(*[(f"{text} = {q(word)}", q(meaning)) for word, meaning in dialect["association_names"]], otherwise="'?'")
        is_found = f"named{nth} IS NOT NULL AND bad{nth} IS NULL"
        target, rest = ("provider", "partner") if is_provider else ("partner", "provider")
        frame = frame.selectExpr("*", f"if({is_found}, named{nth}, {state[target]}) AS {target}{nth}", f"{state[rest]} AS {rest}{nth}",
                                 f"if({is_found} AND {state['partner']} IS NULL, {association}, {state['association']}) AS association{nth}",
                                 f"coalesce({state['owner_fault']}, bad{nth}) AS owner_fault{nth}",
                                 f"if(bad{nth} IS NULL, {state['owner_column']}, {q(column or '')}) AS owner_column{nth}",
                                 f"if({is_found}, {q('tenant' if rule.get('tenant') else 'partner') if is_provider else state['tenant']}, {state['tenant']}) AS tenant{nth}")
    end, named = len(dialect["owner"]), f"(partner{len(dialect['owner'])} IS NOT NULL OR provider{len(dialect['owner'])} IS NOT NULL)"
    first = next((rule["partner"] for rule in dialect["owner"] if rule.get("partner")), "")
    by_column = next((rule["association_column"] for rule in dialect["owner"] if not rule["association"]), "")
    nobody = "NULL" if dialect["associations_file"] else "'no-partner'"
    frame = frame.selectExpr("*", f"partner{end} AS partner", f"provider{end} AS provider", f"association{end} AS association", f"tenant{end} AS provider_is",
                             f"coalesce(owner_fault{end}, {case((f'NOT {named}', nobody), (f'association{end} = {chr(39)}?{chr(39)}', q('unknown-association')))}) AS owner_fault",
                             f"{case((f'owner_fault{end} IS NOT NULL', f'owner_column{end}'), (f'NOT {named}', q(first)), otherwise=q(by_column))} AS owner_column",
                             f"owner_fault{end} IS NULL AND {named} AS is_named", f"owner_fault{end} IS NULL AND NOT {named} AS is_open")

    # The amount: the first column whose currency fits. The next column is not tried.
    choices = []
    for nth, one in enumerate(one for one in dialect["amounts"] if one["column"] in has):
        fixed = one["currency"] or (JOB["currency"] if one["currency_column"] not in has else None)
        code = q(fixed) if fixed else f"upper({cell(one['currency_column'])})"
        is_code, fits = rx(code, "^[A-Z]{3}$"), among(code, one["only"]) if one["only"] else "true"
        choices.append((f"{is_code} AND {fits}" if one["only"] else "true", one, f"if({is_code}, {code}, NULL)"))
        if not one["only"]:
            break
    money = case(*[(test, cell(one["column"])) for test, one, _ in choices], otherwise="''")
    zero = case(*[(test, cell(one["zero_unless"]) if one["zero_unless"] in has else "''") for test, one, _ in choices], otherwise="''")
    frame = frame.selectExpr("*", f"{case(*[(test, code) for test, _, code in choices])} AS currency", f"{money} AS money", f"{zero} AS other_money",
                             f"{case(*[(test, q(one['column'])) for test, one, _ in choices], otherwise=q(''))} AS money_column")
    frame = frame.selectExpr("*", f"if({rx('money', NUMBER)}, try_cast(money AS {AMOUNT}), NULL) AS amount",
                             f"if({rx('other_money', NUMBER)}, coalesce(try_cast(other_money AS {AMOUNT}), 1), 0) <> 0 AS other_is_not_zero")
    amount_fault = case(("currency IS NULL", "'no-currency'"), (f"other_is_not_zero AND (amount = 0 OR {blank('money')})", "'usd-unavailable'"),
                        ("amount IS NOT NULL", "NULL"), (blank("money"), "'no-amount'"), (rx("money", NUMBER), "'amount-too-large'"),
                        otherwise=number_fault("money"))
    places = "length(trim(TRAILING '0' FROM regexp_extract(money, '[.]([0-9]+)', 1))) - coalesce(try_cast(regexp_extract(money, '[eE]([+-]?[0-9]+)', 1) AS INT), 0)"
    frame = frame.selectExpr("*", f"{amount_fault} AS amount_fault", f"amount IS NOT NULL AND amount <> 0 AND length(money) > 20 AND {places} > 24 AS is_rounded")

    # The first test that fails decides.
    lacks_key = "subscription IS NULL AND subscription_fault IS NULL" if dialect["repeats"] else "false"
    tests = [("excluded", "'excluded'", "NULL", "''"), ("kind_fault IS NOT NULL", "'refused'", "kind_fault", "kind_column"),
             ("day_fault IS NOT NULL", "'refused'", "day_fault", q(date["column"])),
             ("subscription_fault IS NOT NULL", "'refused'", "subscription_fault", q(key or "")), (lacks_key, "'without'", "NULL", "''"),
             ("owner_fault IS NOT NULL", "'refused'", "owner_fault", "owner_column"), ("amount_fault IS NOT NULL", "'refused'", "amount_fault", "money_column")]
    frame = frame.selectExpr("*", f"{case(*[(t, o) for t, o, _, _ in tests], otherwise=q('credited'))} AS outcome", f"{case(*[(t, c) for t, _, c, _ in tests])} AS code",
                             f"{case(*[(t, k) for t, _, _, k in tests], otherwise=q(''))} AS column")
    shown = case(*[(f"column = {q(one)}", f"`c_{one}`") for one in has])
    is_header = " AND ".join(f"lower({cell(one)}) = {q(name.lower())}" for one, name in has.items())
    strange = " OR ".join(rx(f"`c_{one}`", "[\\x00\\x0b\\x0c\\x1c-\\x1f\ufffd]") for one in has)
    kinds = dialect["cost_kinds"] or {"charge_type": "", "usage": [], "purchase": [], "benefits": []}
    charge, cost = f"lower({cell(kinds['charge_type'])})", "amount_fault IS NULL AND amount <> 0 AND read_day IS NOT NULL"
    benefit = " OR ".join(f"NOT {absent(cell(one))}" for one in kinds["benefits"]) or "false"
    invoice = f"upper({cell(dialect['invoice'])})"
    is_owned = "outcome IN ('credited', 'refused') AND is_named"
    return frame.selectExpr(
        "file", f"if({strange} OR code <=> 'stop' OR outcome = 'refused' AND {is_header}, 'stop', outcome) AS outcome",
        f"{case((strange, q('a character that is no text')), (is_header, q('the header again')), otherwise='code')} AS code", "column",
        f"if(outcome = 'refused', if({shown} LIKE '%@%', '', left({shown}, 200)), NULL) AS value",
        f"if({is_owned}, coalesce(partner, ''), '') AS partner", f"if({is_owned}, coalesce(provider, ''), '') AS provider",
        f"if({is_owned} AND provider IS NOT NULL, provider_is, '') AS provider_is",
        f"if({is_owned}, association, '') AS association",
        f"if(outcome = 'credited' OR {q(str(dialect['repeats']))} = 'True' OR is_open, coalesce(subscription, ''), NULL) AS subscription",
        "if(outcome = 'excluded' OR kind_fault IS NOT NULL, NULL, day) AS day",
        "outcome = 'refused' AND owner_fault IS NULL AND NOT is_named AS is_open",
        "if(outcome = 'excluded' OR amount_fault IS NOT NULL, NULL, currency) AS currency",
        "if(outcome = 'excluded' OR amount_fault IS NOT NULL, NULL, amount) AS amount", "is_rounded",
        f"{among(charge, kinds['usage'])} AND ({benefit}) AND {cost} AS is_amortized", f"{among(charge, kinds['purchase'])} AND read_day IS NOT NULL AS is_actual",
        (f"if(outcome = 'credited', if({absent(invoice)}, '', {invoice}), NULL)" if dialect["invoice"] in has else "CAST(NULL AS STRING)") + " AS invoice")


# --- files ------------------------------------------------------------------------------------------------------------
CSV_OPTIONS = {"header": "true", "mode": "FAILFAST", "quote": '"', "escape": '"', "columnPruning": "false", "multiLine": "false", "encoding": "UTF-8",
               "ignoreCorruptFiles": "false", "ignoreMissingFiles": "false", "recursiveFileLookup": "true"}
SETTINGS = {"spark.sql.ansi.enabled": "true", "spark.sql.session.timeZone": "UTC", "spark.sql.legacy.timeParserPolicy": "CORRECTED",
            "spark.sql.csv.filterPushdown.enabled": "false", "spark.sql.caseSensitive": "true", "spark.sql.parquet.enableVectorizedReader": "true",
            "spark.sql.files.ignoreCorruptFiles": "false", "spark.sql.files.ignoreMissingFiles": "false"}


def plain_path(uri):
    """A path as listings give it, from a path as rows give it: percent-encoded, with one or three slashes behind `file:`."""
    return "file:/" + uri[5:].lstrip("/") if uri.startswith("file:") else uri


def listed(spark, sources):
    """Size and time of each file below the sources. Spark itself passes over names that begin with `_` or `.`."""
    for source in sources:
        name = source.rstrip("/").rpartition("/")[2]
        if name.startswith(("_", ".")):
            stop(f"{source}: Spark passes over names that begin with `_` or `.` in silence; rename it")
    files = spark.read.format("binaryFile").option("recursiveFileLookup", "true").load(sources).select("path", "length", "modificationTime")
    files = {plain_path(row.path): (row.length, row.modificationTime.isoformat()) for row in files.collect()}
    for path in files:
        if any(c in path for c in "[]{}*?"):
            stop(f"{path}: Spark reads a name with one of []{{}}*? as a pattern; rename it")
        if not path.lower().endswith((".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz", ".parquet", "manifest.json")):
            stop(f"{path}: neither CSV nor Parquet by its name; name the sources more exactly, such as FOLDER/*.csv.gz")
    return files


def texts_checked(spark, paths):
    """Header and number of rows of each text, looked at line by line: what the reader of CSV would accept in silence."""
    lines = spark.read.option("lineSep", "\n").option("recursiveFileLookup", "true").text(paths)
    lines = lines.selectExpr("_metadata.file_path AS file", "_metadata.file_block_start = 0 AS is_first", "monotonically_increasing_id() AS nth", "if(value LIKE '%\\r', left(value, length(value) - 1), value) AS line")
    fields = rx("line", r'^(?:"[^"]*+(?:""[^"]*+)*+"(?=,|$)|[^",][^,]*+|(?=,|$))(?:,(?:"[^"]*+(?:""[^"]*+)*+"(?=,|$)|[^",][^,]*+|(?=,|$)))*+$')
    faults = {"a quote that is not closed, or a line break in quotes": "length(line) % 2 <> length(replace(line, '\"', '')) % 2",
              "text behind a closing quote": f"instr(line, '\"') > 0 AND NOT if(lower(file) RLIKE '[.]tsv([.]gz)?$', {fields.replace(',', chr(9))}, {fields})",
              "a carriage return within a line": "instr(line, '\\r') > 0", "bytes that are no UTF-8": "instr(line, '\ufffd') > 0", "a NUL": "instr(line, '\\0') > 0",
              "blanks alone, which Spark passes over": rx("line", "^[\\x01-\\x20]+$")}
    counts = [f"count_if({test}) AS f{nth}" for nth, test in enumerate(faults.values())]
    rows = lines.groupBy("file").agg(*[expr(one) for one in ["min_by(line, if(is_first, nth, NULL)) AS header", "count_if(line <> '') AS rows", *counts]]).collect()
    for row in rows:
        for nth, what in enumerate(faults):
            if row[f"f{nth}"]:
                stop(f"{unquote(row.file)}: {row[f'f{nth}']} lines have {what}; read it with `attain report`, or write it again")
    return {plain_path(unquote(row.file)): (row.header, row.rows - 1) for row in rows}


def frames(spark, files):
    """One frame for each group of files that are alike: of one header, or of one schema of Parquet. No file is in two groups."""
    tables, groups = [], {}
    texts = sorted(path for path in files if not path.lower().endswith((".parquet", "manifest.json")))
    seen = texts_checked(spark, texts) if texts else {}
    for path in texts:
        if path not in seen:
            stop(f"{path}: it is empty")
        groups.setdefault((seen[path][0].lstrip("\ufeff"), path.lower().endswith((".tsv", ".tsv.gz"))), []).append(path)
    for (line, _), paths in groups.items():
        sep = "\t" if paths[0].lower().endswith((".tsv", ".tsv.gz")) else ","
        header = next(csv.reader([line], delimiter=sep))
        dialect, at = layout_of(paths[0], header)
        is_unique = len({name.lower() for name in header}) == len(header) and all(header)
        names = header if is_unique else [f"column {nth}" for nth in range(len(header))]
        schema = StructType([StructField(name, StringType()) for name in names])
        frame = spark.read.options(**CSV_OPTIONS, sep=sep, enforceSchema=str(not is_unique).lower()).schema(schema).csv(paths)
        cells = {key: "`" + names[nth].replace("`", "``") + "`" for key, nth in at.items()}
        tables.append((frame, dialect, cells, {key: header[nth] for key, nth in at.items()}, paths))
    groups = {}
    for path in sorted(path for path in files if path.lower().endswith(".parquet")):
        groups.setdefault(spark.read.option("recursiveFileLookup", "true").parquet(path).schema.json(), []).append(path)
    for paths in groups.values():
        frame = spark.read.option("mergeSchema", "false").option("recursiveFileLookup", "true").parquet(*paths)
        dialect, at = layout_of(paths[0], frame.columns)
        cells = {key: text_of(paths[0], frame.schema[nth]) for key, nth in at.items()}
        tables.append((frame, dialect, cells, {key: frame.columns[nth] for key, nth in at.items()}, paths))
    return tables, {path: rows for path, (_, rows) in seen.items()}


def text_of(path, field):
    """A column of Parquet as text that says the same: decimals exactly, doubles as the shortest text that reads back the same."""
    name, kind = "`" + field.name.replace("`", "``") + "`", field.dataType.simpleString()
    if kind in ("string", "date", "boolean", "tinyint", "smallint", "int", "bigint") or kind.startswith("decimal"):
        return f"CAST({name} AS STRING)"
    if kind in ("timestamp", "timestamp_ntz"):
        return f"date_format({name}, \"yyyy-MM-dd'T'HH:mm:ss\")"
    if kind == "double":
        tries = [(f"CAST(format_string('%.{digits}e', {name}) AS DOUBLE) = {name}", f"format_string('%.{digits}e', {name})") for digits in (14, 15)]
        number = case(*tries, otherwise=f"format_string('%.16e', {name})")
        return case((f"isnan({name}) OR {name} IS NULL", "''"), (f"abs({name}) < 1e15 AND {name} = floor({name})", f"CAST(CAST({name} AS DECIMAL(20,0)) AS STRING)"), otherwise=number)
    stop(f"{path}: {field.name} is of the type {kind}, which is neither text, decimal, double nor day")


def main():
    parser = argparse.ArgumentParser(description="Adds up exports of Azure consumption; `attain report OUT` judges them.")
    parser.add_argument("--out", required=True, metavar="URI", help="a folder that does not exist yet")
    parser.add_argument("sources", nargs="*", default=JOB["sources"], metavar="SOURCE", help="files, folders or patterns, instead of those in this file")
    options = parser.parse_args()
    out = options.out.rstrip("/")
    spark = SparkSession.builder.appName("attain").getOrCreate()
    for key, value in SETTINGS.items():
        spark.conf.set(key, value)
    try:
        spark.read.format("binaryFile").load(out)
        stop(f"{out} exists: name a folder that does not")
    except AnalysisException:
        pass

    before = listed(spark, options.sources)
    tables, rows_of_texts = frames(spark, before)
    rows = None
    for frame, dialect, cells, has, _ in tables:
        cells = frame.selectExpr("_metadata.file_path AS file", *[f"{cell} AS `c_{key}`" for key, cell in cells.items()])
        read = classify(cells, dialect, has)
        rows = read if rows is None else rows.unionAll(read)
    keys = ["file", "outcome", "code", "column", "value", "partner", "provider", "provider_is", "association", "subscription", "day", "is_open", "currency"]
    sums = ["count(*) AS rows", "sum(amount) AS amount", "sum(if(amount < 0, amount, 0)) AS negative", "sum(if(amount > 0, amount, 0)) AS positive",
            "sum(ceil(abs(amount))) AS weight", "count_if(is_rounded) AS rounded", "max(is_amortized) AS is_amortized", "max(is_actual) AS is_actual",
            "collect_set(invoice) AS invoices"]
    lines = rows.groupBy(*keys).agg(*[expr(one) for one in sums]).cache()

    for row in lines.where("outcome = 'stop'").limit(20).collect():
        print(f"attain: {unquote(row.file)}: {row.column} is {row.value!r} in {row.rows} rows: {row.code}", file=sys.stderr)
    if not lines.where("outcome = 'stop'").isEmpty():
        stop("cells that may be numbers or ids in another form, such as groups of digits or a decimal comma: write the files again, or read them with `attain report`")
    for row in lines.groupBy("currency").agg(expr("sum(weight) AS weight")).collect():
        if row.weight is not None and row.weight >= 10**14:
            stop(f"the amounts of {row.currency} come to 10^14 or more without their signs, so that sums could overflow")

    # One source is one file; its id follows from path, size and time.
    of_file = {}
    for _, dialect, _, has, paths in tables:
        for path in paths:
            size, time = before[path]
            of_file[path] = dialect, date_of(dialect, has)["grain"], hashlib.sha256(f"{path}|{size}|{time}".encode()).hexdigest()[:32]
    stats = lines.groupBy("file").agg(*[expr(one) for one in (
        "sum(rows) AS rows", "sum(if(outcome = 'excluded', rows, 0)) AS not_consumption", "sum(if(outcome = 'credited', rows, 0)) AS in_lines",
        "sum(if(outcome = 'refused', rows, 0)) AS refused", "sum(if(outcome IN ('credited', 'without'), rounded, 0)) AS rounded", "collect_set(day) AS days",
        "max(is_actual) AS is_actual", "max(is_amortized) AS is_amortized", "array_distinct(flatten(collect_list(invoices))) AS invoices")]).collect()
    sources = {}
    for row in stats:
        path = plain_path(unquote(row.file))
        if path not in of_file or path in rows_of_texts and rows_of_texts[path] != row.rows:
            stop(f"{path}: {row.rows} rows were read, and {rows_of_texts.get(path, 0)} stand in it")
        dialect, grain, name = of_file[path]
        sources[row.file] = {"file": path, "source": name, "dialect": dialect["name"], "grain": grain,
                             "dataset": dialect["dataset"], "family": dialect["family"], "rules": dialect["rules"], "bytes": before[path][0], "modified": before[path][1],
                             "rows": {key: row[key] for key in ("not_consumption", "in_lines", "refused", "rounded")} | {"read": row.rows},
                             "days": sorted(map(str, row.days)), "is_actual": row.is_actual, "is_amortized": row.is_amortized, "invoices": sorted(row.invoices),
                             "lines": {}, "no_subscription": [], "rejects": [], "reject_bounds": []}
    missing = [path for path, count in rows_of_texts.items() if count and path not in {one["file"] for one in sources.values()}]
    if missing:
        stop(f"{missing[0]}: no row of it was read")

    named = spark.createDataFrame([(file, one["source"], of_file[one["file"]][0]["dataset"], one["grain"]) for file, one in sources.items()],
                                  "file STRING, source STRING, dataset STRING, grain STRING")
    credits = lines.where("outcome = 'credited'").join(named.hint("broadcast"), "file").selectExpr(
        "dataset", "source", "subscription", "partner", "provider", "association", "if(grain = 'month', trunc(day, 'MM'), day) AS `from`", "day AS `to`",
        "currency", "amount", "rows").sortWithinPartitions("dataset", "source", "subscription", "partner", "provider", "association", "currency", "from")
    credits.write.mode("errorifexists").parquet(out + "/credits")
    refused = lines.where("outcome = 'refused'")
    columns = ["file", "code", "column", "value", "partner", "provider", "association", "subscription", "day", "currency", "amount / rows AS amount", "rows"]
    refused.selectExpr(*columns).write.mode("errorifexists").json(out + "/rejects")

    by_source = {one["source"]: one for one in sources.values()}
    for row in spark.read.parquet(out + "/credits").groupBy("source", "currency").agg(expr("sum(rows) AS rows"), expr("sum(amount) AS amount")).collect():
        by_source[row.source]["lines"][row.currency] = {"rows": row.rows, "amount": str(row.amount)}
    for one in sources.values():
        if sum(sums["rows"] for sums in one["lines"].values()) != one["rows"]["in_lines"]:
            stop(f"{one['file']}: {out}/credits does not have the rows that were credited; write to another folder")
    left = lines.where("outcome = 'without'").groupBy("file", "day", "currency").agg(expr("sum(rows) AS rows"), expr("sum(amount) AS amount"))
    for row in left.collect():
        sources[row.file]["no_subscription"].append({"day": str(row.day), "currency": row.currency, "rows": row.rows, "amount": str(row.amount or 0)})
    for row in refused.groupBy("file", "code", "day", expr("if(is_open, subscription, NULL) AS of_open")).agg(expr("sum(rows) AS rows")).collect():
        sources[row.file]["rejects"].append({"code": row.code, "day": row.day and str(row.day), "subscription": row.day and row.of_open, "rows": row.rows})
    owner = ["partner", "provider", "provider_is", "association", "subscription", "is_open", "day", "currency"]
    for row in refused.groupBy("file", *owner).agg(*[expr(f"sum({one}) AS {one}") for one in ("rows", "negative", "positive")]).collect():
        bounds = {key: row[key] for key in owner if row[key] not in (None, "")} | {"day": row.day and str(row.day), "rows": row.rows}
        sources[row.file]["reject_bounds"].append(bounds | {"negative": str(row.negative or 0), "positive": str(row.positive or 0)})
    if listed(spark, options.sources) != before:
        stop("files changed while they were read; run the job again, to another folder")
    manifests = [path for path in before if path.lower().endswith("manifest.json")]
    texts = spark.read.option("wholetext", "true").text(manifests).selectExpr("_metadata.file_path AS file", "value").collect() if manifests else []
    manifests = [(plain_path(unquote(row.file)), row.value) for row in texts]
    control = {"schema": 1, "attain": JOB["attain"], "spark": spark.version, "partner_id": JOB["partner_id"], "superseded": JOB["superseded"],
               "manifests": sorted(manifests), "sources": sorted(sources.values(), key=lambda one: one["file"])}
    spark.createDataFrame([(json.dumps(control, indent=1),)], "value STRING").coalesce(1).write.mode("errorifexists").text(out + "/control")
    counts = {key: sum(one["rows"][key] for one in sources.values()) for key in ("read", "not_consumption", "in_lines", "refused")}
    print(f"attain: {out}: {len(sources)} sources, rows {counts}; now: attain report {out} partners.csv credentials.csv ...")


JOB = json.loads(r"""@JOB@""")

main()
