//! Rows by the batch and rows one by one come to the same: sums, counts, rejects and their places, on exports in which each cell
//! is now usual and now not.

use std::fs;
use std::num::NonZeroUsize;

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::base::calendar::WindowKind;
use crate::credits::credit_table::CreditLine;
use crate::credits::engine::local::fold::RowPath;
use crate::diagnostics::log::Log;
use crate::diagnostics::spill::RejectSpill;
use crate::diagnostics::warning::DeniedWarnings;
use crate::formats::GivenPath;
use crate::judge::overlaps::OverlapChoices;
use crate::rows::ReadingOptions;

/// Resellers; as often none.
const RESELLERS: &[&str] =
    &["", "", "\"\"", "-1", "N/A", "4000001", "\"4000001\"", "4000001.0", "Contoso", "0"];

/// An export: its header, and values of each column, the usual ones first.
struct Shape {
    header: &'static [&'static str],
    values: &'static [&'static [&'static str]],
}

const SUBSCRIPTIONS: &[&str] = &[
    "11111111-2222-3333-4444-555555555555",
    "11111111-2222-3333-4444-555555555556",
    "\"11111111-2222-3333-4444-555555555555\"",
    " 11111111-2222-3333-4444-555555555555",
    "11111111-2222-3333-4444-55555555555A",
    "/subscriptions/11111111-2222-3333-4444-555555555556",
    "unassociated",
    "sub-1",
    "SUB-1",
    "a subscription of another form",
    "",
    "00000000-0000-0000-0000-000000000000",
    "\"a\"\"b\"",
];
const PATHS: &[&str] = &[
    "/subscriptions/11111111-2222-3333-4444-555555555555",
    "/SUBSCRIPTIONS/11111111-2222-3333-4444-55555555555A",
    "11111111-2222-3333-4444-555555555556",
    "\"/Subscriptions/11111111-2222-3333-4444-555555555556\"",
    "/subscriptions/11111111-2222-3333-4444-555555555556/",
    "/subscriptions/00000000-0000-0000-0000-000000000000",
    "/subscriptions/sub-1",
    "/subscriptions/",
    "/subscription/11111111-2222-3333-4444-555555555556",
    "",
];
const DATES: &[&str] = &[
    "2017-06-30",
    "2016-07-01",
    "2016-08-15",
    "06/30/2017",
    "2016-06-30",
    "2017-07-01",
    "\"2017-01-01\"",
    "x",
    "",
];
const MONTHS: &[&str] = &["2017-06-01", "2016-07-01", "2017-06", "2016-06-01", "June 2017", "2017-13", ""];
const AMOUNTS: &[&str] = &[
    "1.5",
    "0.0123456789012345",
    "-3",
    "\"2\"",
    "1e-7",
    "0.0000000000000000000000005",
    " 4 ",
    "0",
    "",
    "1,5",
    "x",
    "123456789012.5",
];
const COSTS: &[&str] = &["0", "1.5", "0.00", "\"0\"", "0e3", "-0", "", "x", "1e-7"];
const PARTNERS: &[&str] =
    &["4000001", "4000002", "\"4000001\"", " 4000002 ", "007", "P7", "UNKNOWN", "0", "", "caf\u{e9}"];
const TENANTS: &[&str] = &[
    "aaaaaaaa-2222-3333-4444-555555555555",
    "",
    "AAAAAAAA-2222-3333-4444-555555555555",
    "\"bbbbbbbb-2222-3333-4444-555555555555\"",
    "tenant-1",
    " aaaaaaaa-2222-3333-4444-555555555555",
    "00000000-0000-0000-0000-000000000000",
    "-1",
    "a tenant that is no GUID, and long",
];
const KINDS: &[&str] =
    &["Usage", "usage", "Purchase", "\"Usage\"", "Refund", "Surprise", "UnusedSavingsPlan", ""];
const PUBLISHERS: &[&str] = &["Azure", "Microsoft", "Marketplace", "Somebody with a very long name indeed"];
const CURRENCIES: &[&str] = &["USD", "EUR", "usd", "\"EUR\"", "", "DOLLAR"];
const UNUSED: &[&str] =
    &["", "x", "\"line\nbreak, and comma\"", "\"{\"\"k\"\": 1}\"", "x\"y", "\"bad\" quote"];

