//! `attain check`: what each file is, which columns were found, the days covered, and what is wrong. Comes in: options. Goes
//! out: text for people. It reads every row, judges no partner and writes no file.

use std::fmt::Write as _;

use crate::base::amount::DecimalMark;
use crate::base::calendar::{Day, Window};
use crate::base::ids::PartnerId;
use crate::base::text::list_some;
use crate::config::dialect::FolderColumn;
use crate::diagnostics::error::Error;
use crate::diagnostics::reject::RejectCode;
use crate::formats::{Input, SkippedFile};
use crate::job::account::excluded_rows;
use crate::job::check_document::document;
use crate::job::file_options;
use crate::job::forms::order_name;
use crate::job::run_outcome::{Outcome, Tolerance, tell_reason};
use crate::job::snapshot_list;
use crate::job::{self, Reading, RejectsOfRun, RunOptions, account};
use crate::judge::facts::consumption::Judged;
use crate::judge::measures::individuals::CountedIndividuals;
use crate::judge::overlaps::Exclusion;
use crate::outputs::{SnapshotOutcome, incomplete_for_people};
use crate::rows::collect::RoleTally;
use crate::rows::file_forms::FormSource;

/// Columns that are listed, of a file's columns that no role reads.
const IGNORED_SHOWN: usize = 8;
/// Partners that are listed of those that a file names.
const PARTNERS_SHOWN: usize = 5;

/// The rows of one input by their use.
pub(super) struct InputFigures<'s> {
    /// The source, if the input is a credits table, which may hold several.
    pub(super) source: Option<String>,
    pub(super) rows: u64,
    pub(super) refused: u64,
    pub(super) days: Option<(Day, Day)>,
    pub(super) partners: Vec<&'s str>,
    pub(super) excluded: Vec<(&'static str, u64)>,
    /// Credited rows whose provider only `--partner-id` identifies.
    pub(super) by_partner_id: u64,
}

impl<'s> InputFigures<'s> {
    fn consumption(
        reading: &'s Reading<'_>,
        judged: &'s Judged,
        source: usize,
        window: Window,
    ) -> InputFigures<'s> {
        let (consumption, tally) = (&reading.consumption[source], &reading.folded.tallies[source]);
        let rows = judged.by_source[source];
        let rejects = reading.reject_rows(consumption.reject_input, window);
        let no_subscription = |is_inside: bool| -> u64 {
            let in_or_out =
                tally.no_subscription.iter().filter(|((day, _), _)| window.contains(*day) == is_inside);
            in_or_out.map(|(_, sum)| sum.rows).sum()
        };
        let outside = tally.not_held + rows.outside_window + rejects.outside_window + no_subscription(false);
        let excluded = [
            ("credited", rows.credited),
            ("not consumption", tally.not_consumption),
            ("outside the window", outside),
            ("without a subscription", no_subscription(true)),
            ("unassociated", rows.unassociated + rejects.unassociated),
            ("of an unknown tenant", rows.without_partner),
            ("superseded", excluded_rows(reading, source, Exclusion::Superseded) + rejects.superseded),
            ("not preferred", excluded_rows(reading, source, Exclusion::NotPreferred)),
        ];
        let export = &consumption.name;
        let is_stored = *export != reading.inputs[consumption.input].name;
        InputFigures {
            source: is_stored.then(|| format!("{export} ({})", consumption.dataset.as_str())),
            rows: tally.rows,
            refused: rejects.refused,
            days: consumption.days,
            partners: judged.partners_by_source[source].iter().map(PartnerId::as_str).collect(),
            excluded: excluded.into_iter().filter(|(_, rows)| *rows > 0).collect(),
            by_partner_id: rows.by_partner_id,
        }
    }

    fn other(tally: &'s RoleTally) -> InputFigures<'s> {
        InputFigures {
            source: None,
            rows: tally.rows,
            refused: tally.refused,
            days: tally.days,
            partners: tally.partners.iter().map(String::as_str).collect(),
            excluded: Vec::new(),
            by_partner_id: 0,
        }
    }
}

