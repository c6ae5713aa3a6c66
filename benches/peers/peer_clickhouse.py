"""The question in ClickHouse, inside Python (chdb): amounts are Decimal(38,18), and columns have their types."""

import csv
import decimal
import io

from chdb import session

from query import (
    ACCEPTED, AMOUNT_COLUMN, DIRECT_PARTNER, ENTERPRISE_UNITS, FIRST_DAY, LAST_DAY, PROVIDERS, PUBLISHERS, REPORTED, answer,
    header, sql_list,
)

MONTH = "toUInt16(substring({0}, 7, 4)) * 12 + toUInt16(substring({0}, 1, 2))"
DAY = "toDate32(concat(substring({0}, 7, 4), '-', substring({0}, 1, 2), '-', substring({0}, 4, 2)))"


def source(question, export):
    """The export as a table function."""
    if export.suffix == ".parquet":
        return f"file('{export}', 'Parquet')"
    names, delimiter = header(export)
    types = {AMOUNT_COLUMN[question]: "Decimal(38,18)"}
    if question == "usage":
        types |= {"Month": "Date", "MPNID": "UInt32", "SubscriptionId": "UUID"}
    columns = ", ".join(f"`{name}` {types.get(name, 'String')}" for name in names)
    return f"file('{export}', '{'TSV' if delimiter == chr(9) else 'CSV'}WithNames', '{columns}')"


def partner_cost(export):
    if export.suffix == ".parquet":
        month, window = "toYYYYMM(date)", f"date BETWEEN '{FIRST_DAY}' AND '{LAST_DAY}'"
    else:
        month = MONTH.format("date")
        window = f"month BETWEEN {2016 * 12 + 7} AND {2017 * 12 + 6}"
    return f"""
        SELECT partner, sum(amount) FROM (
            SELECT if(ifNull(resellerMpnId, '') = '', '{DIRECT_PARTNER}', resellerMpnId) AS partner,
                   lower(SubscriptionId) AS subscription, {month} AS month, ifNull(resellerMpnId, '') = '' AS is_direct,
                   sum(costInUsd) AS amount
            FROM {source("partner-cost", export)}
            WHERE chargeType = 'Usage' AND publisherType IN ({sql_list(PUBLISHERS)})
              AND ifNull(provider, '') IN ('', {sql_list(PROVIDERS)}) AND {window}
            GROUP BY partner, subscription, month, is_direct)
        GROUP BY partner"""


def usage(export):
    sums = ", ".join(f"sumIfOrNull(ACR_USD, PartnerAttributionType = '{name}') AS sum{n}" for n, name in enumerate(REPORTED))
    return f"""
        SELECT partner, sum(coalesce(sum0, sum1, sum2, sum3)) FROM (
            SELECT MPNID AS partner, SubscriptionId AS subscription, Month AS month, {sums}
            FROM {source("usage", export)}
            WHERE PartnerAttributionType IN ({sql_list(REPORTED)}) AND Month BETWEEN '{FIRST_DAY}' AND '{LAST_DAY}'
            GROUP BY partner, subscription, month)
        GROUP BY partner"""


def enterprise(export):
    file = lambda name, types: f"file('{export.parent}/{name}', 'CSVWithNames', '{types}')"
    texts, days = "subscription_id String, partner_id String, type String", "`from` Nullable(Date32), `to` Nullable(Date32)"
    associations = file("associations.csv", f"{texts}, {days}")
    rates = file("rates.csv", "currency String, month String, usd_per_unit Decimal(18,8)")
    return f"""
        SELECT partner, sum(amount * if(credits.currency = 'USD', {ENTERPRISE_UNITS}, rate)) FROM (
            SELECT a.partner AS partner, a.subscription AS subscription, {MONTH.format("Date")} AS month,
                   BillingCurrencyCode AS currency, sum(CostInBillingCurrency) AS amount
            FROM (
                SELECT lower(SubscriptionId) AS subscription, Date, {DAY.format("Date")} AS day, BillingCurrencyCode,
                       CostInBillingCurrency
                FROM {source("enterprise", export)}
                WHERE ChargeType = 'Usage' AND PublisherType IN ({sql_list(PUBLISHERS)})
                  AND {MONTH.format("Date")} BETWEEN {2016 * 12 + 7} AND {2017 * 12 + 6}) AS e
            JOIN (
                SELECT DISTINCT lower(subscription_id) AS subscription, partner_id AS partner,
                       ifNull(`from`, toDate32('1900-01-01')) AS first, ifNull(`to`, toDate32('2299-12-31')) AS last
                FROM {associations} WHERE type IN ({sql_list(ACCEPTED)})) AS a ON e.subscription = a.subscription
            WHERE day BETWEEN first AND last
            GROUP BY partner, subscription, month, currency) AS credits
        LEFT JOIN (
            SELECT currency, toUInt16(substring(month, 1, 4)) * 12 + toUInt16(substring(month, 6, 2)) AS month,
                   toInt32(usd_per_unit * {ENTERPRISE_UNITS}) AS rate
            FROM {rates}) AS rates ON credits.currency = rates.currency AND credits.month = rates.month
        GROUP BY partner"""


# Not part of the question.
SESSION = session.Session()


def ask(question, export, threads):
    sql = {"partner-cost": partner_cost, "usage": usage, "enterprise": enterprise}[question](export)
    result = str(SESSION.query(f"{sql} SETTINGS max_threads = {threads}", "CSV"))
    return [(partner, decimal.Decimal(amount)) for partner, amount in csv.reader(io.StringIO(result))]


answer(ask)
