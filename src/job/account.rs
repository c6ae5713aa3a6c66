//! Accounting: everything that a run has counted, as its summary. Comes in: what was read and judged. Goes out: a
//! [`Summary`] without its outputs and timings, which are known last. It counts nothing itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::amount::Amount;
use crate::base::calendar::{Day, Moment, Month, Window};
use crate::base::ids::PartnerId;
use crate::config::dialect::Role;
use crate::diagnostics::reject::RejectCode;
use crate::diagnostics::warning::{DeniedWarnings, WarningCode};
use crate::formats::{SkippedFile, shown_name};
use crate::job::confidence;
use crate::job::file_options;
use crate::job::losses;
use crate::job::snapshot_list;
use crate::job::{CountOfCode, ProjectUsed, Reading, RejectsOfRun, RunOptions, RunRules};
use crate::judge::facts::consumption::Judged;
use crate::judge::measures::individuals::PassCounts;
use crate::judge::overlaps::Exclusion;
use crate::judge::verdict::PartnerVerdict;
use crate::outputs::{
    Completeness, ConsumptionRows, ControlTotals, CurrencyAmounts, FirstPlace, InputRead, JudgingUsd,
    PartnerIdUse, PartnerLines, Passes, Program, ProjectEntry, RejectsOfCode, RoleRows, RuleSetUsed, Skipped,
    Summary, TierCount, Tiers, Timings, WarningsOfCode, WindowUsed, WithoutPartner, WithoutRate, sha256_hex,
};

/// The summary of a run.
pub(crate) fn summary(
    reading: &Reading<'_>,
    rules: &RunRules,
    options: &RunOptions,
    judged: &Judged,
    passes: PassCounts,
    partners: PartnerLines<'_>,
) -> Summary {
    let window = rules.window;
    let rejects = rejects(reading, judged, window);
    Summary {
        schema: Summary::SCHEMA,
        program: Program::this(),
        exit_code: 0,
        project: options.project.as_ref().map(|ProjectUsed { path, profile }| ProjectEntry {
            file: shown_name(path),
            profile: profile.clone(),
        }),
        rule_set: RuleSetUsed {
            name: rules.rules.id(),
            sha256: sha256_hex(rules.rules.text.as_bytes()),
            accepted: rules.rules.accepted.iter().map(|association| association.as_str()).collect(),
            retroactive: rules.rules.retroactive,
            note: rules.note.clone(),
        },
        as_of: options.as_of,
        window: WindowUsed {
            kind: options.window,
            first: window.first,
            last: window.last,
            months: rules.rules.window_months,
        },
        partner_id: partner_ids(options).map(|id| PartnerIdUse {
            id,
            rows: judged.by_source.iter().map(|rows| rows.by_partner_id).sum(),
        }),
        inputs: inputs(reading, options),
        skipped: skipped(reading),
        left_out: reading.left_out.clone(),
        snapshots: snapshot_list::snapshots(reading),
        overlaps: snapshot_list::overlaps(&reading.overlapped),
        coverage: snapshot_list::months(&reading.coverage),
        outputs: Vec::new(),
        last_outputs: Vec::new(),
        control_totals: control_totals(reading, judged, passes, window),
        rejects: by_code(reading, &rejects),
        completeness: completeness(reading, &options.denied),
        rounded_amounts: reading.folded.tallies.iter().map(|tally| tally.rounded).sum(),
        warnings: warnings(reading),
        shown: None,
        tiers: tiers(rules, partners.verdicts),
        confidence: confidence::counts(rules, partners),
        losses: losses::counts(rules, options.as_of, partners),
        started: Moment::default(),
        ended: Moment::default(),
        timings: Timings::default(),
    }
}

