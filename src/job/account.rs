//! Accounting: everything that a run has counted, as its summary. Comes in: what was read and judged. Goes out: a
//! [`Summary`] without its outputs and timings, which are known last. It counts nothing itself.

use std::collections::BTreeMap;

use crate::base::amount::Amount;
use crate::base::calendar::{Day, WindowKind};
use crate::config::dialect::Role;
use crate::credits::Tally;
use crate::diagnostics::reject::{RejectCode, RejectCount, RejectCounts};
use crate::job::{Reading, RunRules};
use crate::judge::facts::consumption::Judged;
use crate::judge::measures::individuals::PassCounts;
use crate::judge::verdict::PartnerVerdict;
use crate::outputs::{
    ConsumptionRows, ControlTotals, CurrencyAmounts, ExcludedRows, FirstPlace, InputRead, JudgingUsd, Passes,
    Program, RejectsOfCode, RoleRows, RuleSetUsed, Skipped, Summary, TierCount, Tiers, Timings,
    WarningsOfCode, WindowUsed, WithoutRate, sha256_hex,
};

/// The summary of a run.
pub(crate) fn summary(
    reading: &Reading<'_>,
    rules: &RunRules,
    (as_of, kind): (Day, WindowKind),
    judged: &Judged,
    passes: PassCounts,
    verdicts: &[PartnerVerdict],
) -> Summary {
    let mut refused = reading.refused.clone();
    let no_rate: u64 = judged.without_rate.values().map(|lacking| lacking.rows).sum();
    if no_rate > 0 {
        refused.insert(RejectCode::NoRate, (no_rate, None));
    }
    let window = rules.window;
    Summary {
        schema: Summary::SCHEMA,
        program: Program {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        rule_set: RuleSetUsed {
            name: rules.rules.id(),
            sha256: sha256_hex(rules.rules.text.as_bytes()),
            note: rules.note.clone(),
        },
        as_of,
        window: WindowUsed {
            kind,
            first: window.first,
            last: window.last,
            months: rules.rules.window_months,
        },
        inputs: inputs(reading),
        skipped: skipped(reading),
        outputs: Vec::new(),
        control_totals: control_totals(reading, judged, passes, no_rate),
        rejects: by_code(reading, &refused),
        rounded_amounts: reading.folded.tallies.iter().map(|tally| tally.rounded).sum(),
        warnings: warnings(reading),
        tiers: tiers(rules, verdicts),
        timings: Timings::default(),
    }
}

fn inputs(reading: &Reading<'_>) -> Vec<InputRead> {
    let mut read: BTreeMap<usize, (u64, Option<(Day, Day)>)> = BTreeMap::new();
    for (index, tally) in reading.consumption.iter().zip(&reading.folded.tallies) {
        read.insert(*index, (tally.rows, tally.days));
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
            encoding: input.encoding().map(str::to_owned),
            delimiter: input.delimiter(),
            bytes: input.bytes(),
            rows,
            first_day: days.map(|(first, _)| first),
            last_day: days.map(|(_, last)| last),
            digest: reading.digests.get(&input.name.file).cloned(),
        }
    };
    read.into_iter().map(one).collect()
}

fn skipped(reading: &Reading<'_>) -> Vec<Skipped> {
    let one = |skipped: &crate::formats::Skipped| Skipped {
        file: skipped.name.file.clone(),
        sheet: skipped.name.sheet.clone(),
        reason: skipped.reason.clone(),
    };
    let mut all: Vec<Skipped> = reading.skipped.iter().map(one).collect();
    all.sort();
    all
}

fn by_code(reading: &Reading<'_>, refused: &RejectCounts) -> Vec<RejectsOfCode> {
    let one = |(code, (rows, first)): (&RejectCode, &RejectCount)| RejectsOfCode {
        code: *code,
        rows: *rows,
        first: first.map(|(input, place)| FirstPlace {
            file: reading.inputs[input].name.file.clone(),
            sheet: reading.inputs[input].name.sheet.clone(),
            row: place.row,
        }),
    };
    refused.iter().map(one).collect()
}

fn warnings(reading: &Reading<'_>) -> Vec<WarningsOfCode> {
    let one = |(code, count, listed): (crate::diagnostics::warning::WarningCode, u64, &[String])| {
        let mut listed = listed.to_vec();
        listed.sort();
        WarningsOfCode { code: code.as_str().to_owned(), count, listed }
    };
    let mut all: Vec<WarningsOfCode> = reading.warnings.iter().map(one).collect();
    all.sort_by(|a, b| a.code.cmp(&b.code));
    all
}

fn tiers(rules: &RunRules, verdicts: &[PartnerVerdict]) -> Tiers {
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

fn control_totals(reading: &Reading<'_>, judged: &Judged, passes: PassCounts, no_rate: u64) -> ControlTotals {
    let sum = |field: fn(&Tally) -> u64| -> u64 { reading.folded.tallies.iter().map(field).sum() };
    let mut roles: BTreeMap<Role, RoleRows> = BTreeMap::new();
    for (index, tally) in &reading.small {
        let rows = roles.entry(reading.inputs[*index].role()).or_default();
        rows.read += tally.rows;
        rows.refused += tally.refused;
        rows.accepted += tally.rows - tally.refused;
    }
    let credentials = roles.get(&Role::Credentials).copied().unwrap_or_default();
    let credits = &reading.folded.credits;
    let mut amounts: BTreeMap<String, CurrencyAmounts> = BTreeMap::new();
    for (currency, sums) in &reading.folded.sums {
        let amounts = amounts.entry(currency.clone()).or_default();
        amounts.credited_rows = sums.credited.amount;
        amounts.unassociated = sums.unassociated.amount;
        amounts.no_subscription = sums.no_subscription.amount;
    }
    let mut of = |currency: u16, amount: Amount, into: fn(&mut CurrencyAmounts) -> &mut Amount| {
        let amounts = amounts.entry(credits.currencies[usize::from(currency)].clone()).or_default();
        *into(amounts) = into(amounts).plus(amount);
    };
    for (currency, amount) in &credits.sums {
        of(*currency, *amount, |amounts| &mut amounts.all_credits);
    }
    for (currency, amount) in &credits.shared {
        of(*currency, *amount, |amounts| &mut amounts.shared);
    }
    for (currency, amount) in &judged.converted {
        amounts.entry(currency.clone()).or_default().converted = *amount;
    }
    for ((currency, _), lacking) in &judged.without_rate {
        let amounts = amounts.entry(currency.clone()).or_default();
        amounts.without_rate = amounts.without_rate.plus(lacking.amount);
    }
    let without_rate = judged.without_rate.iter().map(|((currency, month), lacking)| WithoutRate {
        currency: currency.clone(),
        month: *month,
        rows: lacking.rows,
        amount: lacking.amount,
    });
    ControlTotals {
        rows: ConsumptionRows {
            read: sum(|tally| tally.rows),
            credited: sum(|tally| tally.credited) - no_rate,
            excluded: ExcludedRows {
                not_consumption: sum(|tally| tally.not_consumption),
                outside_window: sum(|tally| tally.outside_window),
                no_subscription: sum(|tally| tally.no_subscription),
                unassociated: sum(|tally| tally.unassociated),
            },
            refused: sum(|tally| tally.refused) + no_rate,
        },
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
            all_credits: judged.all_credits,
            not_accepted: judged.not_accepted.clone(),
            duplicate: judged.duplicate,
            consumption: judged.consumption.iter().fold(Amount::ZERO, |sum, (_, amount)| sum.plus(*amount)),
        },
        without_rate: without_rate.collect(),
    }
}
