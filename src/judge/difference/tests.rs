//! Tests of the parts of a difference: each step by itself, and laws over generated ledgers.

use proptest::prelude::*;

use super::*;
use crate::base::association::Association;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn month(number: u32) -> Month {
    Month::of(Day::from_ymd_opt(2017, number, 1).unwrap())
}

fn set(associations: &[Association]) -> AssociationSet {
    associations.iter().copied().collect()
}

fn usd(units: i128) -> Amount {
    Amount::from_raw(units * 10_i128.pow(24))
}

/// A counted line of partner 1: dpor, subscription 0, June, currency 0, source 0.
fn line(units: i128) -> ComparedLine {
    ComparedLine {
        head: 1,
        partner: 1,
        subscription: 0,
        month: month(6),
        associations: set(&[Association::Dpor]),
        currency: 0,
        source: 0,
        reason: LedgerReason::Counted,
        amount: usd(units),
        usd: Some(usd(units)),
        counted_usd: usd(units),
    }
}

/// The line as it does not count.
fn without(line: ComparedLine, reason: LedgerReason) -> ComparedLine {
    ComparedLine { reason, counted_usd: Amount::ZERO, ..line }
}

fn run(lines: &[ComparedLine]) -> ComparedRun {
    let heads = lines.iter().filter(|line| line.partner != NO_PARTNER).map(|line| (line.partner, line.head));
    ComparedRun {
        lines: lines.to_vec(),
        rates: lines.iter().map(|line| ((line.currency, line.month), Some(Decimal::ONE))).collect(),
        window: Window { first: day("2017-01-01"), last: day("2017-06-30") },
        accepted: set(&[Association::Dpor, Association::Tpor]),
        retroactive: false,
        heads: heads.collect(),
    }
}

/// The parts of a head that are not 0. **Unit**: USD.
fn parts(old: ComparedRun, new: ComparedRun, head: u32) -> Vec<(ChangePart, i128)> {
    let (mut old, mut new) = (old, new);
    let changes = difference(&mut old, &mut new);
    let change = changes.get(&head).copied().unwrap_or_default();
    let parts = ChangePart::ALL.into_iter().map(|part| (part, change.part(part).raw() / usd(1).raw()));
    parts.filter(|(_, amount)| *amount != 0).collect()
}

#[test]
fn an_association_that_the_new_rule_set_accepts_is_the_rule_sets() {
    let pal = ComparedLine { associations: set(&[Association::Pal]), ..line(7) };
    let old = run(&[without(pal, LedgerReason::NotAccepted)]);
    let new = ComparedRun { accepted: set(&[Association::Pal]), ..run(&[pal]) };
    assert_eq!(parts(old, new, 1), [(ChangePart::RuleSet, 7)]);
}

#[test]
fn a_month_leaves_with_its_old_figures_and_enters_with_its_new_ones() {
    let june = without(line(5), LedgerReason::OutsideWindow);
    let july = ComparedLine { month: month(7), source: 1, ..line(9) };
    let january = ComparedLine { month: month(1), ..line(3) };
    let window = Window { first: day("2017-02-01"), last: day("2017-07-31") };
    let new = ComparedRun { window, ..run(&[line(6), july]) };
    let old = run(&[january, line(6), june]);
    assert_eq!(parts(old, new, 1), [(ChangePart::WindowLeft, -3), (ChangePart::WindowEntered, 9)]);
}

#[test]
fn a_month_that_the_windows_cut_elsewhere_counts_whole() {
    let restated = ComparedLine { source: 1, ..line(9) };
    let window = Window { first: day("2017-01-01"), last: day("2017-06-29") };
    let of = |window| ComparedRun { window, ..run(&[restated]) };
    assert_eq!(parts(run(&[line(6)]), of(window), 1), [(ChangePart::WindowEntered, 3)]);
    let (first, last) = (day("2017-06-02"), day("2017-06-30"));
    assert_eq!(parts(run(&[line(6)]), of(Window { first, last }), 1), [(ChangePart::WindowLeft, 3)]);
}