fn inputs(reading: &Reading<'_>, options: &RunOptions) -> Vec<InputRead> {
    let mut read: BTreeMap<usize, (u64, Option<(Day, Day)>)> = BTreeMap::new();
    for (index, input) in reading.inputs.iter().enumerate() {
        if matches!(input.role(), Role::Consumption | Role::Credits) {
            read.insert(index, (0, None));
        }
    }
    for (source, tally) in reading.consumption.iter().zip(&reading.folded.tallies) {
        let (rows, days) = read.entry(source.input).or_default();
        *rows += tally.rows;
        let both = days.zip(source.days).map(|((a, b), (c, d))| (a.min(c), b.max(d)));
        *days = both.or(*days).or(source.days);
    }
    for (index, tally) in &reading.small {
        read.insert(*index, (tally.rows, tally.days));
    }
    let one = |(index, (rows, days)): (usize, (u64, Option<(Day, Day)>))| {
        let input = &reading.inputs[index];
        InputRead {
            file: input.name.file.clone(),
            sheet: input.name.sheet.clone(),
            role: input.role(),
            dialect: input.layout.dialect.name.clone(),
            currency: file_options::currency(input, options).map(str::to_owned),
            usage_only: file_options::is_usage_only(input, options).then_some(true),
            encoding: input.encoding().map(str::to_owned),
            delimiter: input.delimiter(),
            bytes: input.bytes(),
            rows,
            first_day: days.map(|(first, _)| first),
            last_day: days.map(|(_, last)| last),
            assumed: reading.assumed.has(&input.name).then_some(true),
            digest: reading.digests.get(&input.name.file).cloned(),
        }
    };
    read.into_iter().map(one).collect()
}

pub(super) fn skipped(reading: &Reading<'_>) -> Vec<Skipped> {
    let one = |skipped: &SkippedFile| Skipped {
        file: skipped.name.file.clone(),
        sheet: skipped.name.sheet.clone(),
        class: skipped.class.as_str().to_owned(),
        looks_like_data: skipped.class.is_data(),
        reason: skipped.reason.clone(),
    };
    let mut all: Vec<&SkippedFile> = reading.skipped.iter().collect();
    all.sort_by_key(|skipped| &skipped.name);
    all.into_iter().map(one).collect()
}

/// Rejects of the run: of rows, and of credits when they were judged.
pub(super) fn rejects(reading: &Reading<'_>, judged: &Judged, window: Window) -> RejectsOfRun {
    let mut rejects = reading.refused(window);
    for (code, rows) in
        [(RejectCode::NoRate, no_rate_rows(judged)), (RejectCode::NoPartner, no_partner_rows(judged))]
    {
        if rows > 0 {
            rejects.entry(code).or_insert((0, None)).0 += rows;
        }
    }
    rejects
}

/// Rows of currencies and months without a rate.
fn no_rate_rows(judged: &Judged) -> u64 {
    judged.without_rate.values().map(|lacking| lacking.rows).sum()
}

/// Rows of tenants that no partner has.
fn no_partner_rows(judged: &Judged) -> u64 {
    judged.by_source.iter().map(|rows| rows.without_partner).sum()
}

pub(super) fn by_code(reading: &Reading<'_>, rejects: &RejectsOfRun) -> Vec<RejectsOfCode> {
    let one = |(code, (rows, first)): (&RejectCode, &CountOfCode)| RejectsOfCode {
        code: *code,
        rows: *rows,
        first: first.map(|(input, place)| FirstPlace {
            file: reading.inputs[input].name.file.clone(),
            sheet: reading.inputs[input].name.sheet.clone(),
            row: place.row,
        }),
    };
    rejects.iter().map(one).collect()
}

/// Whether the run is complete.
pub(super) fn completeness(reading: &Reading<'_>, denied: &DeniedWarnings) -> Completeness {
    let met = reading.warnings.denied(denied);
    Completeness {
        complete: met.is_empty(),
        incomplete_by: met.iter().map(|(code, _)| code.as_str().to_owned()).collect(),
        denied: denied.codes().into_iter().map(str::to_owned).collect(),
    }
}

/// The warnings of the run, sorted by code.
pub(super) fn warnings(reading: &Reading<'_>) -> Vec<WarningsOfCode> {
    let one = |(code, count, listed): (WarningCode, u64, &[String])| {
        let mut listed = listed.to_vec();
        listed.sort();
        WarningsOfCode { code: code.as_str().to_owned(), count, listed }
    };
    let mut all: Vec<WarningsOfCode> = reading.warnings.iter().map(one).collect();
    all.sort_by(|a, b| a.code.cmp(&b.code));
    all
}

