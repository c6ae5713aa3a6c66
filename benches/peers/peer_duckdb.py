"""The question in DuckDB: amounts are DECIMAL(38,18), columns have their types, and only the used ones are read."""

import sys

import duckdb

from query import (
    ACCEPTED, AMOUNT_COLUMN, DATE_COLUMN, DIRECT_PARTNER, ENTERPRISE_UNITS, FIRST_DAY, LAST_DAY, PROVIDERS, PUBLISHERS,
    REPORTED, answer, header, sql_list,
)


def source(question, export):
    """The export as a table function."""
    if export.suffix == ".parquet":
        return f"read_parquet('{export}')"
    names, delimiter = header(export)
    types = {AMOUNT_COLUMN[question]: "DECIMAL(38,18)", DATE_COLUMN[question]: "DATE", "MPNID": "INTEGER"}
    columns = ", ".join(f"'{name}': '{types.get(name, 'VARCHAR')}'" for name in names)
    dates = "%Y-%m-%d" if question == "usage" else "%m/%d/%Y"
    return (
        f"read_csv('{export}', auto_detect=false, header=true, delim='{delimiter}', quote='\"', escape='\"', "
        f"dateformat='{dates}', columns={{{columns}}})"
    )


def partner_cost(export):
    return f"""
        WITH credits AS (
            SELECT coalesce(nullif(resellerMpnId, ''), '{DIRECT_PARTNER}') AS partner, lower(SubscriptionId) AS subscription,
                   year(date) * 12 + month(date) AS month, coalesce(resellerMpnId, '') = '' AS is_direct, sum(costInUsd) AS amount
            FROM {source("partner-cost", export)}
            WHERE chargeType = 'Usage' AND publisherType IN ({sql_list(PUBLISHERS)})
              AND (provider IS NULL OR provider IN ('', {sql_list(PROVIDERS)}))
              AND date BETWEEN DATE '{FIRST_DAY}' AND DATE '{LAST_DAY}'
            GROUP BY ALL)
        SELECT partner, sum(amount) FROM credits GROUP BY partner"""


def usage(export):
    priority = " ".join(f"WHEN '{name}' THEN {n}" for n, name in enumerate(REPORTED))
    return f"""
        WITH credits AS (
            SELECT MPNID AS partner, lower(SubscriptionId) AS subscription, Month AS month,
                   CASE PartnerAttributionType {priority} END AS association, sum(ACR_USD) AS amount
            FROM {source("usage", export)}
            WHERE PartnerAttributionType IN ({sql_list(REPORTED)}) AND Month BETWEEN DATE '{FIRST_DAY}' AND DATE '{LAST_DAY}'
            GROUP BY ALL),
        chosen AS (SELECT partner, subscription, month, arg_min(amount, association) AS amount FROM credits GROUP BY ALL)
        SELECT partner, sum(amount) FROM chosen GROUP BY partner"""


def enterprise(export):
    return f"""
        WITH associations AS (
            SELECT DISTINCT lower(subscription_id) AS subscription, partner_id AS partner,
                   coalesce("from", DATE '0001-01-01') AS first, coalesce("to", DATE '9999-12-31') AS last
            FROM read_csv('{export.parent}/associations.csv', header=true, auto_detect=false, columns={{
                'subscription_id': 'VARCHAR', 'partner_id': 'VARCHAR', 'type': 'VARCHAR', 'from': 'DATE', 'to': 'DATE'}})
            WHERE type IN ({sql_list(ACCEPTED)})),
        rates AS (
            SELECT currency, month, CAST(usd_per_unit * {ENTERPRISE_UNITS} AS INTEGER) AS rate
            FROM read_csv('{export.parent}/rates.csv', header=true, auto_detect=false, columns={{
                'currency': 'VARCHAR', 'month': 'VARCHAR', 'usd_per_unit': 'DECIMAL(18,8)'}})),
        credits AS (
            SELECT a.partner, a.subscription, strftime(date_trunc('month', e.Date), '%Y-%m') AS month,
                   BillingCurrencyCode AS currency, sum(CostInBillingCurrency) AS amount
            FROM {source("enterprise", export)} e JOIN associations a
              ON lower(e.SubscriptionId) = a.subscription AND e.Date BETWEEN a.first AND a.last
            WHERE ChargeType = 'Usage' AND PublisherType IN ({sql_list(PUBLISHERS)})
              AND e.Date BETWEEN DATE '{FIRST_DAY}' AND DATE '{LAST_DAY}'
            GROUP BY ALL)
        SELECT partner, sum(amount * CASE credits.currency WHEN 'USD' THEN {ENTERPRISE_UNITS} ELSE rate END)
        FROM credits LEFT JOIN rates USING (currency, month) GROUP BY partner"""


# Not part of the question.
CONNECTION = duckdb.connect(config={"threads": int(sys.argv[3]), "preserve_insertion_order": False})


def ask(question, export, _threads):
    sql = {"partner-cost": partner_cost, "usage": usage, "enterprise": enterprise}[question](export)
    return CONNECTION.execute(sql).fetchall()


answer(ask)
