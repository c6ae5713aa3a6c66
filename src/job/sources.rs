//! Sources of consumption: exports that are read, and exports that a credits table holds. Comes in: inputs, plans, tallies,
//! controls. Goes out: sources that are judged alike, and the control of a table that is written.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::amount::{Amount, DecimalMark};
use crate::base::calendar::{Day, Month};
use crate::base::place::InputName;
use crate::config::dialect::{Consumption, Grain, Role};
use crate::credits::control::{
    Control, ControlAge, ControlBounds, ControlLeftOut, ControlOwner, ControlReject, ControlRows, ControlSource,
    ControlSum, DAILY, MONTHLY,
};
use crate::credits::engine::local::{SumTable, Tally};
use crate::credits::stored_table::{StoredTable, without_control};
use crate::credits::{CreditLine, CreditTable, RowsAndAmount};
use crate::diagnostics::error::InputError;
use crate::diagnostics::reject::{
    BoundsKey, CountKey, RejectBounds, RejectCode, RejectCount, RejectOwner, RejectTally,
};
use crate::formats::{Input, digest};
use crate::judge::facts::consumption::SourceRules;
use crate::job::snapshots;
use crate::judge::overlaps::{SnapshotPart, SnapshotRead};
use crate::rows::plan::{self, Plan};
use crate::sources::{Age, AgeKind, Dataset, DatedName, DayRange, Snapshot, SnapshotIdentity, SnapshotState};

/// A source of consumption.
pub(crate) struct ConsumptionSource {
    /// Index among the inputs of the run: the export, or the credits table that holds it.
    pub(crate) input: usize,
    /// The number under which its rejects are counted.
    pub(crate) reject_input: usize,
    /// The file and sheet of the export.
    pub(crate) name: InputName,
    pub(crate) dialect: String,
    /// Whether a row stands for a day or a month.
    pub(crate) grain: Grain,
    pub(crate) dataset: Dataset,
    /// What tells its snapshot, as a control writes it.
    pub(crate) snapshot: SnapshotLabel,
    /// The first half of the BLAKE3 of the file's bytes in hex, and the sheet of a workbook. **Absent**: nothing in the run asks for it.
    pub(crate) content: Option<String>,
    /// First and last day of its rows. **Absent**: no row of consumption was dated.
    pub(crate) days: Option<(Day, Day)>,
    pub(crate) rules: SourceRules,
    /// Whether rows name their provider by its tenant.
    pub(crate) provider_is_tenant: bool,
    /// The provider of rows that name none. **Absent**: no partner was given.
    pub(crate) partner_id: Option<String>,
}

/// What is known of the snapshot of a source without its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SnapshotLabel {
    /// Its first file.
    pub(crate) first_file: String,
    /// Whether the source belongs to it by the name of its file alone.
    pub(crate) is_part_by_name: bool,
    pub(crate) is_complete: bool,
    /// **Absent**: nothing states it.
    pub(crate) age: Option<Age>,
    /// Equal texts are one series.
    pub(crate) series: String,
    pub(crate) is_series_by_name: bool,
    /// **Absent**: nothing states it.
    pub(crate) stated_period: Option<DayRange>,
    /// Size of the snapshot's files, as stored; 0 if a credits table holds it. **Unit**: bytes.
    pub(crate) bytes: u64,
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

/// The source of an export that was read, of a snapshot of this run.
pub(super) fn of_export(
    index: usize,
    input: &Input<'_>,
    plan: &Plan<'_>,
    tally: &Tally,
    content: Option<String>,
    snapshot: &Snapshot,
) -> ConsumptionSource {
    ConsumptionSource {
        input: index,
        reject_input: index,
        name: input.name.clone(),
        dialect: input.layout.dialect.name.clone(),
        grain: plan.grain(),
        dataset: snapshot.dataset(),
        snapshot: label(snapshot),
        content,
        days: days_covered(plan.grain(), tally),
        rules: source_rules(plan.rules),
        provider_is_tenant: plan::names_tenants(plan.rules),
        partner_id: plan.partner_option().map(str::to_owned),
    }
}

fn label(snapshot: &Snapshot) -> SnapshotLabel {
    SnapshotLabel {
        first_file: snapshots::first_file(snapshot),
        is_part_by_name: snapshot.identity == SnapshotIdentity::Parts && snapshot.run.is_none(),
        is_complete: snapshot.state == SnapshotState::Complete,
        age: snapshot.age,
        series: snapshot.series.label(),
        is_series_by_name: snapshot.series.is_by_name(),
        stated_period: snapshot.stated_period,
        bytes: snapshot.bytes(),
    }
}

/// First and last day of the consumption of an export; of a monthly export, of whole months. `None` if it has none.
fn days_covered(grain: Grain, tally: &Tally) -> Option<(Day, Day)> {
    let (first, last) = (*tally.days_told.first()?, *tally.days_told.last()?);
    match grain {
        Grain::Day => Some((first, last)),
        Grain::Month => Some((Month::of(first).first_day(), last)),
    }
}