pub(super) fn tiers(rules: &RunRules, verdicts: &[PartnerVerdict]) -> Tiers {
    let mut tiers = Tiers::default();
    for tier in &rules.rules.tiers {
        tiers.attained.push(TierCount { tier: tier.name.clone(), partners: 0 });
    }
    for verdict in verdicts {
        match verdict.attained {
            Some(tier) => tiers.attained[tier].partners += 1,
            None if verdict.is_undetermined() => tiers.undetermined += 1,
            None => tiers.none += 1,
        }
    }
    tiers
}

fn control_totals(
    reading: &Reading<'_>,
    judged: &Judged,
    passes: PassCounts,
    window: Window,
) -> ControlTotals {
    let mut roles: BTreeMap<Role, RoleRows> = BTreeMap::new();
    for (index, tally) in &reading.small {
        let rows = roles.entry(reading.inputs[*index].role()).or_default();
        rows.read += tally.rows;
        rows.refused += tally.refused;
        rows.accepted += tally.rows - tally.refused;
    }
    let credentials = roles.get(&Role::Credentials).copied().unwrap_or_default();
    let mut amounts: BTreeMap<String, CurrencyAmounts> = BTreeMap::new();
    // A currency of rows outside the window alone is told in no run: they are read only where a credits table asks for them.
    let in_window =
        judged.by_currency.iter().filter(|(_, judged)| judged.all.rows > judged.outside_window.rows);
    for (currency, judged) in in_window {
        let of_currency = CurrencyAmounts {
            credited_rows: judged.credited.amount,
            shared: judged.shared,
            all_credits: judged.all_credits,
            converted: judged.converted,
            unassociated: judged.unassociated.amount,
            without_partner: judged.without_partner.amount,
            ..CurrencyAmounts::default()
        };
        amounts.insert(currency.clone(), of_currency);
    }
    for (currency, amount) in no_subscription(reading, window) {
        amounts.entry(currency).or_default().no_subscription = amount;
    }
    for (currency, amount) in excluded_amounts(reading, Exclusion::Superseded) {
        amounts.entry(currency).or_default().superseded = amount;
    }
    for (currency, amount) in excluded_amounts(reading, Exclusion::NotPreferred) {
        amounts.entry(currency).or_default().not_preferred = amount;
    }
    for ((currency, _), lacking) in &judged.without_rate {
        let amounts = amounts.entry(currency.clone()).or_default();
        amounts.without_rate = amounts.without_rate.plus(lacking.amount);
    }
    assert_table_is_whole(reading, judged);
    let without_rate = judged.without_rate.iter().map(|((currency, month), lacking)| WithoutRate {
        currency: currency.clone(),
        month: *month,
        rows: lacking.rows,
        amount: lacking.amount,
    });
    let without_partner = judged.without_partner.iter().map(|lacking| WithoutPartner {
        tenant: Arc::clone(&lacking.tenant),
        month: lacking.month,
        rows: lacking.sums.iter().map(|(_, sum)| sum.rows).sum(),
        amounts: lacking.sums.iter().map(|(currency, sum)| (Arc::clone(currency), sum.amount)).collect(),
    });
    ControlTotals {
        rows: consumption_rows(reading, judged, window),
        roles,
        passes: Passes {
            read: credentials.read,
            counted: passes.counted,
            not_named: passes.not_named,
            too_late: passes.too_late,
            expired: passes.expired,
            refused: credentials.refused,
        },
        amounts,
        judging_usd: JudgingUsd {
            superseded: excluded_usd(reading, Exclusion::Superseded),
            not_preferred: excluded_usd(reading, Exclusion::NotPreferred),
            all_credits: judged.all_credits,
            not_accepted: judged.not_accepted.clone(),
            duplicate: judged.duplicate,
            consumption: judged.consumption.iter().fold(Amount::ZERO, |sum, (_, amount)| sum.plus(*amount)),
        },
        without_rate: without_rate.collect(),
        without_partner: without_partner.collect(),
    }
}