#[test]
fn a_row_counts_once_for_a_head_that_two_partners_roll_up_to() {
    let other = ComparedLine { head: 2, partner: 2, associations: set(&[Association::Tpor]), ..line(8) };
    let both = ComparedLine { associations: set(&[Association::Dpor, Association::Tpor]), ..line(8) };
    let heads = BTreeMap::from([(1, 1), (2, 1)]);
    // The same file, and one that replaced it.
    for source in [0, 5] {
        let old = || run(&[line(8), other]);
        let new = || ComparedRun { heads: heads.clone(), ..run(&[ComparedLine { source, ..both }]) };
        assert_eq!(parts(old(), new(), 1), []);
        assert_eq!(parts(old(), new(), 2), [(ChangePart::RollUp, -8)]);
        assert_eq!(parts(new(), old(), 2), [(ChangePart::RollUp, 8)]);
    }
}

#[test]
fn rows_of_their_own_partners_add_up_at_a_head() {
    let other = |head| ComparedLine { head, partner: 2, ..line(8) };
    let new = |source| [ComparedLine { source, ..line(8) }, ComparedLine { source, ..other(1) }];
    for source in [0, 5] {
        assert_eq!(parts(run(&[line(8), other(2)]), run(&new(source)), 1), [(ChangePart::RollUp, 8)]);
    }
}

#[test]
fn consumption_that_another_partner_has_now_changed_its_association() {
    let other = ComparedLine { head: 2, partner: 2, ..line(8) };
    assert_eq!(parts(run(&[line(8)]), run(&[other]), 1), [(ChangePart::Associations, -8)]);
    assert_eq!(parts(run(&[line(8)]), run(&[other]), 2), [(ChangePart::Associations, 8)]);
    // Restated at the same time, by a file that replaced the old one: the old amount goes over.
    let restated =
        ComparedLine { source: 3, amount: usd(9), usd: Some(usd(9)), counted_usd: usd(9), ..other };
    let expected = [(ChangePart::Associations, 8), (ChangePart::Amounts, 1)];
    assert_eq!(parts(run(&[line(8)]), run(&[restated]), 2), expected);
    let nobody = ComparedLine { head: NO_PARTNER, partner: NO_PARTNER, associations: set(&[]), ..line(8) };
    let nobody = without(nobody, LedgerReason::Unassociated);
    assert_eq!(parts(run(&[nobody]), run(&[restated]), 2), expected);
}

#[test]
fn rule_sets_that_differ_in_retroactive_change_associations() {
    let nobody = ComparedLine { head: NO_PARTNER, partner: NO_PARTNER, associations: set(&[]), ..line(8) };
    let old = run(&[without(nobody, LedgerReason::Unassociated)]);
    let new = ComparedRun { retroactive: true, ..run(&[line(8)]) };
    assert_eq!(parts(old, new, 1), [(ChangePart::RuleSet, 8)]);
}

#[test]
fn snapshots_are_chosen_among_files_of_both_runs_and_others_restate() {
    let second = ComparedLine { source: 1, ..line(9) };
    let (first, superseded) = (line(6), LedgerReason::Superseded);
    let old = || run(&[first, without(second, superseded)]);
    let new = || run(&[without(first, superseded), second]);
    assert_eq!(parts(old(), new(), 1), [(ChangePart::Snapshots, 3)]);
    // A file that only the new run has supersedes one that both have.
    assert_eq!(parts(run(&[first]), new(), 1), [(ChangePart::Amounts, 3)]);
    assert_eq!(parts(new(), run(&[first]), 1), [(ChangePart::Amounts, -3)]);
}

#[test]
fn a_new_subscription_and_one_that_is_gone_are_amounts() {
    let other = ComparedLine { subscription: 4, source: 2, ..line(9) };
    assert_eq!(parts(run(&[line(6)]), run(&[line(6), other]), 1), [(ChangePart::Amounts, 9)]);
    assert_eq!(parts(run(&[line(6), other]), run(&[line(6)]), 1), [(ChangePart::Amounts, -9)]);
}

