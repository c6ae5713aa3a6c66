//! Sources of consumption: exports that are read, and exports that a credits table holds. Comes in: inputs, plans, tallies,
//! controls. Goes out: sources that are judged alike, and the control of a table that is written.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::amount::{Amount, DecimalMark};
use crate::base::calendar::{Day, Month};
use crate::base::place::InputName;
use crate::config::dialect::{Consumption, Grain, Role};
use crate::credits::control::{
    Control, ControlBounds, ControlLeftOut, ControlOwner, ControlReject, ControlRows, ControlSource,
    ControlSum, DAILY, MONTHLY,
};
use crate::credits::engine::local::{CostKindEvidence, SumTable, Tally};
use crate::credits::stored_table::{StoredTable, without_control};
use crate::credits::{CreditLine, CreditTable, RowsAndAmount};
use crate::diagnostics::error::InputError;
use crate::diagnostics::reject::{
    BoundsKey, CountKey, RejectBounds, RejectCode, RejectCount, RejectOwner, RejectTally,
};
use crate::formats::{Input, digest};
use crate::judge::facts::consumption::SourceRules;
use crate::judge::overlaps::{CostKind, Export};
use crate::rows::plan::{self, Plan};
use crate::sources::{Dataset, DatasetVariant};

/// A source of consumption.
pub(crate) struct ConsumptionSource {
    /// Index among the inputs of the run: the export, or the credits table that holds it.
    pub(crate) input: usize,
    /// The number under which its rejects are counted.
    pub(crate) reject_input: usize,
    /// The export.
    pub(crate) export: Export,
    /// As it is written: `insights`, `cost-actual`.
    pub(crate) dataset: String,
    /// The first half of the BLAKE3 of the file's bytes in hex, and the sheet of a workbook. **Absent**: nothing in the run asks for it.
    pub(crate) content: Option<String>,
    /// First and last day of its rows. **Absent**: no row of consumption was dated.
    pub(crate) days: Option<(Day, Day)>,
    pub(crate) rules: SourceRules,
    /// Whether rows name their provider by its tenant.
    pub(crate) provider_is_tenant: bool,
    /// Whether rows name their provider by its partner id.
    pub(crate) provider_is_partner: bool,
    /// The provider of rows that name none. **Absent**: no partner was given.
    pub(crate) partner_id: Option<String>,
}

/// Digits of a content id: half a BLAKE3, which no two files share by chance.
const CONTENT_DIGITS: usize = 32;

/// The content id of every input of consumption, by index among the inputs; standard input that was not spooled has none.
pub(super) fn content_ids(
    inputs: &[Input<'_>],
    input_errors: &mut Vec<InputError>,
) -> BTreeMap<usize, String> {
    let is_consumption = |input: &&Input<'_>| input.role() == Role::Consumption;
    let of_files = digest::of_inputs(
        inputs.iter().filter(is_consumption),
        digest::DigestAlgorithm::Blake3,
        input_errors,
    );
    let of_input = |(index, input): (usize, &Input<'_>)| {
        let (_, hex) = of_files.get(&input.name.file)?.split_once(':')?;
        let sheet = input.name.sheet.as_ref().map_or(String::new(), |sheet| format!("#{sheet}"));
        Some((index, format!("{}{sheet}", &hex[..CONTENT_DIGITS])))
    };
    inputs.iter().enumerate().filter(|(_, input)| is_consumption(input)).filter_map(of_input).collect()
}

/// The source of an export that was read.
pub(super) fn of_export(
    index: usize,
    input: &Input<'_>,
    plan: &Plan<'_>,
    tally: &Tally,
    content: Option<String>,
) -> ConsumptionSource {
    let export = Export::of(input, plan, tally);
    let variant = export.cost_kind.map(|kind| match kind {
        CostKind::Actual => DatasetVariant::Actual,
        CostKind::Amortized => DatasetVariant::Amortized,
    });
    let family = plan.rules.dataset;
    let variant = variant.or_else(|| DatasetVariant::of_path(family, &input.name.file));
    ConsumptionSource {
        input: index,
        reject_input: index,
        dataset: Dataset::of(family, variant).as_str().to_owned(),
        content,
        days: export.days_covered(tally),
        export,
        rules: source_rules(plan.rules),
        provider_is_tenant: plan::names_tenants(plan.rules),
        provider_is_partner: plan::names_provider_ids(plan.rules),
        partner_id: plan.partner_option().map(str::to_owned),
    }
}

/// What judging must know of exports of a dialect.
fn source_rules(rules: &Consumption) -> SourceRules {
    SourceRules {
        repeats_per_association: rules.repeats_per_association,
        takes_partner_id: plan::takes_partner_id(rules),
        names_provider: plan::names_provider(rules),
    }
}

/// Every credits table among the inputs, by index among them, whose sources are numbered from `next` on. A source that is in `counted`, the
/// (dataset, content id) of exports, or in a table before it, does not count again.
pub(super) fn stored_tables<'i>(
    inputs: &'i [Input<'_>],
    next: &mut u32,
    counted: &mut BTreeSet<(String, String)>,
    input_errors: &mut Vec<InputError>,
) -> Vec<(usize, StoredTable<'i>)> {
    let mut tables = Vec::new();
    for (index, input) in inputs.iter().enumerate().filter(|(_, input)| input.role() == Role::Credits) {
        let control = match input.control() {
            Ok(Some(text)) => Control::parse(&text),
            Ok(None) => Err("there is none".to_owned()),
            Err(error) => Err(format!("it cannot be read: {error}")),
        };
        match control {
            Ok(control) => {
                let table = StoredTable::new(&input.layout, input.is_delimited(), control, next, counted);
                tables.push((index, table));
            }
            Err(why) => input_errors.push(without_control(input.name.clone(), &why)),
        }
    }
    tables
}

