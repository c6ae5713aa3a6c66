//! The report (SPEC 4, "report"): one row a partner. Comes in: facts with their verdicts, in report order. Goes out: a [`OutputTable`]
//! whose columns follow from the rule set. It decides nothing; it only rounds to cents.

mod lost;
mod notes;
mod overview;
mod question;

use super::lazy::LazyChunks;
use super::{CellValue, OutputTable, TableColumn, ValueKind};
use crate::base::calendar::{Day, Window};
use crate::base::market::Market;
use crate::config::own_columns::{REPORT_FIRST, REPORT_LAST};
use crate::config::rules::{MeasureKind, MeasureUnit, Quantity, RuleSet};
use crate::judge::bounds::Confidence;
use crate::judge::facts::PartnerFacts;
use crate::judge::loss::Loss;
use crate::judge::verdict::{PartnerVerdict, RequirementVerdict};

/// Lines that one thread renders at a time.
const CHUNK_LINES: usize = 1024;

/// The tier of a partner for whom no tier is met, and one is undetermined.
pub(super) const UNDETERMINED: &str = "undetermined";

/// What a report is about: the same in each of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportContext {
    /// The rule set: `name@version`.
    pub rule_set: String,
    /// The day for which it was made.
    pub as_of: Day,
    /// The days of consumption.
    pub window: Window,
}

/// The lines of a report, in report order: of each partner, the facts, the verdict and the confidence.
#[derive(Debug, Clone, Copy)]
pub struct PartnerLines<'t> {
    /// The facts of each partner.
    pub facts: &'t [PartnerFacts<'t>],
    /// The verdict of each.
    pub verdicts: &'t [PartnerVerdict],
    /// The confidence of each.
    pub confidences: &'t [Confidence],
    /// When each loses its tier.
    pub losses: &'t [Loss],
}

/// A partner's line.
#[derive(Debug, Clone, Copy)]
struct ReportLine<'t> {
    facts: &'t PartnerFacts<'t>,
    verdict: &'t PartnerVerdict,
    confidence: &'t Confidence,
    loss: &'t Loss,
}

pub use overview::overview;
pub use question::{Nearness, ReportQuestion, SelectedReport, SortKey, SortOrder};

impl<'t> PartnerLines<'t> {
    /// The line with a number.
    fn line(&self, nth: usize) -> ReportLine<'t> {
        let PartnerLines { facts, verdicts, confidences, losses } = self;
        ReportLine {
            facts: &facts[nth],
            verdict: &verdicts[nth],
            confidence: &confidences[nth],
            loss: &losses[nth],
        }
    }
}

type ReportColumn<'t> = TableColumn<'t, ReportLine<'t>>;

/// The report: a row for each of `partners`, in their order. **Rounding**: consumption down, what is required or short
/// up, to the cent. **Absent** cells: what is not known, what a tier does not require, and no tier.
pub fn report_table<'t>(
    rules: &'t RuleSet,
    context: &'t ReportContext,
    partners: PartnerLines<'t>,
) -> OutputTable<'t> {
    let chunk = move |nth: usize| {
        let numbers = nth * CHUNK_LINES..partners.facts.len().min((nth + 1) * CHUNK_LINES);
        numbers.map(|nth| partners.line(nth)).collect()
    };
    let chunks = LazyChunks::new(partners.facts.len().div_ceil(CHUNK_LINES), chunk);
    OutputTable::new(caption(context), "partners", columns(rules, context), chunks)
}

/// The report with all columns and some lines, by their positions.
pub(super) fn table_of_lines<'t>(
    rules: &'t RuleSet,
    context: &'t ReportContext,
    partners: PartnerLines<'t>,
    positions: Vec<usize>,
) -> OutputTable<'t> {
    question::table_of(caption(context), columns(rules, context), partners, positions)
}

fn caption(context: &ReportContext) -> String {
    let ReportContext { rule_set, as_of, window } = context;
    format!("{rule_set}, as of {as_of}, consumption of {} to {}", window.first, window.last)
}

/// All columns, in order.
fn columns<'t>(rules: &'t RuleSet, context: &'t ReportContext) -> Vec<ReportColumn<'t>> {
    let mut columns: Vec<ReportColumn<'t>> = partner_columns(rules).into();
    columns.extend(next_tier_columns(rules));
    columns.extend(measured_columns(rules));
    columns.extend(lost::lost_tier_columns(rules));
    columns.extend((0..rules.tiers.len()).flat_map(|tier| tier_columns(rules, tier)));
    columns.extend(run_columns(context));
    columns
}

