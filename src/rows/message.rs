//! The message of a refused row: what was found, what was expected, what to do. Comes in: a fault and its row. Goes out: one line of
//! text. It decides nothing, and shows no value of a column that names a person.

use super::file_forms::{FileForms, FormSource};
use super::totals_row::is_like_totals;
use super::{CellReject, cell, text};
use crate::base::amount::{DecimalMark, MarkVote, NumberText};
use crate::base::limits;
use crate::base::total_labels::is_total_label;
use crate::config::dialect::{ColumnKey, Consumption, Layout, OwnerColumn, OwnerSource, RoleMeaning};
use crate::diagnostics::reject::RejectCode;
use crate::formats::row::{BadRecord, BadShape, Cell, CellKind, Row};

/// Values of a dialect's list that a message names.
const VALUES_SHOWN: usize = 6;

/// The message of a record that has no row.
pub(super) fn of_record(bad: &BadRecord<'_>) -> String {
    if let BadShape::FieldCount { found, expected } = bad.shape {
        return format!(
            "the record has {found} fields, the header has {expected}; a text that holds the delimiter must stand in quotes"
        );
    }
    let limit = limits::RECORD_BYTES;
    match bad.code {
        RejectCode::UnclosedQuote => format!(
            "a quote opens a field and does not close within {limit} bytes or before the end of the file; the line is passed over; \
             close the quote"
        ),
        RejectCode::RecordTooLong => format!(
            "the record is longer than {limit} bytes; the line is passed over; perhaps a line end is missing"
        ),
        RejectCode::BadQuote => {
            "text follows the closing quote of a field; a quote inside quotes is written twice".to_owned()
        }
        RejectCode::QuotedRows => {
            "a quote opens a field that goes on over the next lines, but each of these lines has the cells of a row; the line is passed over; \
             double the quote and put quotes around the field, or export the file again"
                .to_owned()
        }
        RejectCode::BadJson => match bad.shape {
            BadShape::KeyTwice => {
                "the object has a key twice, or two spellings of one, so that nothing tells which value is right; export it again".to_owned()
            }
            BadShape::NestedValue => {
                "a column that is read holds an object or an array; a text or a number is expected; flatten the file".to_owned()
            }
            BadShape::CodeOnly | BadShape::FieldCount { .. } | BadShape::NoObject => {
                "the line is no JSON object, or one that is cut; export or download the file again".to_owned()
            }
        },
        RejectCode::NulByte => {
            "the record contains a NUL byte, which no text has; export or download the file again".to_owned()
        }
        other => other.meaning().to_owned(),
    }
}

/// A refused row, with everything that its message may name.
pub(super) struct Refused<'r> {
    pub(super) row: &'r Row<'r>,
    pub(super) layout: &'r Layout<'r>,
    pub(super) fault: &'r CellReject,
    /// The offending value; blank also where it must not be shown.
    pub(super) value: &'r str,
    pub(super) is_personal: bool,
    pub(super) forms: FileForms,
}

