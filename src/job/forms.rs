//! How each input writes numbers and days: options state it, or the cells of the input decide by vote (SPEC 3.11). Comes in: inputs, options,
//! and what refused rows have shown. Goes out: the forms of each input, input errors where the vote decides nothing, warnings.

use std::collections::BTreeMap;

use super::RunOptions;
use crate::base::amount::DecimalMark;
use crate::base::calendar::DateOrder;
use crate::base::place::RowPlace;
use crate::config::dialect::{ColumnKey, Role};
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::formats::Input;
use crate::formats::scheduler::{ReadOptions, read_rows};
use crate::rows::file_forms::{DAYS, FileForms, FormDoubts, FormSource, FormVotes, Votes};
use crate::rows::form_votes::{VoteCounter, VotingColumns, columns_of};
use crate::rows::header_row::RepeatedHeaders;
use crate::rows::plan::{Evidence, Plan};

/// The forms of all inputs of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunForms {
    /// One for each input.
    pub(crate) of_inputs: Vec<FileForms>,
    /// The votes of the inputs that were asked, by index.
    pub(crate) votes: BTreeMap<usize, FormVotes>,
}

impl RunForms {
    /// The forms that options state.
    pub(super) fn stated(inputs: &[Input<'_>], options: &RunOptions) -> RunForms {
        let of_input = |input: &Input<'_>| {
            // Numbers of other formats have no mark, and texts among them are rare: they take an option for this very file.
            let mark = match input.is_delimited() {
                true => options.reading.decimal_mark.of(&input.name.file),
                false => options.reading.decimal_mark.of_file_or_source(&input.name.file),
            };
            let order = options.reading.date_order.of(&input.name.file);
            let source = |is_stated: bool| if is_stated { FormSource::Option } else { FormSource::Default };
            FileForms {
                mark: mark.copied().unwrap_or_default(),
                mark_is: source(mark.is_some()),
                order: order.copied(),
                order_is: source(order.is_some()),
            }
        };
        RunForms { of_inputs: inputs.iter().map(of_input).collect(), votes: BTreeMap::new() }
    }