#[test]
fn a_rate_that_was_missing_brings_the_consumption() {
    let without_rate = ComparedLine { usd: None, ..without(line(6), LedgerReason::NoRate) };
    let old = ComparedRun { rates: BTreeMap::from([((0, month(6)), None)]), ..run(&[without_rate]) };
    assert_eq!(parts(old, run(&[line(6)]), 1), [(ChangePart::Rates, 6)]);
    // Restated at once: at the old rate first.
    let rate = |units: i64| BTreeMap::from([((0, month(6)), Some(Decimal::from(units)))]);
    let old = ComparedLine { usd: Some(usd(12)), counted_usd: usd(12), ..line(6) };
    let new = ComparedLine { source: 1, usd: Some(usd(30)), counted_usd: usd(30), ..line(10) };
    let (old, new) =
        (ComparedRun { rates: rate(2), ..run(&[old]) }, ComparedRun { rates: rate(3), ..run(&[new]) });
    assert_eq!(parts(old, new, 1), [(ChangePart::Amounts, 8), (ChangePart::Rates, 10)]);
}

#[test]
fn of_repeated_consumption_the_association_is_chosen_in_every_step() {
    let pal = ComparedLine { associations: set(&[Association::Pal]), ..line(6) };
    let old = || run(&[line(6), without(pal, LedgerReason::NotAccepted)]);
    let accepted = set(&[Association::Dpor, Association::Tpor, Association::Pal]);
    let new = || ComparedRun { accepted, ..run(&[without(line(6), LedgerReason::Duplicate), pal]) };
    assert_eq!(parts(old(), new(), 1), []);
    let greater = ComparedLine { amount: usd(7), usd: Some(usd(7)), counted_usd: usd(7), ..pal };
    let old = run(&[line(6), without(greater, LedgerReason::NotAccepted)]);
    let new = ComparedRun { accepted, ..run(&[without(line(6), LedgerReason::Duplicate), greater]) };
    assert_eq!(parts(old, new, 1), [(ChangePart::RuleSet, 1)]);
}

prop_compose! {
    fn any_line()(
        (head, partner, subscription, month) in (0..4_u32, 0..4_u32, 0..3_u32, 4..8_u32),
        kind in 0..Association::ALL.len(),
        (currency, source) in (0..2_u32, 0..5_u32),
        reason in 0..REASONS.len(),
        (amount, usd) in (-50..99_i128, proptest::option::of(-50..99_i128)),
    ) -> ComparedLine {
        let reason = REASONS[reason];
        let usd = usd.map(Amount::from_raw);
        let counted_usd = if reason == LedgerReason::Counted { usd.unwrap_or_default() } else { Amount::ZERO };
        ComparedLine {
            head: if reason == LedgerReason::Unassociated { NO_PARTNER } else { head },
            partner: if reason == LedgerReason::Unassociated { NO_PARTNER } else { partner },
            subscription,
            month: self::month(month),
            associations: set(&[Association::ALL[kind]]),
            currency,
            source,
            reason,
            amount: Amount::from_raw(amount),
            usd,
            counted_usd,
        }
    }
}

prop_compose! {
    fn any_run()(
        lines in proptest::collection::vec(any_line(), 0..12),
        accepted in proptest::collection::vec(0..Association::ALL.len(), 0..5),
        retroactive: bool,
        (first, last) in (1..60_u64, 60..150_u64),
    ) -> ComparedRun {
        let april = day("2017-04-01");
        let window = Window { first: april + chrono::Days::new(first), last: april + chrono::Days::new(last) };
        let accepted = accepted.into_iter().map(|kind| Association::ALL[kind]).collect();
        ComparedRun { window, accepted, retroactive, ..run(&lines) }
    }
}

proptest! {
    /// [`difference`] asserts that the parts add up.
    #[test]
    fn whatever_stands_in_two_ledgers_the_parts_add_up((old, new) in (any_run(), any_run())) {
        let again = |run: &ComparedRun| ComparedRun { rates: run.rates.clone(), heads: run.heads.clone(), ..self::run(&run.lines) };
        let of_run = |run: &ComparedRun| ComparedRun {
            window: run.window, accepted: run.accepted, retroactive: run.retroactive, ..again(run)
        };
        let there = difference(&mut of_run(&old), &mut of_run(&new));
        let back = difference(&mut of_run(&new), &mut of_run(&old));
        for (head, change) in &there {
            let other = back.get(head).copied().unwrap_or_default();
            prop_assert_eq!((change.old, change.new), (other.new, other.old));
        }
        let same = difference(&mut of_run(&old), &mut of_run(&old));
        let is_empty = |change: &ConsumptionChange| ChangePart::ALL.iter().all(|part| change.part(*part).is_zero());
        prop_assert!(same.values().all(is_empty));
    }
}