/// The names of all columns, in order.
pub(super) fn column_names(rules: &RuleSet) -> Vec<String> {
    let day = Day::MIN;
    let context =
        ReportContext { rule_set: String::new(), as_of: day, window: Window { first: day, last: day } };
    columns(rules, &context).into_iter().map(|column| column.spec.name).collect()
}

fn partner_columns(rules: &RuleSet) -> [ReportColumn<'_>; 6] {
    let [id, name, country, market, tier, confidence] = REPORT_FIRST;
    [
        TableColumn::new(
            id,
            ValueKind::Text,
            "Id of the partner; others that roll up to it stand in notes",
            |line: &ReportLine<'_>| CellValue::text(Some(line.facts.partner.as_str())),
        )
        .shown("partner", 0, None),
        TableColumn::new(name, ValueKind::Text, "Name in the roster or profile", |line: &ReportLine<'_>| {
            CellValue::text(line.facts.name.as_deref())
        })
        .optional()
        .shown("name", 3, Some(10)),
        TableColumn::new(
            country,
            ValueKind::Text,
            "Country in the roster or profile",
            |line: &ReportLine<'_>| CellValue::text(line.facts.country.as_deref()),
        )
        .optional(),
        TableColumn::new(
            market,
            ValueKind::Text,
            "Market class: developed or developing; blank if it is unknown",
            |line: &ReportLine<'_>| CellValue::verbatim(line.facts.market.map(Market::as_str)),
        )
        .optional()
        .shown("market", 6, None),
        TableColumn::new(
            tier,
            ValueKind::Text,
            "Highest tier that is met; blank if none is, `undetermined` if the unknown market decides",
            move |line: &ReportLine<'_>| {
                CellValue::verbatim(Some(tier_text(rules, line.verdict)).filter(|tier| !tier.is_empty()))
            },
        )
        .optional()
        .shown("tier", 0, None),
        TableColumn::new(
            confidence,
            ValueKind::Text,
            "`certain`, or the codes of what the tier depends on, joined by `+`",
            |line: &ReportLine<'_>| CellValue::Verbatim(line.confidence.text().into()),
        )
        .shown("confidence", 4, None),
    ]
}

/// The next tier, and what is lacking for it, for each kind of measure.
fn next_tier_columns(rules: &RuleSet) -> impl Iterator<Item = ReportColumn<'_>> {
    let description = "Lowest tier above the one that is met; blank at the highest";
    let next_tier = TableColumn::new("next_tier", ValueKind::Text, description, |line: &ReportLine<'_>| {
        CellValue::verbatim(tier_name(rules, line.verdict.next))
    });
    let lacks = |kind: MeasureKind| {
        let positions: Vec<Option<usize>> =
            rules.tiers.iter().map(|tier| rules.requirement_position(tier, kind)).collect();
        let name = format!("next_{}", column_of(kind, "shortfall"));
        let description = format!("What is lacking in {} for the next tier; never negative", kind.as_str());
        let column =
            TableColumn::new(name, kind_of(kind.unit()), description, move |line: &ReportLine<'_>| {
                let requirement = line.verdict.next.and_then(|tier| {
                    positions[tier].map(|position| line.verdict.tiers[tier].requirements[position])
                });
                rounded_up(requirement.and_then(|requirement| requirement.shortfall))
            });
        column.optional().unit(unit_of(kind)).shown(format!("lacks {}", kind.label()), 1, None)
    };
    [next_tier.optional().shown("next", 1, None)]
        .into_iter()
        .chain(rules.reported_kinds().into_iter().map(lacks))
}

/// The value of each measure that has a column of its own.
fn measured_columns(rules: &RuleSet) -> impl Iterator<Item = ReportColumn<'_>> {
    rules.measures.iter().enumerate().filter_map(|(index, measure)| {
        let (name, title) = measure.column(&rules.groups)?;
        let kind = measure.kind();
        let rank = match kind.unit() {
            MeasureUnit::Usd => 2,
            MeasureUnit::Count => 5,
        };
        let description = match kind.unit() {
            MeasureUnit::Usd => {
                format!("{} in the window that counts for the partner, rounded down", capital(kind.as_str()))
            }
            MeasureUnit::Count => format!("Distinct {} of the partner that count by {title}", kind.as_str()),
        };
        let value_kind = kind_of(kind.unit());
        let column = TableColumn::new(name, value_kind, description, move |line: &ReportLine<'_>| match line
            .facts
            .values[index]
        {
            Quantity::Usd(amount) => CellValue::Usd(amount.floor_to_cents()),
            Quantity::Count(count) => CellValue::Count(count),
        });
        Some(column.unit(unit_of(kind)).shown(title, rank, None))
    })
}

