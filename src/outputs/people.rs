//! The end of a run for people, on standard error: what was read, what was left out and why, what came out. Comes in: the run
//! summary. Goes out: at most 15 lines. Every figure stands in the summary; amounts are rounded down to the cent.

mod overlaps;
mod shown;

use std::collections::BTreeSet;

use super::summary::{Completeness, FirstPlace, PartnerIdUse, Skipped, Summary, WarningsOfCode, per_second};
use super::text::{cut_to_width, one_line};
use super::totals::ControlTotals;
use crate::base::amount::Amount;
use crate::config::dialect::Role;

/// Lines in all.
const LINES: usize = 15;
/// Things named in a list before it ends in `…`.
const NAMED: usize = 4;
/// Characters of a text that others wrote.
const TEXT_WIDTH: usize = 160;
/// Characters of why a file was passed over; the summary holds it whole.
const REASON_WIDTH: usize = 60;

/// What people are told at the end of a run: at most 15 lines, each with a final newline.
pub fn summary_for_people(summary: &Summary) -> String {
    let mut lines: Vec<String> = incomplete(summary).into_iter().collect();
    lines.push(format!(
        "{} as of {}, window {} to {}",
        summary.rule_set.name, summary.as_of, summary.window.first, summary.window.last
    ));
    lines.extend(summary.rule_set.note.iter().map(|note| format!("  note: {note}")));
    lines.push(read(summary));
    lines.push(credited(summary));
    lines.push(excluded(&summary.control_totals));
    let after: Vec<String> = overlaps::snapshots(summary)
        .into_iter()
        .chain(overlaps::coverage(summary))
        .chain(warnings(summary))
        .chain(left_out(summary))
        .chain(skipped(summary))
        .chain([shown::tiers(summary)])
        .chain(shown::lines(summary))
        .chain([confidence(summary)])
        .chain(losing(summary))
        .chain(written(summary))
        .chain([time(summary)])
        .collect();
    let room = LINES.saturating_sub(lines.len() + after.len());
    lines.extend(refused(summary, room));
    lines.extend(after);
    lines.iter().map(|line| one_line(line).into_owned() + "\n").collect()
}

/// By which codes the run is incomplete. `None` if it is complete.
fn incomplete(summary: &Summary) -> Option<String> {
    let by = denied(&summary.completeness, &summary.warnings);
    let codes: Vec<String> =
        by.iter().map(|warnings| format!("{} {}", grouped(warnings.count), warnings.code)).collect();
    (!codes.is_empty()).then(|| format!("{INCOMPLETE}{}", codes.join(", ")))
}

/// What the line of an incomplete run begins with.
const INCOMPLETE: &str = "INCOMPLETE ";

fn denied<'w>(completeness: &Completeness, warnings: &'w [WarningsOfCode]) -> Vec<&'w WarningsOfCode> {
    warnings.iter().filter(|warnings| completeness.incomplete_by.contains(&warnings.code)).collect()
}

/// Why a run is incomplete, with the first warning of each denied code: one line with a final newline. `None` if it is complete.
pub fn incomplete_for_people(completeness: &Completeness, warnings: &[WarningsOfCode]) -> Option<String> {
    let codes: Vec<String> = denied(completeness, warnings).into_iter().map(of_code).collect();
    (!codes.is_empty()).then(|| one_line(&format!("{INCOMPLETE}{}", codes.join("; "))).into_owned() + "\n")
}

/// How many rows were refused, if that is more than is tolerated: one line with a final newline.
pub fn refusals_for_people(refused: u64, read: u64, by_code: &[(&str, u64)]) -> String {
    let codes: Vec<String> =
        by_code.iter().map(|(code, rows)| format!("{} {code}", grouped(*rows))).collect();
    format!(
        "attain: {} of {} refused, more than --max-rejects tolerates: {}\n",
        grouped(refused),
        counted(read, "row"),
        codes.join(", ")
    )
}

fn read(summary: &Summary) -> String {
    let files: BTreeSet<&str> = summary.inputs.iter().map(|input| input.file.as_str()).collect();
    let totals = &summary.control_totals;
    let mut by_role = vec![format!("{} {}", Role::Consumption.as_str(), grouped(totals.rows.read))];
    by_role
        .extend(totals.roles.iter().map(|(role, rows)| format!("{} {}", role.as_str(), grouped(rows.read))));
    let (rows, files) = (counted(summary.read_rows(), "row"), counted(count(files.len()), "file"));
    format!("read       {rows} of {files}: {}", by_role.join(", "))
}

