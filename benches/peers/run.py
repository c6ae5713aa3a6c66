"""attain beside DuckDB, polars and ClickHouse, on the same files: `python3 benches/peers/run.py`.

Installs the peers into an environment of their own, builds attain, generates exports of the size asked for, runs attain and each
peer in turn, each as a process of its own with its files in the page cache, compares all answers to the last digit, and prints
tables.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import venv

from data import PARTNERS, Data
from measure import Failed, Program, in_turn, warm
from query import DIRECT_PARTNER
from tables import megabytes, seconds, setting, table

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PACKAGES = ["duckdb", "polars", "chdb", "fastexcel", "xlsxwriter"]
PEERS = ["duckdb", "polars", "clickhouse"]
# Set in the environment that holds the peers.
ENTERED = "ATTAIN_BENCH_ENTERED"


def arguments():
    caches = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("--rows", type=int, default=1_500_000, help="rows of the wide exports; the others follow [default: %(default)s]")
    add("--cases", default=",".join(CASES), help="some of %(default)s")
    add("--repeats", type=int, default=5, help="[default: %(default)s]")
    add("--threads", type=int, default=2, help="[default: %(default)s]")
    add("--cache", type=pathlib.Path, default=caches / "attain-bench", help="for peers and exports [default: %(default)s]")
    add("--attain", type=pathlib.Path, help="measure this program, not the one of this folder")
    add("--out", type=pathlib.Path, help="write the tables to this file too")
    given = parser.parse_args()
    given.cases = given.cases.split(",")
    if unknown := set(given.cases) - CASES.keys():
        parser.error(f"there is no case {', '.join(unknown)}")
    return given


def enter_environment(cache):
    """Goes on with a Python that has the peers; makes it first where it is missing."""
    if ENTERED in os.environ:
        return
    folder = cache / "environment"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        tell("installing the peers")
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        (folder / "complete").touch()
    os.execve(python, [python, *sys.argv], os.environ | {ENTERED: "yes"})


def build():
    """attain, and the program that only decompresses."""
    command = ["cargo", "build", "--release", "--locked", "--bin", "attain", "--bench", "decompress"]
    command += ["--message-format", "json-render-diagnostics"]
    built = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    messages = [json.loads(line) for line in built.splitlines()]
    programs = {m["target"]["name"]: m["executable"] for m in messages if m.get("executable")}
    return programs["attain"], programs["decompress"]


def tell(text):
    print(text, file=sys.stderr, flush=True)


class Bench:
    """The cases, and what was measured so far."""

    def __init__(self, given, out):
        self.given, self.out = given, out
        built, self.decompress = build()
        self.attain = given.attain or built
        help_text = subprocess.run([self.attain, "report", "--help"], check=True, stdout=subprocess.PIPE, text=True).stdout
        self.has_credits = "--credits" in help_text
        # The exports lack other roles and months, which is no failure here.
        self.allow = ["--allow", "all"] if "--allow" in help_text else []
        self.data = Data(given.cache / "exports", self.attain)
        self.beside, self.memory, self.alone, self.failed = [], [], [], []

    def report(self, export, threads=None, more=()):
        """attain on an export and the small files beside it."""
        command = [self.attain, "report", "--quiet", "--as-of", "2017-07-07", *self.allow]
        # Only the export of partners has rows without a reseller.
        if "cost-partner" in export.name:
            command += ["--partner-id", DIRECT_PARTNER]
        command += ["--threads", threads or self.given.threads, "-o", self.out / "report.csv", "--consumption", export, *more]
        for role in ["partners", "markets", "rates", "associations"]:
            if (small := export.parent / f"{role}.csv").exists():
                command += [f"--{role}", small]
        return Program("attain", command)

    def peer(self, name, question, export):
        """A peer with a question about an export."""
        script = HERE / f"peer_{name}.py"
        answer = self.out / f"{name}.csv"
        return Program(name, [sys.executable, script, question, export, self.given.threads, answer], tells_seconds=True)

    def compare(self, title, question, export, rows, repeats=None, others=()):
        """attain beside all peers, and others that answer nothing; the answers are compared after the last run."""
        size = warm(export)
        attain, peers = self.report(export), [self.peer(name, question, export) for name in PEERS]
        in_turn([attain, *others, *peers], repeats or self.given.repeats)
        self.check(question, export, PEERS)
        self.add(title, rows, size, [attain, *peers])
        return attain

    def check(self, question, export, names):
        """Compares the last answers of peers with those of a run of attain that is not measured, and writes its credits too."""
        credits = ["--credits", self.out / "credits.csv"] if self.has_credits else []
        self.report(export, more=credits).run()
        command = [sys.executable, HERE / "check.py", question, export, self.out, *names]
        checked = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if checked.returncode != 0:
            raise Failed(checked.stderr.strip())
        tell(f"  equal to the last digit: {checked.stdout.strip()}")

    def add(self, title, rows, size, programs):
        """A line of the tables of attain beside others."""
        by_name = {program.name: program for program in programs}
        attain = by_name["attain"]
        fastest = min((p for p in programs if p is not attain), key=lambda program: program.median)
        ratio = f"{fastest.median / attain.median:.2f} × {fastest.name}"
        columns = [by_name.get(name) for name in ["attain", *PEERS]]
        line = [title, f"{rows:,}", f"{size / 1e9:.2f}", *map(seconds, columns), ratio, f"{size / attain.median / 1e9:.2f}"]
        self.beside.append(line)
        self.memory.append([title, *(megabytes(program.peak) if program else "" for program in columns)])
        tell("  " + " | ".join(line))

    # The cases.

    def wide(self, order):
        export = self.data.export("wide", order, self.given.rows)
        self.compare(f"wide, {order}", "partner-cost", export, self.given.rows)

    def narrow(self, order):
        rows = self.given.rows * 16 // 3
        self.compare(f"narrow, {order}", "usage", self.data.export("narrow", order, rows), rows)

    def enterprise(self):
        export = self.data.export("enterprise", "random", self.given.rows)
        self.compare("enterprise, joined with associations", "enterprise", export, self.given.rows)

    def gzip(self):
        rows = self.given.rows
        export = self.data.gzipped(self.data.export("wide", "random", rows))
        alone = Program("decompressing alone", [self.decompress, export])
        repeats = min(self.given.repeats, 3)
        attain = self.compare("wide, random, gzip", "partner-cost", export, rows, repeats, [alone])
        self.add_alone("wide, random, gzip: decompressing alone", rows, alone, None, "")
        self.add_alone("wide, random, gzip: attain", rows, attain, attain.median / alone.median, "× the time")

    def parquet(self):
        export = self.data.parquet(self.data.export("wide", "random", self.given.rows))
        self.compare("wide, random, Parquet", "partner-cost", export, self.given.rows)

    def workbook(self):
        """polars only reads: what it reads is asked afterwards, for the comparison of answers."""
        rows = self.given.rows // 5
        export = self.data.workbook(self.data.export("narrow", "random", self.given.rows * 16 // 3), rows)
        size = warm(export)
        attain, polars = self.report(export), self.peer("polars", "workbook", export)
        in_turn([attain, polars], self.given.repeats)
        self.peer("polars", "usage", export).run()
        self.check("usage", export, ["polars"])
        self.add("workbook, 12 columns; polars reads only", rows, size, [attain, polars])

    def threads(self):
        exports = [("wide, random", "wide", self.given.rows), ("narrow, random", "narrow", self.given.rows * 16 // 3)]
        for title, layout, rows in exports:
            export = self.data.export(layout, "random", rows)
            warm(export)
            one, all_ = self.report(export, threads=1), self.report(export)
            in_turn([one, all_], self.given.repeats)
            for program, threads in [(one, 1), (all_, self.given.threads)]:
                self.add_alone(f"{title}, threads: {threads}", rows, program, one.median / program.median, "× as fast")

    def scale(self):
        """With so few partners that the smallest export has all of the credits that the greatest has."""
        sizes = [self.given.rows * times for times in (1, 4, 16)]
        partners = PARTNERS // 10
        programs = []
        for rows in sizes:
            export = self.data.export("narrow", "random", rows, partners)
            warm(export)
            programs.append(self.report(export))
        in_turn(programs, min(self.given.repeats, 3))
        for rows, program in zip(sizes, programs):
            title = f"narrow, random, {partners:,} partners"
            self.add_alone(title, rows, program, program.median / programs[0].median, "× the time")

    def sample(self):
        command = [self.attain, "report", ROOT / "sample-data", "--quiet", "--as-of", "2017-07-07"]
        program = Program("attain", command)
        in_turn([program], 4 * self.given.repeats)
        self.add_alone("sample-data, from start to end", 0, program, None, "")

    def add_alone(self, title, rows, program, ratio, of_what):
        said = f"{ratio:.2f} {of_what}" if ratio else ""
        spread = f"{program.median * 1e3:.0f} ({min(program.seconds) * 1e3:.0f} to {max(program.seconds) * 1e3:.0f})"
        line = [title, f"{rows:,}" if rows else "", spread, said, megabytes(program.peak)]
        self.alone.append(line)
        tell("  " + " | ".join(line))

    def text(self, command):
        """Everything, as Markdown."""
        names = ["attain", "DuckDB", "polars", "ClickHouse"]
        beside = ["case", "rows", "GB", *(f"{name}, s" for name in names), "fastest other / attain", "attain, GB/s"]
        parts = [
            "# Results",
            "Written by [peers/run.py](peers/run.py); [README.md](README.md) says what is measured and how.",
            "\n".join(setting(ROOT, self.given.attain, command, PACKAGES)),
            "Medians, with the spread in parentheses. All answers were compared: equal to the last digit.",
            table(beside, self.beside) if self.beside else "",
            "Peak memory, MB:",
            table(["case", *names], self.memory) if self.memory else "",
            "attain alone:",
            table(["case", "rows", "ms", "", "peak, MB"], self.alone) if self.alone else "",
            "A peak below 35 MB cannot be told from that of the measuring process.",
            *(f"Not measured: {reason}" for reason in self.failed),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"


CASES = {
    "wide-random": lambda bench: bench.wide("random"),
    "wide-grouped": lambda bench: bench.wide("grouped"),
    "narrow-random": lambda bench: bench.narrow("random"),
    "narrow-grouped": lambda bench: bench.narrow("grouped"),
    "enterprise": Bench.enterprise,
    "gzip": Bench.gzip,
    "parquet": Bench.parquet,
    "workbook": Bench.workbook,
    "threads": Bench.threads,
    "scale": Bench.scale,
    "sample": Bench.sample,
}


def main():
    given = arguments()
    enter_environment(given.cache)
    # In memory, where there is a place for it: flushing to a disk that others use would be measured too.
    memory = pathlib.Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as out:
        bench = Bench(given, pathlib.Path(out))
        for case in given.cases:
            tell(case)
            try:
                CASES[case](bench)
            except Failed as failed:
                tell(f"  {failed}")
                bench.failed.append(f"{case}: {failed}")
        text = bench.text(" ".join(["python3", "benches/peers/run.py", *sys.argv[1:]]))
    print(text)
    if given.out:
        given.out.write_text(text)
    return 1 if bench.failed else 0


if __name__ == "__main__":
    sys.exit(main())
