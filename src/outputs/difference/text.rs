//! The difference of two runs for people. Comes in: what differs. Goes out: lines that fit the terminal. Amounts are rounded down to the cent,
//! as consumption is.

use std::fmt::Write as _;
use std::io;

use super::{ChangeKind, PartnerDifference, RunDifference, RunLabel, WarningDifference};
use crate::base::amount::Amount;
use crate::base::limits;
use crate::judge::difference::{ChangePart, ConsumptionChange};
use crate::outputs::columns::{CellValue, OutputTable, TableColumn, ValueKind};
use crate::outputs::format::OutputFormat;
use crate::outputs::lazy::LazyChunks;
use crate::outputs::stored_report::StoredPartner;
use crate::outputs::text::one_line;
use crate::outputs::writers::write;

impl WarningDifference {
    /// One line about them.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}: {} ({} before)", self.code, self.new_count, self.old_count);
        for (nth, listed) in self.listed.iter().enumerate() {
            let separator = if nth == 0 { ": " } else { "; " };
            text.push_str(separator);
            text.push_str(&one_line(listed));
        }
        text
    }
}

pub(super) fn write_text(difference: &RunDifference, out: &mut dyn io::Write) -> io::Result<()> {
    let mut head = String::new();
    for (word, run) in [("old", &difference.old), ("new", &difference.new)] {
        line(&mut head, word, &run_text(run));
    }
    let count = |kind: ChangeKind| difference.of_kind(kind).count();
    let mut tiers = format!("{} won, {} lost", count(ChangeKind::TierWon), count(ChangeKind::TierLost));
    if count(ChangeKind::TierChanged) > 0 {
        write!(tiers, ", {} changed otherwise", count(ChangeKind::TierChanged)).expect("a text takes all");
    }
    line(&mut head, "tiers", &tiers);
    let partners = format!(
        "{} nearer, {} farther, {} came, {} vanished, {} with other figures",
        count(ChangeKind::Nearer),
        count(ChangeKind::Farther),
        count(ChangeKind::Came),
        count(ChangeKind::Vanished),
        count(ChangeKind::Figures)
    );
    line(&mut head, "partners", &partners);
    if let Some(change) = &difference.consumption {
        let text = format!(
            "{} USD before, {} now, {}",
            change.old.floor_to_cents(),
            change.new.floor_to_cents(),
            signed(change.change())
        );
        line(&mut head, "consumed", &text);
        let parts = parts_text(change);
        line(&mut head, "parts", if parts.is_empty() { "none" } else { &parts });
    }
    for (nth, warning) in difference.warnings.iter().enumerate() {
        line(&mut head, if nth == 0 { "warnings" } else { "" }, &warning.text());
    }
    for (nth, missing) in difference.missing.iter().enumerate() {
        line(&mut head, if nth == 0 { "missing" } else { "" }, missing);
    }
    out.write_all(head.as_bytes())?;
    for kind in ChangeKind::ALL {
        let mut partners: Vec<&PartnerDifference> = difference.of_kind(kind).collect();
        let more = partners.len().saturating_sub(lines_shown(kind));
        partners.truncate(lines_shown(kind));
        if !partners.is_empty() {
            writeln!(out)?;
            write(&section(kind, partners), OutputFormat::Table, out)?;
        }
        if more > 0 {
            writeln!(out, "and {more} more: --format csv shows all")?;
        }
    }
    Ok(())
}

/// Partners of a kind that are shown: of tiers won and lost all.
fn lines_shown(kind: ChangeKind) -> usize {
    match kind {
        ChangeKind::TierWon | ChangeKind::TierLost | ChangeKind::TierChanged => usize::MAX,
        ChangeKind::Came
        | ChangeKind::Vanished
        | ChangeKind::Nearer
        | ChangeKind::Farther
        | ChangeKind::Figures => limits::PARTNERS_LISTED,
    }
}

fn line(text: &mut String, word: &str, rest: &str) {
    writeln!(text, "{word:<10} {}", one_line(rest)).expect("a text takes what is written to it");
}

fn run_text(run: &RunLabel) -> String {
    let RunLabel { file, rule_set, as_of, window } = run;
    format!("{file}: {rule_set} as of {as_of}, window {} to {}", window.first, window.last)
}

/// The parts that are not 0.
fn parts_text(change: &ConsumptionChange) -> String {
    let parts = ChangePart::ALL.into_iter().map(|part| (part, change.part(part)));
    let texts = parts.filter(|(_, amount)| !amount.is_zero());
    let texts: Vec<String> = texts
        .map(|(part, amount)| format!("{} {}", part.as_str().replace('_', " "), signed(amount)))
        .collect();
    texts.join(", ")
}

fn signed(amount: Amount) -> String {
    let sign = if amount > Amount::ZERO { "+" } else { "" };
    format!("{sign}{}", amount.floor_to_cents())
}

fn arrow(old: Option<String>, new: Option<String>) -> Option<String> {
    let shown = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    match (old, new) {
        (None, None) => None,
        (old, new) if old == new => old,
        (old, new) => Some(format!("{} → {}", shown(old), shown(new))),
    }
}

/// The partners of one kind.
fn section(kind: ChangeKind, partners: Vec<&PartnerDifference>) -> OutputTable<'_> {
    type Line<'d> = &'d PartnerDifference;
    fn column<'d>(
        title: &str,
        (rank, least_width): (u8, Option<usize>),
        value: fn(&PartnerDifference) -> Option<String>,
    ) -> TableColumn<'d, Line<'d>> {
        TableColumn::new(title, ValueKind::Text, title, move |line: &Line<'d>| {
            value(line).map_or(CellValue::Absent, |text| CellValue::Text(text.into()))
        })
        .optional()
        .shown(title, rank, least_width)
    }
    fn both(partner: &PartnerDifference, of: fn(&StoredPartner) -> Option<String>) -> Option<String> {
        arrow(partner.old.as_ref().and_then(of), partner.new.as_ref().and_then(of))
    }
    let columns = vec![
        column("partner", (0, None), |partner| Some(partner.partner.to_string())),
        column("name", (4, Some(10)), |partner| partner.name().map(str::to_owned)),
        column("tier", (0, None), |partner| both(partner, |line| line.tier.clone())),
        column("next", (3, None), |partner| both(partner, |line| line.next_tier.clone())),
        column("lacks USD", (1, None), |partner| both(partner, |line| Some(line.next_usd?.to_string()))),
        column("lacks people", (2, None), |partner| {
            both(partner, |line| Some(line.next_individuals?.to_string()))
        }),
        column("consumed", (2, None), |partner| {
            both(partner, |line| Some(line.consumption_usd?.to_string()))
        }),
        column("parts", (1, Some(12)), |partner| {
            partner.consumption.as_ref().map(parts_text).filter(|text| !text.is_empty())
        }),
        column("detail", (1, Some(12)), |partner| partner.detail.clone()),
    ];
    let caption = match kind {
        ChangeKind::TierWon => "tiers won",
        ChangeKind::TierLost => "tiers lost",
        ChangeKind::TierChanged => "tiers that changed otherwise",
        ChangeKind::Came => "partners that came",
        ChangeKind::Vanished => "partners that vanished",
        ChangeKind::Nearer => "nearer to the next tier",
        ChangeKind::Farther => "farther from the next tier",
        ChangeKind::Figures => "other figures",
    };
    OutputTable::new(caption.to_owned(), "partners", columns, LazyChunks::from(vec![partners]))
}
