//! The second implementation: every figure of a report computed again, slowly and plainly, from the specification alone. It shares
//! no code with the program, so that an agreement of both says something. Comes in: a folder of plain UTF-8 exports. Goes out:
//! the report as text, the control totals, and the refused rows by code. It knows only the built-in rule set and layouts.
//!
//! One thread, one row after the other, ordered maps, exact integers: each file can be read beside SPEC 3.

pub(crate) mod credits;
pub(crate) mod figures;
pub(crate) mod layouts;
pub(crate) mod people;
pub(crate) mod report;
pub(crate) mod roster;
pub(crate) mod rows;
pub(crate) mod rules;
pub(crate) mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::NaiveDate;

use credits::{AmountTotals, Credits, JudgingTotals, RowTotals};
use layouts::Kind;
use people::{Passes, People};
use report::Facts;
use roster::{Partner, Roster};
use text::{Record, Table};

/// What the person who asks says beside the folder.
pub(crate) struct Options {
    pub(crate) as_of: NaiveDate,
    /// `--window trailing-days` rather than complete months.
    pub(crate) trailing_days: bool,
    /// `--partner-id`.
    pub(crate) partner_id: Option<String>,
    /// `--window-months`.
    pub(crate) window_months: Option<u32>,
    /// The last day of data that exist: later rows and passes do not, and the rules are those of that day. **Absent**: all data exist.
    pub(crate) data_until: Option<NaiveDate>,
}

/// Everything that must agree.
pub(crate) struct Outcome {
    pub(crate) header: Vec<String>,
    pub(crate) report: Vec<Vec<String>>,
    pub(crate) rows: RowTotals,
    pub(crate) amounts: BTreeMap<String, AmountTotals>,
    pub(crate) unassociated: BTreeMap<String, i128>,
    pub(crate) judging: JudgingTotals,
    pub(crate) passes: Passes,
    /// Warnings `provider-unknown`: one a file.
    pub(crate) provider_unknown: usize,
    /// Credited CSP rows, by which of reseller and provider they have.
    pub(crate) csp_cases: BTreeMap<&'static str, u64>,
    /// Credited rows whose provider only `--partner-id` names.
    pub(crate) by_option: u64,
    /// Lines of the rejects file by code: one a refused row; of `no-rate` one a currency and month.
    pub(crate) refused: BTreeMap<String, u64>,
}

/// Refused rows by code.
#[derive(Default)]
pub(crate) struct Refused(BTreeMap<String, u64>);

impl Refused {
    pub(crate) fn count(&mut self, code: &str) {
        *self.0.entry(code.to_owned()).or_default() += 1;
    }

    /// Reads every record of a table, counts those that are refused, and says how many they were.
    pub(crate) fn each(
        &mut self,
        table: &Table,
        mut read: impl FnMut(&Record) -> Result<(), &'static str>,
    ) -> u64 {
        let mut refused = 0;
        for record in &table.records {
            if let Err(code) = roster::shape(record).and_then(|()| read(record)) {
                self.count(code);
                refused += 1;
            }
        }
        refused
    }
}

/// Computes the report of a folder.
pub(crate) fn judge(folder: &Path, options: &Options) -> Outcome {
    let tables = tables(folder);
    let of = |kind: Kind| tables.iter().filter(move |(k, _)| *k == kind).map(|(_, table)| table);
    let mut refused = Refused::default();

    let mut roster = Roster::default();
    of(Kind::Partners).for_each(|t| roster.add_partners(t, 0, &mut refused));
    of(Kind::InsightsProfile).for_each(|t| roster.add_partners(t, 1, &mut refused));
    of(Kind::Markets).for_each(|t| roster.add_markets(t, &mut refused));
    of(Kind::Rates).for_each(|t| roster.add_rates(t, &mut refused));
    of(Kind::Associations).for_each(|t| roster.add_associations(t, &mut refused));

    let mut people = People::default();
    of(Kind::Credentials).chain(of(Kind::InsightsTraining)).for_each(|t| people.add(t, &mut refused));
    let (individuals, passes) =
        people.count(&roster, options.as_of, options.data_until.unwrap_or(options.as_of));

    let mut credits = Credits::default();
    for (file, (kind, table)) in tables.iter().enumerate() {
        let Kind::Consumption(export) = kind else { continue };
        for record in &table.records {
            credits.add(file, rows::fate(*export, table, record, &roster, options), &mut refused);
        }
    }
    let judged = credits.judge(&roster, &mut refused);

    let mut everybody = roster.everybody();
    everybody.extend(people.partners());
    let mut heads: BTreeSet<Partner> = everybody.iter().map(|p| roster.head(p)).collect();
    heads.extend(judged.consumption.keys().cloned());
    let line = |head: &Partner| {
        let facts = Facts {
            consumption: judged.consumption.get(head).copied().unwrap_or(0),
            individuals: individuals
                .iter()
                .filter(|((h, _), _)| h == head)
                .map(|((_, g), n)| (*g, *n))
                .collect(),
            market: roster.market(head),
            includes: everybody.iter().filter(|p| *p != head && roster.head(p) == *head).cloned().collect(),
            lacks_a_rate: judged.without_rate.contains(head),
        };
        report::line(head, &facts, &roster, options.as_of, options.window())
    };
    let header = report::header();
    let rule_set = header.iter().position(|name| name == "rule_set").expect("the report names its rules");
    let with_what_if = |head: &Partner| {
        let mut cells = line(head);
        if let Some(months) = options.window_months.filter(|months| *months != rules::WINDOW_MONTHS) {
            cells[rule_set] += &format!("+window-months={months}");
        }
        cells
    };
    Outcome {
        report: heads.iter().map(with_what_if).collect(),
        header,
        rows: judged.rows,
        amounts: judged.amounts,
        unassociated: judged.unassociated,
        judging: judged.judging,
        passes,
        provider_unknown: judged.provider_unknown.len(),
        csp_cases: judged.csp_cases,
        by_option: judged.by_option,
        refused: refused.0,
    }
}

/// Every file of the folder that is an export, sorted by name.
fn tables(folder: &Path) -> Vec<(Kind, Table)> {
    let entries = std::fs::read_dir(folder).expect("the folder can be listed");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry can be read").path()).collect();
    paths.sort();
    paths
        .iter()
        .filter(|path| path.is_file() && !path.to_string_lossy().ends_with("manifest.json"))
        .filter_map(|path| Table::read(&std::fs::read(path).expect("a file can be read")))
        .filter_map(|table| Some((layouts::recognise(&table)?, table)))
        .collect()
}
