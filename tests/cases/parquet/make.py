"""Makes the files of this folder: one table, as DuckDB, polars, pyarrow and ClickHouse write it, in the types and encodings that each has.

`pip install duckdb polars pyarrow chdb`, then `python make.py`. `rows.csv` is the same table as text, `doubles.csv` the one with binary
floats. The files are kept, so that the tests need none of this.
"""

import csv
import datetime
import decimal
import pathlib
import uuid

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq
from chdb import session

HERE = pathlib.Path(__file__).parent
NAMES = ["date", "partner_id", "association", "subscription_id", "amount", "currency"]


def rows():
    for n in range(40):
        day = datetime.date(2016, 7, 1) + datetime.timedelta(days=9 * n)
        amount = decimal.Decimal((n * 7919 % 1000 - 300) * 123457) / 10 ** (n % 10)
        yield {
            "date": day,
            # No partner: such a row is rejected.
            "partner_id": None if n == 17 else 4000001 + n % 3,
            "association": ["dpor", "tpor", "csp-tier-1"][n % 3],
            "subscription_id": uuid.UUID(int=n % 5 << 64 | 1),
            # No amount: such a row is rejected too.
            "amount": None if n == 23 else amount,
            "currency": "USD",
        }


ROWS = list(rows())


def text(value):
    return "" if value is None else f"{value:f}" if isinstance(value, decimal.Decimal) else str(value)


def column(name):
    return [row[name] for row in ROWS]


def typed(amount, date, partner=pa.int64()):
    strings = {name: [str(v) for v in column(name)] for name in ["association", "subscription_id", "currency"]}
    return pa.table({
        "date": pa.array(column("date"), pa.date32()).cast(date),
        "partner_id": pa.array(column("partner_id"), pa.int64()).cast(partner),
        "association": strings["association"],
        "subscription_id": strings["subscription_id"],
        "amount": pa.array(column("amount"), pa.decimal128(38, 18)).cast(amount),
        "currency": strings["currency"],
    })


with open(HERE / "rows.csv", "w", newline="") as file:
    lines = csv.writer(file, lineterminator="\n")
    lines.writerow(NAMES)
    lines.writerows([text(row[name]) for name in NAMES] for row in ROWS)

with open(HERE / "doubles.csv", "w", newline="") as file:
    lines = csv.writer(file, lineterminator="\n")
    lines.writerow(NAMES)
    for n, row in enumerate(ROWS):
        double = None if row["amount"] is None else float(row["amount"]) / 3
        lines.writerow([text(row[name]) if name != "amount" else "" if double is None else repr(double) for name in NAMES])

# Nested columns that no dialect uses must not matter.
nested = typed(pa.decimal128(38, 24), pa.timestamp("ns"))
nested = nested.add_column(0, "tags", pa.array([[("team", str(n))] for n in range(40)], pa.map_(pa.string(), pa.string())))
nested = nested.add_column(3, "places", pa.array([[n, None] for n in range(40)], pa.list_(pa.int32())))
pq.write_table(nested, HERE / "pyarrow-int96-nested-gzip.parquet", compression="gzip", use_deprecated_int96_timestamps=True)

pq.write_table(
    typed(pa.decimal128(18, 9), pa.date32(), pa.int32()), HERE / "pyarrow-v2-deltas-zstd.parquet", compression="zstd",
    data_page_version="2.0", use_dictionary=False, store_decimal_as_integer=True,
    column_encoding={
        "date": "DELTA_BINARY_PACKED", "partner_id": "DELTA_BINARY_PACKED", "amount": "DELTA_BINARY_PACKED",
        "association": "DELTA_LENGTH_BYTE_ARRAY", "subscription_id": "DELTA_BYTE_ARRAY", "currency": "DELTA_BYTE_ARRAY",
    },
)
pq.write_table(
    typed(pa.decimal128(38, 18), pa.timestamp("us", "UTC")), HERE / "pyarrow-split-checksums-many-groups.parquet",
    compression="none", row_group_size=7, use_dictionary=False, use_byte_stream_split=["date", "partner_id", "amount"],
    write_page_checksum=True,
)
pq.write_table(
    typed(pa.decimal256(50, 20), pa.timestamp("ms"), pa.float64()), HERE / "pyarrow-small-pages-snappy.parquet",
    data_page_size=1, write_batch_size=3, dictionary_pagesize_limit=64,
)
doubles = typed(pa.decimal128(38, 18), pa.date32())
third = pa.array([None if v is None else float(v) / 3 for v in column("amount")], pa.float64())
pq.write_table(doubles.set_column(4, "amount", third), HERE / "doubles.parquet", use_dictionary=["currency"])

polars.from_arrow(typed(pa.decimal128(38, 18), pa.date32())).write_parquet(HERE / "polars-zstd.parquet")
polars.from_arrow(typed(pa.decimal128(38, 18), pa.timestamp("us"))).write_parquet(
    HERE / "polars-groups-snappy.parquet", compression="snappy", row_group_size=11, data_page_size=64
)

table = typed(pa.decimal128(38, 18), pa.date32())
duckdb.register("t", table)
for version, compression in [("v1", "snappy"), ("v2", "zstd")]:
    duckdb.sql(
        "COPY (SELECT * REPLACE (CAST(subscription_id AS UUID) AS subscription_id) FROM t) "
        f"TO '{HERE}/duckdb-{version}-{compression}.parquet' (FORMAT parquet, COMPRESSION {compression}, PARQUET_VERSION {version})"
    )
