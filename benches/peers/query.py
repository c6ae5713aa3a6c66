"""What is asked of every peer, and how it answers.

The question: of the usage of Azure in the 12 months to June 2017, with an association that the rule set accepts, the exact sum
of each (partner, subscription, month, association); of several associations that repeat one consumption, the one of highest
priority; of that, the sum of each partner.

A peer is a script: `python peer_NAME.py QUESTION EXPORT THREADS OUT`. It writes `partner,amount` to OUT and prints the seconds
that the question took, from opening the export to the last row of the answer; starting Python and loading the peer are not counted.
"""

import csv
import gzip
import pathlib
import sys
import time

# Both included.
FIRST_DAY, LAST_DAY = "2016-07-01", "2017-06-30"

# Accepted associations, the one of highest priority first: as the Insights report and as an associations file names them.
REPORTED = ["Transacting partner of record", "Partner of record", "CSP Tier 1", "CSP Tier 2"]
ACCEPTED = ["tpor", "dpor", "csp-tier-1", "csp-tier-2"]

# What counts as usage of Azure in a cost export; a blank provider says nothing.
PUBLISHERS = ["Microsoft", "Azure"]
PROVIDERS = ["Azure", "Microsoft.Azure", "Microsoft Azure"]

# Whose the rows without a reseller are, as `--partner-id` says it to attain.
DIRECT_PARTNER = "4999999"

# The answer about an enterprise export is in 1/100,000 USD, so that a sum times a rate stays within 18 decimals.
ENTERPRISE_UNITS = 100_000

AMOUNT_COLUMN = {"partner-cost": "costInUsd", "usage": "ACR_USD", "enterprise": "CostInBillingCurrency"}
DATE_COLUMN = {"partner-cost": "date", "usage": "Month", "enterprise": "Date"}


def sql_list(texts):
    """The texts as the elements of a list in SQL."""
    return ", ".join(f"'{text}'" for text in texts)


def header(path):
    """Names of the columns of delimited text, gzipped or not, and its delimiter."""
    opened = gzip.open(path, "rt") if path.suffix == ".gz" else open(path)
    with opened as text:
        line = text.readline().rstrip("\n")
    delimiter = "\t" if "\t" in line else ","
    return line.split(delimiter), delimiter


def answer(ask):
    """Runs a peer: `ask(question, export, threads)` gives pairs of partner and amount; None: it only read."""
    question, export, threads, out = sys.argv[1:]
    start = time.perf_counter()
    rows = ask(question, pathlib.Path(export), int(threads))
    seconds = time.perf_counter() - start
    if rows is not None:
        with open(out, "w", newline="") as file:
            csv.writer(file).writerows(sorted((str(partner), format(amount, "f")) for partner, amount in rows))
    print(seconds)
