//! Questions to a report (SPEC 3.12): which lines and columns are shown, and in which order. Comes in: a question, the lines of all partners.
//! Goes out: a table of the lines that are asked for, and how many are not shown. It changes no line, and no total of the run.

mod sorting;

use std::cmp::Ordering;
use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::{
    CHUNK_LINES, PartnerLines, ReportColumn, ReportContext, ReportLine, UNDETERMINED, caption, columns,
    report_table, tier_name,
};
use crate::base::amount::{Amount, DecimalMark};
use crate::base::calendar::{Day, Window};
use crate::base::ids::PartnerId;
use crate::base::text::{list_some, typed_word};
use crate::config::rules::RuleSet;
use crate::diagnostics::error::Error;
use crate::diagnostics::unknown_partner::unknown_partner;
use crate::judge::verdict::MissingForTier;
use crate::outputs::lazy::LazyChunks;
use crate::outputs::{CellValue, OutputTable, TerminalStyle};
use sorting::{SortValue, order_of, sort_value};

/// The tier of partners that attain none, in `--tier`.
const NO_TIER: &str = "none";

/// What is asked of a report. Each list that is empty, and each option that is absent, asks nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportQuestion {
    /// Partners, or partners that roll up to them.
    pub partners: Vec<PartnerId>,
    /// Countries as given: one, or several with commas between them.
    pub countries: Vec<String>,
    /// Attained tiers, `none` and `undetermined`.
    pub tiers: Vec<String>,
    /// Consumption missing for the next tier at most.
    pub near: Option<Nearness>,
    /// The last day on which the tier may be lost.
    pub losing_by: Option<Day>,
    /// Columns by which lines are sorted, the first first.
    pub sort: Vec<SortKey>,
    /// How many lines are shown at most.
    pub top: Option<usize>,
    /// Names of the columns that are shown, in their order.
    pub columns: Vec<String>,
}

/// How much consumption may be missing for the next tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nearness {
    /// So much. **Unit**: USD.
    Usd(Amount),
    /// So many percent of what the tier requires.
    Percent(Decimal),
}

impl Nearness {
    /// The nearness that a text states: `1500`, or `10%`. `None` if it states none: a number that is negative, or a percentage over 100.
    pub fn parse(text: &str) -> Option<Nearness> {
        let Some(percent) = text.strip_suffix('%') else {
            let parsed =
                Amount::parse(text.as_bytes(), DecimalMark::Point).ok().filter(|parsed| !parsed.rounded);
            let amount = parsed.map(|parsed| parsed.amount);
            return amount.filter(|amount| *amount >= Amount::ZERO).map(Nearness::Usd);
        };
        let is_plain = !percent.is_empty() && percent.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let parsed = Decimal::from_str_exact(percent).ok().filter(|percent| is_plain && percent.scale() <= 9);
        parsed.filter(|percent| *percent <= Decimal::ONE_HUNDRED).map(Nearness::Percent)
    }
}

/// A column by which lines are sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortKey {
    /// Name of the column.
    pub column: String,
    /// Which values come first.
    pub order: SortOrder,
}

/// Which values of a column come first; blank cells always come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortOrder {
    /// The smallest, earliest or lowest.
    Ascending,
    /// The greatest, latest or highest.
    Descending,
}

/// The part of a report that is asked for.
#[derive(Debug)]
pub struct SelectedReport<'t> {
    /// The lines and columns.
    pub table: OutputTable<'t>,
    /// The positions of its partners among all, in the order of the table.
    pub positions: Vec<usize>,
    /// Lines that are left out.
    pub not_shown: usize,
}

impl ReportQuestion {
    /// Whether all lines and columns are asked for, as they are.
    pub fn is_empty(&self) -> bool {
        *self == ReportQuestion::default()
    }

    /// Checks the names of columns and tiers, which the rule set decides. Errors: names that there are not, with the nearest.
    pub fn check(&self, rules: &RuleSet) -> Result<(), Error> {
        let day = Day::MIN;
        let context =
            ReportContext { rule_set: String::new(), as_of: day, window: Window { first: day, last: day } };
        let columns = columns(rules, &context);
        let names: Vec<&str> = columns.iter().map(|column| column.spec.name.as_str()).collect();
        let sorted = self.sort.iter().map(|key| ("--sort", &key.column));
        for (option, name) in self.columns.iter().map(|name| ("--columns", name)).chain(sorted) {
            check_word(option, "column of the report", name, &names)?;
        }
        if let Some(twice) =
            self.columns.iter().enumerate().find(|(nth, name)| self.columns[..*nth].contains(name))
        {
            return Err(Error::Usage { message: format!("--columns: `{}` is given twice", twice.1) });
        }
        let tiers = tier_words(rules);
        for tier in &self.tiers {
            check_word("--tier", "tier", &tier.to_lowercase(), &tiers)?;
        }
        Ok(())
    }

