//! Two snapshots of one dataset, outside of a series, that tell of the same cells (SPEC 3.7). Comes in: credits, by day where two snapshots
//! tell of one month. Goes out: for each pair how many cells agree, which snapshot counts, and an error where nothing decides.
//!
//! All cells agree: each counts once. At least half agree: the newer counts, for the subscriptions that it names and the days of its period.
//! Fewer: an error. `--on-overlap` changes this where it is unclear.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use super::cells::{CellScope, CellSelection, CellSum, CellSums, cells, groups, shares_a_month, shown};
use super::exclusions::Exclusions;
use super::series::ranges;
use super::{DaysWanted, OnOverlap, Overlapping, SnapshotRead, Units};
use crate::base::amount::Amount;
use crate::base::calendar::{Day, Month};
use crate::credits::{CreditTable, SubscriptionKey};
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::sources::{Age, Dataset, DayRange};

/// Two units, by their index, the smaller first.
pub(super) type Pair = (usize, usize);

/// The cells that two units both have.
#[derive(Debug, Clone, Default)]
pub(super) struct SharedCells {
    pub(super) count: u64,
    /// Cells with equal rows and amounts.
    pub(super) agreeing: u64,
    /// Cells with equal rows or equal amounts.
    pub(super) similar: u64,
    first_difference: Option<Difference>,
    /// By month and number of the currency: Σ of the shared cells of either unit.
    sums: BTreeMap<(Month, u16), (Amount, Amount)>,
}

/// A cell that differs.
#[derive(Debug, Clone)]
struct Difference {
    scope: CellScope,
    day: Day,
    sums: (CellSums, CellSums),
}

/// What became of two snapshots that share cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PairOutcome {
    /// All shared cells agree: those of the snapshot with this index do not count.
    Equal { repeated: usize },
    /// The newer counts for its subscriptions and days.
    Newer { older: usize, newer: usize },
    /// Both count, as `--on-overlap sum` says.
    Both,
    /// Nothing decides: an input error.
    Unclear,
}

/// Two snapshots that share cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PairFinding {
    /// Names of their first files.
    pub(crate) names: (String, String),
    pub(crate) cells: u64,
    pub(crate) agreeing: u64,
    pub(crate) outcome: PairOutcome,
    /// By month and currency: Σ of the shared cells of the older and of the newer snapshot, where they differ.
    pub(crate) restated: BTreeMap<(Month, String), (Amount, Amount)>,
}

impl SharedCells {
    fn merge(&mut self, other: SharedCells, credits: &CreditTable) {
        self.count += other.count;
        self.agreeing += other.agreeing;
        self.similar += other.similar;
        for (key, (a, b)) in other.sums {
            let sums = self.sums.entry(key).or_default();
            *sums = (sums.0.plus_unchecked(a), sums.1.plus_unchecked(b));
        }
        self.first_difference = match (self.first_difference.take(), other.first_difference) {
            (Some(a), Some(b)) => Some(if b.is_before(&a, credits) { b } else { a }),
            (a, b) => a.or(b),
        };
    }

    fn add(&mut self, scope: CellScope, day: Day, a: &CellSums, b: &CellSums, credits: &CreditTable) {
        self.count += 1;
        for (currency, sum) in a {
            let sums = self.sums.entry((Month::of(day), *currency)).or_default();
            sums.0 = sums.0.plus_unchecked(sum.amount);
        }
        for (currency, sum) in b {
            let sums = self.sums.entry((Month::of(day), *currency)).or_default();
            sums.1 = sums.1.plus_unchecked(sum.amount);
        }
        let rows = |sums: &CellSums| sums.iter().map(|(_, sum)| sum.rows).sum::<u64>();
        let amounts = |sums: &CellSums| sums.iter().map(|(_, sum)| sum.amount).collect::<Vec<_>>();
        self.similar += u64::from(rows(a) == rows(b) || amounts(a) == amounts(b));
        if a == b {
            self.agreeing += 1;
            return;
        }
        let difference = Difference { scope, day, sums: (a.clone(), b.clone()) };
        if self.first_difference.as_ref().is_none_or(|first| difference.is_before(first, credits)) {
            self.first_difference = Some(difference);
        }
    }

    /// Whether at least half of the cells agree.
    pub(super) fn agrees_by_half(&self) -> bool {
        2 * self.agreeing >= self.count
    }
}

impl Difference {
    /// The order of subscriptions, partners and days, which does not depend on threads.
    fn is_before(&self, other: &Difference, credits: &CreditTable) -> bool {
        let partner = |difference: &Difference| difference.scope.partner.map(|key| credits.partner(key));
        credits
            .order_of_subscriptions(self.scope.subscription, other.scope.subscription)
            .then_with(|| partner(self).cmp(&partner(other)))
            .then_with(|| self.day.cmp(&other.day))
            .is_lt()
    }
}

