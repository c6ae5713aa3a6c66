//! What the cells of a column show of its meaning, for a draft of a dialect. Comes in: texts of cells. Goes out: counts of texts that are days, numbers,
//! ids. It guesses nothing, and keeps no text of a person.

use std::collections::BTreeSet;

use crate::base::amount::NumberText;
use crate::base::calendar::{DateForm, DateOrder, parse_day};
use crate::base::ids::{PartnerId, guid};
use crate::config::dialect::normalise;

/// Rows of a file by which its columns are judged.
pub(crate) const EVIDENCE_ROWS: u32 = 2000;
/// Different texts of a column that are kept.
const VALUES: usize = 16;
/// Characters of a text that is kept: longer ones are no words of a list.
const VALUE_CHARS: usize = 40;
/// Fewest digits of a partner id.
const PARTNER_DIGITS: usize = 4;

/// The cells of a column that have one kind of text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ColumnEvidence {
    /// The name in the header.
    pub(crate) name: String,
    /// Cells that are not blank.
    pub(crate) filled: u32,
    pub(crate) guids: u32,
    pub(crate) iso_days: u32,
    pub(crate) slash_days: u32,
    /// Days with slashes that do not exist with the month first.
    pub(crate) day_first: u32,
    pub(crate) iso_months: u32,
    pub(crate) named_months: u32,
    pub(crate) numbers: u32,
    /// Numbers with decimals.
    pub(crate) decimals: u32,
    /// Three capital letters.
    pub(crate) currencies: u32,
    pub(crate) mails: u32,
    /// Whole numbers of some digits.
    pub(crate) partner_ids: u32,
    /// `developed` or `developing`.
    pub(crate) markets: u32,
    /// The first different texts, without texts that may tell of a person.
    pub(crate) values: BTreeSet<String>,
    /// Whether there are more different texts.
    pub(crate) has_more_values: bool,
}

impl ColumnEvidence {
    /// A column without cells yet.
    pub(crate) fn new(name: &str) -> ColumnEvidence {
        ColumnEvidence { name: name.to_owned(), ..ColumnEvidence::default() }
    }

    /// Counts a cell.
    pub(crate) fn note(&mut self, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        self.filled += 1;
        let is_day = |form, order| parse_day(text.as_bytes(), &[form], order).is_ok();
        let slashes = is_day(DateForm::Slashes, DateOrder::MonthFirst);
        let only_day_first = !slashes && is_day(DateForm::Slashes, DateOrder::DayFirst);
        let is_whole = text.bytes().all(|byte| byte.is_ascii_digit());
        // `20170531` and `201705` are also whole numbers.
        let is_iso_day = is_day(DateForm::Iso, DateOrder::MonthFirst);
        self.iso_days += u32::from(is_iso_day);
        self.slash_days += u32::from(slashes || only_day_first);
        self.day_first += u32::from(only_day_first);
        self.iso_months += u32::from(is_day(DateForm::IsoMonth, DateOrder::MonthFirst));
        self.named_months += u32::from(is_day(DateForm::NamedMonth, DateOrder::MonthFirst));
        self.guids += u32::from(guid(text.as_bytes()).is_some());
        let is_number = NumberText::parse(text).is_some() && text.bytes().any(|byte| byte.is_ascii_digit());
        self.numbers += u32::from(is_number);
        self.decimals += u32::from(is_number && text.contains(['.', ',']));
        self.currencies += u32::from(text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()));
        self.mails += u32::from(text.contains('@'));
        let is_id = is_whole && text.len() >= PARTNER_DIGITS && PartnerId::parse(text).is_some();
        self.partner_ids += u32::from(is_id);
        self.markets += u32::from(matches!(normalise(text).as_str(), "developed" | "developing"));
        if text.contains('@') || text.chars().count() > VALUE_CHARS {
            self.has_more_values = true;
        } else if self.values.len() < VALUES || self.values.contains(text) {
            self.values.insert(text.to_owned());
        } else {
            self.has_more_values = true;
        }
    }

    /// Whether nearly all of the filled cells are among `of`.
    pub(crate) fn is_mostly(&self, of: u32) -> bool {
        self.filled > 0 && of.saturating_mul(10) >= self.filled.saturating_mul(9)
    }

    /// Cells that are a day or a month in any form.
    pub(crate) fn days(&self) -> u32 {
        self.iso_days.max(self.slash_days).max(self.iso_months).max(self.named_months)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_counted_by_kind_and_mail_addresses_are_not_kept() {
        let mut column = ColumnEvidence::new("any");
        for text in ["31/05/2017", " 5/6/2017 ", "", "USD", "a@b.example", "4000101", "1,234.50", "Developed"]
        {
            column.note(text);
        }
        assert_eq!((column.filled, column.slash_days, column.day_first), (7, 2, 1));
        assert_eq!((column.currencies, column.mails, column.partner_ids, column.markets), (1, 1, 1, 1));
        assert_eq!((column.numbers, column.decimals), (2, 1));
        assert!(column.has_more_values && !column.values.iter().any(|value| value.contains('@')));
        assert!(!column.is_mostly(column.days()) && column.is_mostly(7));
    }
}