/// How a check is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckFormat {
    /// Text for people.
    Text,
    /// One JSON document.
    Json,
}

/// Runs `attain check`: what it tells, and how the run ended.
pub(crate) fn check(
    options: &RunOptions,
    tolerance: Tolerance,
    format: CheckFormat,
) -> Result<(String, Outcome), Error> {
    job::on_threads(options, || check_on_threads(options, tolerance, format))
}

fn check_on_threads(
    options: &RunOptions,
    tolerance: Tolerance,
    format: CheckFormat,
) -> Result<(String, Outcome), Error> {
    let rules = job::rules_of(options)?;
    let dialects = job::run_dialects(options)?;
    let mut reading = job::read(options, &rules, &dialects, Vec::new(), None)?;
    // For its warnings: a person at two partners.
    CountedIndividuals::count(
        &reading.passes,
        &rules.rules,
        &reading.roster,
        options.as_of,
        &mut reading.warnings,
    );
    let judged = job::judge_credits(&reading, &rules, options)?;
    job::providers::warn_of_unknown(&reading.consumption, &judged, &mut reading.warnings);
    job::near_partners::warn(&mut reading, &judged);
    let rejects = account::rejects(&reading, &judged, rules.window);
    let completeness = account::completeness(&reading, &options.denied);
    let warnings = account::warnings(&reading);
    let refused = rejects.values().map(|(rows, _)| rows).sum();
    let of_consumption = reading.folded.tallies.iter().map(|tally| tally.rows);
    let read = of_consumption.chain(reading.small.iter().map(|(_, tally)| tally.rows)).sum();
    let outcome = Outcome::of(tolerance, (refused, read), &completeness);
    if options.log.is_quiet() {
        let by_code: Vec<(&str, u64)> =
            rejects.iter().map(|(code, (rows, _))| (code.as_str(), *rows)).collect();
        tell_reason(outcome, (refused, read), &by_code, (&completeness, &warnings), &options.log);
    }
    let window = rules.window;
    let told = match format {
        CheckFormat::Json => document((&reading, &judged), window, &rejects, options, outcome).to_json(),
        CheckFormat::Text => {
            let mut text = text(&reading, &judged, window, &rejects, options);
            for ((currency, month), lacking) in &judged.without_rate {
                let rows = lacking.rows;
                line(
                    &mut text,
                    &format!(
                        "refused: no-rate: {rows}: {currency} in {month} has no rate; give a rates file"
                    ),
                );
            }
            if let Some(incomplete) = incomplete_for_people(&completeness, &warnings) {
                text.insert_str(0, &incomplete);
            }
            text
        }
    };
    Ok((told, outcome))
}