/// The sources of a credits table that count, with what was counted of their rows; their rejects go to `rejects`, under numbers from
/// `reject_input` on.
///
/// Errors: a control in which a value is none.
pub(super) fn of_table(
    (index, table): &(usize, StoredTable<'_>),
    sum_table: &SumTable,
    reject_inputs: usize,
    rejects: &mut RejectTally,
) -> Result<Vec<(ConsumptionSource, Tally)>, String> {
    let of_source = |(source, number): (&ControlSource, &Option<u32>)| {
        let number = (*number)?;
        let reject_input = reject_inputs + number as usize;
        Some(of_control(*index, reject_input, source, sum_table, rejects))
    };
    table.control.sources.iter().zip(&table.numbers).filter_map(of_source).collect()
}

fn of_control(
    input: usize,
    reject_input: usize,
    source: &ControlSource,
    sum_table: &SumTable,
    rejects: &mut RejectTally,
) -> Result<(ConsumptionSource, Tally), String> {
    let grain = match source.grain.as_str() {
        DAILY => Grain::Day,
        MONTHLY => Grain::Month,
        other => return Err(format!("{other:?} is no grain")),
    };
    let mut tally = Tally {
        rows: source.rows.read,
        not_consumption: source.rows.not_consumption,
        taken: source.rows.in_lines,
        refused: source.rows.refused,
        rounded: source.rows.rounded,
        ..Tally::default()
    };
    let left_out: u64 = source.no_subscription.iter().map(|left_out| left_out.rows).sum();
    let told = tally.not_consumption + left_out + tally.taken + tally.refused;
    let refused: u64 = source.rejects.iter().map(|reject| reject.rows).sum();
    if told != tally.rows || refused != tally.refused {
        return Err(format!("of {} rows, it tells of {told}, and of {refused} rejects", tally.rows));
    }
    for left_out in &source.no_subscription {
        let currency = left_out.currency.as_deref().map(|code| sum_table.currency(code));
        let sum = RowsAndAmount { rows: left_out.rows, amount: amount(&left_out.amount)? };
        tally.no_subscription.entry((day(&left_out.day)?, currency)).or_default().add(sum.rows, sum.amount);
    }
    for (first, last) in &source.days_told {
        let (first, last) = (day(first)?, day(last)?);
        tally.days_told.extend(match grain {
            Grain::Day => first.iter_days().take_while(|day| *day <= last).collect::<Vec<Day>>(),
            Grain::Month => months(Month::of(first), Month::of(last)).map(Month::last_day).collect(),
        });
    }
    let mut billed = BTreeSet::new();
    for (account, first) in &source.billed {
        billed.insert((account.clone(), Month::of(day(first)?)));
    }
    tally.cost_kind = CostKindEvidence { months: billed, ..CostKindEvidence::default() };
    for reject in &source.rejects {
        let code = RejectCode::ALL.iter().copied().find(|code| code.as_str() == reject.code);
        let key = CountKey {
            code: code.ok_or_else(|| format!("{:?} is no code of a reject", reject.code))?,
            input: reject_input,
            day: reject.day.as_deref().map(day).transpose()?,
            subscription: reject.subscription.clone(),
        };
        rejects.add_count(key, RejectCount { rows: reject.rows, first: None });
    }
    for bounds in &source.reject_bounds {
        let key = BoundsKey {
            input: reject_input,
            owner: match bounds.owner.clone() {
                ControlOwner::Anyone => RejectOwner::Anyone,
                ControlOwner::Partner(partner) => RejectOwner::Partner(partner),
                ControlOwner::Subscription(subscription) => RejectOwner::Subscription(subscription),
                ControlOwner::Tenant(tenant) => RejectOwner::Tenant(tenant),
            },
            day: bounds.day.as_deref().map(day).transpose()?,
            currency: bounds.currency.clone(),
        };
        let (negative, positive) = (amount(&bounds.negative)?, amount(&bounds.positive)?);
        rejects.add_bounds(key, RejectBounds { rows: bounds.rows, negative, positive });
    }
    let export = Export {
        name: InputName { file: source.file.clone(), sheet: source.sheet.clone() },
        dialect: source.dialect.clone(),
        grain,
        cost_kind: source.cost_kind.as_deref().and_then(CostKind::of_word),
        run: source.run.clone(),
    };
    let source = ConsumptionSource {
        input,
        reject_input,
        dataset: source.dataset.clone(),
        content: Some(source.source.clone()),
        days: export.days_covered(&tally),
        export,
        rules: SourceRules {
            repeats_per_association: source.repeats_per_association,
            takes_partner_id: source.takes_partner_id,
            names_provider: source.names_provider(),
        },
        provider_is_tenant: source.provider_is_tenant,
        provider_is_partner: source.provider_is_partner,
        partner_id: source.partner_id.clone(),
    };
    Ok((source, tally))
}

fn day(text: &str) -> Result<Day, String> {
    text.parse().map_err(|_| format!("{text:?} is no day"))
}

fn amount(text: &str) -> Result<Amount, String> {
    let parsed = Amount::parse(text.as_bytes(), DecimalMark::Point);
    parsed.map(|parsed| parsed.amount).map_err(|_| format!("{text:?} is no amount"))
}

fn months(first: Month, last: Month) -> impl Iterator<Item = Month> {
    (first.number()..=last.number()).map(Month::from_number)
}

/// Of each source, its rank in the order of a credits table: by dataset, then content id.
pub(super) fn source_ranks(sources: &[ConsumptionSource]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..sources.len()).collect();
    order.sort_by_key(|nth| (&sources[*nth].dataset, &sources[*nth].content));
    let mut ranks = vec![0; sources.len()];
    for (rank, nth) in (0..).zip(order) {
        ranks[nth] = rank;
    }
    ranks
}

