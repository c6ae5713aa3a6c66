//! Sources of consumption: exports that are read, or that a credits table holds. Comes in: inputs, plans, tallies, snapshots. Goes out: sources
//! that are judged alike, and the snapshots that overlaps look at.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::calendar::{Day, Month};
use crate::base::place::InputName;
use crate::config::dialect::{Consumption, Grain, Role};
use crate::credits::engine::local::Tally;
use crate::diagnostics::error::InputError;
use crate::formats::{Input, digest};
use crate::job::snapshots;
use crate::judge::facts::consumption::SourceRules;
use crate::judge::overlaps::{SnapshotPart, SnapshotRead};
use crate::rows::plan::{self, Plan};
use crate::sources::{Age, Dataset, DatedName, DayRange, Snapshot, SnapshotIdentity, SnapshotState};

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
    /// The first half of the BLAKE3 of the file's bytes in hex, the columns in names of folders, and the sheet of a workbook. **Absent**: nothing in the run asks for it.
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

/// What is known of the snapshot of a source without its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SnapshotLabel {
    /// The first file of the snapshot.
    pub(crate) first_file: String,
    /// Whether the source belongs to it by the name of its file alone.
    pub(crate) is_part_by_name: bool,
    /// Columns that the names of folders hold in place of the file, as `name=value`: parts with others are never compared.
    pub(crate) partition: Vec<String>,
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
    let of_files = digest::of_contents(inputs.iter().filter(is_consumption), input_errors);
    let of_input = |(index, input): (usize, &Input<'_>)| {
        let (_, hex) = of_files.get(&input.name.file)?.split_once(':')?;
        let sheet = input.name.sheet.as_ref().map_or(String::new(), |sheet| format!("#{sheet}"));
        // Columns in names of folders belong to the content.
        let partition = input.layout.partition_texts();
        let partition =
            if partition.is_empty() { String::new() } else { format!("/{}", partition.join("/")) };
        Some((index, format!("{}{partition}{sheet}", &hex[..CONTENT_DIGITS])))
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
        snapshot: label(snapshot, input.layout.partition_texts()),
        content,
        days: days_covered(plan.grain(), tally),
        rules: source_rules(plan.rules, plan.grain()),
        provider_is_tenant: plan::names_tenants(plan.rules),
        provider_is_partner: plan::names_provider_ids(plan.rules),
        partner_id: plan.partner_option().map(str::to_owned),
    }
}

/// What is known of a snapshot without its rows.
pub(super) fn label(snapshot: &Snapshot, partition: Vec<String>) -> SnapshotLabel {
    SnapshotLabel {
        first_file: snapshots::first_file(snapshot),
        is_part_by_name: snapshot.identity == SnapshotIdentity::Parts && snapshot.run.is_none(),
        partition,
        is_complete: snapshot.state == SnapshotState::Complete,
        age: snapshot.age,
        series: snapshot.series.label(),
        is_series_by_name: snapshot.series.is_by_name(),
        stated_period: snapshot.stated_period,
        bytes: snapshot.bytes(),
    }
}

/// First and last day of the consumption of an export; of a monthly export, of whole months. `None` if it has none.
pub(super) fn days_covered(grain: Grain, tally: &Tally) -> Option<(Day, Day)> {
    let (first, last) = (*tally.days_told.first()?, *tally.days_told.last()?);
    match grain {
        Grain::Day => Some((first, last)),
        Grain::Month => Some((Month::of(first).first_day(), last)),
    }
}

/// The snapshots of all sources but assumed ones, as overlaps see them; sources of one snapshot stand together.
pub(super) fn snapshot_reads(sources: &[ConsumptionSource], tallies: &[Tally]) -> Vec<SnapshotRead> {
    let mut reads: Vec<SnapshotRead> = Vec::new();
    let mut index: BTreeMap<(&str, &str, Option<usize>), usize> = BTreeMap::new();
    let mut series: BTreeMap<&str, usize> = BTreeMap::new();
    let read = sources.iter().zip(tallies).zip(0_u32..);
    // Assumed consumption is added to every snapshot, and overlaps with none.
    for ((source, tally), number) in read.filter(|((source, _), _)| source.dataset != Dataset::Assumed) {
        let label = &source.snapshot;
        // A credits table holds snapshots of the run that wrote it: other files may have the same names here.
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
                partition: label.partition.clone(),
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
fn source_rules(rules: &Consumption, grain: Grain) -> SourceRules {
    SourceRules {
        repeats_per_association: rules.repeats_per_association,
        takes_partner_id: plan::takes_partner_id(rules),
        names_provider: plan::names_provider(rules),
        is_monthly: grain == Grain::Month,
    }
}

/// The order in which a ledger writes sources: as [`source_ranks`], but sources of one dataset and content have one rank.
pub(super) fn content_ranks(sources: &[ConsumptionSource]) -> Vec<u32> {
    let mut ranks = source_ranks(sources);
    let mut first: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for (source, rank) in sources.iter().zip(&mut ranks) {
        if let Some(content) = &source.content {
            let of_content = first.entry((source.dataset.as_str(), content)).or_insert(*rank);
            *of_content = (*of_content).min(*rank);
        }
    }
    for (source, rank) in sources.iter().zip(&mut ranks) {
        if let Some(content) = &source.content {
            *rank = first[&(source.dataset.as_str(), content.as_str())];
        }
    }
    ranks
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
