//! Whole folders, read back with the csv crate.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use super::layouts::{ExportFamily, ExportLayout, LAYOUTS, PartnerSource, file_name};
use super::placed::PLACED;
use super::world::World;
use super::{GenerateError, Options, Order, Spread, dialects, generate};
use crate::base::amount::{Amount, DecimalMark};
use crate::base::calendar::{DateForm, DateOrder, Month, parse_day};

const ROWS: u64 = 3_000;
const PARTNERS: u32 = 60;

fn options(dir: &Path, dialect: &str) -> Options {
    Options {
        dir: dir.to_owned(),
        partners: PARTNERS,
        rows: ROWS,
        dialect: dialect.to_owned(),
        columns: Vec::new(),
        seed: 42,
        order: Order::Random,
        spread: Spread::Skewed,
        threads: 2,
    }
}

/// All files by name.
fn files(options: &Options) -> BTreeMap<String, Vec<u8>> {
    let generated = generate(options).unwrap();
    let read = generated.files.iter().map(|(path, bytes)| {
        let content = fs::read(path).unwrap();
        assert_eq!(content.len() as u64, *bytes);
        (path.file_name().unwrap().to_str().unwrap().to_owned(), content)
    });
    read.collect()
}

fn folder_of(options: impl FnOnce(&Path) -> Options) -> BTreeMap<String, Vec<u8>> {
    let dir = tempfile::tempdir().unwrap();
    files(&options(dir.path()))
}

/// Header and rows.
fn table(content: &[u8], delimiter: u8) -> (Vec<String>, Vec<HashMap<String, String>>) {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(content);
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| {
        header.iter().map(|name| name.to_lowercase()).zip(row.unwrap().iter().map(str::to_owned)).collect()
    });
    let rows = rows.collect();
    (header, rows)
}

#[test]
fn the_same_options_give_the_same_bytes_on_1_and_2_threads() {
    for order in [Order::Random, Order::Grouped] {
        let data = |threads| {
            folder_of(|dir| Options { threads, order, rows: 20_000, ..options(dir, "cost-partner") })
        };
        assert!(data(1) == data(2), "{order:?}");
    }
}

#[test]
fn another_seed_gives_other_bytes() {
    for dialect in dialects() {
        let data = |seed| folder_of(|dir| Options { seed, ..options(dir, dialect) });
        let (one, other) = (data(1), data(2));
        assert!(one.keys().eq(other.keys()));
        for (name, content) in one {
            let is_fixed = ["markets.csv", "rates.csv"].contains(&name.as_str());
            assert_eq!(other[&name] == content, is_fixed, "{dialect}: {name}");
        }
    }
}

#[test]
fn every_export_has_the_documented_header_and_exactly_the_rows_asked_for() {
    for layout in LAYOUTS {
        for order in [Order::Random, Order::Grouped] {
            let data = folder_of(|dir| Options { order, ..options(dir, layout.dialect) });
            let content = &data[&file_name(layout)];
            let (header, rows) = table(content, layout.delimiter);
            assert!(header.iter().eq(layout.columns()), "{}", layout.dialect);
            assert_eq!(rows.len() as u64, ROWS, "{}", layout.dialect);
        }
    }
}

#[test]
fn chosen_columns_hold_what_they_hold_among_all() {
    let all = folder_of(|dir| options(dir, "insights-azure-usage"));
    let names = ["acr_usd", "MPNID", "SubscriptionId"];
    let columns: Vec<String> = names.map(str::to_owned).to_vec();
    let few = folder_of(|dir| Options { columns: columns.clone(), ..options(dir, "insights-azure-usage") });
    let read = |data: &BTreeMap<String, Vec<u8>>| table(&data["consumption-insights-azure-usage.tsv"], b'\t');
    let ((_, mut wide), (header, narrow)) = (read(&all), read(&few));
    assert_eq!(header, ["SubscriptionId", "MPNID", "ACR_USD"], "in the documented order");
    wide.iter_mut().for_each(|row| row.retain(|name, _| names.iter().any(|n| n.to_lowercase() == *name)));
    assert!(wide == narrow);

    let dir = tempfile::tempdir().unwrap();
    let refused = generate(&Options { columns, ..options(dir.path(), "focus") });
    assert!(matches!(refused, Err(GenerateError::UnknownColumn { name, .. }) if name == "acr_usd"));
}

#[test]
fn grouped_rows_are_in_order_of_day() {
    let data = folder_of(|dir| Options { order: Order::Grouped, ..options(dir, "cost-pay-as-you-go") });
    let (_, rows) = table(&data["consumption-cost-pay-as-you-go.csv"], b',');
    let days: Vec<&String> = rows.iter().map(|row| &row["usagedatetime"]).collect();
    assert!(days[..2_000].is_sorted());
}

#[test]
fn a_row_of_a_partner_cost_export_is_about_a_kilobyte_wide() {
    let data = folder_of(|dir| options(dir, "cost-partner"));
    let width = data["consumption-cost-partner.csv"].len() as u64 / ROWS;
    assert!((900..1300).contains(&width), "{width}");
}

