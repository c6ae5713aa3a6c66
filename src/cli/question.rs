//! Questions to a report on the command line. Comes in: arguments. Goes out: a question, or an error of usage. It knows no column and no tier.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::input::parse_as_of;
use super::usage;
use crate::base::calendar::Day;
use crate::base::ids::PartnerId;
use crate::diagnostics::error::Error;
use crate::outputs::{Nearness, ReportQuestion, SortKey, SortOrder};

#[derive(Args)]
#[command(
    next_help_heading = "Which lines and columns are written (what is read and counted stays the whole)"
)]
pub(super) struct QuestionArgs {
    /// Lines of these partners, or of the partners that they roll up to
    #[arg(long, value_name = "ID,...")]
    partner: Vec<String>,
    /// Lines of partners in these countries, as the report names them
    #[arg(long, value_name = "COUNTRY,...")]
    country: Vec<String>,
    /// Lines of partners that attain these tiers; also `none` and `undetermined`
    #[arg(long, value_name = "TIER,...", value_delimiter = ',')]
    tier: Vec<String>,
    /// Lines of partners that lack at most so many USD of consumption for the next tier, or so many percent of what it requires
    #[arg(long, value_name = "USD|P%", value_parser = parse_near)]
    near: Option<Nearness>,
    /// Lines of partners that lose their tier on this day or before
    #[arg(long, value_name = "DATE", value_parser = parse_as_of)]
    losing_by: Option<Day>,
    /// Sort lines by columns, from the least value, or with :desc from the greatest; blank cells come last
    #[arg(long, value_name = "COLUMN[:desc],...", value_delimiter = ',', value_parser = parse_sort_key)]
    sort: Vec<SortKey>,
    /// At most so many lines, the first ones
    #[arg(long, value_name = "N")]
    top: Option<NonZeroUsize>,
    /// These columns, in this order
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    columns: Vec<String>,
}

impl QuestionArgs {
    /// The question. Errors: a word that names no partner.
    pub(super) fn question(self) -> Result<ReportQuestion, Error> {
        Ok(ReportQuestion {
            partners: partners(&self.partner)?,
            countries: self.country,
            tiers: self.tier,
            near: self.near,
            losing_by: self.losing_by,
            sort: self.sort,
            top: self.top.map(NonZeroUsize::get),
            columns: self.columns,
        })
    }
}

/// The partners of `--partner`.
pub(super) fn partners(values: &[String]) -> Result<Vec<PartnerId>, Error> {
    let id = |text: &str| {
        PartnerId::parse(text)
            .ok_or_else(|| usage(format!("--partner: `{text}` names no partner; give ids such as 4000101")))
    };
    values.iter().flat_map(|value| value.split(',')).map(id).collect()
}

/// Refuses the id of a partner in place of an input: another command takes one there.
///
/// # Errors
/// An input is a number, and no file.
pub(super) fn refuse_ids_as_inputs(inputs: &[PathBuf]) -> Result<(), Error> {
    let is_id = |path: &&PathBuf| {
        let text = path.to_string_lossy();
        text.bytes().all(|byte| byte.is_ascii_digit() || byte == b',') && !text.is_empty() && !path.exists()
    };
    let Some(id) = inputs.iter().find(is_id).map(|id| id.display()) else { return Ok(()) };
    Err(usage(format!("{id}: no such file or folder; if it is the id of a partner, say --partner {id}")))
}

fn parse_near(text: &str) -> Result<Nearness, String> {
    let expected = "an amount of USD such as 1500, or a percentage such as 10%, is expected";
    Nearness::parse(text).ok_or_else(|| expected.to_owned())
}

fn parse_sort_key(text: &str) -> Result<SortKey, String> {
    let (column, order) = match text.split_once(':') {
        None => (text, SortOrder::Ascending),
        Some((column, "asc")) => (column, SortOrder::Ascending),
        Some((column, "desc")) => (column, SortOrder::Descending),
        Some(_) => return Err("a column is expected, or a column with :desc".to_owned()),
    };
    Ok(SortKey { column: column.to_owned(), order })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sort_key_is_a_column_and_perhaps_its_order() {
        let key = |column: &str, order| Ok(SortKey { column: column.to_owned(), order });
        assert_eq!(parse_sort_key("tier"), key("tier", SortOrder::Ascending));
        assert_eq!(parse_sort_key("tier:desc"), key("tier", SortOrder::Descending));
        assert!(parse_sort_key("tier:down").is_err());
    }
}