    /// The lines that are asked for. Errors: partners and countries that no line has.
    pub fn select<'t>(
        &self,
        rules: &'t RuleSet,
        context: &'t ReportContext,
        partners: PartnerLines<'t>,
    ) -> Result<SelectedReport<'t>, Error> {
        if self.is_empty() {
            let table = report_table(rules, context, partners);
            let positions = (0..partners.facts.len()).collect();
            return Ok(SelectedReport { table, positions, not_shown: 0 });
        }
        let mut columns = columns(rules, context);
        let mut shown = self.filtered(rules, &columns, partners)?;
        self.sort(rules, &columns, partners, &mut shown);
        shown.truncate(self.top.unwrap_or(usize::MAX));
        if !self.columns.is_empty() {
            columns = picked(columns, &self.columns);
        }
        let not_shown = partners.facts.len() - shown.len();
        let table = table_of(caption(context), columns, partners, shown.clone());
        Ok(SelectedReport { table, positions: shown, not_shown })
    }

    /// The numbers of the lines that pass every filter.
    fn filtered<'t>(
        &self,
        rules: &RuleSet,
        columns: &[ReportColumn<'t>],
        partners: PartnerLines<'t>,
    ) -> Result<Vec<usize>, Error> {
        let of_partners = self.lines_of_partners(partners)?;
        let countries = self.countries(partners)?;
        let tiers: Vec<String> = self.tiers.iter().map(|tier| tier.to_lowercase()).collect();
        let lost_on = columns.iter().find(|column| column.spec.name == "lost_on");
        let passes = |nth: &usize| {
            let line = partners.line(*nth);
            let country = || line.facts.country.as_ref().map(|country| country.to_lowercase());
            (self.partners.is_empty() || of_partners.contains(nth))
                && (countries.is_empty() || country().is_some_and(|country| countries.contains(&country)))
                && (tiers.is_empty() || tiers.iter().any(|tier| tier == tier_word(rules, &line)))
                && self.near.is_none_or(|near| is_near(rules, &line, near))
                && self
                    .losing_by
                    .is_none_or(|last| lost_on.is_some_and(|column| is_lost_by(column, &line, last)))
        };
        Ok((0..partners.facts.len()).filter(passes).collect())
    }

    /// The lines of the partners that are asked for; a partner that rolls up has its head's.
    fn lines_of_partners(&self, partners: PartnerLines<'_>) -> Result<BTreeSet<usize>, Error> {
        let names = partners.facts.iter().map(|facts| (facts.partner.as_str(), facts.name.as_deref()));
        let mut lines = BTreeSet::new();
        let mut input_errors = Vec::new();
        for partner in &self.partners {
            let own = partners.facts.binary_search_by(|facts| facts.partner.cmp(partner));
            let of_head = || partners.facts.iter().position(|facts| facts.includes.contains(&partner));
            match own.ok().or_else(of_head) {
                Some(nth) => {
                    lines.insert(nth);
                }
                None => input_errors.push(unknown_partner(partner, "--partner: ", names.clone())),
            }
        }
        if input_errors.is_empty() { Ok(lines) } else { Err(Error::Inputs { input_errors }) }
    }

    /// The countries that are asked for, in lower case. A value with commas is one country if a partner has it, else a list.
    fn countries(&self, partners: PartnerLines<'_>) -> Result<BTreeSet<String>, Error> {
        let of_partners: BTreeSet<&str> =
            partners.facts.iter().filter_map(|facts| facts.country.as_deref()).collect();
        let lower: BTreeSet<String> = of_partners.iter().map(|country| country.to_lowercase()).collect();
        let mut countries = BTreeSet::new();
        for value in self.countries.iter().filter(|_| !self.countries.is_empty()) {
            let whole = value.trim().to_lowercase();
            let words: Vec<&str> =
                if lower.contains(&whole) { vec![value] } else { value.split(',').collect() };
            for word in words {
                let country = word.trim().to_lowercase();
                if !lower.contains(&country) {
                    let names: Vec<&str> = of_partners.iter().copied().collect();
                    let message = match names.as_slice() {
                        [] => "--country: no partner has a country; give a roster with countries".to_owned(),
                        _ => format!(
                            "--country: no partner is in `{}`{}",
                            word.trim(),
                            meant(&country, &names)
                        ),
                    };
                    return Err(Error::Usage { message });
                }
                countries.insert(country);
            }
        }
        Ok(countries)
    }

    /// Sorts lines, which are in report order; equal ones stay so.
    fn sort<'t>(
        &self,
        rules: &RuleSet,
        columns: &[ReportColumn<'t>],
        partners: PartnerLines<'t>,
        lines: &mut [usize],
    ) {
        let keys: Vec<(&ReportColumn<'t>, SortOrder)> = self
            .sort
            .iter()
            .filter_map(|key| {
                Some((columns.iter().find(|column| column.spec.name == key.column)?, key.order))
            })
            .collect();
        if keys.is_empty() {
            return;
        }
        let of_line = |nth: usize| -> Vec<Option<SortValue>> {
            let line = partners.line(nth);
            keys.iter().map(|(column, _)| sort_value(rules, column, nth, &line)).collect()
        };
        let mut with_keys: Vec<(Vec<Option<SortValue>>, usize)> =
            lines.iter().map(|nth| (of_line(*nth), *nth)).collect();
        with_keys.sort_by(|(a, _), (b, _)| {
            let orders = a.iter().zip(b).zip(&keys).map(|((a, b), (_, order))| order_of(a, b, *order));
            orders.fold(Ordering::Equal, Ordering::then)
        });
        lines.iter_mut().zip(with_keys).for_each(|(line, (_, nth))| *line = nth);
    }

    /// The options that leave lines out, as people write them.
    pub fn filters(&self) -> Vec<String> {
        let joined = |option: &str, words: &[String]| {
            (!words.is_empty()).then(|| format!("{option} {}", words.join(",")))
        };
        let partners: Vec<String> = self.partners.iter().map(ToString::to_string).collect();
        let near = self.near.map(|near| match near {
            Nearness::Usd(amount) => format!("--near {amount}"),
            Nearness::Percent(percent) => format!("--near {percent}%"),
        });
        [joined("--partner", &partners), joined("--country", &self.countries), joined("--tier", &self.tiers)]
            .into_iter()
            .chain([near, self.losing_by.map(|day| format!("--losing-by {day}"))])
            .chain([self.top.map(|top| format!("--top {top}"))])
            .flatten()
            .collect()
    }
}