fn credited(summary: &Summary) -> String {
    let totals = &summary.control_totals;
    let judging = &totals.judging_usd;
    let mut parts = vec![format!("{} consumption", money(judging.consumption))];
    if !judging.duplicate.is_zero() {
        parts.push(format!("{} duplicate", money(judging.duplicate)));
    }
    let not_accepted = judging.not_accepted.iter();
    parts
        .extend(named(not_accepted.map(|(kind, amount)| format!("{} {kind}, not accepted", money(*amount)))));
    parts.extend(summary.partner_id.as_ref().map(|PartnerIdUse { id, rows }| {
        format!("{} have their provider by --partner-id {id}", counted(*rows, "row"))
    }));
    let rows = counted(totals.rows.credited, "row");
    format!("credited   {rows}, {} USD: {}", money(judging.all_credits), parts.join("; "))
}

fn excluded(totals: &ControlTotals) -> String {
    let excluded = &totals.rows.excluded;
    if excluded.total() == 0 {
        return "excluded   nothing".to_owned();
    }
    let unassociated = totals.amounts.iter().map(|(currency, amounts)| (currency, amounts.unassociated));
    let superseded = totals.amounts.iter().map(|(currency, amounts)| (currency, amounts.superseded));
    let not_preferred = totals.amounts.iter().map(|(currency, amounts)| (currency, amounts.not_preferred));
    let no_subscription =
        totals.amounts.iter().map(|(currency, amounts)| (currency, amounts.no_subscription));
    let reasons = [
        (excluded.not_consumption, "not consumption", String::new()),
        (excluded.outside_window, "outside the window", String::new()),
        (excluded.no_subscription, "without a subscription", in_brackets(no_subscription)),
        (excluded.unassociated, "unassociated", in_brackets(unassociated)),
        (excluded.superseded, "superseded", in_brackets(superseded)),
        (excluded.not_preferred, "not preferred", in_brackets(not_preferred)),
    ];
    let reasons = reasons.into_iter().filter(|(rows, ..)| *rows > 0);
    let reasons: Vec<String> =
        reasons.map(|(rows, why, usd)| format!("{} {why}{usd}", grouped(rows))).collect();
    format!("excluded   {}: {}", counted(excluded.total(), "row"), reasons.join(", "))
}

/// ` (1.00 EUR, 12.34 USD)`, without amounts that are nothing.
fn in_brackets<'a>(amounts: impl Iterator<Item = (&'a String, Amount)>) -> String {
    let amounts = amounts.filter(|(_, amount)| !amount.is_zero());
    let amounts = named(amounts.map(|(currency, amount)| format!("{} {currency}", money(amount))));
    if amounts.is_empty() { String::new() } else { format!(" ({})", amounts.join(", ")) }
}

/// One line for all, one for each of the most frequent codes, one for the other codes.
/// How many rows were refused, and each code with its first place: on lines of their own while there is room, the rest on one.
fn refused(summary: &Summary, room: usize) -> Vec<String> {
    let all = summary.refused_rows();
    if all == 0 {
        return vec!["refused    nothing".to_owned()];
    }
    let mut codes: Vec<_> = summary.rejects.iter().collect();
    codes.sort_by_key(|refused| std::cmp::Reverse(refused.rows));
    let mut lines = vec![format!("refused    {}", counted(all, "row"))];
    let told = |refused: &&super::RejectsOfCode| {
        let first = match &refused.first {
            Some(first) => format!(", first at {}", place(first)),
            None => without_rate(&summary.control_totals),
        };
        format!("{} {}{first}", grouped(refused.rows), refused.code)
    };
    let own_lines = if codes.len() < room { codes.len() } else { room.saturating_sub(2) };
    let (own, shared) = codes.split_at(own_lines);
    lines.extend(own.iter().map(|refused| format!("  {}", told(refused))));
    if !shared.is_empty() {
        let shared: Vec<String> = shared.iter().map(told).collect();
        lines.push(format!("  {}", shared.join("; ")));
    }
    lines
}

/// The currencies and months that lack a rate: what `no-rate` has instead of a place.
fn without_rate(totals: &ControlTotals) -> String {
    let lacking = totals.without_rate.iter();
    let lacking =
        named(lacking.map(|lack| format!("{} {} in {}", money(lack.amount), lack.currency, lack.month)));
    if lacking.is_empty() { String::new() } else { format!(": {}", lacking.join(", ")) }
}

fn place(place: &FirstPlace) -> String {
    match &place.sheet {
        Some(sheet) => format!("{}[{sheet}]:{}", place.file, place.row),
        None => format!("{}:{}", place.file, place.row),
    }
}

