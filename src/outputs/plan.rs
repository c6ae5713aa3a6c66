//! Plans as text and as a table. Comes in: ranked plans. Goes out: for each partner, each way and each day: what counts, what is required and
//! what is missing. It rounds to cents, and ranks nothing.

use super::columns::{CellValue, ColumnSpec, OutputTable, TableColumn, ValueKind};
use super::lazy::LazyChunks;
use super::text::one_line;
use crate::base::amount::Amount;
use crate::base::calendar::Day;

/// The plans of some partners.
#[derive(Debug, Clone)]
pub struct PlanAnswer {
    /// The rule set: `name@version`.
    pub rule_set: String,
    /// The day for which partners are judged.
    pub as_of: Day,
    /// Partners with a next tier, the nearest first.
    pub partners: Vec<PlannedPartner>,
    /// Ids of partners without a next tier, in report order.
    pub without_next: Vec<String>,
}

/// The plan of one partner.
#[derive(Debug, Clone)]
pub struct PlannedPartner {
    /// The partner's id.
    pub partner: String,
    /// **Absent**: unknown.
    pub name: Option<String>,
    /// The attained tier, or `undetermined`. **Absent**: none.
    pub tier: Option<String>,
    /// The tier that is planned for.
    pub next_tier: String,
    /// Consumption: today, then on later days.
    pub days: Vec<PlanDay>,
    /// Ways to the people that are required, the smallest first; empty: no people are needed on any of the days.
    pub ways: Vec<PlanWay>,
    /// Whether the market is unknown, so that the greatest requirement of any market is planned for.
    pub market_is_unknown: bool,
    /// Whether credit without a rate does not count.
    pub lacks_rate: bool,
    /// Whether an assumed record is about the partner.
    pub is_assumed: bool,
}

/// Consumption as of one day, if nothing comes to what was read. **Unit**: USD.
#[derive(Debug, Clone, Copy)]
pub struct PlanDay {
    /// The day.
    pub by: Day,
    /// **Absent**: it cannot be known, or none is required.
    pub counted: Option<Amount>,
    /// **Absent**: none is required.
    pub required: Option<Amount>,
    /// What must be consumed up to that day. **Absent**: as `counted`.
    pub missing: Option<Amount>,
}

/// A way to the people that are required.
#[derive(Debug, Clone)]
pub struct PlanWay {
    /// Names of credential groups, any of whose credentials counts.
    pub groups: Vec<String>,
    /// How many people are required.
    pub required: u64,
    /// On each day, if no pass comes to what was read.
    pub counted: Vec<u64>,
    /// How many people must be added by each day.
    pub missing: Vec<u64>,
}

impl PlannedPartner {
    fn notes(&self) -> String {
        let notes = [
            (self.is_assumed, "assumed"),
            (self.market_is_unknown, "market-unknown"),
            (self.lacks_rate, "no-rate"),
        ];
        let notes: Vec<&str> = notes.into_iter().filter(|(is_so, _)| *is_so).map(|(_, note)| note).collect();
        notes.join("; ")
    }

    /// What is missing today, in words: `85,000 USD and 1 person`.
    fn lacks_today(&self) -> String {
        let usd = self.days[0].missing.filter(|usd| !usd.is_zero());
        let usd = usd.map(|usd| format!("{} USD", usd.ceil_to_cents()));
        let people = self.ways.first().map(|way| way.missing[0]).filter(|count| *count > 0);
        let people =
            people.map(|count| if count == 1 { "1 person".to_owned() } else { format!("{count} people") });
        let parts: Vec<String> = usd.into_iter().chain(people).collect();
        if parts.is_empty() { "nothing today".to_owned() } else { parts.join(" and ") }
    }
}