    /// The inputs whose forms must be known before they are read: text delimited by semicolons, as countries with a decimal comma write it, and
    /// exports with a stated decimal comma, whose order of days may be open. For `attain check`, all with numbers.
    pub(super) fn asked_first(&self, inputs: &[Input<'_>], options: &RunOptions) -> Vec<usize> {
        let is_asked = |index: &usize| {
            let input = &inputs[*index];
            let has_numbers = matches!(input.role(), Role::Consumption | Role::Rates);
            has_numbers
                && (input.delimiter() == Some(';')
                    || self.of_inputs[*index].mark == DecimalMark::Comma
                    || options.lists_partners)
        };
        (0..inputs.len()).filter(is_asked).collect()
    }

    /// Lets the cells of some inputs vote, and decides their forms. Returns whether a form has changed.
    pub(super) fn vote(
        &mut self,
        asked: &[usize],
        inputs: &[Input<'_>],
        read_options: &ReadOptions,
        input_errors: &mut Vec<InputError>,
    ) -> bool {
        if asked.is_empty() {
            return false;
        }
        let of_asked: Vec<&Input<'_>> = asked.iter().map(|index| &inputs[*index]).collect();
        let columns: Vec<VotingColumns<'_>> = of_asked.iter().map(|input| voting_columns(input)).collect();
        let read_options = ReadOptions { progress: Default::default(), ..read_options.clone() };
        let (workers, met) = read_rows(&of_asked, &read_options, || VoteCounter::new(&columns));
        // What cannot be read is told when it is read for its rows.
        drop(met);
        let mut has_changed = false;
        for (index, votes) in asked.iter().zip(VoteCounter::merge(workers, of_asked.len())) {
            let decided = Vote { input: &inputs[*index], stated: self.of_inputs[*index], votes: &votes };
            match decided.decide() {
                Ok(forms) => {
                    has_changed |= forms != self.of_inputs[*index];
                    self.of_inputs[*index] = forms;
                }
                Err(errors) => input_errors.extend(errors),
            }
            self.votes.insert(*index, votes);
        }
        has_changed
    }

    /// The inputs whose refused rows show other forms than those in which they were read, unless an option states these, or their cells have
    /// decided already.
    pub(super) fn doubtful<'d>(
        &self,
        doubts: impl Iterator<Item = (&'d usize, &'d FormDoubts)>,
    ) -> Vec<usize> {
        let is_open = |index: &usize, doubts: &FormDoubts| {
            let of_input = self.of_inputs[*index];
            let is_in_doubt = doubts.has_comma && of_input.mark_is == FormSource::Default
                || (doubts.impossible_days.len() >= DAYS || doubts.has_open_dots)
                    && of_input.order_is == FormSource::Default;
            is_in_doubt && !self.votes.contains_key(index)
        };
        doubts.filter(|(index, doubts)| is_open(index, doubts)).map(|(index, _)| *index).collect()
    }

    /// Warns of what the votes have decided, or leave in doubt.
    pub(super) fn warn(&self, inputs: &[Input<'_>], warnings: &mut Warnings) {
        for (index, votes) in &self.votes {
            let (input, forms) = (&inputs[*index], self.of_inputs[*index]);
            if forms.order_is == FormSource::Inferred {
                let order = forms.order.unwrap_or_default();
                let cell = votes.of_order(order);
                let order = order_name(order);
                let text = format!(
                    "{}: the dates are read as {order}, since {} is a day only so and no date speaks against it",
                    input.name,
                    first_cell(input, cell)
                );
                warnings.add(WarningCode::DayOrderInferred, text);
            }
            let is_doubtful = forms.mark == DecimalMark::Comma
                && forms.mark_is == FormSource::Option
                && votes.comma.cells == 0
                && votes.ambiguous.cells > 0;
            if is_doubtful {
                let text = format!(
                    "{}: --decimal-comma is said, and every mark in a number stands before three digits, as in {}: if it parts a group of \
                     digits, the amounts are a thousand times too small",
                    input.name,
                    first_cell(input, &votes.ambiguous)
                );
                warnings.add(WarningCode::DoubtfulDecimalComma, text);
            }
        }
    }
}

/// Tells of headers that come again in the middle of an input.
pub(super) fn tell_headers(
    input: &Input<'_>,
    headers: &RepeatedHeaders,
    warnings: &mut Warnings,
    input_errors: &mut Vec<InputError>,
) {
    if let Some(place) = headers.first {
        let rows = if headers.rows == 1 { "once".to_owned() } else { format!("{} times", headers.rows) };
        let text = format!(
            "{}: the header comes again {rows}, first in row {}: it is passed over; the file was joined from parts",
            input.name, place.row
        );
        warnings.add(WarningCode::RepeatedHeader, text);
    }
    if let Some(place) = headers.changed {
        let message = format!(
            "row {} is a header with its columns in another order: the file was joined from parts that differ; give the parts one by one",
            place.row
        );
        input_errors.push(InputError {
            input: Some(input.name.clone()),
            code: InputErrorCode::ChangedHeader,
            message,
        });
    }
}

/// The columns of an input that vote.
fn voting_columns<'i>(input: &'i Input<'_>) -> VotingColumns<'i> {
    let meaning = &input.layout.dialect.meaning;
    if input.role() == Role::Consumption {
        let plan = Plan::new(&input.layout, None, FileForms::default(), Evidence::NotNeeded);
        return VotingColumns::Plan(plan);
    }
    let (numbers, days) = columns_of(meaning);
    let has = |column: &ColumnKey| input.layout.has(*column);
    VotingColumns::Columns {
        numbers: numbers.into_iter().filter(has).collect(),
        days: days.into_iter().map(|date| date.column).filter(has).collect(),
    }
}

/// The vote of one input.
struct Vote<'v> {
    input: &'v Input<'v>,
    stated: FileForms,
    votes: &'v FormVotes,
}

impl Vote<'_> {
    /// The forms of the input.
    fn decide(&self) -> Result<FileForms, Vec<InputError>> {
        let (mark, order) = (self.mark(), self.order());
        let mut errors = Vec::new();
        let mut forms = self.stated;
        match mark {
            Ok((mark, source)) => (forms.mark, forms.mark_is) = (mark, source),
            Err(error) => errors.push(error),
        }
        match order {
            Ok((order, source)) => (forms.order, forms.order_is) = (order, source),
            Err(error) => errors.push(error),
        }
        if errors.is_empty() && self.is_order_open(forms) {
            let message = format!(
                "the file has a decimal comma, and no date tells whether the day or the month is first, as in {}: say --day-first={} if \
                 the day is; else save the dates as 2017-05-31",
                first_cell(self.input, &self.votes.either_order),
                self.input.name.file
            );
            errors.push(self.error(InputErrorCode::AmbiguousDays, message));
        }
        if errors.is_empty() { Ok(forms) } else { Err(errors) }
    }