/// The status of a tier, and what is required and lacking of each kind of measure.
fn tier_columns(rules: &RuleSet, tier: usize) -> impl Iterator<Item = ReportColumn<'_>> {
    let name = &rules.tiers[tier].name;
    let status = TableColumn::new(
        format!("{name}_status"),
        ValueKind::Text,
        format!("Whether {name} is met: `met`, `not-met` or `undetermined`"),
        move |line: &ReportLine<'_>| CellValue::verbatim(Some(line.verdict.tiers[tier].status.as_str())),
    );
    let of_kind = move |kind: MeasureKind| {
        let position = rules.requirement_position(&rules.tiers[tier], kind);
        let column = |suffix: &str, description: String, of: fn(&RequirementVerdict) -> Option<Quantity>| {
            let name = format!("{name}_{}", column_of(kind, suffix));
            let value_kind = kind_of(kind.unit());
            let column = TableColumn::new(name, value_kind, description, move |line: &ReportLine<'_>| {
                rounded_up(position.and_then(|nth| of(&line.verdict.tiers[tier].requirements[nth])))
            });
            column.optional().unit(unit_of(kind))
        };
        let word = kind.as_str();
        [
            column(
                "required",
                format!("The least {word} that {name} requires; blank if the unknown market decides"),
                |r| r.required,
            ),
            column("shortfall", format!("What is lacking in {word} for {name}; never negative"), |r| {
                r.shortfall
            }),
        ]
    };
    [status].into_iter().chain(rules.reported_kinds().into_iter().flat_map(of_kind))
}

fn run_columns(context: &ReportContext) -> [ReportColumn<'_>; 5] {
    let [rule_set, as_of, window_start, window_end, notes] = REPORT_LAST;
    let window = context.window;
    [
        TableColumn::new(
            rule_set,
            ValueKind::Text,
            "Rule set and its version, name@version",
            |_: &ReportLine<'_>| CellValue::text(Some(&context.rule_set)),
        ),
        TableColumn::new(
            as_of,
            ValueKind::Date,
            "Day for which the partner is judged",
            |_: &ReportLine<'_>| CellValue::Date(context.as_of),
        ),
        TableColumn::new(
            window_start,
            ValueKind::Date,
            "First day of the window, whose consumption counts",
            move |_: &ReportLine<'_>| CellValue::Date(window.first),
        ),
        TableColumn::new(window_end, ValueKind::Date, "Last day of the window", move |_: &ReportLine<'_>| {
            CellValue::Date(window.last)
        }),
        TableColumn::new(
            notes,
            ValueKind::Text,
            "Codes of what else is to be said, joined by `; `; blank if there is nothing",
            |line: &ReportLine<'_>| CellValue::Text(notes::codes_of(line).into()),
        )
        .shown("notes", 4, Some(10)),
    ]
}

/// A word with a capital letter.
fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

/// Name of a column of a kind of measure: `consumption_shortfall_usd`, `individuals_required`.
fn column_of(kind: MeasureKind, suffix: &str) -> String {
    match kind.unit() {
        MeasureUnit::Usd => format!("{}_{suffix}_usd", kind.as_str()),
        MeasureUnit::Count => format!("{}_{suffix}", kind.as_str()),
    }
}

fn kind_of(unit: MeasureUnit) -> ValueKind {
    match unit {
        MeasureUnit::Usd => ValueKind::Usd,
        MeasureUnit::Count => ValueKind::Count,
    }
}

fn unit_of(kind: MeasureKind) -> &'static str {
    match kind.unit() {
        MeasureUnit::Usd => "USD",
        MeasureUnit::Count => kind.as_str(),
    }
}

/// What is required or lacking. **Rounding**: up to the cent.
fn rounded_up<'v>(quantity: Option<Quantity>) -> CellValue<'v> {
    match quantity {
        None => CellValue::Absent,
        Some(Quantity::Usd(amount)) => CellValue::Usd(amount.ceil_to_cents()),
        Some(Quantity::Count(count)) => CellValue::Count(count),
    }
}

/// The cell `tier` of a partner for whom no tier is met, and one is undetermined.
pub fn undetermined_tier() -> &'static str {
    UNDETERMINED
}

/// The cell `tier` of a verdict; blank if no tier is met.
pub fn tier_text<'t>(rules: &'t RuleSet, verdict: &PartnerVerdict) -> &'t str {
    let undetermined = if verdict.is_undetermined() { UNDETERMINED } else { "" };
    tier_name(rules, verdict.attained).unwrap_or(undetermined)
}

fn tier_name(rules: &RuleSet, tier: Option<usize>) -> Option<&str> {
    tier.map(|index| rules.tiers[index].name.as_str())
}

#[cfg(test)]
mod tests;
