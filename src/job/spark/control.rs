//! The control of a Spark job as the control of a credits table (SPEC 3.10). Comes in: what the job has counted in each file. Goes out: a control
//! whose snapshots, ages, series and datasets are told from names, manifests and evidence, as for local exports. It reads no line.

use crate::base::amount::{Amount, DecimalMark};
use crate::base::calendar::{Day, Month};
use crate::base::place::InputName;
use crate::config::dialect::DatasetFamily;
use crate::credits::control::{
    Control, ControlBounds, ControlLeftOut, ControlOwner, ControlReject, ControlRows, ControlSource,
    ControlSum, MONTHLY, SparkControl, SparkOutcome, SparkSource,
};
use crate::job::sources::label;
use crate::job::written_control::control_age;
use crate::sources::{
    DatasetVariant, DayRange, ManifestFile, Snapshot, SourceFile, SourceInput, settle_variants, snapshots,
};

/// The control of the lines, and the dataset and source by which lines name each of its sources.
pub(in crate::job) struct StoredControl {
    pub(in crate::job) control: Control,
    pub(in crate::job) ids: Vec<(String, String)>,
}

impl StoredControl {
    /// The control of a table that attain wrote: lines name sources as it does.
    pub(in crate::job) fn of_table(control: Control) -> StoredControl {
        let id = |source: &ControlSource| (source.dataset.clone(), source.source.clone());
        StoredControl { ids: control.sources.iter().map(id).collect(), control }
    }

    /// The control that a text holds. Errors: why it holds none.
    pub(in crate::job) fn parse(text: &[u8]) -> Result<StoredControl, String> {
        if SparkControl::is_one(text) {
            of_spark(&SparkControl::parse(text)?)
        } else {
            Control::parse(text).map(StoredControl::of_table)
        }
    }
}

fn of_spark(written: &SparkControl) -> Result<StoredControl, String> {
    let files: Vec<SourceFile> = written.sources.iter().map(source_file).collect();
    let manifest = |(path, text): &(String, String)| ManifestFile {
        path: path.clone(),
        text: text.clone().into_bytes(),
    };
    let manifests: Vec<ManifestFile> = written.manifests.iter().map(manifest).collect();
    let mut of_files = snapshots(&files, &manifests).snapshots;
    let shown: Vec<Option<DatasetVariant>> = of_files.iter().map(|one| shown_variant(one, written)).collect();
    settle_variants(&mut of_files, &|id| shown.get(id.0).copied().flatten());
    let mut sources = Vec::new();
    for source in &written.sources {
        let name = input_name(source);
        let is_of = |snapshot: &&Snapshot| snapshot.files.iter().any(|file| file.input == name);
        let snapshot = of_files.iter().find(is_of).ok_or_else(|| format!("{name} is in no snapshot"))?;
        sources.push((source, control_source(source, snapshot, written.partner_id.as_deref())?));
    }
    sources.sort_by(|(_, a), (_, b)| (&a.dataset, &a.source).cmp(&(&b.dataset, &b.source)));
    let ids = sources.iter().map(|(source, _)| (source.dataset.clone(), source.source.clone())).collect();
    let control = Control {
        schema: Control::SCHEMA,
        program: format!("attain {}, Spark {}", written.attain, written.spark),
        dimensions: Vec::new(),
        left_out: Vec::new(),
        sources: sources.into_iter().map(|(_, source)| source).collect(),
    };
    Ok(StoredControl { control, ids })
}

fn input_name(source: &SparkSource) -> InputName {
    InputName { file: source.file.clone(), sheet: None }
}

fn source_file(source: &SparkSource) -> SourceFile {
    let input = SourceInput {
        name: input_name(source),
        dialect: source.dialect.clone(),
        family: source.family,
        partition: Vec::new(),
    };
    SourceFile { path: source.file.clone(), bytes: source.bytes, inputs: vec![input] }
}

/// The variant that the rows of a snapshot show. `None` if they show none.
fn shown_variant(snapshot: &Snapshot, written: &SparkControl) -> Option<DatasetVariant> {
    let is_of = |source: &&SparkSource| snapshot.files.iter().any(|file| file.input.file == source.file);
    let of_snapshot: Vec<&SparkSource> = written.sources.iter().filter(is_of).collect();
    let any = |test: &dyn Fn(&SparkSource) -> bool| of_snapshot.iter().any(|source| test(source));
    match snapshot.family {
        DatasetFamily::Cost if any(&|source| source.is_amortized) => Some(DatasetVariant::Amortized),
        DatasetFamily::Cost if any(&|source| source.is_actual) => Some(DatasetVariant::Actual),
        DatasetFamily::Recon if any(&|source| source.invoices.iter().any(|one| !one.is_empty())) => {
            Some(DatasetVariant::Billed)
        }
        DatasetFamily::Recon if any(&|source| source.invoices.iter().any(String::is_empty)) => {
            Some(DatasetVariant::Unbilled)
        }
        DatasetFamily::Cost
        | DatasetFamily::Recon
        | DatasetFamily::Insights
        | DatasetFamily::Focus
        | DatasetFamily::Own => None,
    }
}

