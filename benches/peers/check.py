"""Whether attain and all peers gave the same answer, to the last digit: `python check.py QUESTION EXPORT FOLDER PEER...`.

The folder holds the answer of each peer, a sum for every partner, and attain's report. That shows the sums rounded down to the
cent, and its summary the exact sum of all of them. Its table of credits, if it is there, gives the exact sum of each partner.
Columns are found by their names.
"""

import csv
import decimal
import json
import pathlib
import sys
from collections import defaultdict
from decimal import ROUND_FLOOR, Decimal

from query import ACCEPTED, DIRECT_PARTNER, ENTERPRISE_UNITS, FIRST_DAY, LAST_DAY

decimal.getcontext().prec = 60
ZERO = Decimal(0)


def answered(path, question):
    """What a peer answered, in USD."""
    units = ENTERPRISE_UNITS if question == "enterprise" else 1
    with open(path, newline="") as file:
        return {partner: Decimal(amount) / units for partner, amount in csv.reader(file)}


def associated(path):
    """Of each subscription the partners with an accepted association, with its first and its last day."""
    partners = defaultdict(list)
    with open(path, newline="") as file:
        for line in csv.DictReader(file):
            if line["type"] in ACCEPTED:
                days = line["from"] or "0001-01-01", line["to"] or "9999-12-31"
                partners[line["subscription_id"].lower()].append((line["partner_id"], *days))
    return partners


def credited(path, folder, question):
    """The sum of each partner by the table of credits; of a usage report, which repeats, one association a month counts.

    The table knows no window, and names no partner where an associations file says whose a subscription is; days of it in which that
    changes have lines of their own.
    """
    with open(folder / "rates.csv", newline="") as file:
        rates = {(r["currency"], r["month"]): Decimal(r["usd_per_unit"]) for r in csv.DictReader(file)}
    partners = associated(folder / "associations.csv") if question == "enterprise" else {}
    credits = defaultdict(lambda: defaultdict(Decimal))
    with open(path, newline="") as file:
        for line in csv.DictReader(file):
            subscription, month, last_day = line["subscription"], line["to"][:7], line["to"]
            if not FIRST_DAY <= last_day <= LAST_DAY:
                continue
            if question == "enterprise":
                of_subscription = partners.get(subscription, [])
                owners = {partner for partner, first, last in of_subscription if first <= last_day <= last}
                rank = 0
            elif line["association"] in ACCEPTED:
                # No roster names a tenant, so that a provider alone is whom `--partner-id` names.
                owners = [line["partner"] or DIRECT_PARTNER]
                rank = ACCEPTED.index(line["association"])
            else:
                continue
            rate = 1 if line["currency"] == "USD" else rates[line["currency"], month]
            for partner in owners:
                credits[partner, subscription, month][rank] += Decimal(line["amount"]) * rate
    sums = defaultdict(Decimal)
    for (partner, _, _), by_rank in credits.items():
        sums[partner] += by_rank[min(by_rank)] if question == "usage" else sum(by_rank.values())
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
        wrong += differences(f"{first}, credits of attain", sums, credited(credits, export.parent, question))
    if wrong:
        sys.exit("the answers differ:\n" + "\n".join(wrong))
    print(f"{len(cents)} partners, {total} USD")


main()