/// The shared cells of the units of all groups. `is_pair` selects the pairs that are compared; `by_month`: those whose cells are months.
pub(super) fn shared_cells(
    groups: &[Vec<CellSum>],
    credits: &CreditTable,
    is_pair: &(dyn Fn(Pair) -> bool + Sync),
    by_month: &(dyn Fn(Pair) -> bool + Sync),
) -> BTreeMap<Pair, SharedCells> {
    let of_group = |group: &Vec<CellSum>| {
        let mut shared: BTreeMap<Pair, SharedCells> = BTreeMap::new();
        for_each_shared(group, is_pair, by_month, |pair, scope, day, a, b| {
            shared.entry(pair).or_default().add(scope, day, a, b, credits);
        });
        shared
    };
    let merge = |mut ours: BTreeMap<Pair, SharedCells>, theirs: BTreeMap<Pair, SharedCells>| {
        for (pair, cells) in theirs {
            ours.entry(pair).or_default().merge(cells, credits);
        }
        ours
    };
    groups.par_iter().map(of_group).reduce(BTreeMap::new, merge)
}

/// Gives `each` every cell that both units of a pair have, with the sums of either.
fn for_each_shared(
    group: &[CellSum],
    is_pair: &dyn Fn(Pair) -> bool,
    by_month: &dyn Fn(Pair) -> bool,
    mut each: impl FnMut(Pair, CellScope, Day, &CellSums, &CellSums),
) {
    for of_month in group.chunk_by(|a, b| (a.scope, a.month()) == (b.scope, b.month())) {
        let of_units: Vec<&[CellSum]> = of_month.chunk_by(|a, b| a.unit == b.unit).collect();
        for (nth, a) in of_units.iter().enumerate() {
            for b in &of_units[nth + 1..] {
                let pair = (a[0].unit, b[0].unit);
                if !is_pair(pair) {
                    continue;
                }
                let by_month = by_month(pair);
                let (of_a, of_b) = (cells(a.iter(), by_month), cells(b.iter(), by_month));
                for (day, sums) in of_a {
                    if let Some(others) = of_b.get(&day) {
                        each(pair, a[0].scope, day, &sums, others);
                    }
                }
            }
        }
    }
}

/// Whether two snapshots fall under the rules of one dataset, and tell of one thing.
fn is_comparable(a: &SnapshotRead, b: &SnapshotRead) -> bool {
    let is_other_invoice = a.dataset == Dataset::ReconBilled
        && !a.invoices.is_empty()
        && !b.invoices.is_empty()
        && a.invoices.is_disjoint(&b.invoices);
    a.dataset.is_one_with(b.dataset) && !is_other_invoice
}

/// The sums of the candidates, in groups.
fn candidate_groups(
    overlapping: &Overlapping<'_>,
    units: &Units,
    is_candidate: &[bool],
    exclusions: &Exclusions,
) -> Vec<Vec<CellSum>> {
    let unit_of = |source: u32| {
        let unit = units.of_source(source).filter(|unit| is_candidate[*unit])?;
        Some((unit, units.snapshots[unit].is_by_partner()))
    };
    groups(overlapping, CellSelection { unit_of: &unit_of, exclusions: Some(exclusions) })
}

/// The pairs that share a subscription in a month: their sources are wanted by day, in the months of both.
pub(super) fn days_wanted(
    overlapping: &Overlapping<'_>,
    units: &Units,
    exclusions: &Exclusions,
    wanted: &mut DaysWanted,
) {
    let is_candidate =
        shares_a_month(units.snapshots.iter().map(|snapshot| &snapshot.days_told), overlapping.window);
    if !is_candidate.contains(&true) {
        return;
    }
    let groups = candidate_groups(overlapping, units, &is_candidate, exclusions);
    for ((a, b), subscriptions) in shared_subscriptions(&groups, &|(a, b)| {
        let (a, b) = (&units.snapshots[a], &units.snapshots[b]);
        is_comparable(a, b) && !a.is_monthly && !b.is_monthly
    }) {
        want_days(overlapping, (&units.snapshots[a], &units.snapshots[b]), subscriptions, wanted);
    }
}

/// The subscriptions that both units of a pair have in one month.
pub(super) fn shared_subscriptions(
    groups: &[Vec<CellSum>],
    is_pair: &(dyn Fn(Pair) -> bool + Sync),
) -> BTreeMap<Pair, HashSet<SubscriptionKey>> {
    let of_group = |group: &Vec<CellSum>| {
        let mut shared: BTreeMap<Pair, HashSet<SubscriptionKey>> = BTreeMap::new();
        for_each_shared(group, is_pair, &|_| true, |pair, scope, _, _, _| {
            shared.entry(pair).or_default().insert(scope.subscription);
        });
        shared
    };
    let merge = |mut ours: BTreeMap<Pair, HashSet<SubscriptionKey>>, theirs: BTreeMap<Pair, HashSet<SubscriptionKey>>| {
        for (pair, subscriptions) in theirs {
            ours.entry(pair).or_default().extend(subscriptions);
        }
        ours
    };
    groups.par_iter().map(of_group).reduce(BTreeMap::new, merge)
}