impl Refused<'_> {
    pub(super) fn message(&self) -> String {
        let message = self.message_of_code();
        if self.consumption().is_some_and(|rules| is_like_totals(self.row, rules)) {
            format!(
                "{message}; the row holds amounts alone, as a row of totals does: if it is one, delete it"
            )
        } else {
            message
        }
    }

    fn message_of_code(&self) -> String {
        let dialect = self.layout.dialect;
        match self.fault.code {
            RejectCode::BadNumber if matches!(dialect.meaning, RoleMeaning::Rates(_)) => {
                self.told("is no rate", "a number greater than 0 is expected, such as 1.0725")
            }
            RejectCode::BadNumber => self.told("is not a number", &self.expected_number()),
            RejectCode::NoAmount => self.told("is no amount", "a number is expected, 0 if there is no cost"),
            RejectCode::AmountTooLarge => {
                self.told("is 10^14 or more", "no run can add that up; correct the amount")
            }
            RejectCode::UsdUnavailable => self.usd_unavailable(),
            RejectCode::NoCurrency => self.no_currency(),
            RejectCode::BadDate => self.told("is no date", &self.expected_date()),
            RejectCode::ImpossibleDate => self.told("is no day of the calendar", &self.expected_day()),
            RejectCode::ForeignYear => self.told("is in a year that is not read", &self.expected_year()),
            RejectCode::BadPeriod => self.bad_period(),
            RejectCode::NoSubscription | RejectCode::NoPartner if is_total_label(self.value.trim()) => {
                self.told("is the label of a total", "if the row is one of totals, delete it")
            }
            RejectCode::NoPartner => self.no_partner(),
            RejectCode::NoSubscription => {
                self.told("names no subscription", "the id of a subscription is expected")
            }
            RejectCode::NoIndividual => {
                format!("{} name no person; an id or a mail address is expected", self.person_columns())
            }
            RejectCode::NoCredential => {
                "the row names no credential; a code such as 70-533, or a title, is expected".to_owned()
            }
            RejectCode::UnknownMarket => self.told("is no market", "developed or developing is expected"),
            RejectCode::NoCountry => self.told("names no country", "the name of a country is expected"),
            RejectCode::DuplicateRate => self.told(
                "is not what an earlier line says",
                "a currency has one rate in a month; keep one of the lines",
            ),
            RejectCode::IdLostPrecision => self.told(
                "was stored as a number of more than 15 digits, so that its last digits are lost",
                "store it as text, or export it again",
            ),
            RejectCode::BadText => self.bad_text(),
            RejectCode::UnknownAssociation => self.told(
                "is no association that is known here",
                &format!(
                    "dpor, tpor, csp-tier-1, csp-tier-2 and pal are, and their long names; {}",
                    self.how_to_add()
                ),
            ),
            RejectCode::UnknownChargeType => self.unknown("type of charge"),
            RejectCode::UnknownPublisherType => self.unknown("type of publisher"),
            RejectCode::UnknownProvider => self.unknown("provider"),
            RejectCode::UnknownValue => self.unknown("value"),
            // Faults of a whole record, and faults without a row, have their messages elsewhere.
            RejectCode::UnclosedQuote
            | RejectCode::RecordTooLong
            | RejectCode::NulByte
            | RejectCode::BadJson
            | RejectCode::BadQuote
            | RejectCode::QuotedRows
            | RejectCode::RaggedRow
            | RejectCode::NoRate => self.fault.code.meaning().to_owned(),
        }
    }

    /// What was found, then what was expected or is to be done.
    fn told(&self, is_no: &str, expected: &str) -> String {
        if self.is_personal {
            format!("the value, which is not shown here, {is_no}; {expected}")
        } else if self.value.trim().is_empty() {
            format!("it is blank; {expected}")
        } else {
            format!("{:?} {is_no}; {expected}", self.value)
        }
    }

    /// What is expected in the place of a text that is no number, and what to do. An option is advised only where it makes the text a number.
    fn expected_number(&self) -> String {
        let plain = "one such as -1234.5 or 1.5E-05 is expected";
        let is_grouped = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '\'' | '-');
        let Some(number) = NumberText::parse(self.value) else {
            let has_marks = self.value.contains([',', ' ', '\'']) && self.value.chars().all(is_grouped);
            return match has_marks {
                true => format!(
                    "{plain}; groups of digits are read if each but the first has three: save the column without groups"
                ),
                false => plain.to_owned(),
            };
        };
        let is_typed =
            self.fault.column.is_some_and(|column| cell(self.row, column).kind == CellKind::Parquet);
        let is_of_currency =
            |c: char| c.is_alphabetic() || matches!(c, '$' | '£' | '¥' | '¤' | '\u{20a0}'..='\u{20cf}');
        if !number.currency.is_empty() && !number.currency.contains(is_of_currency) {
            return format!(
                "{:?} stands beside the number: save the column as plain numbers, such as -1234.5",
                number.currency
            );
        }
        if !number.currency.is_empty() {
            return format!(
                "{:?} is no sign of the row's currency: save the column without a currency format",
                number.currency
            );
        }
        match (number.vote(), self.forms.mark) {
            _ if is_typed => "a decimal comma is not read in Parquet: write it with a point".to_owned(),
            (MarkVote::Ambiguous, DecimalMark::Point) => {
                let advice = match self.forms.mark_is {
                    FormSource::Inferred => "other cells of the file have a decimal point",
                    FormSource::Default | FormSource::Option => {
                        "if the comma is the decimal mark, say --decimal-comma"
                    }
                };
                format!(
                    "the comma may part a group of three digits or be the decimal mark; {advice}; else save the column without groups"
                )
            }
            (MarkVote::Comma, DecimalMark::Point) => {
                "most cells of the file have a decimal point; correct those with a comma".to_owned()
            }
            (MarkVote::Point, DecimalMark::Comma) => match self.forms.mark_is {
                FormSource::Option => {
                    "the point is its decimal mark, and --decimal-comma says that the comma is".to_owned()
                }
                FormSource::Inferred | FormSource::Default => {
                    "most cells of the file have a decimal comma; correct those with a point".to_owned()
                }
            },
            _ => plain.to_owned(),
        }
    }

    fn usd_unavailable(&self) -> String {
        let rules = self.consumption();
        let amount = rules.and_then(|r| r.amounts.iter().find(|a| Some(a.column) == self.fault.column));
        let other = amount.and_then(|a| a.zero_is_unavailable_unless_zero);
        let name = other.map_or("the cost".to_owned(), |column| self.layout.shown_name(column));
        format!("it is 0 or blank, while {name} is not; export again when the amounts in USD are there")
    }

    fn no_currency(&self) -> String {
        match self.fault.column {
            Some(column) if self.layout.has(column) => {
                self.told("is no currency", "a code of three letters is expected, such as EUR")
            }
            Some(column) => format!(
                "the file has no column that says the currency of the amount; export it with {}",
                self.names(column)
            ),
            None => self.currency_not_read(),
        }
    }

    /// The file has amounts in other currencies than those in which its columns are read.
    fn currency_not_read(&self) -> String {
        let amounts = self.consumption().map_or(&[][..], |rules| &rules.amounts);
        let (there, lacking): (Vec<_>, Vec<_>) = amounts.iter().partition(|a| self.layout.has(a.column));
        let there: Vec<String> = there
            .into_iter()
            .map(|a| format!("{} is read in {} only", self.layout.shown_name(a.column), a.only.join(" or ")))
            .collect();
        let lacking: Vec<String> = lacking.into_iter().map(|a| self.names(a.column)).collect();
        format!("{}; export the file with {}", there.join(", "), lacking.join(" or "))
    }

    fn bad_period(&self) -> String {
        let RoleMeaning::Associations(meaning) = &self.layout.dialect.meaning else {
            return self.fault.code.meaning().to_owned();
        };
        let from = meaning.from.as_ref().map(|from| self.cell_text(from.column));
        self.told(
            &format!("is before the first day, {:?}", from.unwrap_or_default()),
            "perhaps the two are swapped",
        )
    }

    fn no_partner(&self) -> String {
        let mut advice = "the id of a partner is expected".to_owned();
        if self.is_personal && self.value.is_empty() {
            return self.told("names no partner", &advice);
        }
        if let Some(Consumption { owner: OwnerSource::Row(rules), .. }) = self.consumption() {
            let tenant = rules.iter().find_map(|rule| match rule.owner {
                OwnerColumn::Tenant(column) => Some(column),
                OwnerColumn::Partner(_) | OwnerColumn::Option => None,
            });
            let has_option = rules.iter().any(|rule| matches!(rule.owner, OwnerColumn::Option));
            match tenant.map(|column| self.cell_text(column)) {
                Some(tenant) if has_option => {
                    advice = format!(
                        "no partner of the roster has the tenant {tenant:?}: add it to a partners file, or say --partner-id"
                    );
                }
                Some(tenant) if !tenant.is_empty() => {
                    advice =
                        format!("the id of a partner is expected, or its tenant, which {tenant:?} is not");
                }
                Some(_) => {}
                None if has_option => {
                    advice = "if the export is a partner's own, say --partner-id".to_owned();
                }
                None => {}
            }
        }
        self.told("names no partner", &advice)
    }

    fn bad_text(&self) -> String {
        let cell = self.fault.column.map_or(Cell::BLANK, |column| cell(self.row, column));
        let (what, advice) = text::fault(&cell);
        self.told(what, advice)
    }

    fn unknown(&self, what: &str) -> String {
        let conditions = self.consumption().map_or(&[][..], |rules| &rules.conditions);
        let condition = conditions.iter().find(|c| Some(c.column) == self.fault.column);
        let (counts, excluded) = condition.map_or((&[][..], &[][..]), |c| (&c.counts, &c.excluded));
        let dialect = &self.layout.dialect.name;
        let mut known = format!("{dialect} counts {}", name_some(counts));
        if !excluded.is_empty() {
            known += &format!(", and leaves out {}", name_some(excluded));
        }
        let is_no = format!("is no known {what}");
        self.told(&is_no, &format!("{known}; {}", self.how_to_add()))
    }

    fn how_to_add(&self) -> String {
        let dialect = &self.layout.dialect.name;
        format!("if it is right, add it to a copy of the dialect {dialect}, and give that with --dialect")
    }

    fn person_columns(&self) -> String {
        let RoleMeaning::Credentials(meaning) = &self.layout.dialect.meaning else {
            return "they".to_owned();
        };
        let columns = meaning.mails.iter().fold(vec![meaning.individual], |mut all, mail| {
            all.push(*mail);
            all
        });
        let names: Vec<String> =
            columns.into_iter().filter(|c| self.layout.has(*c)).map(|c| self.layout.shown_name(c)).collect();
        names.join(" and ")
    }

    fn consumption(&self) -> Option<&Consumption> {
        match &self.layout.dialect.meaning {
            RoleMeaning::Consumption(rules) => Some(rules),
            RoleMeaning::Credentials(_)
            | RoleMeaning::Partners(_)
            | RoleMeaning::Associations(_)
            | RoleMeaning::Rates(_)
            | RoleMeaning::Markets(_)
            | RoleMeaning::Credits(_) => None,
        }
    }

    fn cell_text(&self, column: ColumnKey) -> String {
        text::shown(text::utf8(&cell(self.row, column)).trim_ascii())
    }

    /// The names of a column, as alternatives.
    fn names(&self, column: ColumnKey) -> String {
        self.layout.dialect.columns[column.0].names.join(" or ")
    }
}

/// `A, B and C`; the first few values of a long list, then `…`.
fn name_some(values: &[String]) -> String {
    let named: Vec<&str> = values.iter().map(String::as_str).filter(|v| !v.is_empty()).collect();
    let shown = &named[..named.len().min(VALUES_SHOWN)];
    match shown {
        [] => "blank".to_owned(),
        _ if shown.len() < named.len() => format!("{}…", shown.join(", ")),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
