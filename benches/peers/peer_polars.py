"""The question in polars: lazy and streaming, amounts are Decimal(38,18), and only the used columns are read."""

import datetime
import os
import sys

# Read when polars is loaded.
os.environ["POLARS_MAX_THREADS"] = sys.argv[3]
import polars as pl  # noqa: E402

from query import (  # noqa: E402
    ACCEPTED, AMOUNT_COLUMN, DIRECT_PARTNER, ENTERPRISE_UNITS, FIRST_DAY, LAST_DAY, PROVIDERS, PUBLISHERS, REPORTED, answer,
    header,
)

DECIMAL = pl.Decimal(38, 18)
WINDOW = [datetime.date.fromisoformat(day) for day in (FIRST_DAY, LAST_DAY)]


def source(question, export):
    """The export as a lazy frame."""
    if export.suffix == ".parquet":
        return pl.scan_parquet(export)
    if export.suffix == ".xlsx":
        # A double becomes the shortest text that reads back the same.
        amount = pl.col(AMOUNT_COLUMN[question]).cast(pl.String).cast(DECIMAL)
        return pl.read_excel(export).lazy().with_columns(pl.col("Month").str.to_date(), amount)
    names, delimiter = header(export)
    types = {name: pl.String for name in names} | {AMOUNT_COLUMN[question]: DECIMAL}
    if question == "usage":
        types |= {"Month": pl.Date, "MPNID": pl.Int64}
    return pl.scan_csv(export, separator=delimiter, schema=types)


def day(column):
    """A day of a cost export, which is text in delimited text."""
    return pl.col(column).str.to_date("%m/%d/%Y")


def partner_cost(export):
    date = pl.col("date") if export.suffix == ".parquet" else day("date")
    reseller = pl.col("resellerMpnId")
    reseller = pl.when(reseller != "").then(reseller) if export.suffix == ".parquet" else reseller
    provider = pl.col("provider")
    usage = source("partner-cost", export).filter(
        pl.col("chargeType") == "Usage",
        pl.col("publisherType").is_in(PUBLISHERS),
        provider.is_null() | provider.is_in(["", *PROVIDERS]),
        date.is_between(*WINDOW),
    )
    credits = usage.group_by(
        partner=reseller.fill_null(DIRECT_PARTNER),
        subscription=pl.col("SubscriptionId").str.to_lowercase(),
        month=date.dt.month(),
        is_direct=reseller.is_null(),
    ).agg(amount=pl.col("costInUsd").sum())
    return credits.group_by("partner").agg(pl.col("amount").sum())


def usage(export):
    association = pl.col("PartnerAttributionType")
    accepted = source("usage", export).filter(pl.col("Month").is_between(*WINDOW), association.is_in(REPORTED))
    credits = accepted.group_by(
        "Month", partner="MPNID", subscription=pl.col("SubscriptionId").str.to_lowercase(), association=association
    ).agg(amount=pl.col("ACR_USD").sum())
    of_each = [pl.when(pl.col("association") == name).then("amount").max().alias(name) for name in REPORTED]
    chosen = credits.group_by("partner", "subscription", "Month").agg(*of_each)
    return chosen.group_by("partner").agg(amount=pl.coalesce(REPORTED).sum())


def enterprise(export):
    read = lambda name, types: pl.scan_csv(export.parent / name, schema=types)
    text = dict.fromkeys(["subscription_id", "partner_id", "type"], pl.String)
    associations = (
        read("associations.csv", text | {"from": pl.Date, "to": pl.Date})
        .filter(pl.col("type").is_in(ACCEPTED))
        .select(
            "partner_id",
            subscription=pl.col("subscription_id").str.to_lowercase(),
            first=pl.col("from").fill_null(datetime.date.min),
            last=pl.col("to").fill_null(datetime.date.max),
        )
        .unique()
    )
    rates = read("rates.csv", {"currency": pl.String, "month": pl.String, "usd_per_unit": pl.Decimal(38, 5)}).select(
        "currency", "month", rate=(pl.col("usd_per_unit") * ENTERPRISE_UNITS).cast(pl.Int64)
    )
    usage = source("enterprise", export).filter(
        pl.col("ChargeType") == "Usage",
        pl.col("PublisherType").is_in(PUBLISHERS),
        day("Date").is_between(*WINDOW),
    )
    credits = (
        usage.select(
            "CostInBillingCurrency",
            currency="BillingCurrencyCode",
            day=day("Date"),
            subscription=pl.col("SubscriptionId").str.to_lowercase(),
        )
        .join(associations, on="subscription")
        .filter(pl.col("day").is_between("first", "last"))
        .group_by("subscription", "currency", partner="partner_id", month=pl.col("day").dt.truncate("1mo"))
        .agg(amount=pl.col("CostInBillingCurrency").sum())
    )
    rated = credits.with_columns(month=pl.col("month").dt.strftime("%Y-%m")).join(rates, on=["currency", "month"], how="left")
    rate = pl.when(pl.col("currency") == "USD").then(ENTERPRISE_UNITS).otherwise("rate")
    return rated.group_by("partner").agg(amount=(pl.col("amount") * rate.cast(pl.Decimal(38, 0))).sum())


def workbook(export):
    """Only reads it: no question, no sums."""
    pl.read_excel(export)


def ask(question, export, _threads):
    if question == "workbook":
        return workbook(export)
    lazy = {"partner-cost": partner_cost, "usage": usage, "enterprise": enterprise}[question](export)
    return lazy.select("partner", "amount").collect(engine="streaming").rows()


answer(ask)