const SHAPES: [Shape; 9] = [
    Shape {
        header: &[
            "date",
            "unused",
            "chargeType",
            "publisherType",
            "SubscriptionId",
            "resellerMpnId",
            "partnerTenantId",
            "costInUsd",
            "partnerEarnedCreditRate",
            "partnerEarnedCreditApplied",
        ],
        values: &[
            DATES,
            UNUSED,
            KINDS,
            PUBLISHERS,
            SUBSCRIPTIONS,
            PARTNERS,
            &["tenant-1", "TENANT-1", "other"],
            AMOUNTS,
            &[
                "0.15",
                "0.15",
                "0.15",
                "15",
                "\"0.15\"",
                "0",
                "",
                "x",
                " 0.1 ",
                "0.1500000000000000000000000000000000",
            ],
            &["True", "True", "True", "False", "\"0\"", " no ", "", "1"],
        ],
    },
    Shape {
        header: &[
            "Date",
            "AccountOwnerId",
            "ChargeType",
            "SubscriptionId",
            "PublisherType",
            "ReservationId",
            "BillingCurrencyCode",
            "CostInBillingCurrency",
        ],
        values: &[
            DATES,
            UNUSED,
            KINDS,
            SUBSCRIPTIONS,
            PUBLISHERS,
            &["", "\"\"", "", "r"],
            CURRENCIES,
            AMOUNTS,
        ],
    },
    // Of actual cost: what a reservation has paid for costs nothing, but for a few rows.
    Shape {
        header: &[
            "Date",
            "AccountOwnerId",
            "ChargeType",
            "SubscriptionId",
            "PublisherType",
            "ReservationId",
            "BillingCurrency",
            "Cost",
            "PricingModel",
            "Quantity",
            "UnitPrice",
        ],
        values: &[
            DATES,
            UNUSED,
            &["Usage", "Usage", "Refund", "Purchase", "usage", "Surprise"],
            SUBSCRIPTIONS,
            &["Azure", "Azure", "Microsoft", "Marketplace", ""],
            &["r", "", "\"\"", " "],
            &["USD"],
            &["0", "0.00", "0", "0", "\"0\"", "0e3", "1.5", "", "x"],
            &["OnDemand", "Reservation", "", "\"SavingsPlan\"", " reservation "],
            &["24", "0.5", "\"3\"", "", "x"],
            &["0.25", "0.25", "0", "1,5", ""],
        ],
    },
    Shape {
        header: &["Month", "MPNId", "PartnerAttributionType", "SubscriptionId", "unused", "ACR_USD"],
        values: &[MONTHS, PARTNERS, &["DPOR", "PAL", "dpor", "CPOR"], SUBSCRIPTIONS, UNUSED, AMOUNTS],
    },
    Shape {
        header: &["date", "partner_id", "association", "subscription_id", "unused", "currency", "amount"],
        values: &[DATES, PARTNERS, &["dpor", "pal", "tpor", "?"], SUBSCRIPTIONS, UNUSED, CURRENCIES, AMOUNTS],
    },
    Shape {
        header: &[
            "ChargePeriodStart",
            "SubAccountId",
            "ChargeCategory",
            "CommitmentDiscountStatus",
            "ProviderName",
            "x_EffectiveCostInUsd",
            "EffectiveCost",
            "BillingCurrency",
        ],
        values: &[
            DATES,
            PATHS,
            KINDS,
            &["", "Used", "\"\"", "Unused"],
            &["Microsoft", "AWS", "?"],
            COSTS,
            COSTS,
            CURRENCIES,
        ],
    },
    // The row names its reseller, else the associations file decides; a seller that is not listed is excluded.
    Shape {
        header: &[
            "ChargePeriodStart",
            "SubAccountId",
            "ChargeCategory",
            "CommitmentDiscountStatus",
            "ServiceProviderName",
            "x_ResellerId",
            "EffectiveCost",
            "BillingCurrency",
        ],
        values: &[
            DATES,
            PATHS,
            KINDS,
            &["", "Used"],
            &["Microsoft", "microsoft", "Contoso", "", "NULL", "\"A, B\""],
            RESELLERS,
            AMOUNTS,
            CURRENCIES,
        ],
    },
    Shape {
        header: &[
            "Date",
            "AccountOwnerId",
            "ChargeType",
            "PublisherType",
            "SubscriptionId",
            "resellerMpnId",
            "costInUsd",
            "CostInBillingCurrency",
        ],
        values: &[DATES, UNUSED, KINDS, PUBLISHERS, SUBSCRIPTIONS, RESELLERS, AMOUNTS, AMOUNTS],
    },
    // The provider by id, else by tenant.
    Shape {
        header: &[
            "UsageDate",
            "PartnerId",
            "MPNID",
            "ResellerMPNID",
            "EntitlementId",
            "ChargeType",
            "PricingPreTaxTotal",
            "PricingCurrency",
        ],
        values: &[
            DATES,
            TENANTS,
            &["", "4000001", "-1", "007", "4000002", "UNKNOWN", "caf\u{e9}"],
            PARTNERS,
            SUBSCRIPTIONS,
            KINDS,
            AMOUNTS,
            &["USD", "USD", "EUR", "usd", ""],
        ],
    },
];