/// The snapshots of all sources, as overlaps see them; sources of one snapshot stand together.
pub(super) fn snapshot_reads(sources: &[ConsumptionSource], tallies: &[Tally]) -> Vec<SnapshotRead> {
    let mut reads: Vec<SnapshotRead> = Vec::new();
    let mut index: BTreeMap<(&str, &str, Option<usize>), usize> = BTreeMap::new();
    let mut series: BTreeMap<&str, usize> = BTreeMap::new();
    for ((source, tally), number) in sources.iter().zip(tallies).zip(0_u32..) {
        let label = &source.snapshot;
        // A credits table holds snapshots of its own run, whose names may be those of other files here.
        let table = (source.input != source.reject_input).then_some(source.input);
        let next = series.len();
        let of_series = *series.entry(&label.series).or_insert(next);
        let nth = *index.entry((source.dataset.as_str(), &label.first_file, table)).or_insert_with(|| {
            reads.push(SnapshotRead {
                name: label.first_file.clone(),
                dataset: source.dataset,
                age: label.age,
                stated_period: label.stated_period,
                days_told: BTreeSet::new(),
                is_monthly: source.grain == Grain::Month,
                series: of_series,
                is_series_by_name: label.is_series_by_name,
                is_complete: label.is_complete,
                invoices: BTreeSet::new(),
                parts: Vec::new(),
                sources: Vec::new(),
                bytes: label.bytes,
            });
            reads.len() - 1
        });
        let read = &mut reads[nth];
        read.days_told.extend(&tally.days_told);
        read.invoices.extend(tally.invoices.numbers.iter().cloned());
        read.sources.push(number);
        if label.is_part_by_name {
            read.parts.push(SnapshotPart {
                name: source.name.to_string(),
                source: number,
                age: part_age(&source.name),
                days_told: tally.days_told.clone(),
            });
        }
    }
    reads
}

/// The date in the name of a file.
fn part_age(name: &InputName) -> Option<Age> {
    DatedName::of(name.file.rsplit('/').next()?).map(|dated| dated.age)
}

/// What judging must know of exports of a dialect.
fn source_rules(rules: &Consumption) -> SourceRules {
    SourceRules {
        repeats_per_association: rules.repeats_per_association,
        takes_partner_id: plan::takes_partner_id(rules),
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
    tally.invoices.numbers.extend(source.invoices.iter().cloned());
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
    let dataset = Dataset::of_word(&source.dataset);
    let period = |days: &(String, String)| {
        let range = DayRange::new(day(&days.0)?, day(&days.1)?);
        range.ok_or_else(|| format!("{} to {} is no period", days.0, days.1))
    };
    let source = ConsumptionSource {
        input,
        reject_input,
        name: InputName { file: source.file.clone(), sheet: source.sheet.clone() },
        dialect: source.dialect.clone(),
        grain,
        dataset: dataset.ok_or_else(|| format!("{:?} is no dataset", source.dataset))?,
        snapshot: SnapshotLabel {
            first_file: source.snapshot.clone(),
            is_part_by_name: source.is_part_by_name,
            is_complete: source.is_complete,
            age: source.age.as_ref().map(age).transpose()?,
            series: source.series.clone(),
            is_series_by_name: source.series.contains(" names "),
            stated_period: source.stated_period.as_ref().map(period).transpose()?,
            bytes: 0,
        },
        content: Some(source.source.clone()),
        days: days_covered(grain, &tally),
        rules: SourceRules {
            repeats_per_association: source.repeats_per_association,
            takes_partner_id: source.takes_partner_id,
        },
        provider_is_tenant: source.provider_is_tenant,
        partner_id: source.partner_id.clone(),
    };
    Ok((source, tally))
}

fn day(text: &str) -> Result<Day, String> {
    text.parse().map_err(|_| format!("{text:?} is no day"))
}

fn age(written: &ControlAge) -> Result<Age, String> {
    let kind = AgeKind::of_word(&written.kind).ok_or_else(|| format!("{:?} is no kind of age", written.kind))?;
    let time = |text: &String| text.parse().map_err(|_| format!("{text:?} is no time"));
    Ok(Age { kind, day: day(&written.day)?, time: written.time.as_ref().map(time).transpose()? })
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
    order.sort_by_key(|nth| (sources[*nth].dataset.as_str(), &sources[*nth].content));
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
    let label = &source.snapshot;
    let days = |days: DayRange| (days.first().to_string(), days.last().to_string());
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
        dataset: source.dataset.as_str().to_owned(),
        source: source.content.clone().unwrap_or_default(),
        file: source.name.file.clone(),
        sheet: source.name.sheet.clone(),
        dialect: source.dialect.clone(),
        snapshot: label.first_file.clone(),
        is_part_by_name: label.is_part_by_name,
        is_complete: label.is_complete,
        grain: match source.grain {
            Grain::Day => DAILY,
            Grain::Month => MONTHLY,
        }
        .to_owned(),
        repeats_per_association: source.rules.repeats_per_association,
        takes_partner_id: source.rules.takes_partner_id,
        provider_is_tenant: source.provider_is_tenant,
        partner_id: source.partner_id.clone(),
        invoices: tally.invoices.numbers.iter().cloned().collect(),
        age: label.age.map(|age| ControlAge {
            kind: age.kind.as_str().to_owned(),
            day: age.day.to_string(),
            time: age.time.map(|time| time.to_string()),
        }),
        series: label.series.clone(),
        stated_period: label.stated_period.map(days),
        period: source.days.map(|(first, last)| (first.to_string(), last.to_string())),
        days_told: days_told(tally, source.grain),
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
