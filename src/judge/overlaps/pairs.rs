//! Two snapshots of one dataset, outside of a series, that tell of the same cells (SPEC 3.7). Comes in: credits, by day where two snapshots
//! tell of one month. Goes out: for each pair how many cells agree, which snapshot counts, and an error where nothing decides.
//!
//! All cells agree: each counts once. At least half agree: the newer counts, for the subscriptions that it names and the days of its period.
//! Fewer: an error. `--on-overlap` changes this where it is unclear.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveTime;

use super::cells::{CellSelection, CellSum, CellTime, groups, shares_a_month, shown};
use super::exclusions::Exclusions;
use super::series::ranges;
use super::shared::{Difference, Pair, SharedCells, for_each_shared, shared_cells, shared_subscriptions};
use super::{DaysWanted, OnOverlap, Overlapping, SnapshotRead, Units};
use crate::base::amount::Amount;
use crate::base::calendar::{Day, Month};
use crate::credits::{ComparedDays, CreditTable, SubscriptionKey};
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::sources::{Age, AgeKind, DayRange};

/// The outcome for two snapshots that share cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PairOutcome {
    /// All shared cells agree: the shared cells of the snapshot with this index do not count.
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

/// Whether two snapshots fall under the rules of one dataset, and tell of one thing.
fn is_comparable(a: &SnapshotRead, b: &SnapshotRead) -> bool {
    // Rows of days apart share no cell, although they may share a month.
    let days = a.period_of_rows().zip(b.period_of_rows());
    a.dataset.is_one_with(b.dataset) && !a.is_of_other_invoices(b) && days.is_some_and(|(a, b)| a.overlaps(b))
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
    groups(
        overlapping,
        CellSelection { unit_of: &unit_of, exclusions: Some(exclusions), time: CellTime::Window },
    )
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

fn want_days(
    overlapping: &Overlapping<'_>,
    (a, b): (&SnapshotRead, &SnapshotRead),
    subscriptions: HashSet<SubscriptionKey>,
    wanted: &mut DaysWanted,
) {
    let days = a.period_of_rows().zip(b.period_of_rows());
    let Some(both) = days.and_then(|(a, b)| a.intersect(b)) else { return };
    let window = overlapping.window;
    let (first, last) = (both.first().max(window.first), both.last().min(window.last));
    let mut days = ComparedDays::default();
    for month in Month::of(first).number()..=Month::of(last).number() {
        let month = Month::from_number(month);
        days.of_subscriptions.extend(subscriptions.iter().map(|key| (*key, month)));
    }
    wanted.require(&a.sources, &days);
    wanted.require(&b.sources, &days);
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
    (findings, exclusions, limited(errors))
}

/// Errors on pairs that are told: hundreds of files that repeat each other make tens of thousands.
const ERRORS_TOLD: usize = 10;

/// The first errors, and how many more there are.
fn limited(mut errors: Vec<InputError>) -> Vec<InputError> {
    errors.sort();
    let more = errors.len().saturating_sub(ERRORS_TOLD);
    errors.truncate(ERRORS_TOLD);
    if more > 0 {
        let pairs = if more == 1 { "1 more pair".to_owned() } else { format!("{more} more pairs") };
        let message = format!("{pairs} of exports tell of the same consumption in the same way");
        errors.push(InputError { input: None, code: InputErrorCode::OverlapUnclear, message });
    }
    errors
}

/// Pairs of snapshots that share a subscription in a month outside of the window: nothing is decided there.
pub(super) fn elsewhere(overlapping: &Overlapping<'_>, units: &Units) -> Vec<(String, String)> {
    let snapshots = &units.snapshots;
    let unit_of = |source: u32| {
        let unit = units.of_source(source)?;
        Some((unit, snapshots[unit].is_by_partner()))
    };
    let selection = CellSelection { unit_of: &unit_of, exclusions: None, time: CellTime::Elsewhere };
    let is_pair = |(a, b): Pair| {
        let (a, b) = (&snapshots[a], &snapshots[b]);
        a.series != b.series && (is_comparable(a, b) || !a.dataset.is_one_with(b.dataset))
    };
    let shared = shared_subscriptions(&groups(overlapping, selection), &is_pair);
    shared.into_keys().map(|(a, b)| (snapshots[a].name.clone(), snapshots[b].name.clone())).collect()
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
        return PairOutcome::Equal { repeated: if rank(a) < rank(b) { first } else { second } };
    }
    match (on_overlap, newer) {
        (OnOverlap::Auto, Some(newer)) if cells.agrees_by_half() => newer,
        (OnOverlap::Sum, Some(newer)) if cells.agrees_by_half() => newer,
        (OnOverlap::Newest, Some(newer)) => newer,
        (OnOverlap::Sum, _) => PairOutcome::Both,
        (OnOverlap::Auto | OnOverlap::Newest | OnOverlap::Error, _) => PairOutcome::Unclear,
    }
}

/// Day, kind and time of an age, if there is one; of equal ones the first name is the greatest.
type Rank<'s> = (Option<(Day, AgeKind, Option<NaiveTime>)>, Reverse<&'s str>);

/// The rank of a snapshot among equal snapshots: the greatest counts. The ranks extend the order of ages to a total order, so that no chain of
/// outcomes returns to its beginning, and one copy of every cell counts.
fn rank(snapshot: &SnapshotRead) -> Rank<'_> {
    (snapshot.age.map(|age| (age.day, age.kind, age.time)), Reverse(&snapshot.name))
}

/// The days for which a snapshot counts: its period without what its series supersedes.
fn effective_days(snapshot: &SnapshotRead, nth: usize, exclusions: &Exclusions) -> Vec<DayRange> {
    let Some(period) = snapshot.period() else { return Vec::new() };
    ranges(&period.days().filter(|day| !exclusions.series().is_superseded(nth, *day)).collect())
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
        let when = if what == "month" { format!("in {}", Month::of(*day)) } else { format!("on {day}") };
        message += &format!(
            "; the first that differs is {whose} {when}: {} and {}",
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
