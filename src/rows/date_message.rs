//! What a message advises in place of a date that is refused. Comes in: a refused row. Goes out: the end of its message. It reads no date but to tell what
//! is wrong with it.

use super::file_forms::FormSource;
use super::message::Refused;
use crate::base::calendar::{
    DateForm, DateOrder, USAGE_YEARS, date_parts, foreign_calendar, parse_day, short_buddhist_year,
};
use crate::config::dialect::{DateColumn, RoleMeaning};

impl Refused<'_> {
    pub(super) fn expected_date(&self) -> String {
        let Some(column) = self.date_column() else { return "a date is expected".to_owned() };
        let example = |form: &DateForm| match (form, self.order(column)) {
            (DateForm::Iso, _) => "2017-06-30",
            (DateForm::Slashes, DateOrder::MonthFirst) => "6/30/2017",
            (DateForm::Slashes, DateOrder::DayFirst) => "30/6/2017",
            (DateForm::Slashes, DateOrder::YearFirst) => "17/06/30",
            (DateForm::IsoMonth, _) => "2017-06",
            (DateForm::NamedMonth, _) => "June 2017",
        };
        let examples: Vec<&str> = column.forms.iter().map(example).collect();
        format!("a date such as {} is expected", examples.join(" or "))
    }

    pub(super) fn expected_day(&self) -> String {
        let (Some(column), Some(parts)) = (self.date_column(), date_parts(self.value.as_bytes())) else {
            return "correct the date".to_owned();
        };
        if parts.is_dotted() && self.order(column) == DateOrder::MonthFirst {
            return "nothing tells whether its first or its last number is the year; save the dates as 2017-05-31".to_owned();
        }
        let (read, other) = match self.order(column) {
            DateOrder::MonthFirst => ("month/day/year", DateOrder::DayFirst),
            DateOrder::DayFirst => ("day/month/year", DateOrder::MonthFirst),
            DateOrder::YearFirst => ("year/month/day", DateOrder::MonthFirst),
        };
        let advice = match (self.forms.order_is, other) {
            _ if parts.is_impossible(other) => "correct the date",
            (FormSource::Option, _) => "--day-first says so; correct the date",
            (FormSource::Inferred, _) => "other dates of the file are days only so; correct the date",
            (FormSource::Default, DateOrder::DayFirst) => {
                "if all dates of the export are the other way round, say --day-first"
            }
            (FormSource::Default, DateOrder::MonthFirst | DateOrder::YearFirst) => {
                "the dialect says so; correct the date"
            }
        };
        format!("it is read as {read}; {advice}")
    }

    /// The advice for a day whose year is not read (SPEC 3.11).
    pub(super) fn expected_year(&self) -> String {
        let advice = "save the dates with years of the Gregorian calendar, such as 2017";
        let day = self.date_column().and_then(|column| {
            parse_day(self.value.trim().as_bytes(), &column.forms, self.order(column)).ok()
        });
        let Some(day) = day else { return advice.to_owned() };
        let usage = format!("usage is of {} to {}", USAGE_YEARS.start(), USAGE_YEARS.end());
        match (foreign_calendar(day), short_buddhist_year(day)) {
            (Some(calendar), _) => {
                format!("{} looks like a year of the {calendar}; {advice}", day.format("%Y"))
            }
            (None, Some(buddhist)) => {
                format!("{usage}; perhaps it is {buddhist} of the Buddhist calendar; {advice}")
            }
            (None, None) => format!("{usage}; correct the date"),
        }
    }

    /// The date column at fault.
    fn date_column(&self) -> Option<&DateColumn> {
        let columns: Vec<&DateColumn> = match &self.layout.dialect.meaning {
            RoleMeaning::Consumption(rules) => rules.dates.iter().collect(),
            RoleMeaning::Credentials(meaning) => {
                std::iter::once(&meaning.completed_on).chain(&meaning.expires_on).collect()
            }
            RoleMeaning::Associations(meaning) => meaning.from.iter().chain(&meaning.to).collect(),
            RoleMeaning::Rates(meaning) => vec![&meaning.month],
            RoleMeaning::Partners(_) | RoleMeaning::Markets(_) | RoleMeaning::Credits(_) => Vec::new(),
        };
        columns.into_iter().find(|date| Some(date.column) == self.fault.column)
    }

    fn order(&self, column: &DateColumn) -> DateOrder {
        self.forms.order.unwrap_or(column.order)
    }
}
