//! The stages of a run, measured: `cargo bench --features internals --bench stages`. Comes in: exports that are generated anew.
//! Goes out: medians, which other load on the machine disturbs; `instructions.py` counts instructions instead.

mod exports;

use std::ffi::OsString;
use std::process::ExitCode;

use attain::base::calendar::UtcClock;
use attain::cli;
use attain::internals::stages::{self, LeakedExport};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use exports::{Export, LAYOUTS, Layout};

fn main() {
    divan::main();
}

/// Small values: each run takes all of them once.
mod values {
    use attain::base::amount::{Amount, DecimalMark};
    use attain::base::calendar::{DateForm, DateOrder, parse_day};
    use attain::base::ids::{PartnerId, subscription_key};

    use super::*;

    fn bench(bencher: Bencher<'_, '_>, layout: Layout, column: &str, read: impl Fn(&str) -> bool + Sync) {
        let texts = Export::of(layout).column(column);
        bencher
            .counter(ItemsCount::new(texts.len()))
            .bench(|| texts.iter().filter(|text| read(black_box(text))).count());
    }

    #[divan::bench]
    fn amount(bencher: Bencher<'_, '_>) {
        bench(bencher, Layout::Wide, "costInUsd", |text| {
            Amount::parse(text.as_bytes(), DecimalMark::Point).is_ok()
        });
    }

    #[divan::bench]
    fn date(bencher: Bencher<'_, '_>) {
        bench(bencher, Layout::Wide, "date", |text| {
            parse_day(text.as_bytes(), &[DateForm::Slashes, DateForm::Iso], DateOrder::MonthFirst).is_ok()
        });
    }

    #[divan::bench]
    fn subscription_id(bencher: Bencher<'_, '_>) {
        bench(bencher, Layout::Wide, "SubscriptionId", |text| !subscription_key(text).is_empty());
    }

    #[divan::bench]
    fn partner_id(bencher: Bencher<'_, '_>) {
        bench(bencher, Layout::Narrow, "MPNID", |text| PartnerId::parse(text).is_some());
    }
}

/// From the file on.
#[divan::bench(args = LAYOUTS, sample_count = 11, sample_size = 1)]
fn scan(bencher: Bencher<'_, '_>, layout: Layout) {
    let export = Export::of(layout);
    bencher
        .counter(BytesCount::new(export.bytes))
        .counter(ItemsCount::new(export.rows))
        .bench(|| assert_eq!(stages::scan(&export.path, 1), export.rows));
}

#[divan::bench(args = LAYOUTS, sample_count = 11, sample_size = 1)]
fn fold(bencher: Bencher<'_, '_>, layout: Layout) {
    let export = Export::of(layout);
    bencher
        .counter(BytesCount::new(export.bytes))
        .counter(ItemsCount::new(export.rows))
        .bench(|| stages::fold(&export.all, 1));
}

/// Reads a roster of 20,000 partners.
#[divan::bench(sample_count = 11, sample_size = 1)]
fn roster(bencher: Bencher<'_, '_>) {
    let partners = [Export::of(Layout::Wide).partners.clone()];
    bencher.bench(|| stages::fold(&partners, 1));
}

/// Reads the associations of 100,000 subscriptions.
#[divan::bench(sample_count = 11, sample_size = 1)]
fn associations(bencher: Bencher<'_, '_>) {
    let export = Export::of(Layout::Enterprise);
    let associations = [export.path.with_file_name("associations.csv")];
    bencher.bench(|| stages::fold(&associations, 1));
}

/// Merges the sums of two workers into one table.
#[divan::bench(args = [Layout::Wide, Layout::Narrow], sample_count = 11, sample_size = 1)]
fn merge(bencher: Bencher<'_, '_>, layout: Layout) {
    let export = LeakedExport::open(&Export::of(layout).path);
    bencher.with_inputs(|| export.workers()).bench_local_values(|workers| export.merge(workers));
}

/// A whole run, outputs included.
#[divan::bench(args = LAYOUTS, sample_count = 11, sample_size = 1)]
fn whole(bencher: Bencher<'_, '_>, layout: Layout) {
    let export = Export::of(layout);
    let mut args: Vec<OsString> =
        ["attain", "report", "--quiet", "--allow", "all", "--threads", "1", "--partner-id", "4999999", "-o"]
            .map(OsString::from)
            .into();
    args.push(export.path.with_file_name("report.csv").into());
    args.extend(export.all.iter().chain([&export.partners]).map(OsString::from));
    args.extend(["--as-of", "2017-07-07"].map(OsString::from));
    bencher
        .counter(BytesCount::new(export.bytes))
        .counter(ItemsCount::new(export.rows))
        .bench(|| assert_eq!(cli::main(args.iter().cloned(), UtcClock::stopped()), ExitCode::SUCCESS));
}
