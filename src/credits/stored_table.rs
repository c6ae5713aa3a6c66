//! Credits tables that were written before, as inputs (SPEC 3.10). Comes in: their lines and their controls. Goes out: sums in the table
//! of the run, beside the sums of exports; and the fault of a file, since an unreadable line is no reject: a program wrote the file.
//! A source that stands in two tables counts once.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::control::{Control, ControlSource};
use super::engine::local::SumTable;
use super::engine::local::tally::SumsByCurrency;
use super::keys::Account;
use super::sums::RowsAndAmount;
use crate::base::amount::{Amount, DecimalMark};
use crate::base::association::Association;
use crate::base::calendar::{Day, Month};
use crate::base::ids::subscription_key;
use crate::base::place::RowPlace;
use crate::config::dialect::{ColumnKey, Credits, Layout, RoleMeaning};
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::formats::row::{BadRecord, Row};
use crate::formats::scheduler::RowSink;
use crate::rows::plan::{Owner, Provider};
use crate::rows::{cell, text};

/// A credits table that is read.
#[derive(Debug)]
pub(crate) struct StoredTable<'s> {
    pub(crate) layout: &'s Layout<'s>,
    meaning: &'s Credits,
    /// Whether texts were defused for spreadsheets when they were written.
    is_defused: bool,
    pub(crate) control: Control,
    /// By index in the control: the number of the source in the run. **Absent**: another table or an export counts.
    pub(crate) numbers: Vec<Option<u32>>,
    by_id: BTreeMap<(String, String), usize>,
}

impl<'s> StoredTable<'s> {
    /// A table of this layout and control, whose sources are numbered from `next` on, unless they are among `counted`, which grows.
    pub(crate) fn new(
        layout: &'s Layout<'s>,
        is_delimited: bool,
        control: Control,
        next: &mut u32,
        counted: &mut BTreeSet<(String, String)>,
    ) -> StoredTable<'s> {
        let RoleMeaning::Credits(meaning) = &layout.dialect.meaning else {
            unreachable!("the caller sorts inputs by role");
        };
        let id = |source: &ControlSource| (source.dataset.clone(), source.source.clone());
        let mut number = |source: &ControlSource| {
            counted.insert(id(source)).then(|| {
                *next += 1;
                *next - 1
            })
        };
        let numbers = control.sources.iter().map(&mut number).collect();
        let by_id = control.sources.iter().map(id).zip(0..).collect();
        StoredTable { layout, meaning, is_defused: is_delimited, control, numbers, by_id }
    }

    /// What the lines of each source should come to, and do not.
    fn mismatch(&self, sums: &BTreeMap<(usize, String), RowsAndAmount>) -> Option<String> {
        for (nth, source) in self.control.sources.iter().enumerate() {
            let of_source = sums.range((nth, String::new())..(nth + 1, String::new()));
            let found: BTreeMap<&String, (u64, String)> = of_source
                .map(|((_, currency), sum)| (currency, (sum.rows, sum.amount.to_string())))
                .collect();
            let wanted: BTreeMap<&String, (u64, String)> = source
                .lines
                .iter()
                .map(|(currency, sum)| (currency, (sum.rows, sum.amount.clone())))
                .collect();
            if found != wanted {
                let said = |sums: &BTreeMap<&String, (u64, String)>| {
                    let texts: Vec<String> = sums
                        .iter()
                        .map(|(currency, (rows, amount))| format!("{amount} {currency} of {rows} rows"))
                        .collect();
                    if texts.is_empty() { "nothing".to_owned() } else { texts.join(" and ") }
                };
                return Some(format!(
                    "the lines of source {} ({}) come to {}, and its control says {}: the file was cut or changed, or its control is that of another; write the table again",
                    source.source,
                    source.file,
                    said(&found),
                    said(&wanted)
                ));
            }
        }
        None
    }
}

/// What is wrong with a table: the first line at fault decides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct LineFault {
    place: RowPlace,
    code: InputErrorCode,
    message: String,
}

