//! Overlaps: which snapshot counts where several tell of one consumption (SPEC 3.7). Comes in: snapshots with their sources, the credits of
//! the run, the user's choices. Goes out: the credits that do not count, with the reason; input errors where nothing decides; and the days that
//! must be read before it can be decided. It judges no partner and changes no sum.
//!
//! In this order: [`series`] (the newest run of one scheduled export), [`datasets`] (kinds of data that are never added), [`pairs`] (two
//! snapshots of one kind). [`exclusions`] holds the outcome.

mod cells;
mod datasets;
mod exclusions;
mod month_cut;
mod pairs;
mod parts;
mod series;
mod shared;

use std::collections::{BTreeMap, BTreeSet};

use crate::base::calendar::{Day, Month, Window};
use crate::credits::credit_table::Span;
use crate::credits::keys::Account;
use crate::credits::{ComparedDays, CreditTable};
use crate::diagnostics::error::InputError;
use crate::sources::{Age, Dataset, DayRange};

pub(crate) use exclusions::{ExcludedSums, Exclusion, Exclusions};
pub(crate) use month_cut::{months_cut, whole_months_cut};
pub(crate) use pairs::{PairFinding, PairOutcome};
pub(crate) use series::SeriesDays;

/// A snapshot that was read, as overlaps see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SnapshotRead {
    /// The name of its first file, for messages.
    pub(crate) name: String,
    pub(crate) dataset: Dataset,
    /// **Absent**: nothing states it.
    pub(crate) age: Option<Age>,
    /// The days that a manifest or folder states. **Absent**: only the rows tell.
    pub(crate) stated_period: Option<DayRange>,
    /// Days of its rows of consumption; of a monthly export, the last day of each month.
    pub(crate) days_told: BTreeSet<Day>,
    /// Whether a row stands for a whole month.
    pub(crate) is_monthly: bool,
    /// Which series it belongs to; snapshots of one series have one number.
    pub(crate) series: usize,
    /// Whether its series goes by the names of files, so that files of disjoint subscriptions are no series.
    pub(crate) is_series_by_name: bool,
    /// Whether it may supersede others: all of its parts are there.
    pub(crate) is_complete: bool,
    /// Invoice numbers of a reconciliation file; empty: none are known.
    pub(crate) invoices: BTreeSet<String>,
    /// The files that are its parts by their names alone: each may turn out to be a snapshot of its own. Empty: it is one for certain.
    pub(crate) parts: Vec<SnapshotPart>,
    /// Numbers of its sources.
    pub(crate) sources: Vec<u32>,
    /// Size of its files, as stored. **Unit**: bytes.
    pub(crate) bytes: u64,
}

/// A file that is a part of a snapshot by its name alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SnapshotPart {
    pub(crate) name: String,
    pub(crate) source: u32,
    /// Columns that the names of folders hold in place of the file.
    pub(crate) partition: Vec<String>,
    /// The date in the file's name. **Absent**: there is none.
    pub(crate) age: Option<Age>,
    pub(crate) days_told: BTreeSet<Day>,
}

impl SnapshotRead {
    /// The days that the snapshot tells of: as stated, else from the first to the last day of its rows; whole months of a monthly export.
    /// `None` if nothing is stated and it has no row of consumption.
    pub(crate) fn period(&self) -> Option<DayRange> {
        let stated =
            self.stated_period.map(|stated| if self.is_monthly { whole_months(stated) } else { stated });
        stated.or_else(|| self.period_of_rows())
    }

    /// The days from the first to the last row of consumption; whole months of a monthly export. `None` if there is no such row.
    fn period_of_rows(&self) -> Option<DayRange> {
        let (first, last) = (*self.days_told.first()?, *self.days_told.last()?);
        let first = if self.is_monthly { Month::of(first).first_day() } else { first };
        DayRange::new(first, last)
    }

    /// Whether two billed reconciliations are of different invoices: an invoice is a scope of its own.
    fn is_of_other_invoices(&self, other: &SnapshotRead) -> bool {
        self.dataset == Dataset::ReconBilled
            && !self.invoices.is_empty()
            && !other.invoices.is_empty()
            && self.invoices.is_disjoint(&other.invoices)
    }

    /// Whether cells of the snapshot belong to the partner that the row names, beside the subscription.
    fn is_by_partner(&self) -> bool {
        matches!(self.dataset, Dataset::Insights | Dataset::Own)
    }
}

/// The months of some days, whole.
fn whole_months(days: DayRange) -> DayRange {
    let (first, last) = (Month::of(days.first()).first_day(), Month::of(days.last()).last_day());
    DayRange::new(first, last).expect("the last day is not before the first")
}

/// What `--on-overlap` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum OnOverlap {
    /// The rules of SPEC 3.7; where they decide nothing, an error.
    #[default]
    Auto,
    /// Where it is unclear, the newer counts.
    Newest,
    /// Where it is unclear, both count.
    Sum,
    /// Every overlap outside a series is an error.
    Error,
}

/// The choices of the user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct OverlapChoices {
    pub(crate) on_overlap: OnOverlap,
    /// Datasets by `--prefer`, the first wins.
    pub(crate) prefer: Vec<Dataset>,
}

