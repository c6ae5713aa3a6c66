//! A report that was written before. Comes in: its bytes, as CSV, TSV or JSON. Goes out: what each partner had. Columns are found by their names,
//! so that columns of another rule set or build are no fault.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::text::as_written;
use crate::base::ids::PartnerId;

/// A partner's line, as far as runs are compared. **Absent** cells: as in the report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredPartner {
    /// Name in the roster.
    pub name: Option<String>,
    /// Highest tier that is met, or `undetermined`.
    pub tier: Option<String>,
    /// The tier above it.
    pub next_tier: Option<String>,
    /// What is lacking for it. **Unit**: USD.
    pub next_usd: Option<Decimal>,
    /// What is lacking for it. **Unit**: people.
    pub next_individuals: Option<u64>,
    /// **Unit**: USD, rounded down to the cent.
    pub consumption_usd: Option<Decimal>,
    /// The partners that roll up to it.
    pub includes: Vec<PartnerId>,
}

/// The lines of a report.
pub type StoredReport = BTreeMap<PartnerId, StoredPartner>;

/// Columns without which runs cannot be compared.
const NEEDED: [&str; 7] = [
    "partner_id",
    "tier",
    "next_tier",
    "next_consumption_shortfall_usd",
    "next_individuals_shortfall",
    "consumption_usd",
    "notes",
];

fn lacks(column: &str) -> String {
    format!("it has no column `{column}`: write the report as CSV, TSV or JSON, with all columns")
}

/// Reads a report.
///
/// # Errors
/// The bytes are no report in a format that can be read: why.
pub fn stored_report(bytes: &[u8]) -> Result<StoredReport, String> {
    let mut report = StoredReport::new();
    if bytes.trim_ascii_start().starts_with(b"[") {
        let lines: Vec<Map<String, Value>> =
            serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if let Some(line) = lines.first() {
            let missing = NEEDED.into_iter().find(|name| !line.contains_key(*name));
            missing.map_or(Ok(()), |name| Err(lacks(name)))?;
        }
        for line in &lines {
            let cell = |name: &str| match line.get(name) {
                Some(Value::String(text)) => Some(text.clone()),
                Some(Value::Number(number)) => Some(number.to_string()),
                Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => None,
            };
            add(&mut report, &cell)?;
        }
        return Ok(report);
    }
    let first_line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let delimiter = if first_line.contains(&b'\t') { b'\t' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes);
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let positions: BTreeMap<&str, usize> = header.iter().zip(0..).collect();
    let missing = NEEDED.into_iter().find(|name| !positions.contains_key(name));
    missing.map_or(Ok(()), |name| Err(lacks(name)))?;
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let cell = |name: &str| {
            let text = record.get(*positions.get(name)?)?;
            (!text.is_empty()).then(|| as_written(text).to_owned())
        };
        add(&mut report, &cell)?;
    }
    Ok(report)
}

fn add(report: &mut StoredReport, cell: &dyn Fn(&str) -> Option<String>) -> Result<(), String> {
    let id = cell("partner_id").unwrap_or_default();
    let partner = PartnerId::parse(&id).ok_or_else(|| format!("a line names no partner: {id:?}"))?;
    let usd = |name: &str| -> Result<Option<Decimal>, String> {
        let bad = |text: &String| format!("{name} of {partner} is {text:?}, which is no amount");
        cell(name).map(|text| text.parse().map_err(|_| bad(&text))).transpose()
    };
    let individuals = cell("next_individuals_shortfall").map(|text| {
        text.parse()
            .map_err(|_| format!("next_individuals_shortfall of {partner} is {text:?}, which is no number"))
    });
    let line = StoredPartner {
        name: cell("partner_name"),
        tier: cell("tier"),
        next_tier: cell("next_tier"),
        next_usd: usd("next_consumption_shortfall_usd")?,
        next_individuals: individuals.transpose()?,
        consumption_usd: usd("consumption_usd")?,
        includes: cell("notes").map_or(Vec::new(), |notes| included(&notes)),
    };
    match report.insert(partner.clone(), line) {
        None => Ok(()),
        Some(_) => Err(format!("two lines are of {partner}")),
    }
}

/// The partners that a cell of notes says to be included.
fn included(notes: &str) -> Vec<PartnerId> {
    let ids = notes.split("; ").filter_map(|note| note.strip_prefix("includes "));
    ids.flat_map(|ids| ids.split(' ')).filter_map(PartnerId::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::fixtures::{facts, silver, table, undetermined};
    use crate::outputs::{OutputFormat, write};

    fn report(format: OutputFormat) -> Result<StoredReport, String> {
        let includes = [PartnerId::parse("7").unwrap(), PartnerId::parse("8").unwrap()];
        let includes: &'static [PartnerId] = Vec::leak(includes.into());
        let with_others = crate::judge::facts::PartnerFacts {
            includes: includes.iter().collect(),
            name: Some("=name, \"quoted\"".into()),
            market: None,
            ..facts("@acme", "12000")
        };
        let mut out = Vec::new();
        let table = table(&[(facts("42", "15000.0000001"), silver()), (with_others, undetermined())]);
        write(&table, format, &mut out).unwrap();
        stored_report(&out)
    }

    #[test]
    fn every_format_with_columns_gives_the_same_lines() {
        let csv = report(OutputFormat::Csv).unwrap();
        let line = &csv[&PartnerId::parse("@acme").unwrap()];
        assert_eq!(line.name.as_deref(), Some("=name, \"quoted\""));
        assert_eq!((line.tier.as_deref(), line.next_usd), (Some("undetermined"), None));
        assert_eq!(line.includes.iter().map(PartnerId::as_str).collect::<Vec<_>>(), ["7", "8"]);
        let line = &csv[&PartnerId::parse("42").unwrap()];
        assert_eq!(line.next_usd.unwrap().to_string(), "85000.00");
        assert_eq!((line.tier.as_deref(), line.next_individuals), (Some("silver"), Some(1)));
        assert_eq!(report(OutputFormat::Tsv), Ok(csv.clone()));
        assert_eq!(report(OutputFormat::Json), Ok(csv));
    }

    #[test]
    fn a_table_for_people_is_no_report_that_can_be_read() {
        assert!(
            report(OutputFormat::Table)
                .unwrap_err()
                .contains("write the report as CSV, TSV or JSON, with all columns")
        );
    }
}
