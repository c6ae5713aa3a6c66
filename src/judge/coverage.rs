//! Coverage: which days of the window are told, by which dataset (SPEC 3.7). Comes in: the periods of snapshots, credits. Goes out: for each month
//! and dataset the days told, rows and amounts; the months that are not told; the months that were read before they were final. It judges no
//! partner.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike as _;
use rayon::prelude::*;

use super::overlaps::SnapshotRead;
use crate::base::calendar::{Day, Month, Window};
use crate::credits::{CreditShard, CreditTable, RowsAndAmount};
use crate::sources::{Age, Dataset, DayRange};

/// Days of a month that may be untold while the month is told: exports end a few days early or late.
const UNTOLD_DAYS: usize = 5;
/// Usage of a month is final from this day of the next month on.
const SETTLED_DAY: u32 = 6;
/// Months that are laid out at most: a window of all time has those with data.
const MONTHS: usize = 1_200;

/// The days that one snapshot tells of, and when it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) dataset: Dataset,
    pub(crate) days: DayRange,
    /// **Absent**: nothing states it.
    pub(crate) age: Option<Age>,
}

/// The coverage of a window.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Coverage {
    /// Every month of the window, in order.
    pub(crate) months: Vec<MonthCoverage>,
}

/// The coverage of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MonthCoverage {
    pub(crate) month: Month,
    /// Days of the window within the month.
    pub(crate) days: usize,
    /// Days of the window that any dataset tells of.
    pub(crate) days_told: usize,
    pub(crate) datasets: BTreeMap<Dataset, DatasetCoverage>,
    /// The age of the newest snapshot that tells of the month, if it was made before the month was final. **Absent**: the month is final, or no
    /// age is known.
    pub(crate) unsettled: Option<Age>,
}

/// What a dataset tells of a month.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct DatasetCoverage {
    pub(crate) days_told: usize,
    /// Rows of consumption that count, as far as overlaps decide.
    pub(crate) rows: u64,
    /// By currency, upper case.
    pub(crate) amounts: BTreeMap<String, RowsAndAmount>,
}

impl MonthCoverage {
    /// Whether the month is told: few of its days are not.
    pub(crate) fn is_told(&self) -> bool {
        self.days_told + UNTOLD_DAYS >= self.days && self.days_told > 0
    }
}

/// The days that a snapshot tells of: of a stated period only the days up to the day before the run, or to the last row if that is later.
/// `None` if it tells of none.
pub(crate) fn told(snapshot: &SnapshotRead) -> Option<Told> {
    let period = snapshot.period()?;
    let days = match (snapshot.stated_period, snapshot.age) {
        (Some(stated), Some(age)) => {
            let day_before = age.day.pred_opt();
            let last = snapshot.days_told.last().copied().max(day_before)?.min(stated.last());
            DayRange::new(stated.first(), last)?
        }
        (Some(_), None) | (None, _) => period,
    };
    Some(Told { dataset: snapshot.dataset, days, age: snapshot.age })
}

impl Coverage {
    /// The coverage of `window` by `told`. `source_dataset`: the dataset of each source of `credits`, by its number.
    pub(crate) fn new(
        told: &[Told],
        window: Window,
        credits: &CreditTable,
        source_dataset: &[Dataset],
    ) -> Coverage {
        let (Some(first), Some(last)) =
            (told.iter().map(|told| told.days.first()).min(), told.iter().map(|told| told.days.last()).max())
        else {
            return Coverage { months: months_of(window, None) };
        };
        let mut coverage = Coverage { months: months_of(window, DayRange::new(first, last)) };
        let sums = sums_by_month(credits, source_dataset);
        for of_month in &mut coverage.months {
            of_month.add(told, window, &sums, credits);
        }
        coverage
    }

    /// Months that are not told.
    pub(crate) fn missing(&self) -> impl Iterator<Item = Month> + '_ {
        self.months.iter().filter(|month| !month.is_told()).map(|month| month.month)
    }
}

/// The months of a window, without their coverage; if the window has all time, the months of `data`.
fn months_of(window: Window, data: Option<DayRange>) -> Vec<MonthCoverage> {
    let is_bounded = |day: Day| day != Day::MIN && day != Day::MAX;
    let first = if is_bounded(window.first) { Some(window.first) } else { data.map(DayRange::first) };
    let last = if is_bounded(window.last) { Some(window.last) } else { data.map(DayRange::last) };
    let (Some(first), Some(last)) = (first, last) else { return Vec::new() };
    let month = |number: i32| {
        let month = Month::from_number(number);
        MonthCoverage {
            month,
            days: days_of(month, window).count(),
            days_told: 0,
            datasets: BTreeMap::new(),
            unsettled: None,
        }
    };
    (Month::of(first).number()..=Month::of(last).number()).take(MONTHS).map(month).collect()
}

/// The days of a month that lie in the window.
fn days_of(month: Month, window: Window) -> impl Iterator<Item = Day> {
    let days = month.first_day().iter_days().take_while(move |day| *day <= month.last_day());
    days.filter(move |day| window.contains(*day))
}

/// Sums by month, dataset and number of the currency.
type MonthSums = BTreeMap<(Month, Dataset, u16), RowsAndAmount>;

