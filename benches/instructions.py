"""Instructions per row and value of the stages, counted by valgrind: `python3 benches/instructions.py`.

The count is the same whatever else the machine does, so that a change of a few percent shows. Each stage runs once on one thread, on
exports of two sizes; the difference of the two counts, divided by the difference of their rows, is told. What valgrind does not
know (AVX-512) is not used. It counts neither cache misses nor time.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FEW, MANY = 20_000, 60_000
NARROW = (
    "SubscriptionId,Month,ServiceLevel2,ServiceLevel4,UsageUnits,UsageQuantity,CustomerTenantId,CustomerSegment,CustomerMarket,"
    "MPNID,PartnerAttributionType,ACR_USD"
)
LAYOUTS = {
    "wide": ["--dialect", "cost-partner"],
    "narrow": ["--dialect", "insights-azure-usage", "--columns", NARROW],
    "enterprise": ["--dialect", "cost-enterprise"],
}
SMALL = ["partners.csv", "markets.csv", "rates.csv", "associations.csv"]
VALUES = [
    ("amount", "wide", "costInUsd"), ("date", "wide", "date"), ("subscription-id", "wide", "SubscriptionId"),
    ("partner-id", "narrow", "MPNID"),
]


def build():
    """attain, and the program that runs one stage."""
    command = ["cargo", "build", "--release", "--locked", "--features", "internals", "--bin", "attain", "--bench", "once"]
    command += ["--message-format", "json-render-diagnostics"]
    built = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    messages = [json.loads(line) for line in built.splitlines()]
    programs = {m["target"]["name"]: m["executable"] for m in messages if m.get("executable")}
    return programs["attain"], programs["once"]


def count(*command):
    """Instructions of a program."""
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    ran = subprocess.run([*valgrind, *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if ran.returncode != 0:
        sys.exit(ran.stderr)
    return int(re.search(r"Collected : (\d+)", ran.stderr)[1])


def export(attain, folder, layout, rows):
    """A generated export, and the small files beside it."""
    made = folder / f"{layout}-{rows}"
    size = ["--partners", "200", "--rows", str(rows), "--spread", "even"]
    subprocess.run([attain, "generate", made, *size, *LAYOUTS[layout]], check=True, stdout=subprocess.DEVNULL)
    (consumption,) = made.glob("consumption*")
    return [consumption, *(made / name for name in SMALL if (made / name).exists())]


def main():
    attain, once = build()
    lines = ["| stage | export | instructions |", "| --- | --- | ---: |"]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        exports = {(layout, rows): export(attain, folder, layout, rows) for layout in LAYOUTS for rows in (FEW, MANY)}
        report = [attain, "report", "--quiet", "--allow", "all", "--threads", "1", "--as-of", "2017-07-07", "-o", folder / "report.csv"]
        stages = {
            "scan, a row": lambda files: [once, "scan", files[0]],
            "read, check and add up, a row": lambda files: [once, "fold", *files],
            "all of `attain report`, a row": lambda files: [*report, *files],
        }
        for stage, command in stages.items():
            for layout in LAYOUTS:
                few, many = (count(*command(exports[layout, rows])) for rows in (FEW, MANY))
                lines.append(f"| {stage} | {layout} | {(many - few) / (MANY - FEW):,.1f} |")
        for value, layout, column in VALUES:
            file = exports[layout, FEW][0]
            with_it, without = (count(once, stage, file, column) for stage in (value, "nothing"))
            lines.append(f"| {value}, a value | {layout} | {(with_it - without) / FEW:,.1f} |")
    print("\n".join(lines))


main()