/// The table of some lines, by their numbers.
pub(super) fn table_of<'t>(
    caption: String,
    columns: Vec<ReportColumn<'t>>,
    partners: PartnerLines<'t>,
    shown: Vec<usize>,
) -> OutputTable<'t> {
    let chunks = shown.len().div_ceil(CHUNK_LINES);
    let chunk = move |nth: usize| {
        let numbers = &shown[nth * CHUNK_LINES..shown.len().min((nth + 1) * CHUNK_LINES)];
        numbers.iter().map(|nth| partners.line(*nth)).collect()
    };
    OutputTable::new(caption, "partners", columns, LazyChunks::new(chunks, chunk))
}

/// The columns with these names, in the order of the names. A terminal shows each of them, the last ones only where there is room.
pub(super) fn picked<'t>(columns: Vec<ReportColumn<'t>>, names: &[impl AsRef<str>]) -> Vec<ReportColumn<'t>> {
    let mut columns: Vec<Option<ReportColumn<'t>>> = columns.into_iter().map(Some).collect();
    let pick = |(nth, name): (usize, &_)| {
        let name: &str = AsRef::as_ref(name);
        let is_it = |column: &&mut Option<ReportColumn<'t>>| {
            column.as_ref().is_some_and(|column| column.spec.name == name)
        };
        let mut column = columns.iter_mut().find(is_it)?.take()?;
        let rank = u8::try_from(nth).unwrap_or(u8::MAX);
        column.spec.terminal = Some(match column.spec.terminal.take() {
            Some(style) => TerminalStyle { rank, ..style },
            None => TerminalStyle { title: name.to_owned(), rank, least_width: None },
        });
        Some(column)
    };
    names.iter().enumerate().filter_map(pick).collect()
}

/// Whether a word is one of `words`. Errors: it is not; the message has the nearest.
fn check_word(option: &str, thing: &str, word: &str, words: &[&str]) -> Result<(), Error> {
    if words.contains(&word) {
        return Ok(());
    }
    Err(Error::Usage { message: format!("{option}: `{word}` is no {thing}{}", meant(word, words)) })
}

/// Words that are listed when none of them is near.
const LISTED_WORDS: usize = 8;

/// What may have been meant by a word that is none of `words`: the nearest, if it is near, else some of them.
fn meant(word: &str, words: &[&str]) -> String {
    match typed_word(word, words.iter().copied()) {
        Some(near) => format!("; the nearest is `{near}`"),
        None if words.is_empty() => String::new(),
        None => format!("; there are {}", list_some(words, LISTED_WORDS)),
    }
}

/// The words of `--tier`.
fn tier_words(rules: &RuleSet) -> Vec<&str> {
    rules.tiers.iter().map(|tier| tier.name.as_str()).chain([NO_TIER, UNDETERMINED]).collect()
}

/// The word of `--tier` for a line.
fn tier_word<'r>(rules: &'r RuleSet, line: &ReportLine<'_>) -> &'r str {
    let word = if line.verdict.is_undetermined() { UNDETERMINED } else { NO_TIER };
    tier_name(rules, line.verdict.attained).unwrap_or(word)
}

/// Whether the tier of a line is lost on a day or before it. `lost_on`: the column of the day.
fn is_lost_by<'t>(lost_on: &ReportColumn<'t>, line: &ReportLine<'t>, last: Day) -> bool {
    matches!((lost_on.value)(line), CellValue::Date(day) if day <= last)
}

fn is_near(rules: &RuleSet, line: &ReportLine<'_>, near: Nearness) -> bool {
    let missing = MissingForTier::for_next(line.facts, line.verdict, rules);
    missing.is_some_and(|missing| match near {
        Nearness::Usd(most) => missing.consumption.part <= most,
        Nearness::Percent(percent) => missing.consumption.is_within(percent),
    })
}

#[cfg(test)]
mod tests;