/// The control of the table of `lines`.
pub(super) fn control(
    sources: &[ConsumptionSource],
    ranks: &[u32],
    tallies: &[Tally],
    rejects: &RejectTally,
    credits: &CreditTable,
    lines: &[CreditLine],
) -> Control {
    let mut sums = vec![BTreeMap::<&str, RowsAndAmount>::new(); sources.len()];
    for line in lines {
        let of_source = &mut sums[line.account.source as usize];
        of_source.entry(credits.currency(&line.account)).or_default().add(line.sum.rows, line.sum.amount);
    }
    let mut ordered: Vec<(u32, ControlSource)> = sources
        .iter()
        .zip(tallies)
        .zip(sums)
        .zip(ranks)
        .map(|(((source, tally), sums), rank)| (*rank, control_of(source, tally, &sums, rejects, credits)))
        .collect();
    ordered.sort_by_key(|(rank, _)| *rank);
    Control {
        schema: Control::SCHEMA,
        program: format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")),
        dimensions: Vec::new(),
        sources: ordered.into_iter().map(|(_, source)| source).collect(),
    }
}

fn control_of(
    source: &ConsumptionSource,
    tally: &Tally,
    sums: &BTreeMap<&str, RowsAndAmount>,
    rejects: &RejectTally,
    credits: &CreditTable,
) -> ControlSource {
    let export = &source.export;
    let left_out = |((day, currency), sum): (&(Day, Option<u16>), &RowsAndAmount)| ControlLeftOut {
        day: day.to_string(),
        currency: currency.map(|currency| credits.currencies[usize::from(currency)].clone()),
        rows: sum.rows,
        amount: sum.amount.to_string(),
    };
    let reject = |(key, count): (&CountKey, &RejectCount)| ControlReject {
        code: key.code.as_str().to_owned(),
        day: key.day.map(|day| day.to_string()),
        subscription: key.subscription.clone(),
        rows: count.rows,
    };
    let bounds = |(key, bounds): (&BoundsKey, &RejectBounds)| ControlBounds {
        owner: match key.owner.clone() {
            RejectOwner::Anyone => ControlOwner::Anyone,
            RejectOwner::Partner(partner) => ControlOwner::Partner(partner),
            RejectOwner::Subscription(subscription) => ControlOwner::Subscription(subscription),
            RejectOwner::Tenant(tenant) => ControlOwner::Tenant(tenant),
        },
        day: key.day.map(|day| day.to_string()),
        currency: key.currency.clone(),
        rows: bounds.rows,
        negative: bounds.negative.to_string(),
        positive: bounds.positive.to_string(),
    };
    ControlSource {
        dataset: source.dataset.clone(),
        source: source.content.clone().unwrap_or_default(),
        file: export.name.file.clone(),
        sheet: export.name.sheet.clone(),
        dialect: export.dialect.clone(),
        run: export.run.clone(),
        grain: match export.grain {
            Grain::Day => DAILY,
            Grain::Month => MONTHLY,
        }
        .to_owned(),
        repeats_per_association: source.rules.repeats_per_association,
        takes_partner_id: source.rules.takes_partner_id,
        provider_is_tenant: source.provider_is_tenant,
        provider_is_partner: source.provider_is_partner,
        partner_id: source.partner_id.clone(),
        cost_kind: export.cost_kind.map(|kind| kind.as_str().to_owned()),
        billed: tally
            .cost_kind
            .months
            .iter()
            .map(|(account, month)| (account.clone(), month.first_day().to_string()))
            .collect(),
        age: None,
        series: None,
        period: source.days.map(|(first, last)| (first.to_string(), last.to_string())),
        days_told: days_told(tally, export.grain),
        rows: ControlRows {
            read: tally.rows,
            not_consumption: tally.not_consumption,
            in_lines: tally.taken,
            refused: tally.refused,
            rounded: tally.rounded,
        },
        no_subscription: tally.no_subscription.iter().map(left_out).collect(),
        lines: sums
            .iter()
            .map(|(currency, sum)| {
                ((*currency).to_owned(), ControlSum { rows: sum.rows, amount: sum.amount.to_string() })
            })
            .collect(),
        rejects: rejects.counts().filter(|(key, _)| key.input == source.reject_input).map(reject).collect(),
        reject_bounds: rejects
            .bounds()
            .filter(|(key, _)| key.input == source.reject_input)
            .map(bounds)
            .collect(),
    }
}

/// Days told as ranges of consecutive days; of a monthly export, of whole months.
fn days_told(tally: &Tally, grain: Grain) -> Vec<(String, String)> {
    let mut ranges: Vec<(Day, Day)> = Vec::new();
    for day in &tally.days_told {
        let (first, last) = match grain {
            Grain::Day => (*day, *day),
            Grain::Month => (Month::of(*day).first_day(), *day),
        };
        match ranges.last_mut() {
            Some((_, end)) if end.succ_opt() == Some(first) => *end = last,
            _ => ranges.push((first, last)),
        }
    }
    ranges.into_iter().map(|(first, last)| (first.to_string(), last.to_string())).collect()
}