fn want_days(
    overlapping: &Overlapping<'_>,
    (a, b): (&SnapshotRead, &SnapshotRead),
    subscriptions: HashSet<SubscriptionKey>,
    wanted: &mut DaysWanted,
) {
    wanted.sources.extend(a.sources.iter().chain(&b.sources));
    let Some(both) = a.period().zip(b.period()).and_then(|(a, b)| a.intersect(b)) else { return };
    let window = overlapping.window;
    let (first, last) = (both.first().max(window.first), both.last().min(window.last));
    for month in Month::of(first).number()..=Month::of(last).number() {
        let month = Month::from_number(month);
        wanted.days.of_subscriptions.extend(subscriptions.iter().map(|key| (*key, month)));
    }
}

/// Decides every pair that shares cells.
pub(super) fn decide(
    overlapping: &Overlapping<'_>,
    units: &Units,
    mut exclusions: Exclusions,
) -> (Vec<PairFinding>, Exclusions, Vec<InputError>) {
    let snapshots = &units.snapshots;
    let is_candidate =
        shares_a_month(snapshots.iter().map(|snapshot| &snapshot.days_told), overlapping.window);
    if !is_candidate.contains(&true) {
        return (Vec::new(), exclusions, Vec::new());
    }
    let groups = candidate_groups(overlapping, units, &is_candidate, &exclusions);
    let credits = overlapping.credits;
    let is_pair = |(a, b): Pair| is_comparable(&snapshots[a], &snapshots[b]);
    let by_month = |(a, b): Pair| snapshots[a].is_monthly || snapshots[b].is_monthly;
    let shared = shared_cells(&groups, credits, &is_pair, &by_month);
    let (mut findings, mut errors) = (Vec::new(), Vec::new());
    let mut equal: HashMap<Pair, usize> = HashMap::new();
    for (pair, cells) in &shared {
        let (a, b) = (&snapshots[pair.0], &snapshots[pair.1]);
        let outcome = outcome(overlapping.choices.on_overlap, *pair, (a, b), cells);
        match outcome {
            PairOutcome::Equal { repeated } => {
                equal.insert(*pair, repeated);
            }
            PairOutcome::Newer { older, newer } => {
                let names = groups.iter().flatten().filter(|sum| sum.unit == newer).map(|sum| sum.scope);
                let days = effective_days(&snapshots[newer], newer, &exclusions);
                exclusions.add_newer(older, days, names.collect());
            }
            PairOutcome::Both => {}
            PairOutcome::Unclear => errors.push(unclear((a, b), cells, overlapping)),
        }
        let is_reversed = matches!(outcome, PairOutcome::Newer { older, .. } if older == pair.1);
        findings.push(PairFinding {
            names: (a.name.clone(), b.name.clone()),
            cells: cells.count,
            agreeing: cells.agreeing,
            outcome,
            restated: restated(cells, is_reversed, credits),
        });
    }
    exclude_equal(&groups, &equal, &shared, &by_month, &mut exclusions);
    (findings, exclusions, errors)
}

/// Leaves out the cells of snapshots that are repeated by another; a snapshot all of whose cells are repeated as a whole.
fn exclude_equal(
    groups: &[Vec<CellSum>],
    equal: &HashMap<Pair, usize>,
    shared: &BTreeMap<Pair, SharedCells>,
    by_month: &dyn Fn(Pair) -> bool,
    exclusions: &mut Exclusions,
) {
    let mut own: HashMap<(usize, bool), u64> = HashMap::new();
    for group in groups {
        for of_month in group.chunk_by(|a, b| (a.scope, a.month(), a.unit) == (b.scope, b.month(), b.unit)) {
            let days: BTreeSet<Day> = of_month.iter().map(|sum| sum.span.last()).collect();
            *own.entry((of_month[0].unit, false)).or_default() += days.len() as u64;
            *own.entry((of_month[0].unit, true)).or_default() += 1;
        }
    }
    let is_whole = |pair: &Pair, repeated: usize| own[&(repeated, by_month(*pair))] == shared[pair].count;
    let mut in_part: HashMap<Pair, usize> = HashMap::new();
    for (pair, repeated) in equal {
        match is_whole(pair, *repeated) {
            true => exclusions.add_repeated(*repeated),
            false => {
                in_part.insert(*pair, *repeated);
            }
        }
    }
    if in_part.is_empty() {
        return;
    }
    for group in groups {
        for_each_shared(group, &|pair| in_part.contains_key(&pair), by_month, |pair, scope, day, _, _| {
            match by_month(pair) {
                true => exclusions.add_equal_month(in_part[&pair], scope, Month::of(day)),
                false => exclusions.add_equal_day(in_part[&pair], scope, day),
            }
        });
    }
}

