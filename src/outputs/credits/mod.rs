//! The credits table: all credit of a run, before any rule set chooses among it. Comes in: credits in report order. Goes out:
//! bytes of CSV, TSV or Parquet. A subscription that rows do not name is absent; an amount is exact, in its currency.

#[cfg(feature = "parquet")]
mod parquet;

use std::borrow::Cow;
use std::io;
use std::path::Path;

use super::LazyChunks;
use super::figures::push_count;
use super::text::defused;
use super::writers::csv::filled;
use crate::base::amount::Amount;
use crate::base::calendar::Month;
use crate::config::own_columns::CREDITS;

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditLine<'c> {
    /// As it stands in the rows; where an associations file says whose a subscription is, the partner that it rolls up to.
    pub partner: &'c str,
    /// In the form in which subscriptions are compared. **Absent**: the rows name none.
    pub subscription: Option<Cow<'c, str>>,
    /// Of the rows.
    pub month: Month,
    /// The types of association in force, joined by `+`.
    pub association: String,
    /// Exact. **Unit**: the currency.
    pub amount: Amount,
    /// Rows that were added up.
    pub rows: u64,
    /// Upper case.
    pub currency: &'c str,
}

/// The lines of the table, in pieces that threads make at the same time.
pub type CreditLines<'c> = LazyChunks<'c, Vec<CreditLine<'c>>>;

/// A form in which the credits table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditsForm {
    /// Comma-separated, as a report.
    Csv,
    /// The same, separated by tabs.
    Tsv,
    /// Apache Parquet; not in every build.
    Parquet,
}

/// Why a file cannot hold the credits table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotCredits {
    /// Its extension names no form.
    Extension,
    /// This build has no Parquet.
    NoParquet,
}

impl CreditsForm {
    /// The form that a file's extension names.
    pub fn of_extension(path: &Path) -> Result<CreditsForm, NotCredits> {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        match extension.to_ascii_lowercase().as_str() {
            "csv" => Ok(CreditsForm::Csv),
            "tsv" => Ok(CreditsForm::Tsv),
            "parquet" if cfg!(feature = "parquet") => Ok(CreditsForm::Parquet),
            "parquet" => Err(NotCredits::NoParquet),
            _ => Err(NotCredits::Extension),
        }
    }
}

/// Writes the table; it neither buffers nor flushes.
pub fn write_credits(lines: &CreditLines<'_>, form: CreditsForm, out: &mut dyn io::Write) -> io::Result<()> {
    match form {
        CreditsForm::Csv => write_delimited(lines, b',', out),
        CreditsForm::Tsv => write_delimited(lines, b'\t', out),
        #[cfg(feature = "parquet")]
        CreditsForm::Parquet => parquet::write(lines, out),
        #[cfg(not(feature = "parquet"))]
        CreditsForm::Parquet => Err(io::Error::other("this build has no Parquet")),
    }
}

fn write_delimited(lines: &CreditLines<'_>, delimiter: u8, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(&filled(delimiter, |writer| writer.write_record(CREDITS))?)?;
    let piece = |lines: Vec<CreditLine<'_>>| {
        filled(delimiter, |writer| lines.iter().try_for_each(|line| write_line(line, writer)))
    };
    lines.in_parallel(piece, |text| out.write_all(&text?))
}

fn write_line(line: &CreditLine<'_>, writer: &mut csv::Writer<Vec<u8>>) -> csv::Result<()> {
    let mut rows = String::new();
    push_count(&mut rows, line.rows);
    writer.write_record([
        &*defused(line.partner),
        &*defused(line.subscription.as_deref().unwrap_or_default()),
        &line.month.to_string(),
        &line.association,
        &line.amount.to_string(),
        &rows,
        line.currency,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::calendar::Day;

    #[test]
    fn the_extension_of_a_file_names_its_form_in_any_case() {
        let form = |path: &str| CreditsForm::of_extension(Path::new(path));
        assert_eq!(form("a/credits.CSV"), Ok(CreditsForm::Csv));
        assert_eq!(form("credits.tsv"), Ok(CreditsForm::Tsv));
        for path in ["credits", "credits.json", "credits.csv.gz", "-", ".parquet"] {
            assert_eq!(form(path), Err(NotCredits::Extension), "{path}");
        }
        let parquet =
            if cfg!(feature = "parquet") { Ok(CreditsForm::Parquet) } else { Err(NotCredits::NoParquet) };
        assert_eq!(form("credits.Parquet"), parquet);
    }

    #[test]
    fn text_is_defused_amounts_are_exact_and_what_is_absent_is_blank() {
        let month = Month::of(Day::from_ymd_opt(2017, 6, 1).unwrap());
        let line = |partner, subscription: Option<&'static str>| CreditLine {
            partner,
            subscription: subscription.map(Cow::Borrowed),
            month,
            association: "tpor+dpor".to_owned(),
            amount: Amount::from_raw(-1),
            rows: 2,
            currency: "EUR",
        };
        let mut out = Vec::new();
        let lines = [line("=1", Some("s")), line("4000001", None)];
        write_credits(&vec![lines.into()].into(), CreditsForm::Csv, &mut out).unwrap();
        let expected = "partner,subscription,month,association,amount,rows,currency\n\
                        '=1,s,2017-06,tpor+dpor,-0.000000000000000000000001,2,EUR\n\
                        4000001,,2017-06,tpor+dpor,-0.000000000000000000000001,2,EUR\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