fn warnings(summary: &Summary) -> Option<String> {
    let all: u64 = summary.warnings.iter().map(|warnings| warnings.count).sum();
    let codes: Vec<String> = summary.warnings.iter().map(of_code).collect();
    (all > 0).then(|| format!("warnings   {}: {}", grouped(all), codes.join("; ")))
}

fn of_code(warnings: &WarningsOfCode) -> String {
    let first = warnings.listed.first().map(|text| format!(": {}", cut_to_width(text, TEXT_WIDTH)));
    format!("{} {}{}", grouped(warnings.count), warnings.code, first.unwrap_or_default())
}

fn skipped(summary: &Summary) -> Option<String> {
    // Hidden files, manifests, the project file and what earlier runs wrote stand in the run summary alone.
    let is_told = |skipped: &&Skipped| !["hidden", "companion", "output"].contains(&skipped.class.as_str());
    let (data, others): (Vec<&Skipped>, Vec<&Skipped>) =
        summary.skipped.iter().filter(is_told).partition(|skipped| skipped.looks_like_data);
    let all = count(data.len() + others.len());
    let names = named(data.into_iter().chain(others).map(|skipped| match &skipped.sheet {
        Some(sheet) => format!("{}[{sheet}] ({})", skipped.file, cut_to_width(&skipped.reason, REASON_WIDTH)),
        None => format!("{} ({})", skipped.file, cut_to_width(&skipped.reason, REASON_WIDTH)),
    }));
    (!names.is_empty()).then(|| format!("skipped    {}: {}", grouped(all), names.join(", ")))
}

/// The faulty files that were left out, each with its code.
fn left_out(summary: &Summary) -> Option<String> {
    let mut files: Vec<(&str, &str)> =
        summary.left_out.iter().map(|left_out| (left_out.file.as_str(), left_out.code)).collect();
    files.dedup();
    let all = counted(count(files.len()), "faulty file");
    let names = named(files.iter().map(|(file, code)| format!("{file} ({code})")));
    (!files.is_empty()).then(|| format!("left out   {all}: {}", names.join(", ")))
}

/// Either that no tier can change, or the first partners whose tier could, and by what.
fn confidence(summary: &Summary) -> String {
    let counts = &summary.confidence;
    if counts.uncertain == 0 {
        return "confidence no tier can change".to_owned();
    }
    let first = counts.first.iter().map(|partner| format!("{} by {}", partner.partner, partner.confidence));
    let all = counts.certain + counts.uncertain;
    format!(
        "confidence {} of {} could change: {}",
        grouped(counts.uncertain),
        counted(all, "tier"),
        named(first).join(", ")
    )
}

/// The partners that lose their tier next.
fn losing(summary: &Summary) -> Option<String> {
    let next = super::losses::of_people(&summary.losses)?;
    let partners = counted(count(summary.losses.dated), "partner");
    let ending = if summary.losses.dated == 1 { "s its" } else { " their" };
    Some(format!(
        "losing     {partners} lose{ending} tier if no data come: {}",
        named(next.into_iter()).join(", ")
    ))
}

fn written(summary: &Summary) -> Option<String> {
    let files: Vec<&str> = summary.written_files().collect();
    (!files.is_empty()).then(|| format!("wrote      {}", files.join(", ")))
}

fn time(summary: &Summary) -> String {
    let timings = &summary.timings;
    let elapsed = timings.elapsed;
    format!(
        "took       {}.{:03} s, {}, {} rows/s, {} MB/s",
        grouped(elapsed.as_secs()),
        elapsed.subsec_millis(),
        counted(count(timings.threads), "thread"),
        grouped(per_second(summary.read_rows(), elapsed)),
        grouped(timings.bytes_per_second / 1_000_000),
    )
}

/// The first few, then `…`.
fn named(things: impl Iterator<Item = String>) -> Vec<String> {
    let mut things: Vec<String> = things.take(NAMED + 1).collect();
    if let Some(last) = things.get_mut(NAMED) {
        *last = "…".to_owned();
    }
    things
}

fn counted(count: u64, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", grouped(count))
}

fn count(length: usize) -> u64 {
    u64::try_from(length).expect("memory is below 2^64 bytes")
}

/// `1,234,567`
fn grouped(count: u64) -> String {
    in_thousands(&count.to_string())
}

/// `-1,234,567.89`. **Rounding**: towards minus infinity to the cent.
fn money(amount: Amount) -> String {
    let text = amount.floor_to_cents().to_string();
    let (sign, size) = text.strip_prefix('-').map_or(("", text.as_str()), |size| ("-", size));
    let (units, cents) = size.split_once('.').unwrap_or((size, "00"));
    format!("{sign}{}.{cents}", in_thousands(units))
}