fn outcome(
    on_overlap: OnOverlap,
    (first, second): Pair,
    (a, b): (&SnapshotRead, &SnapshotRead),
    cells: &SharedCells,
) -> PairOutcome {
    let newer = if Age::is_before(a.age, b.age) {
        Some(PairOutcome::Newer { older: first, newer: second })
    } else if Age::is_before(b.age, a.age) {
        Some(PairOutcome::Newer { older: second, newer: first })
    } else {
        None
    };
    if on_overlap == OnOverlap::Error {
        return PairOutcome::Unclear;
    }
    if cells.agreeing == cells.count {
        return match newer {
            Some(PairOutcome::Newer { older, .. }) => PairOutcome::Equal { repeated: older },
            _ => PairOutcome::Equal { repeated: if a.name <= b.name { second } else { first } },
        };
    }
    match (on_overlap, newer) {
        (OnOverlap::Auto, Some(newer)) if cells.agrees_by_half() => newer,
        (OnOverlap::Sum, Some(newer)) if cells.agrees_by_half() => newer,
        (OnOverlap::Newest, Some(newer)) => newer,
        (OnOverlap::Sum, _) => PairOutcome::Both,
        (OnOverlap::Auto | OnOverlap::Newest | OnOverlap::Error, _) => PairOutcome::Unclear,
    }
}

/// The days for which a snapshot counts: its period without what its series supersedes.
fn effective_days(snapshot: &SnapshotRead, nth: usize, exclusions: &Exclusions) -> Vec<DayRange> {
    let Some(period) = snapshot.period() else { return Vec::new() };
    let days = period.first().iter_days().take_while(|day| *day <= period.last());
    ranges(&days.filter(|day| !exclusions.series().is_superseded(nth, *day)).collect())
}

/// The months in which shared cells differ, the older snapshot first.
fn restated(
    cells: &SharedCells,
    is_reversed: bool,
    credits: &CreditTable,
) -> BTreeMap<(Month, String), (Amount, Amount)> {
    let differing = cells.sums.iter().filter(|(_, (a, b))| a != b);
    let one = |(&(month, currency), &(a, b)): (&(Month, u16), &(Amount, Amount))| {
        let code = credits.currencies[usize::from(currency)].clone();
        ((month, code), if is_reversed { (b, a) } else { (a, b) })
    };
    differing.map(one).collect()
}

fn unclear(
    (a, b): (&SnapshotRead, &SnapshotRead),
    cells: &SharedCells,
    overlapping: &Overlapping<'_>,
) -> InputError {
    let what = if a.is_monthly || b.is_monthly { "month" } else { "day" };
    let mut message = format!(
        "{} and {} ({}) both tell of {} ({} and {what}), of which {} agree",
        a.name,
        b.name,
        a.dataset.as_str(),
        if cells.count == 1 { "1 cell".to_owned() } else { format!("{} cells", cells.count) },
        if a.is_by_partner() { "subscription, partner" } else { "subscription" },
        cells.agreeing,
    );
    if let Some(Difference { scope, day, sums }) = &cells.first_difference {
        let credits = overlapping.credits;
        let mut whose = match credits.subscription(scope.subscription) {
            text if text.is_empty() => "no subscription".to_owned(),
            text => format!("subscription {text}"),
        };
        if let Some(partner) = scope.partner {
            whose += &format!(" of partner {}", credits.partner(partner));
        }
        let when = if what == "month" { Month::of(*day).to_string() } else { day.to_string() };
        message += &format!(
            "; the first that differs is {whose} in {when}: {} and {}",
            shown(&sums.0, &credits.currencies),
            shown(&sums.1, &credits.currencies),
        );
    }
    message += match overlapping.choices.on_overlap {
        OnOverlap::Error => "; --on-overlap error stops at every overlap: give one of them",
        OnOverlap::Auto | OnOverlap::Newest | OnOverlap::Sum if cells.agrees_by_half() => {
            "; nothing states which is newer: give the newer alone, or say --on-overlap sum if both are real"
        }
        OnOverlap::Newest => {
            "; nothing states which is newer: give one of them, or say --on-overlap sum if both are real"
        }
        OnOverlap::Auto | OnOverlap::Sum => {
            "; give one of them, or say --on-overlap newest (the newer counts) or --on-overlap sum (both are real)"
        }
    };
    InputError { input: None, code: InputErrorCode::OverlapUnclear, message }
}