/// Everything that overlaps are decided by.
#[derive(Clone, Copy)]
pub(crate) struct Overlapping<'o> {
    pub(crate) snapshots: &'o [SnapshotRead],
    pub(crate) credits: &'o CreditTable,
    pub(crate) window: Window,
    pub(crate) choices: &'o OverlapChoices,
    /// Whether the credits have months outside of the window.
    pub(crate) has_other_months: bool,
    /// Whether the credits will be judged for other windows, rules and associations too, or beside other snapshots.
    pub(crate) is_for_others: bool,
    /// Whether credit of an account, on the last day of a span, could count for a partner.
    pub(crate) may_count: &'o (dyn Fn(&Account, Span) -> bool + Sync),
}

/// What must be read by day before overlaps can be decided.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct DaysWanted {
    /// Sources to read again; empty: all is known.
    pub(crate) sources: BTreeSet<u32>,
    pub(crate) days: ComparedDays,
    /// By source, the days without which nothing can be decided.
    pub(crate) required: BTreeMap<u32, ComparedDays>,
}

impl DaysWanted {
    /// Wants days of some sources, and of no other.
    fn require(&mut self, sources: &[u32], days: &ComparedDays) {
        self.sources.extend(sources);
        self.days.extend(days);
        sources.iter().for_each(|source| self.required.entry(*source).or_default().extend(days));
    }
}

/// Which credits count.
#[derive(Debug, Default)]
pub(crate) struct Resolution {
    /// The snapshots in the end, by whose index the series are.
    pub(crate) snapshots: Vec<SnapshotRead>,
    pub(crate) exclusions: Exclusions,
    /// Where nothing decides.
    pub(crate) input_errors: Vec<InputError>,
    /// Two snapshots of one kind that tell of the same consumption, and the outcome.
    pub(crate) pairs: Vec<PairFinding>,
    /// Pairs of snapshots, by their first files, that tell of the same consumption outside of the window.
    pub(crate) elsewhere: Vec<(String, String)>,
}

/// The snapshots in the end: where files named as parts are no parts, each is one of its own.
pub(crate) struct Units {
    pub(crate) snapshots: Vec<SnapshotRead>,
    /// By the number of the source, the index of its snapshot.
    of_source: BTreeMap<u32, usize>,
}

impl Units {
    fn new(snapshots: Vec<SnapshotRead>) -> Units {
        let with_sources = snapshots.iter().enumerate();
        let of_source = with_sources
            .flat_map(|(nth, snapshot)| snapshot.sources.iter().map(move |source| (*source, nth)))
            .collect();
        Units { snapshots, of_source }
    }

    fn of_source(&self, source: u32) -> Option<usize> {
        self.of_source.get(&source).copied()
    }
}

impl<'o> Overlapping<'o> {
    /// The overlaps of all days, whatever counts on them.
    pub(crate) fn of_others(self) -> Overlapping<'o> {
        let window = Window { first: Day::MIN, last: Day::MAX };
        Overlapping { window, is_for_others: true, may_count: &|_, _| true, ..self }
    }

    /// What must be read by day, given credits by month.
    pub(crate) fn days_wanted(&self) -> DaysWanted {
        let mut wanted = DaysWanted::default();
        if self.snapshots.iter().map(|snapshot| snapshot.sources.len()).sum::<usize>() < 2 {
            return wanted;
        }
        self.parts_to_compare(&mut wanted);
        let units = Units::new(self.snapshots.to_vec());
        let series = SeriesDays::new(&units.snapshots, self);
        series.cut_months(&units.snapshots, self.window, &mut wanted);
        let exclusions = Exclusions::of_series(&units, series, self.window);
        let exclusions = match self.is_for_others {
            // Another run may prefer another dataset.
            true => exclusions,
            false => {
                let (not_preferred, _) = datasets::not_preferred(self, &units, &exclusions);
                exclusions.with_not_preferred(not_preferred)
            }
        };
        pairs::days_wanted(self, &units, &exclusions, &mut wanted);
        wanted
    }

    /// Decides, given credits by day where [`Overlapping::days_wanted`] wants them.
    pub(crate) fn resolve(&self) -> Resolution {
        if self.snapshots.iter().map(|snapshot| snapshot.sources.len()).sum::<usize>() < 2 {
            return Resolution { snapshots: self.snapshots.to_vec(), ..Resolution::default() };
        }
        let snapshots = self.without_false_parts();
        let units = Units::new(snapshots);
        let series = SeriesDays::new(&units.snapshots, self);
        let exclusions = Exclusions::of_series(&units, series, self.window);
        let (not_preferred, mut input_errors) = datasets::not_preferred(self, &units, &exclusions);
        let exclusions = exclusions.with_not_preferred(not_preferred);
        let (pairs, exclusions, errors) = pairs::decide(self, &units, exclusions);
        input_errors.extend(errors);
        let elsewhere = if self.has_other_months { pairs::elsewhere(self, &units) } else { Vec::new() };
        Resolution { snapshots: units.snapshots, exclusions, input_errors, pairs, elsewhere }
    }
}