    fn mark(&self) -> Result<(DecimalMark, FormSource), InputError> {
        let FormVotes { point, comma, ambiguous, .. } = self.votes;
        if self.stated.mark_is == FormSource::Option {
            return Ok((self.stated.mark, FormSource::Option));
        }
        if self.input.is_parquet() {
            return Ok((DecimalMark::Point, FormSource::Default));
        }
        let file = &self.input.name.file;
        match point.cells.cmp(&comma.cells) {
            std::cmp::Ordering::Less => Ok((DecimalMark::Comma, FormSource::Inferred)),
            std::cmp::Ordering::Greater => Ok((DecimalMark::Point, FormSource::Inferred)),
            std::cmp::Ordering::Equal if point.cells > 0 => {
                let message = format!(
                    "as many numbers have a decimal comma as a decimal point, such as {} and {}: correct the file, or say \
                     --decimal-comma={file} if the comma is right",
                    first_cell(self.input, comma),
                    first_cell(self.input, point)
                );
                Err(self.error(InputErrorCode::AmbiguousNumbers, message))
            }
            std::cmp::Ordering::Equal if ambiguous.cells > 0 && self.input.delimiter() == Some(';') => {
                let message = format!(
                    "no number tells whether the comma or the point is the decimal mark, as in {}: say --decimal-comma={file} if the comma \
                     is; if the point is, save the file delimited by commas or tabs",
                    first_cell(self.input, ambiguous)
                );
                Err(self.error(InputErrorCode::AmbiguousNumbers, message))
            }
            std::cmp::Ordering::Equal => Ok((DecimalMark::Point, FormSource::Default)),
        }
    }

    /// The order of days: the dialect's, unless two different days are impossible in it and none in the other, or none with the year first.
    fn order(&self) -> Result<(Option<DateOrder>, FormSource), InputError> {
        if self.stated.order_is == FormSource::Option {
            return Ok((self.stated.order, FormSource::Option));
        }
        let FormVotes { day_first, days_first, month_first, months_first, years, dots, .. } = self.votes;
        if dots.has_dates() && !years.has_dates() {
            // Dots mean that the day is first, unless the years tell otherwise.
            let is_year_first = dots.not_first.cells == 0 && dots.are_first() == Some(true);
            return Ok(match is_year_first {
                true => (Some(DateOrder::YearFirst), FormSource::Inferred),
                false => (Some(DateOrder::DayFirst), FormSource::Default),
            });
        }
        let (other, days, against) = match dialect_order(self.input) {
            DateOrder::MonthFirst => (DateOrder::DayFirst, days_first, month_first),
            DateOrder::DayFirst => (DateOrder::MonthFirst, months_first, day_first),
            DateOrder::YearFirst => return Ok((None, FormSource::Default)),
        };
        let impossible = days.union(&years.only_first).count();
        let is_other = days.len() >= DAYS && against.cells == 0 && years.only_first.is_empty();
        let is_year_first = impossible >= DAYS && years.not_first.cells == 0;
        let is_year_first = match (is_year_first, is_other) {
            (true, true) => years.are_first(),
            (is_year_first, _) => Some(is_year_first),
        };
        match (is_year_first, is_other) {
            (Some(true), _) => Ok((Some(DateOrder::YearFirst), FormSource::Inferred)),
            (Some(false), true) => Ok((Some(other), FormSource::Inferred)),
            (Some(false), false) => Ok((None, FormSource::Default)),
            (None, _) => {
                let message = format!(
                    "no date tells whether its first or its last number is the year, as in {}: say --day-first={} if the day is first; else \
                     save the dates as 2017-05-31",
                    first_cell(self.input, &years.first),
                    self.input.name.file
                );
                Err(self.error(InputErrorCode::AmbiguousDays, message))
            }
        }
    }

    /// Whether nothing tells the order of the days of a file with a decimal comma.
    fn is_order_open(&self, forms: FileForms) -> bool {
        let FormVotes { day_first, month_first, either_order, .. } = self.votes;
        forms.mark == DecimalMark::Comma
            && forms.order_is == FormSource::Default
            && dialect_order(self.input) == DateOrder::MonthFirst
            && self.input.role() == Role::Consumption
            && either_order.cells > 0
            && day_first.cells == 0
            && month_first.cells == 0
    }

    fn error(&self, code: InputErrorCode, message: String) -> InputError {
        InputError { input: Some(self.input.name.clone()), code, message }
    }
}

/// The order of days that the dialect of an input states.
pub(crate) fn dialect_order(input: &Input<'_>) -> DateOrder {
    let (_, days) = columns_of(&input.layout.dialect.meaning);
    let mut present = days.iter().filter(|date| input.layout.has(date.column));
    present.next().map_or(DateOrder::MonthFirst, |date| date.order)
}

/// The name of an order, for people.
pub(crate) fn order_name(order: DateOrder) -> &'static str {
    match order {
        DateOrder::MonthFirst => "month/day/year",
        DateOrder::DayFirst => "day/month/year",
        DateOrder::YearFirst => "year/month/day",
    }
}

/// The first cell that votes for a form, for people: `"1.234,5" (Cost, row 2)`.
pub(crate) fn first_cell(input: &Input<'_>, votes: &Votes) -> String {
    match &votes.first {
        Some((RowPlace { row, .. }, column, text)) => {
            format!("{text:?} ({}, row {row})", input.layout.shown_name(*column))
        }
        None => "no cell".to_owned(),
    }
}
