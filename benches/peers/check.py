"""Whether attain and all peers gave the same answer, to the last digit: `python check.py UNITS REPORT ANSWER...`.

Each answer of a peer holds a sum for every partner, in 1/UNITS USD. attain's report shows them rounded down to the cent, and its
summary the exact sum of all. Where the report has a table of credits beside it, the exact sum of every partner is compared too.
"""

import csv
import decimal
import json
import pathlib
import sys
from collections import defaultdict
from decimal import ROUND_FLOOR, Decimal

from query import ACCEPTED

decimal.getcontext().prec = 60
ZERO = Decimal(0)


def peer_sums(path, units):
    with open(path, newline="") as file:
        return {partner: Decimal(amount) / units for partner, amount in csv.reader(file)}


def differences(name, one, other):
    """What is wrong, at most three lines of it; a partner with nothing may be missing."""
    wrong = [p for p in one.keys() | other.keys() if one.get(p, ZERO) != other.get(p, ZERO)]
    return [f"{name}: partner {p}: {one.get(p)} here, {other.get(p)} there" for p in sorted(wrong)[:3]]


def credited(path, rates):
    """The exact sum of each partner by the table of credits: of each subscription and month the first of ACCEPTED."""
    sums, chosen = defaultdict(Decimal), {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            accepted = [n for n, name in enumerate(ACCEPTED) if name in row["association"].split("+")]
            if not accepted:
                continue
            rate = rates.get((row["currency"], row["month"]), 1)
            amount = Decimal(row["amount"]) * rate
            key = (row["partner_id"], row["subscription_id"], row["month"])
            if key in chosen and chosen[key][0] != accepted[0]:
                # Repeated for another association.
                if chosen[key][0] < accepted[0]:
                    continue
                sums[key[0]] -= chosen.pop(key)[1]
            chosen[key] = (accepted[0], amount + chosen.get(key, (0, ZERO))[1])
            sums[key[0]] += amount
    return sums


def main():
    units, report, *answers = sys.argv[1:]
    report = pathlib.Path(report)
    peers = {pathlib.Path(path).stem: peer_sums(path, int(units)) for path in answers}
    first, sums = next(iter(peers.items()))
    wrong = [line for name, other in peers.items() for line in differences(f"{first}, {name}", sums, other)]

    with open(report, newline="") as file:
        shown = {row["partner_id"]: Decimal(row["consumption_usd"]) for row in csv.DictReader(file)}
    cents = {partner: amount.quantize(Decimal("0.01"), ROUND_FLOOR) for partner, amount in sums.items()}
    wrong += differences(f"{first}, attain in cents", cents, shown)
    summary = json.loads(report.with_suffix(".run.json").read_text())
    total = Decimal(summary["control_totals"]["judging_usd"]["consumption"])
    if total != sum(sums.values()):
        wrong.append(f"{first}, attain: {sum(sums.values())} in all here, {total} there")
    if wrong:
        sys.exit("the answers differ:\n" + "\n".join(wrong))
    print(f"{len(cents)} partners, {total} USD")


main()