/// The figures of every input, with its index; of a credits table, of each source.
pub(super) fn figures_of_inputs<'s>(
    reading: &'s Reading<'_>,
    judged: &'s Judged,
    window: Window,
) -> Vec<(usize, InputFigures<'s>)> {
    let of_consumption = |(source, consumption): (usize, &job::ConsumptionSource)| {
        (consumption.input, InputFigures::consumption(reading, judged, source, window))
    };
    let of_small = reading.small.iter().map(|(index, tally)| (*index, InputFigures::other(tally)));
    let mut figures: Vec<(usize, InputFigures<'_>)> =
        reading.consumption.iter().enumerate().map(of_consumption).chain(of_small).collect();
    figures.sort_by_key(|(index, _)| *index);
    figures
}

fn text(
    reading: &Reading<'_>,
    judged: &Judged,
    window: Window,
    rejects: &RejectsOfRun,
    options: &RunOptions,
) -> String {
    let mut out = String::new();
    for (index, figures) in figures_of_inputs(reading, judged, window) {
        one(&mut out, &reading.inputs[index], &figures, options);
        if reading.assumed.has(&reading.inputs[index].name) {
            line(&mut out, "  assumed   added to what is read, by --assume");
        }
        forms(&mut out, reading, index, options);
    }
    coverage(&mut out, reading);
    let mut skipped: Vec<&SkippedFile> = reading.skipped.iter().collect();
    skipped.sort_by_key(|skipped| (!skipped.class.is_data(), &skipped.name));
    for skipped in skipped {
        line(&mut out, &format!("{}: passed over: {}", skipped.name, skipped.reason));
    }
    refused(&mut out, reading, rejects);
    for (code, count, listed) in reading.warnings.iter() {
        for text in listed {
            line(&mut out, &format!("warning: {}: {text}", code.as_str()));
        }
        if let Some(more) = count.checked_sub(listed.len() as u64).filter(|more| *more > 0) {
            line(&mut out, &format!("warning: {}: {more} more", code.as_str()));
        }
    }
    out
}

/// The snapshots that do not count whole, and the months with the days that each dataset tells of.
fn coverage(out: &mut String, reading: &Reading<'_>) {
    let plain = SnapshotOutcome::Counts;
    for snapshot in snapshot_list::snapshots(reading).iter().filter(|snapshot| snapshot.outcome != plain) {
        let by = match snapshot.superseded_by.as_slice() {
            [] => String::new(),
            by => format!(" by {}", list_some(by, PARTNERS_SHOWN)),
        };
        let what = match snapshot.outcome {
            SnapshotOutcome::Counts | SnapshotOutcome::CountsInPart => "counts in part: replaced",
            SnapshotOutcome::Superseded => "superseded",
            SnapshotOutcome::NotPreferred => "not preferred",
            SnapshotOutcome::SameBytes => "equal content: replaced",
            SnapshotOutcome::InProgress => "its run is being written",
        };
        line(out, &format!("snapshot: {} ({}): {what}{by}", snapshot.file, snapshot.dataset));
    }
    for month in snapshot_list::months(&reading.coverage) {
        let datasets: Vec<String> = month
            .datasets
            .iter()
            .map(|(dataset, of_dataset)| {
                let amounts = of_dataset.amounts.iter().map(|(code, amount)| format!("{amount} {code}"));
                let amounts: Vec<String> = amounts.collect();
                let rows = format!("{} days, {} rows", of_dataset.days_told, of_dataset.rows);
                match amounts.is_empty() {
                    true => format!("{dataset} {rows}"),
                    false => format!("{dataset} {rows}, {}", amounts.join(" and ")),
                }
            })
            .collect();
        let datasets = if datasets.is_empty() { "not told".to_owned() } else { datasets.join("; ") };
        line(out, &format!("month: {}: {} of {} days: {datasets}", month.month, month.days_told, month.days));
    }
}

fn one(out: &mut String, input: &Input<'_>, figures: &InputFigures<'_>, options: &RunOptions) {
    let dialect = input.layout.dialect;
    line(out, &format!("{}: {} ({})", input.name, input.role().as_str(), dialect.name));
    if input.is_hidden_sheet() {
        line(out, "  sheet     hidden in its workbook");
    }
    if let (Some(encoding), Some(delimiter)) = (input.encoding(), input.delimiter()) {
        line(out, &format!("  text      {encoding}, delimiter {}", delimiter_name(delimiter)));
    }
    if let Some((form, encoding)) = input.json() {
        line(out, &format!("  text      {form}, {encoding}"));
    }
    if let Some(told_by) = &dialect.told_by {
        line(out, &format!("  told by   {told_by}"));
    }
    if let Some(currency) = file_options::currency(input, options) {
        let by = file_options::value_source(&options.reading.currency, input, "--currency");
        line(out, &format!("  currency  {currency}, by {by}"));
    }
    if file_options::is_usage_only(input, options) {
        let by = file_options::value_source(&options.reading.usage_only, input, "--usage-only");
        line(out, &format!("  all rows  are usage, by {by}"));
    }
    if let Some(source) = &figures.source {
        line(out, &format!("  source    {source}"));
    }
    let excluded: Vec<String> = figures.excluded.iter().map(|(why, rows)| format!("{rows} {why}")).collect();
    let mut rows = format!("  rows      {}", figures.rows);
    if !excluded.is_empty() {
        rows += &format!(": {}", excluded.join(", "));
    }
    if figures.refused > 0 {
        rows += &format!("{} {} refused", if excluded.is_empty() { ":" } else { "," }, figures.refused);
    }
    line(out, &rows);
    if figures.by_partner_id > 0 {
        let by = file_options::value_source(&options.reading.partner_id, input, "--partner-id");
        line(out, &format!("  provider  by {by} of {} of the credited rows", figures.by_partner_id));
    }
    let used: Vec<String> = (0..dialect.columns.len())
        .map(crate::config::dialect::ColumnKey)
        .filter_map(|key| match input.layout.folder_column(key) {
            Some(column) => Some(folder_column(column)),
            None => input.layout.name(key).map(str::to_owned),
        })
        .collect();
    line(out, &format!("  used      {}", used.join(", ")));
    let ignored = input.layout.ignored().into_iter().map(str::to_owned);
    let ignored: Vec<String> = input.layout.ignored_folders().map(folder_column).chain(ignored).collect();
    if !ignored.is_empty() {
        line(out, &format!("  ignored   {}", list_some(&ignored, IGNORED_SHOWN)));
    }
    if let Some((first, last)) = figures.days {
        line(out, &format!("  days      {first} to {last}"));
    }
    if !figures.partners.is_empty() {
        line(
            out,
            &format!(
                "  partners  {}: {}",
                figures.partners.len(),
                list_some(&figures.partners, PARTNERS_SHOWN)
            ),
        );
    }
}

/// How the input writes numbers and days, and the cells that tell.
fn forms(out: &mut String, reading: &Reading<'_>, index: usize, options: &RunOptions) {
    let Some(votes) = reading.forms.votes.get(&index) else { return };
    let (input, forms) = (&reading.inputs[index], reading.forms.of_inputs[index]);
    let has_numbers = votes.point.cells + votes.comma.cells + votes.ambiguous.cells > 0;
    if has_numbers {
        let (mark, of_mark) = match forms.mark {
            DecimalMark::Point => ("decimal point", &votes.point),
            DecimalMark::Comma => ("decimal comma", &votes.comma),
        };
        let why = match (forms.mark_is, of_mark.cells) {
            (FormSource::Option, _) => {
                let by = file_options::value_source(&options.reading.decimal_mark, input, "--decimal-comma");
                format!(", by {by}")
            }
            (FormSource::Inferred | FormSource::Default, 0) => ", which no number shows".to_owned(),
            (FormSource::Inferred | FormSource::Default, _) => {
                format!(", as in {}", job::first_cell(input, of_mark))
            }
        };
        line(out, &format!("  numbers   {mark}{why}"));
    }
    if votes.has_open_dates() {
        let order = forms.order.unwrap_or_else(|| job::dialect_order(input));
        let of_order = votes.of_order(order);
        let order = order_name(order);
        let why = match (forms.order_is, of_order.cells) {
            (FormSource::Option, _) => {
                let by = file_options::value_source(&options.reading.date_order, input, "--day-first");
                format!(", by {by}")
            }
            (FormSource::Default, 0) => ", by the dialect; no date shows it".to_owned(),
            (FormSource::Default | FormSource::Inferred, _) => {
                format!(", as in {}", job::first_cell(input, of_order))
            }
        };
        line(out, &format!("  dates     {order}{why}"));
    }
}

/// A column in the name of a folder, and its value.
pub(super) fn folder_column(column: &FolderColumn) -> String {
    match &column.value {
        Some(value) => format!("{} (folder: {value})", column.name),
        None => format!("{} (folder: blank)", column.name),
    }
}

fn refused(out: &mut String, reading: &Reading<'_>, rejects: &RejectsOfRun) {
    for (code, (rows, first)) in rejects.iter().filter(|(code, _)| **code != RejectCode::NoRate) {
        let place =
            first.map(|(input, place)| format!(", first at {}:{}", reading.inputs[input].name, place.row));
        let meaning = code.meaning();
        line(out, &format!("refused: {code}: {rows}{}: {meaning}", place.unwrap_or_default()));
    }
}

fn delimiter_name(delimiter: char) -> String {
    if delimiter == '\t' { "tab".to_owned() } else { format!("`{delimiter}`") }
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("a string takes all text");
}