impl PlanAnswer {
    /// The text for people.
    pub fn text(&self) -> String {
        let mut lines = vec![format!(
            "{} as of {}: {} with a next tier, the nearest first; {} without",
            self.rule_set,
            self.as_of,
            counted(self.partners.len(), "partner"),
            self.without_next.len()
        )];
        for (rank, planned) in (1..).zip(&self.partners) {
            lines.push(String::new());
            lines.extend(of_partner(rank, planned));
        }
        if !self.without_next.is_empty() {
            lines.push(String::new());
            lines.push(format!("no tier above: {}", self.without_next.join(", ")));
        }
        lines.iter().map(|line| one_line(line).trim_end().to_owned() + "\n").collect()
    }

    /// The table: a row for each partner, way and day.
    pub fn table(self) -> OutputTable<'static> {
        let caption = format!("{}, as of {}", self.rule_set, self.as_of);
        let (rule_set, as_of) = (self.rule_set.clone(), self.as_of);
        let rows: Vec<PlanRow> =
            (1..).zip(self.partners).flat_map(|(rank, planned)| rows_of(rank, &planned)).collect();
        let chunks = if rows.is_empty() { Vec::new() } else { vec![rows] };
        OutputTable::new(caption, "ways", columns(rule_set, as_of), LazyChunks::from(chunks))
    }
}

fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

fn of_partner(rank: u64, planned: &PlannedPartner) -> Vec<String> {
    let name = planned.name.as_ref().map_or_else(String::new, |name| format!(" {name}"));
    let tier = planned.tier.as_deref().unwrap_or("no tier");
    let mut lines = vec![format!(
        "{rank}. {}{name}: {tier}; {} lacks {}",
        planned.partner,
        planned.next_tier,
        planned.lacks_today()
    )];
    let shown = |usd: Option<Amount>, round: fn(Amount) -> rust_decimal::Decimal| {
        usd.map_or_else(|| "unknown".to_owned(), |usd| round(usd).to_string())
    };
    if planned.days[0].required.is_some() {
        lines.push(format!(
            "   {:10}  {:>15}  {:>15}  {:>15}",
            "by", "counts as it is", "required", "to be consumed"
        ));
        for day in &planned.days {
            lines.push(format!(
                "   {:10}  {:>15}  {:>15}  {:>15}",
                day.by.to_string(),
                shown(day.counted, Amount::floor_to_cents),
                shown(day.required, Amount::ceil_to_cents),
                shown(day.missing, Amount::ceil_to_cents)
            ));
        }
    }
    for (nth, way) in planned.ways.iter().enumerate() {
        let or = if nth == 0 { "people" } else { "or" };
        let mut line = format!(
            "   {or:6}  {}: {} more, {} required",
            way.groups.join(" or "),
            way.missing[0],
            way.required
        );
        // Passes expire: where that takes more people later.
        for pair in way.missing.iter().zip(&planned.days).collect::<Vec<_>>().windows(2) {
            if pair[0].0 != pair[1].0 {
                line += &format!(", {} by {}", pair[1].0, pair[1].1.by);
            }
        }
        lines.push(line);
    }
    let notes = planned.notes();
    if !notes.is_empty() {
        lines.push(format!("   notes   {notes}"));
    }
    lines
}

/// A row of the table.
#[derive(Debug, Clone)]
struct PlanRow {
    rank: u64,
    way: u64,
    partner: String,
    name: Option<String>,
    tier: Option<String>,
    next_tier: String,
    day: PlanDay,
    groups: Option<String>,
    /// Counted, required and missing people. **Absent**: none are needed on any of the days.
    people: Option<[u64; 3]>,
    notes: String,
}

fn rows_of(rank: u64, planned: &PlannedPartner) -> Vec<PlanRow> {
    let row = |way: u64, nth: usize, people: Option<&PlanWay>| PlanRow {
        rank,
        way,
        partner: planned.partner.clone(),
        name: planned.name.clone(),
        tier: planned.tier.clone(),
        next_tier: planned.next_tier.clone(),
        day: planned.days[nth],
        groups: people.map(|people| people.groups.join(" or ")),
        people: people.map(|people| [people.counted[nth], people.required, people.missing[nth]]),
        notes: planned.notes(),
    };
    let days = 0..planned.days.len();
    if planned.ways.is_empty() {
        return days.map(|nth| row(1, nth, None)).collect();
    }
    let ways = (1..).zip(&planned.ways);
    ways.flat_map(|(number, way)| days.clone().map(move |nth| (number, way, nth)))
        .map(|(number, way, nth)| row(number, nth, Some(way)))
        .collect()
}