(HERE / "clickhouse-zstd.parquet").unlink(missing_ok=True)
session.Session().query(
    f"INSERT INTO FUNCTION file('{HERE}/clickhouse-zstd.parquet', 'Parquet') SELECT * FROM Python(table) "
    "SETTINGS output_format_parquet_compression_method = 'zstd'"
)

# Codecs that no writer takes by default, in several pages; and the frames of Hadoop in place of the raw LZ4, which no writer here has.
for codec in ["lz4", "brotli"]:
    pq.write_table(
        typed(pa.decimal128(38, 18), pa.date32()), HERE / f"pyarrow-{codec}.parquet", compression=codec, data_page_size=64,
        write_batch_size=5, use_dictionary=["currency"],
    )

# Columns of new logical types that no dialect uses must not matter.
connection = duckdb.connect()
connection.register("t", table)
connection.sql(
    "COPY (SELECT date, {'env': 'prod'}::VARIANT AS tags, * EXCLUDE (date), 'POINT(1 2)'::GEOMETRY AS place FROM t) "
    f"TO '{HERE}/duckdb-variant-geometry.parquet' (FORMAT parquet)"
)

# Specimens of input errors.
SPECIMENS = HERE.parent / "errors"
plain = typed(pa.decimal128(38, 18), pa.date32())


def specimen(name, rows=plain, **how):
    path = SPECIMENS / name / "input/usage.parquet"
    pq.write_table(rows.slice(0, 3), path, **how)
    return path


path = specimen("truncated-parquet")
path.write_bytes(path.read_bytes()[:700])
path = specimen("corrupt-parquet", use_dictionary=False, compression="none")
whole = path.read_bytes()
# The length of a text.
at = whole.index(b"dpor") - 4
path.write_bytes(whole[:at] + b"\xff" + whole[at + 1 :])
path = specimen("encrypted-parquet")
path.write_bytes(b"PARE" + path.read_bytes()[4:-4] + b"PARE")
path = specimen("unsupported-parquet-compression", compression="lz4")
# LZO, which no writer here has, is number 3.
path.write_bytes(path.read_bytes().replace(b"amount\x15\x0e\x16", b"amount\x15\x06\x16"))
amounts = pa.array([[v] for v in column("amount")[:3]], pa.list_(pa.decimal128(38, 18)))
specimen("unsupported-parquet-nested", plain.slice(0, 3).set_column(4, "amount", amounts))
specimen("missing-column-parquet", plain.drop(["amount"]))
huge = pa.array(["1" + "0" * (200 << 20)] * 3, pa.large_string())
specimen("expands-absurdly-parquet", plain.slice(0, 3).set_column(4, "amount", huge), compression="zstd", use_dictionary=False, write_statistics=False)

connection.sql(
    f"COPY (SELECT * REPLACE (amount::VARIANT AS amount) FROM t LIMIT 3) TO '{SPECIMENS}/unsupported-parquet-variant/input/usage.parquet' (FORMAT parquet)"
)

# A golden case: an export in partitions, as Cost Management writes it.
GOLDEN = HERE.parent / "golden/parquet-partitions/input"
with open(HERE.parent.parent.parent / "src/config/dialect/headers/cost-partner-2021-10-01.csv") as file:
    names = file.read().strip().split(",")
money = pa.decimal128(38, 18)
types = dict.fromkeys(["date", "billingPeriodStartDate", "billingPeriodEndDate"], pa.timestamp("ms", "UTC"))
types |= dict.fromkeys(["costInUsd", "costInBillingCurrency", "costInPricingCurrency", "paygCostInUsd"], money)
types |= dict.fromkeys(["effectivePrice", "unitPrice", "quantity", "exchangeRatePricingToBilling"], pa.float64())


def usage(day, cost, charge="Usage", reseller="4000001", provider="Azure"):
    moment = datetime.datetime.fromisoformat(day + "+00:00")
    row = dict.fromkeys(names)
    row |= {
        "date": moment, "resellerMpnId": reseller, "partnerTenantId": "7e4a0000-0000-4000-8000-00000000000a",
        "SubscriptionId": "00000001-abcd-4000-8000-000000000000", "publisherType": "Azure", "chargeType": charge,
        "costInUsd": cost and decimal.Decimal(cost), "quantity": 0.1, "billingCurrency": "EUR", "pricingCurrency": "USD",
        "provider": provider, "tags": '{"env": "prod", "team": "a,b"}',
    }
    return row


parts = [
    [
        usage("2016-07-01T00:00", "14999.994999999999999999"), usage("2017-06-30T23:59:59", "0.005000000000000001"),
        usage("2017-03-01T12:00", "-100"), usage("2017-03-01T12:00", "100"),
    ],
    [
        usage("2017-01-15T00:00", "7000", reseller="4000002"), usage("2017-01-16T00:00", "99999", charge="Purchase"),
        usage("2017-07-01T00:00", "99999"), usage("2016-06-30T23:59:59", "99999"), usage("2017-02-01T00:00", None),
        usage("2017-02-01T00:00", "99999", provider="Microsoft 365"),
    ],
]
for n, part in enumerate(parts):
    table = pa.table({name: pa.array([row[name] for row in part], types.get(name, pa.string())) for name in names})
    pq.write_table(table, GOLDEN / f"part_0_{n + 1:04}.snappy.parquet", write_statistics=False, store_schema=False)
(GOLDEN / "manifest.json").write_text('{"manifestVersion": "2024-04-01", "blobs": []}\n')
(GOLDEN / "_SUCCESS").write_text("")
(GOLDEN / "partners.csv").write_text(
    "partner_id,name,country,market\n4000001,Contoso Ltd.,France,developed\n4000002,Fabrikam,Brazil,developing\n"
)