fn sums_by_month(credits: &CreditTable, source_dataset: &[Dataset]) -> MonthSums {
    let of_shard = |shard: &CreditShard| {
        // By dataset, currency and year: accounts are many, these are few.
        let mut years: BTreeMap<(Dataset, u16, i16), [RowsAndAmount; 12]> = BTreeMap::new();
        for number in 0..shard.accounts() {
            let account = shard.account(number);
            let Some(dataset) = source_dataset.get(account.source as usize) else { continue };
            let year = years.entry((*dataset, account.currency, account.year)).or_default();
            for (nth, sum) in shard.months(number) {
                year[usize::from(nth)].add(sum.rows, sum.amount);
            }
            for day in shard.days(number) {
                year[usize::from(day.month)].add(day.sum.rows, day.sum.amount);
            }
        }
        let mut sums = MonthSums::new();
        for ((dataset, currency, year), of_year) in years {
            let first = credits.first_month(year).number();
            for (number, sum) in (first..).zip(of_year).filter(|(_, sum)| sum.rows > 0) {
                let key = (Month::from_number(number), dataset, currency);
                sums.entry(key).or_default().add(sum.rows, sum.amount);
            }
        }
        sums
    };
    let merge = |mut ours: MonthSums, theirs: MonthSums| {
        for (key, sum) in theirs {
            ours.entry(key).or_default().add(sum.rows, sum.amount);
        }
        ours
    };
    credits.shards.par_iter().map(of_shard).reduce(MonthSums::new, merge)
}

impl MonthCoverage {
    fn add(&mut self, told: &[Told], window: Window, sums: &MonthSums, credits: &CreditTable) {
        let month = self.month;
        let whole = DayRange::new(month.first_day(), month.last_day()).expect("a month has days");
        let of_month: Vec<&Told> = told.iter().filter(|told| told.days.overlaps(whole)).collect();
        let is_told = |day: &Day, told: &Told| told.days.first() <= *day && *day <= told.days.last();
        self.days_told =
            days_of(month, window).filter(|day| of_month.iter().any(|told| is_told(day, told))).count();
        let datasets: BTreeSet<Dataset> = of_month.iter().map(|told| told.dataset).collect();
        for dataset in datasets {
            let of_dataset: Vec<&&Told> = of_month.iter().filter(|told| told.dataset == dataset).collect();
            let days = days_of(month, window).filter(|day| of_dataset.iter().any(|told| is_told(day, told)));
            self.datasets.entry(dataset).or_default().days_told = days.count();
        }
        for ((_, dataset, currency), sum) in
            sums.range((month, Dataset::Insights, 0)..=(month, Dataset::Own, u16::MAX))
        {
            let of_dataset = self.datasets.entry(*dataset).or_default();
            of_dataset.rows += sum.rows;
            let code = credits.currencies[usize::from(*currency)].clone();
            of_dataset.amounts.entry(code).or_default().add(sum.rows, sum.amount);
        }
        let ages = of_month.iter().filter_map(|told| told.age);
        let newest = ages.reduce(|a, b| if Age::is_before(Some(a), Some(b)) { b } else { a });
        let settled = Month::from_number(month.number() + 1).first_day().with_day(SETTLED_DAY);
        self.unsettled = newest.filter(|age| settled.is_some_and(|settled| age.day < settled));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credits::PeriodNeeds;
    use crate::credits::engine::local::SumTable;
    use crate::sources::AgeKind;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn snapshot(first: &str, last: &str) -> Told {
        let days = DayRange::new(day(first), day(last)).unwrap();
        Told { dataset: Dataset::CostActual, days, age: None }
    }

    fn coverage(told: &[Told], first: &str, last: &str) -> Coverage {
        let window = Window { first: day(first), last: day(last) };
        let table = SumTable::new(Month::of(window.first), PeriodNeeds::default());
        Coverage::new(told, window, &table.finish(), &[])
    }

    #[test]
    fn a_month_is_told_if_at_most_five_of_its_days_are_not() {
        let missing = |last: &str| {
            let told = [snapshot("2017-05-01", last)];
            coverage(&told, "2017-05-01", "2017-05-31").missing().count()
        };
        assert_eq!((missing("2017-05-26"), missing("2017-05-25")), (0, 1));
        let two = [snapshot("2017-04-10", "2017-05-12"), snapshot("2017-05-13", "2017-05-31")];
        let months: Vec<String> =
            coverage(&two, "2017-03-01", "2017-05-31").missing().map(|month| month.to_string()).collect();
        assert_eq!(months, ["2017-03", "2017-04"]);
    }

    #[test]
    fn nothing_read_tells_of_no_month() {
        assert_eq!(coverage(&[], "2016-07-01", "2017-06-30").missing().count(), 12);
    }

    #[test]
    fn a_month_read_before_the_sixth_of_the_next_is_unsettled_unless_a_later_snapshot_tells_of_it() {
        let aged = |text: &str| Told {
            age: Some(Age { kind: AgeKind::FileName, day: day(text), time: None }),
            ..snapshot("2017-05-01", "2017-05-31")
        };
        let unsettled = |told: &[Told]| {
            coverage(told, "2017-05-01", "2017-05-31").months[0].unsettled.map(|age| age.day.to_string())
        };
        assert_eq!(unsettled(&[aged("2017-06-05")]).as_deref(), Some("2017-06-05"));
        assert_eq!(unsettled(&[aged("2017-06-06")]), None);
        assert_eq!(unsettled(&[aged("2017-06-05"), aged("2017-07-01")]), None);
        assert_eq!(unsettled(&[snapshot("2017-05-01", "2017-05-31")]), None);
    }
}