/// The columns of every plan.
pub(super) fn column_specs() -> Vec<ColumnSpec> {
    let columns = columns(String::new(), Day::MIN);
    OutputTable::new(String::new(), "ways", columns, LazyChunks::from(Vec::new())).columns
}

fn columns(rule_set: String, as_of: Day) -> Vec<TableColumn<'static, PlanRow>> {
    type Value = for<'l> fn(&'l PlanRow) -> CellValue<'l>;
    let column = |name: &str, kind: ValueKind, description: &str, value: Value| {
        TableColumn::new(name, kind, description, move |row: &PlanRow| value(row)).optional()
    };
    fn usd(amount: Option<Amount>, round: fn(Amount) -> rust_decimal::Decimal) -> CellValue<'static> {
        amount.map_or(CellValue::Absent, |amount| CellValue::Usd(round(amount)))
    }
    fn count(row: &PlanRow, nth: usize) -> CellValue<'static> {
        row.people.map_or(CellValue::Absent, |people| CellValue::Count(people[nth]))
    }
    vec![
        column("rank", ValueKind::Count, "Rank by what is missing today", |row| CellValue::Count(row.rank)),
        column("partner_id", ValueKind::Text, "The partner's id", |row| CellValue::text(Some(&row.partner))),
        column("partner_name", ValueKind::Text, "Name in the roster or profile", |row| {
            CellValue::text(row.name.as_deref())
        }),
        column("tier", ValueKind::Text, "Highest tier that is met", |row| {
            CellValue::verbatim(row.tier.as_deref())
        }),
        column("next_tier", ValueKind::Text, "The tier that is planned for", |row| {
            CellValue::verbatim(Some(&row.next_tier))
        }),
        column("way", ValueKind::Count, "Number of the way, the smallest first", |row| {
            CellValue::Count(row.way)
        }),
        column("by", ValueKind::Date, "The day as of which the tier shall be met", |row| {
            CellValue::Date(row.day.by)
        }),
        column("consumption_usd", ValueKind::Usd, "What counts then if nothing comes", |row| {
            usd(row.day.counted, Amount::floor_to_cents)
        }),
        column(
            "consumption_required_usd",
            ValueKind::Usd,
            "The least consumption that the tier requires",
            |row| usd(row.day.required, Amount::ceil_to_cents),
        ),
        column("consumption_missing_usd", ValueKind::Usd, "What must be consumed up to that day", |row| {
            usd(row.day.missing, Amount::ceil_to_cents)
        }),
        column("group", ValueKind::Text, "The credential group of the way", |row| {
            CellValue::verbatim(row.groups.as_deref())
        }),
        column("individuals", ValueKind::Count, "People who count then if nobody is added", |row| {
            count(row, 0)
        }),
        column("individuals_required", ValueKind::Count, "The least people that the tier requires", |row| {
            count(row, 1)
        }),
        column("individuals_missing", ValueKind::Count, "People to be added by that day", |row| {
            count(row, 2)
        }),
        TableColumn::new("rule_set", ValueKind::Text, "Rule set and its version", move |_: &PlanRow| {
            CellValue::Text(rule_set.clone().into())
        }),
        TableColumn::new(
            "as_of",
            ValueKind::Date,
            "Day for which partners are judged",
            move |_: &PlanRow| CellValue::Date(as_of),
        ),
        column("notes", ValueKind::Text, "Codes of what else is to be said", |row| {
            CellValue::verbatim(Some(&row.notes))
        }),
    ]
}