fn control_source(
    source: &SparkSource,
    snapshot: &Snapshot,
    partner_id: Option<&str>,
) -> Result<ControlSource, String> {
    let of_snapshot = label(snapshot, Vec::new());
    let rules = source.rules;
    let days: Vec<Day> = source.days.iter().map(|text| day(text)).collect::<Result<_, _>>()?;
    let first_day = |day: &Day| if source.grain == MONTHLY { Month::of(*day).first_day() } else { *day };
    let days_told = days.iter().map(|day| (first_day(day).to_string(), day.to_string())).collect();
    let period = days.iter().min().zip(days.iter().max());
    let stated = |days: DayRange| (days.first().to_string(), days.last().to_string());
    let sum = |(currency, sum): (&String, &ControlSum)| {
        Ok((currency.clone(), ControlSum { rows: sum.rows, amount: amount(&sum.amount)?.to_string() }))
    };
    let of_outcome = |outcome: &'static str| source.outcomes.iter().filter(move |one| one.outcome == outcome);
    let rows = |outcome| of_outcome(outcome).map(|one| one.rows).sum();
    Ok(ControlSource {
        dataset: snapshot.dataset().as_str().to_owned(),
        source: source.source.clone(),
        file: source.file.clone(),
        sheet: None,
        dialect: source.dialect.clone(),
        snapshot: of_snapshot.first_file,
        is_part_by_name: of_snapshot.is_part_by_name,
        partition: Vec::new(),
        is_complete: of_snapshot.is_complete,
        grain: source.grain.clone(),
        repeats_per_association: rules.repeats_per_association,
        takes_partner_id: rules.takes_partner_id,
        provider_is_tenant: rules.provider_is_tenant,
        provider_is_partner: rules.provider_is_partner,
        partner_id: partner_id.filter(|_| rules.takes_partner_id).map(str::to_owned),
        invoices: source.invoices.iter().filter(|number| !number.is_empty()).cloned().collect(),
        age: of_snapshot.age.map(control_age),
        series: of_snapshot.series,
        stated_period: of_snapshot.stated_period.map(stated),
        period: period.map(|(first, last)| (first_day(first).to_string(), last.to_string())),
        days_told,
        rows: ControlRows {
            read: source.rows,
            not_consumption: rows(EXCLUDED),
            in_lines: source.lines.values().map(|sum| sum.rows).sum(),
            refused: rows(REFUSED),
            rounded: source.rounded,
        },
        no_subscription: of_outcome(WITHOUT).map(left_out).collect(),
        lines: source.lines.iter().map(sum).collect::<Result<_, String>>()?,
        rejects: of_outcome(REFUSED).map(reject).collect(),
        reject_bounds: of_outcome(REFUSED).map(|one| bounds(one, rules.repeats_per_association)).collect(),
    })
}

/// Outcomes of rows that are in no line: not consumption; without a subscription, in an export that repeats consumption; refused.
const EXCLUDED: &str = "excluded";
const WITHOUT: &str = "without";
const REFUSED: &str = "refused";

fn left_out(written: &SparkOutcome) -> ControlLeftOut {
    ControlLeftOut {
        day: written.day.clone().unwrap_or_default(),
        currency: written.currency.clone(),
        rows: written.rows,
        amount: written.amount.clone().unwrap_or_else(zero),
    }
}

fn reject(written: &SparkOutcome) -> ControlReject {
    ControlReject {
        code: written.code.clone().unwrap_or_default(),
        day: written.day.clone(),
        subscription: written
            .day
            .as_ref()
            .filter(|_| written.is_open)
            .map(|_| written.subscription.clone().unwrap_or_default()),
        rows: written.rows,
    }
}

fn zero() -> String {
    Amount::ZERO.to_string()
}

fn bounds(written: &SparkOutcome, repeats_per_association: bool) -> ControlBounds {
    let provider = written.provider.clone().map(|provider| match written.provider_is.as_deref() {
        Some("tenant") => ControlOwner::Tenant(provider),
        _ => ControlOwner::Partner(provider),
    });
    let (owner, provider) = match (&written.partner, provider) {
        (Some(partner), provider) => (ControlOwner::Partner(partner.clone()), provider),
        (None, Some(provider)) => (provider, None),
        (None, None) if written.is_open => {
            (ControlOwner::Subscription(written.subscription.clone().unwrap_or_default()), None)
        }
        (None, None) => (ControlOwner::Anyone, None),
    };
    ControlBounds {
        owner,
        association: written.association.clone().filter(|association| association != "?"),
        provider,
        subscription: written.subscription.clone().filter(|_| repeats_per_association),
        day: written.day.clone(),
        currency: written.currency.clone(),
        rows: written.rows,
        negative: written.negative.clone().unwrap_or_else(zero),
        positive: written.positive.clone().unwrap_or_else(zero),
    }
}

fn day(text: &str) -> Result<Day, String> {
    text.parse().map_err(|_| format!("{text:?} is no day"))
}

fn amount(text: &str) -> Result<Amount, String> {
    let parsed = Amount::parse(text.as_bytes(), DecimalMark::Point);
    parsed.map(|parsed| parsed.amount).map_err(|_| format!("{text:?} is no amount"))
}