fn in_thousands(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::fixtures::amount;
    use crate::outputs::summary::tests::summary;
    use crate::outputs::{ConfidenceCounts, LossCounts, Tiers, Timings};

    #[test]
    fn with_everything_present_it_stays_within_15_lines() {
        let expected = "\
INCOMPLETE 120 shrunk, 120 z
cloud-platform@2017-07-07 as of 2017-07-07, window 2017-01-01 to 2017-06-30
  note: as of a day after the last version
read       1,234,592 rows of 3 files: consumption 1,234,567, credentials 20, partners 5
credited   1,234,500 rows, 1,234,617.50 USD: 1,234,000.00 consumption; 600.00 duplicate; 17.50 pal, not accepted; \
1,200 rows have their provider by --partner-id 4000001
excluded   37 rows: 10 not consumption, 20 outside the window, 3 without a subscription (-1.00 USD), 4 unassociated \
(7.00 EUR, 99.99 USD)
refused    31 rows
  20 bad-number, first at jan.xlsx[Usage]:1042; 4 no-partner, first at jan.xlsx[Usage]:9; 3 bad-date, first at jan.xlsx[Usage]:7; 2 ragged-row, first at jan.xlsx[Usage]:8; 2 no-rate: 50.00 EUR in 2017-05
warnings   360: 120 overlapping-dpor: subscription 1␊in two lines; 120 shrunk: june; 120 z: x
skipped    6: e.txt (no known header), f.txt (no known header), a.txt (no known header), b.txt (no known header), …
partners   gold 3, silver 10, no tier 1,200, undetermined 2 (market unknown)
confidence 5 of 1,215 tiers could change: 42 by refused-rows, 43 by refused-rows+unknown-market, 44 by refused-rows, 45 by refused-rows, …
losing     6 partners lose their tier if no data come: 44 silver on 2017-07-31, 42 silver on 2017-07-31, 45 silver on 2017-07-31, 46 silver on 2017-07-31, …
wrote      report.csv, report.rejects.csv, report.run.json
took       2.500 s, 2 threads, 493,639 rows/s, 1,199 MB/s
";
        assert_eq!(summary_for_people(&summary()), expected);
        assert!(expected.lines().count() <= 15);
    }

    #[test]
    fn rows_without_a_rate_have_their_currency_and_month_instead_of_a_place() {
        let mut summary = summary();
        summary.rejects.retain(|refused| refused.first.is_none());
        let text = summary_for_people(&summary);
        assert!(text.contains("\n  2 no-rate: 50.00 EUR in 2017-05\n"), "{text}");
    }

    #[test]
    fn what_did_not_happen_takes_no_line_or_says_nothing() {
        let mut summary = summary();
        (summary.rule_set.note, summary.partner_id) = (None, None);
        summary.inputs.clear();
        summary.control_totals = ControlTotals::default();
        summary.rejects.clear();
        summary.warnings.clear();
        summary.completeness = Completeness::default();
        summary.skipped.clear();
        summary.outputs.clear();
        summary.last_outputs.clear();
        summary.tiers = Tiers::default();
        summary.confidence = ConfidenceCounts::default();
        summary.losses = LossCounts::default();
        summary.timings = Timings::default();
        let expected = "\
cloud-platform@2017-07-07 as of 2017-07-07, window 2017-01-01 to 2017-06-30
read       0 rows of 0 files: consumption 0
credited   0 rows, 0.00 USD: 0.00 consumption
excluded   nothing
refused    nothing
partners   no tier 0
confidence no tier can change
took       0.000 s, 0 threads, 0 rows/s, 0 MB/s
";
        assert_eq!(summary_for_people(&summary), expected);
    }

    #[test]
    fn a_quiet_run_still_tells_why_it_is_no_success() {
        let summary = summary();
        assert_eq!(
            incomplete_for_people(&summary.completeness, &summary.warnings).unwrap(),
            "INCOMPLETE 120 shrunk: june; 120 z: x\n"
        );
        assert_eq!(incomplete_for_people(&Completeness::default(), &summary.warnings), None);
        assert_eq!(
            refusals_for_people(1_003, 20_000, &[("bad-date", 3), ("no-rate", 1_000)]),
            "attain: 1,003 of 20,000 rows refused, more than --max-rejects tolerates: 3 bad-date, 1,000 no-rate\n"
        );
    }

    #[test]
    fn figures_are_grouped_by_thousands() {
        for (count, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(count), text);
        }
        for (text, printed) in [("-1234.001", "-1,234.01"), ("999999.999", "999,999.99"), ("0.5", "0.50")] {
            assert_eq!(money(amount(text)), printed);
        }
    }
}
