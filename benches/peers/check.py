"""Whether attain and all peers gave the same answer, to the last digit: `python check.py QUESTION EXPORT FOLDER PEER...`.

The folder holds the answer of each peer, a sum for every partner, and attain's report. That shows the sums rounded down to the
cent, and its summary the exact sum of all of them. Its table of credits, if it is there, gives the exact sum of each partner.
"""

import csv
import decimal
import json
import pathlib
import sys
from collections import defaultdict
from decimal import ROUND_FLOOR, Decimal

from query import ACCEPTED, ENTERPRISE_UNITS

decimal.getcontext().prec = 60
ZERO = Decimal(0)


def answered(path, question):
    """What a peer answered, in USD."""
    units = ENTERPRISE_UNITS if question == "enterprise" else 1
    with open(path, newline="") as file:
        return {partner: Decimal(amount) / units for partner, amount in csv.reader(file)}


def credited(path, question, rates):
    """The sum of each partner by the table of credits; of a usage report, which repeats, one association a month counts."""
    first, sums = {}, defaultdict(Decimal)
    with open(path, newline="") as file:
        lines = csv.reader(file)
        columns = {name: n for n, name in enumerate(next(lines))}
        names = ["partner", "subscription", "month", "association", "amount", "currency"]
        used = [columns[name] for name in names]
        for line in lines:
            partner, subscription, month, association, amount, currency = (line[n] for n in used)
            ranks = [n for n, name in enumerate(ACCEPTED) if name in association.split("+")]
            if not ranks:
                continue
            usd = Decimal(amount) if currency == "USD" else Decimal(amount) * rates[currency, month]
            if question == "usage":
                key = (partner, subscription, month)
                rank, before = first.get(key, (len(ACCEPTED), ZERO))
                if rank < ranks[0]:
                    continue
                sums[partner] -= before
                first[key] = (ranks[0], usd)
            sums[partner] += usd
    return sums


def differences(name, one, other):
    """What is wrong, at most three lines of it; a partner with nothing may be missing."""
    wrong = [p for p in one.keys() | other.keys() if one.get(p, ZERO) != other.get(p, ZERO)]
    return [f"{name}: partner {p}: {one.get(p)}, {other.get(p)}" for p in sorted(wrong)[:3]]


def main():
    question, export, folder, *names = sys.argv[1:]
    export, folder = pathlib.Path(export), pathlib.Path(folder)
    peers = {name: answered(folder / f"{name}.csv", question) for name in names}
    first, sums = next(iter(peers.items()))
    wrong = [line for name, other in peers.items() for line in differences(f"{first}, {name}", sums, other)]

    with open(folder / "report.csv", newline="") as file:
        shown = {row["partner_id"]: Decimal(row["consumption_usd"]) for row in csv.DictReader(file)}
    cents = {partner: amount.quantize(Decimal("0.01"), ROUND_FLOOR) for partner, amount in sums.items()}
    wrong += differences(f"{first} in cents, attain", cents, shown)
    summary = json.loads((folder / "report.run.json").read_text())
    total = Decimal(summary["control_totals"]["judging_usd"]["consumption"])
    wrong += differences(f"{first}, attain", {"all": sum(sums.values())}, {"all": total})
    if (credits := folder / "credits.csv").exists():
        with open(export.parent / "rates.csv", newline="") as file:
            rates = {(r["currency"], r["month"]): Decimal(r["usd_per_unit"]) for r in csv.DictReader(file)}
        wrong += differences(f"{first}, credits of attain", sums, credited(credits, question, rates))
    if wrong:
        sys.exit("the answers differ:\n" + "\n".join(wrong))
    print(f"{len(cents)} partners, {total} USD")


main()