#[test]
fn little_data_is_made_too() {
    for (partners, rows) in [(1, 0), (1, 1), (1, 100), (2, 17), (22, 15), (22, 336), (500, 40)] {
        for layout in LAYOUTS {
            let data = folder_of(|dir| Options { partners, rows, ..options(dir, layout.dialect) });
            let (_, found) = table(&data[&file_name(layout)], layout.delimiter);
            assert_eq!(found.len() as u64, rows, "{}", layout.dialect);
        }
    }
}

#[test]
fn a_folder_that_holds_something_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("mine.txt"), "mine").unwrap();
    let refused = generate(&options(dir.path(), "focus"));
    assert!(matches!(refused, Err(GenerateError::NotEmpty { .. })));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    assert!(matches!(generate(&options(dir.path(), "focos")), Err(GenerateError::UnknownDialect { .. })));
}

#[test]
fn the_exact_sums_of_placed_partners_are_their_targets_in_every_dialect() {
    for layout in LAYOUTS {
        let data = folder_of(|dir| options(dir, layout.dialect));
        let sums = sums(layout, &data);
        let world = World::new(42, u64::from(PARTNERS), ROWS);
        assert_eq!(world.placed, PLACED.len() as u64);
        for (number, placed) in (0..).zip(PLACED) {
            let sum = sums.get(&world.partner_id(number).to_string()).copied();
            assert_eq!(
                sum,
                placed.target.map(|t| t.amount(layout.decimals)),
                "{}: {}",
                layout.dialect,
                placed.name
            );
        }
    }
}

/// What counts, by partner id: a plain second reading of the export, by header names.
fn sums(layout: &ExportLayout, data: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Amount> {
    let (_, rows) = table(&data[&file_name(layout)], layout.delimiter);
    let partner_of_subscription: HashMap<String, String> = match data.get("associations.csv") {
        Some(content) => {
            let lines = table(content, b',').1.into_iter();
            lines.map(|line| (line["subscription_id"].clone(), line["partner_id"].clone())).collect()
        }
        None => HashMap::new(),
    };
    let roster = table(&data["partners.csv"], b',').1;
    let partner_of_tenant: HashMap<&str, &str> =
        roster.iter().map(|line| (line["tenant_id"].as_str(), line["partner_id"].as_str())).collect();
    let names =
        |name: &'static str, others: &[&'static str]| -> Vec<&'static str> { [&[name], others].concat() };
    let (date, amount, subscription) = match layout.family {
        ExportFamily::Insights => ("month", "acr_usd", "subscriptionid"),
        ExportFamily::Agreement => ("date", "costinusd", "subscriptionid"),
        ExportFamily::Enterprise => ("date", "costinbillingcurrency", "subscriptionid"),
        ExportFamily::EnterprisePortal => ("date", "extendedcost", "subscriptionguid"),
        ExportFamily::PayAsYouGo => ("usagedatetime", "pretaxcost", "subscriptionguid"),
        ExportFamily::Focus => ("chargeperiodstart", "x_effectivecostinusd", "subaccountid"),
        ExportFamily::Reconciliation => ("usagedate", "pricingpretaxtotal", "entitlementid"),
        ExportFamily::LegacyReconciliation => ("chargeenddate", "pretaxcharges", "subscriptionid"),
        ExportFamily::Own => ("date", "amount", "subscription_id"),
    };
    let window = 2016 * 12 + 6..2017 * 12 + 6;
    let mut sums = BTreeMap::new();
    for row in rows {
        let day = parse_day(row[date].as_bytes(), &[DateForm::Iso, DateForm::Slashes], DateOrder::MonthFirst)
            .unwrap();
        let charge = names("chargetype", &["chargecategory"]).into_iter().find_map(|name| row.get(name));
        let is_usage = charge.is_none_or(|charge| {
            ["Usage", "New"].contains(&charge.as_str()) || charge.starts_with("Assess usage fee")
        });
        if !is_usage || !window.contains(&Month::of(day).number()) {
            continue;
        }
        // Accepted, and one of the repeated rows: placed partners have one of these for each consumption.
        if layout.partner == PartnerSource::RepeatedAssociation
            && !["Partner of record", "CSP Tier 2"].contains(&row["partnerattributiontype"].as_str())
        {
            continue;
        }
        let id = row[subscription].to_lowercase();
        let id = id.trim_start_matches("/subscriptions/");
        let partner = match layout.partner {
            PartnerSource::AssociationsFile => match partner_of_subscription.get(id) {
                Some(partner) => partner,
                None => continue,
            },
            PartnerSource::RepeatedAssociation => &row["mpnid"],
            PartnerSource::OneAssociation => &row["partner_id"],
            PartnerSource::Tenant => partner_of_tenant[row["partnerid"].to_lowercase().as_str()],
            PartnerSource::Reseller => &row["resellermpnid"],
            PartnerSource::ResellerOrTenant => match (row["resellermpnid"].as_str(), row.get("mpnid")) {
                ("" | "-1", Some(billed)) => billed,
                ("", None) => partner_of_tenant[row["partnertenantid"].to_lowercase().as_str()],
                (reseller, _) => reseller,
            },
        };
        let read = Amount::parse(row[amount].as_bytes(), DecimalMark::Point).unwrap();
        assert!(!read.rounded);
        let sum = sums.entry(partner.to_owned()).or_insert(Amount::ZERO);
        *sum = sum.plus(read.amount);
    }
    sums
}