/// The sink of one worker.
pub(crate) struct StoredLines<'s> {
    tables: &'s [StoredTable<'s>],
    sums_into: &'s SumTable,
    input: usize,
    /// By table, source and currency, counted or not.
    sums: Vec<BTreeMap<(usize, String), RowsAndAmount>>,
    by_currency: SumsByCurrency,
    faults: BTreeMap<usize, LineFault>,
    /// By number of the source, months that a table has only as a whole, although the export had days.
    pub(crate) whole_months: BTreeSet<(u32, Month)>,
    /// The source of the line before, since lines are sorted by source.
    last_source: Option<(String, String, usize)>,
}

impl<'s> StoredLines<'s> {
    /// A worker that has read nothing.
    pub(crate) fn new(tables: &'s [StoredTable<'s>], sums_into: &'s SumTable) -> StoredLines<'s> {
        StoredLines {
            tables,
            sums_into,
            input: 0,
            sums: vec![BTreeMap::new(); tables.len()],
            by_currency: SumsByCurrency::new(),
            faults: BTreeMap::new(),
            whole_months: BTreeSet::new(),
            last_source: None,
        }
    }

    /// The sums by currency of all lines that count, and by table what is wrong with it.
    pub(crate) fn merge(
        workers: Vec<StoredLines<'s>>,
        tables: &[StoredTable<'s>],
    ) -> (SumsByCurrency, BTreeMap<usize, (InputErrorCode, String)>) {
        let mut by_currency = SumsByCurrency::new();
        let mut sums = vec![BTreeMap::new(); tables.len()];
        let mut faults: BTreeMap<usize, LineFault> = BTreeMap::new();
        for worker in workers {
            for (currency, theirs) in worker.by_currency {
                by_currency.entry(currency).or_default().merge(&theirs);
            }
            for (ours, theirs) in sums.iter_mut().zip(worker.sums) {
                for (key, sum) in theirs {
                    let ours: &mut RowsAndAmount = BTreeMap::entry(ours, key).or_default();
                    ours.add(sum.rows, sum.amount);
                }
            }
            for (table, fault) in worker.faults {
                let first = faults.entry(table).or_insert_with(|| fault.clone());
                *first = fault.min(first.clone());
            }
        }
        let mut wrong: BTreeMap<usize, (InputErrorCode, String)> = BTreeMap::new();
        for (nth, table) in tables.iter().enumerate() {
            if let Some(LineFault { place, code, message }) = faults.remove(&nth) {
                wrong.insert(nth, (code, format!("line {}: {message}", place.row)));
            } else if let Some(message) = table.mismatch(&sums[nth]) {
                wrong.insert(nth, (InputErrorCode::ControlMismatch, message));
            }
        }
        (by_currency, wrong)
    }

    /// Adds a line. Errors: what is wrong with it.
    fn take(&mut self, row: &Row<'_>) -> Result<(), (InputErrorCode, String)> {
        let table = &self.tables[self.input];
        let mismatch = |message: String| (InputErrorCode::ControlMismatch, message);
        let read = |column: ColumnKey| -> Result<String, (InputErrorCode, String)> {
            let text = text::text(&cell(row, column)).map_err(|code| {
                mismatch(format!("{}: {}", table.layout.shown_name(column), code.meaning()))
            })?;
            Ok(match table.is_defused {
                true => as_it_was(&text).to_owned(),
                false => text.into_owned(),
            })
        };
        let Credits { dataset, source, subscription, partner, provider, association, .. } = table.meaning;
        let Credits { from, to, currency, amount, rows, .. } = table.meaning;
        let bad = |column: &ColumnKey, text: &str| {
            mismatch(format!(
                "{} is {text:?}, which no credits table has there",
                table.layout.shown_name(*column)
            ))
        };
        let day = |column: &ColumnKey| {
            let text = read(*column)?;
            text.parse::<Day>().map_err(|_| bad(column, &text))
        };
        let nth = self.source(read(*dataset)?, read(*source)?)?;
        let control = &self.tables[self.input].control.sources[nth];
        let (first, last) = (day(from)?, day(to)?);
        let is_whole_month = first == Month::of(first).first_day() && last == Month::of(first).last_day();
        if first != last && !is_whole_month {
            return Err(mismatch(format!("{first} to {last} is neither a day nor a month")));
        }
        let amount = {
            let text = read(*amount)?;
            let parsed =
                Amount::parse(text.as_bytes(), DecimalMark::Point).map_err(|_| bad(amount, &text))?;
            parsed.amount
        };
        let rows = {
            let text = read(*rows)?;
            text.parse::<u32>().map_err(|_| bad(rows, &text))?
        };
        let currency = read(*currency)?;
        let (partner, provider) = (read(*partner)?, read(*provider)?);
        let word = read(*association)?;
        let named = Association::ALL.into_iter().find(|known| known.as_str() == word);
        let provider = match provider.as_str() {
            "" => None,
            text if control.is_tenant(text) => Some(Provider::Tenant(text.to_owned())),
            text => Some(Provider::Partner(text.into())),
        };
        let owner = match (partner.as_str(), named, provider) {
            ("", None, None) if word.is_empty() => Owner::Associations,
            ("", Some(Association::CspTier1), Some(provider)) => Owner::Provider(provider),
            ("", ..) | (_, None, _) => return Err(bad(association, &word)),
            (partner, Some(association), provider) => {
                Owner::Partner { partner: partner.into(), association, provider }
            }
        };
        let subscription = subscription_key(&read(*subscription)?);
        let sums = self.sums[self.input].entry((nth, currency.clone())).or_default();
        sums.add(rows.into(), amount);
        let Some(number) = self.tables[self.input].numbers[nth] else { return Ok(()) };
        let subscription = self.sums_into.subscription(&subscription);
        let counted_day = if first == last { first } else { last };
        let is_whole = first != last && !control.is_monthly();
        if is_whole {
            self.whole_months.insert((number, Month::of(last)));
        }
        if is_whole && self.sums_into.needs_days(subscription, last) {
            return Err((
                InputErrorCode::MonthCut,
                format!(
                    "the table has {} only as a whole, and the window or an association begins or ends within it: write the table again with --credits-by-day",
                    Month::of(first)
                ),
            ));
        }
        let table_day = self.sums_into.day(counted_day);
        let account = Account {
            source: number,
            subscription,
            owner: self.sums_into.owner(&owner),
            currency: self.sums_into.currency(&currency),
            year: table_day.year,
        };
        self.sums_into.add_sum(&account, table_day, rows, amount);
        self.by_currency.entry(currency).or_default().take(rows.into(), amount);
        Ok(())
    }

    /// The index of a source in the control.
    fn source(&mut self, dataset: String, source: String) -> Result<usize, (InputErrorCode, String)> {
        if let Some((last_dataset, last_source, nth)) = &self.last_source
            && *last_source == source
            && *last_dataset == dataset
        {
            return Ok(*nth);
        }
        let id = (dataset, source);
        let Some(nth) = self.tables[self.input].by_id.get(&id).copied() else {
            let message = format!("the control does not know the source {} of {}", id.1, id.0);
            return Err((InputErrorCode::ControlMismatch, message));
        };
        self.last_source = Some((id.0, id.1, nth));
        Ok(nth)
    }

    fn note(&mut self, place: RowPlace, (code, message): (InputErrorCode, String)) {
        let fault = LineFault { place, code, message };
        let first = self.faults.entry(self.input).or_insert_with(|| fault.clone());
        if fault < *first {
            *first = fault;
        }
    }
}

/// A text before it was defused for spreadsheets. A text that looked defused got a further apostrophe, so that one is taken away.
fn as_it_was(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        _ => text,
    }
}

impl RowSink for StoredLines<'_> {
    fn begin(&mut self, input: usize, _: u64) {
        if self.input != input {
            self.last_source = None;
        }
        self.input = input;
    }

    fn row(&mut self, row: &Row<'_>) {
        if let Err(fault) = self.take(row) {
            self.note(row.at.place(), fault);
        }
    }

    fn bad_record(&mut self, bad: &BadRecord<'_>) {
        self.note(bad.at.place(), (InputErrorCode::ControlMismatch, bad.code.meaning().to_owned()));
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// That a credits table has no control, or none that this version reads.
pub(crate) fn without_control(input: crate::base::place::InputName, why: &str) -> InputError {
    let message = format!(
        "a credits table without its control ({why}): keep the .control.json beside a .csv or .tsv, or write the table again"
    );
    InputError { input: Some(input), code: InputErrorCode::NoControl, message }
}
