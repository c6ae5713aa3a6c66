"""Writes an export of a dialect with kinds of rows that `attain generate` does not write (third parties, every form of a missing reseller), from its documented header.

Comes in: the dialect, the header, a roster, the number of rows, the file to write. Goes out: that file. Equal arguments give equal bytes.
"""
import csv
import random
import sys

dialect, header, roster, rows, target = sys.argv[1:]
draw = random.Random(1)
with open(header, encoding="utf-8-sig") as file:
    names = file.read().strip().split(",")
with open(roster, encoding="utf-8", newline="") as file:
    partners = list(csv.DictReader(file))
subscriptions = [f"{draw.getrandbits(32):08x}-0000-4000-8000-{draw.getrandbits(48):012x}" for _ in range(400)]


def export_row():
    partner, other, month, day = draw.choice(partners), draw.choice(partners), draw.randint(1, 18), draw.randint(1, 28)
    year, month = 2016 + (month - 1) // 12, (month - 1) % 12 + 1
    slashed, amount = f"{month}/{day}/{year}", f"{draw.uniform(-1, 40):.{draw.randint(2, 18)}f}"
    cells = {"Date": slashed, "SubscriptionGuid": draw.choice(subscriptions), "ExtendedCost": amount, "EntitlementId": draw.choice(subscriptions).upper(), "UsageDate": slashed,
             "PartnerId": partner["tenant_id"], "PricingPreTaxTotal": amount, "PricingCurrency": "USD", "BillingPreTaxTotal": "1.5", "BillingCurrency": "EUR", "Currency": "USD",
             "PublisherName": draw.choice(["Microsoft", "Microsoft", "", "Contoso"]), "MPNID": partner["partner_id"], "PretaxCharges": amount,
             "ResellerMPNID": draw.choice([other["partner_id"], partner["partner_id"], "-1", ""]), "ChargeEndDate": f"{slashed} 23:59", "InvoiceNumber": f"G{year}{month:02}",
             "AdditionalInfo": '{"a":"b, c"}', "Tags": "", "CustomerName": "Example, Customer"}
    cells["SubscriptionId"] = cells["SubscriptionGuid"] if dialect == "recon-legacy-usage" else "17"
    cells["ChargeType"] = draw.choice(["Assess usage fee for current cycle", "Usage", "Refund"] if dialect == "recon-legacy-usage" else ["New", "Usage", "Customer credit"])
    return [cells.get(name, "x") for name in names]


with open(target, "w", encoding="utf-8", newline="") as file:
    lines = csv.writer(file, lineterminator="\n")
    lines.writerow(names)
    lines.writerows(export_row() for _ in range(int(rows)))
