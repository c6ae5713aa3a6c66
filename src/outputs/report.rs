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
const UNDETERMINED: &str = "undetermined";

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

fn partner_columns(rules: &RuleSet) -> [ReportColumn<'_>; 6] {
    let [id, name, country, market, tier, confidence] = REPORT_FIRST;
    [
        TableColumn::new(id, ValueKind::Text, "The partner's id", |line: &ReportLine<'_>| {
            CellValue::text(Some(line.facts.partner.as_str()))
        })
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
        TableColumn::new(market, ValueKind::Text, "Market class of the partner", |line: &ReportLine<'_>| {
            CellValue::verbatim(line.facts.market.map(Market::as_str))
        })
        .optional()
        .shown("market", 6, None),
        TableColumn::new(tier, ValueKind::Text, "Highest tier that is met", move |line: &ReportLine<'_>| {
            CellValue::verbatim(Some(tier_text(rules, line.verdict)).filter(|tier| !tier.is_empty()))
        })
        .optional()
        .shown("tier", 0, None),
        TableColumn::new(
            confidence,
            ValueKind::Text,
            "`certain`, or the codes of what the tier depends on",
            |line: &ReportLine<'_>| CellValue::Verbatim(line.confidence.text().into()),
        )
        .shown("confidence", 4, None),
    ]
}

/// The next tier, and what is lacking for it, for each kind of measure.
fn next_tier_columns(rules: &RuleSet) -> impl Iterator<Item = ReportColumn<'_>> {
    let description = "Lowest tier above the highest that is met";
    let next_tier = TableColumn::new("next_tier", ValueKind::Text, description, |line: &ReportLine<'_>| {
        CellValue::verbatim(tier_name(rules, line.verdict.next))
    });
    let lacks = |kind: MeasureKind| {
        let positions: Vec<Option<usize>> =
            rules.tiers.iter().map(|tier| rules.requirement_position(tier, kind)).collect();
        let name = format!("next_{}", column_of(kind, "shortfall"));
        let description = format!("What is lacking in {} for the next tier", kind.as_str());
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
        let description = format!("{} of the partner: {title}", kind.as_str());
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
        format!("Whether the tier {name} is met"),
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
            column("required", format!("The least {word} that {name} requires"), |r| r.required),
            column("shortfall", format!("What is lacking in {word} for {name}"), |r| r.shortfall),
        ]
    };
    [status].into_iter().chain(rules.reported_kinds().into_iter().flat_map(of_kind))
}

fn run_columns(context: &ReportContext) -> [ReportColumn<'_>; 5] {
    let [rule_set, as_of, window_start, window_end, notes] = REPORT_LAST;
    let window = context.window;
    [
        TableColumn::new(rule_set, ValueKind::Text, "Rule set and its version", |_: &ReportLine<'_>| {
            CellValue::text(Some(&context.rule_set))
        }),
        TableColumn::new(
            as_of,
            ValueKind::Date,
            "Day for which partners are judged",
            |_: &ReportLine<'_>| CellValue::Date(context.as_of),
        ),
        TableColumn::new(
            window_start,
            ValueKind::Date,
            "First day of the window",
            move |_: &ReportLine<'_>| CellValue::Date(window.first),
        ),
        TableColumn::new(window_end, ValueKind::Date, "Last day of the window", move |_: &ReportLine<'_>| {
            CellValue::Date(window.last)
        }),
        TableColumn::new(
            notes,
            ValueKind::Text,
            "Codes of what else is to be said",
            |line: &ReportLine<'_>| CellValue::Text(notes::codes_of(line).into()),
        )
        .shown("notes", 4, Some(10)),
    ]
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
mod tests {
    use super::*;
    use crate::outputs::fixtures::{facts, partner, rules, silver, table, table_by, undetermined};
    use crate::outputs::{OutputFormat, write};

    fn csv(lines: &[(PartnerFacts<'static>, PartnerVerdict)]) -> String {
        csv_by(rules(), lines)
    }

    fn csv_by(rules: RuleSet, lines: &[(PartnerFacts<'static>, PartnerVerdict)]) -> String {
        let mut out = Vec::new();
        write(&table_by(rules, lines), OutputFormat::Csv, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_columns_follow_the_groups_and_tiers_of_the_rule_set() {
        let expected = "partner_id,partner_name,country,market,tier,confidence,next_tier,next_consumption_shortfall_usd,\
            next_individuals_shortfall,consumption_usd,assessment_individuals,exam_individuals,\
            lost_on,lost_consumption_shortfall_usd,lost_individuals_shortfall,\
            silver_status,silver_consumption_required_usd,silver_consumption_shortfall_usd,\
            silver_individuals_required,silver_individuals_shortfall,gold_status,gold_consumption_required_usd,\
            gold_consumption_shortfall_usd,gold_individuals_required,gold_individuals_shortfall,\
            rule_set,as_of,window_start,window_end,notes\n";
        assert_eq!(csv(&[]), expected);
    }

    #[test]
    fn consumption_is_printed_down_and_shortfall_up_so_that_a_row_does_not_contradict_itself() {
        let text = csv(&[(facts("42", "15000.0000001"), silver())]);
        let expected = "42,Partner 42,France,developed,silver,certain,gold,85000.00,1,15000.00,0,1,2017-11-30,0.01,0,met,15000.00,0.00,1,0,\
            not-met,100000.00,85000.00,2,1,cloud-platform@2017-07-07,2017-07-07,2016-07-01,2017-06-30,";
        assert_eq!(text.lines().nth(1), Some(expected));
    }

    #[test]
    fn what_depends_on_an_unknown_market_is_blank_and_noted() {
        let unknown = PartnerFacts {
            name: None,
            country: None,
            market: None,
            includes: ["9", "10", "x"].map(partner).into(),
            lacks_rate: true,
            ..facts("42", "12000")
        };
        let text = csv(&[(unknown, undetermined())]);
        let expected = "42,,,,undetermined,certain,silver,,0,12000.00,0,1,,,,undetermined,,,1,0,\
            not-met,100000.00,88000.00,2,1,cloud-platform@2017-07-07,2017-07-07,2016-07-01,2017-06-30,\
            includes 9 10 x; market-unknown; no-rate";
        assert_eq!(text.lines().nth(1), Some(expected));
    }

    #[test]
    fn a_tier_without_a_requirement_has_blank_cells_for_it() {
        let mut rules = rules();
        rules.tiers[0].requires.remove(0);
        rules.tiers[1].requires.remove(1);
        let mut verdict = silver();
        verdict.tiers[0].requirements.remove(0);
        verdict.tiers[1].requirements.remove(1);
        let text = csv_by(rules, &[(facts("42", "0"), verdict)]);
        let (names, cells) = text.trim_end().split_once('\n').unwrap();
        let cell = |name: &str| {
            let position = names.split(',').position(|column| column == name).unwrap();
            cells.split(',').nth(position).unwrap()
        };
        assert_eq!(cell("silver_consumption_required_usd"), "");
        assert_eq!(cell("silver_consumption_shortfall_usd"), "");
        assert_eq!(cell("silver_individuals_required"), "1");
        assert_eq!(cell("gold_individuals_required"), "");
        assert_eq!(cell("gold_individuals_shortfall"), "");
        assert_eq!(cell("next_consumption_shortfall_usd"), "85000.00");
        assert_eq!(cell("next_individuals_shortfall"), "");
    }

    #[test]
    fn every_column_has_a_name_of_its_own_and_a_description() {
        let table = table(&[]);
        let mut names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), table.columns.len());
        assert!(table.columns.iter().all(|column| !column.description.is_empty()));
    }
}