/// Rows of consumption by their use.
fn consumption_rows(reading: &Reading<'_>, judged: &Judged, window: Window) -> ConsumptionRows {
    let mut rows = ConsumptionRows::default();
    for (nth, ((consumption, tally), judged)) in
        reading.consumption.iter().zip(&reading.folded.tallies).zip(&judged.by_source).enumerate()
    {
        let rejects = reading.reject_rows(consumption.reject_input, window);
        rows.read += tally.rows;
        rows.credited += judged.credited;
        rows.refused += rejects.refused + judged.without_partner;
        rows.excluded.not_consumption += tally.not_consumption;
        rows.excluded.outside_window += tally.not_held + judged.outside_window + rejects.outside_window;
        rows.excluded.unassociated += judged.unassociated + rejects.unassociated;
        rows.excluded.superseded += excluded_rows(reading, nth, Exclusion::Superseded) + rejects.superseded;
        rows.excluded.not_preferred += excluded_rows(reading, nth, Exclusion::NotPreferred);
        for ((day, _), sum) in &tally.no_subscription {
            let into = match window.contains(*day) {
                true => &mut rows.excluded.no_subscription,
                false => &mut rows.excluded.outside_window,
            };
            *into += sum.rows;
        }
    }
    rows.credited -= no_rate_rows(judged);
    rows.refused += no_rate_rows(judged);
    rows
}

/// Rows of a source that overlaps exclude for a reason.
pub(super) fn excluded_rows(reading: &Reading<'_>, source: usize, reason: Exclusion) -> u64 {
    let number = u32::try_from(source).expect("a run has fewer than 2^24 sources");
    let of_source = (number, reason, 0, Month::from_number(i32::MIN))
        ..=(number, reason, u16::MAX, Month::from_number(i32::MAX));
    reading.overlapped.excluded.range(of_source).map(|(_, sum)| sum.rows).sum()
}

/// Σ of excluded credits for a reason, by currency.
fn excluded_amounts(reading: &Reading<'_>, reason: Exclusion) -> BTreeMap<String, Amount> {
    let mut sums: BTreeMap<String, Amount> = BTreeMap::new();
    let excluded = reading.overlapped.excluded.iter().filter(|((_, why, ..), _)| *why == reason);
    for ((_, _, currency, _), sum) in excluded {
        let code = &reading.folded.credits.currencies[usize::from(*currency)];
        let total = sums.entry(code.clone()).or_default();
        *total = total.plus(sum.amount);
    }
    sums
}

/// Σ of excluded credits for a reason, converted where there is a rate. **Unit**: USD.
fn excluded_usd(reading: &Reading<'_>, reason: Exclusion) -> Amount {
    let excluded = reading.overlapped.excluded.iter().filter(|((_, why, ..), _)| *why == reason);
    let usd = excluded.filter_map(|((_, _, currency, month), sum)| {
        let code = &reading.folded.credits.currencies[usize::from(*currency)];
        match code.as_str() {
            "USD" => Some(sum.amount),
            code => sum.amount.convert(*reading.rates.get(&(code.to_owned(), *month))?),
        }
    });
    usd.fold(Amount::ZERO, |sum, amount| sum.plus(amount))
}

/// Σ of rows without a subscription in the window, by currency.
fn no_subscription(reading: &Reading<'_>, window: Window) -> BTreeMap<String, Amount> {
    let mut sums: BTreeMap<String, Amount> = BTreeMap::new();
    for ((day, currency), sum) in reading.folded.tallies.iter().flat_map(|tally| &tally.no_subscription) {
        if let (Some(currency), true) = (currency, window.contains(*day)) {
            let code = &reading.folded.credits.currencies[usize::from(*currency)];
            let total = sums.entry(code.clone()).or_default();
            *total = total.plus(sum.amount);
        }
    }
    sums
}

/// Asserts that what was judged is what the workers have read, row by row and to the last digit.
fn assert_table_is_whole(reading: &Reading<'_>, judged: &Judged) {
    for (currency, sums) in &reading.folded.sums {
        let mut all = judged.by_currency.get(currency).map(|judged| judged.all).unwrap_or_default();
        for ((_, _, number, _), sum) in &reading.overlapped.excluded {
            if reading.folded.credits.currencies[usize::from(*number)] == *currency {
                all.add(sum.rows, sum.amount);
            }
        }
        assert!(
            all == sums.taken,
            "credits in {currency} are not those that were read: {all:?} is not {:?}",
            sums.taken
        );
    }
}

/// The partners of `--partner-id`, for all inputs first. `None` if the option is not given.
fn partner_ids(options: &RunOptions) -> Option<String> {
    let mut ids: Vec<&str> = options.reading.partner_id.values().map(PartnerId::as_str).collect();
    ids.dedup();
    (!ids.is_empty()).then(|| ids.join(", "))
}
