"""Writes a roster, usage and credentials of many partners, each with five subscriptions. many_partners.py FOLDER COUNT"""

import csv
import pathlib
import random
import sys

folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
draw = random.Random(7)
MARKETS = {"France": "developed", "Germany": "developed", "India": "developing", "Brazil": "developing", "Japan": "developed"}
MONTHS = [f"2016-{month:02}-28" for month in range(7, 13)] + [f"2017-{month:02}-28" for month in range(1, 7)]


def write(name, head, rows):
    with open(folder / name, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


def roster():
    for number in range(count):
        country = draw.choice(list(MARKETS))
        yield [4_000_000 + number, f"Partner {number} of {country}", country, MARKETS[country], "", ""]


def usage():
    for number in range(count):
        size = 10 ** draw.uniform(0, 4.5)
        for nth in range(5):
            subscription = f"{number:08x}-abcd-4000-8000-{nth:012x}"
            for month in draw.sample(MONTHS, 3):
                amount = f"{size * draw.random():.4f}"
                yield [month, 4_000_000 + number, "dpor", subscription, "", amount, "USD"]


def credentials():
    for number in range(count):
        for person in range(draw.randrange(3)):
            code = draw.choice(["70-532", "70-533", "70-534", "13736", "70-410"])
            kind = "assessment" if code == "13736" else "exam"
            yield [4_000_000 + number, f"p{number}-{person}", "", kind, code, "2017-01-15", ""]


write("partners.csv", ["partner_id", "name", "country", "market", "rolls_up_to", "tenant_id"], roster())
write("usage.csv", ["date", "partner_id", "association", "subscription_id", "customer_id", "amount", "currency"], usage())
write("credentials.csv", ["partner_id", "individual_id", "email", "kind", "credential", "completed_on", "expires_on"], credentials())