/// Associations of the subscriptions; some change within the window.
const ASSOCIATIONS: &str = "subscription_id,partner_id,type,from,to
11111111-2222-3333-4444-555555555555,4000001,dpor,2016-01-01,2016-12-31
11111111-2222-3333-4444-555555555555,4000002,dpor,2017-01-01,
11111111-2222-3333-4444-555555555556,4000002,pal,2016-08-01,
";
const PARTNERS_FILE: &str = "partner_id,tenant_id\n4000003,tenant-1\n";

/// Rows of a shape: mostly of the usual values, so that batches are learnt from.
fn export() -> impl Strategy<Value = (usize, String)> {
    (0..SHAPES.len()).prop_flat_map(|nth| {
        let cell = |values: &'static [&'static str]| {
            let usual = values[..values.len().min(3)].to_vec();
            prop_oneof![8 => select(usual), 1 => select(values.to_vec())]
        };
        let row: Vec<_> = SHAPES[nth].values.iter().map(|values| cell(values)).collect();
        let line_end = select(vec!["\n", "\r\n"]);
        (proptest::collection::vec(row, 1..600), line_end).prop_map(move |(rows, line_end)| {
            let lines = rows.iter().map(|row| row.join(",") + line_end);
            (nth, SHAPES[nth].header.join(",") + line_end + &lines.collect::<String>())
        })
    })
}

/// All that reading comes to, so that it can be compared.
fn reading(export: &str, threads: usize, block_bytes: usize, path: RowPath) -> String {
    let folder = tempfile::tempdir().unwrap();
    let files = [("export.csv", export), ("associations.csv", ASSOCIATIONS), ("partners.csv", PARTNERS_FILE)];
    let given = files.map(|(name, text)| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        GivenPath { path, role: None, is_assumed: false, source: None }
    });
    let options = RunOptions {
        required: Vec::new(),
        sources: Vec::new(),
        project: None,
        given: given.into(),
        rules: "cloud-platform".to_owned(),
        as_of: "2017-07-07".parse().unwrap(),
        window: WindowKind::CompleteMonths,
        window_months: None,
        covers_all_time: false,
        dialects: Vec::new(),
        reading: ReadingOptions::default(),
        threads: NonZeroUsize::new(threads),
        block_bytes: NonZeroUsize::new(block_bytes).unwrap(),
        digest: None,
        keeps_going: false,
        log: Log::silent(),
        demand: RoleDemand::Files,
        denied: DeniedWarnings::new(&[], &[]),
        outputs: Vec::new(),
        lists_partners: true,
        tells_losses: true,
        held: HeldTime::Window,
        overlaps: OverlapChoices::default(),
        path,
    };
    let told = on_threads(&options, || {
        let rules = rules_of(&options).unwrap();
        let spill = RejectSpill::new(None);
        let told = match read(&options, &rules, &[], Vec::new(), Some(&spill)) {
            Ok(read) => {
                let credits = &read.folded.credits;
                let line = |line: &CreditLine| {
                    let owner = credits.owner_texts(line.account.owner);
                    let subscription = credits.subscription(line.account.subscription);
                    (owner, subscription, line.span, credits.currency(&line.account), line.sum)
                };
                let lines = credits.sorted_accounts(&[0]).all_lines();
                let lines: Vec<_> = lines.iter().map(line).collect();
                let judged = judge_credits(&read, &rules, &options).unwrap();
                format!("{lines:?}\n{:?}\n{:?}\n{judged:?}", read.folded.tallies, read.folded.sums)
            }
            Err(error) => error.to_string(),
        };
        let spilled = spill.finish();
        let of_segment = |nth| {
            let (input, rejects) = spilled.segment(nth);
            rejects.into_iter().map(move |reject| (input, reject))
        };
        let rejects: Vec<_> = (0..spilled.segments()).flat_map(of_segment).collect();
        spilled.check().unwrap();
        format!("{told}\n{rejects:?}")
    });
    told.replace(folder.path().to_str().unwrap(), "")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_by_the_batch_and_one_by_one_come_to_the_same(
        (_, export) in export(),
        threads in 1..4_usize,
        block_bytes in prop_oneof![Just(1 << 19), 200..4000_usize],
    ) {
        let by_batch = reading(&export, threads, block_bytes, RowPath::FastOrSlow);
        prop_assert!(by_batch.starts_with('['), "{}", by_batch);
        prop_assert_eq!(by_batch, reading(&export, 1, 1 << 19, RowPath::Slow));
    }
}
