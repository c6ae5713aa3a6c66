//! The control of a Spark job as the control of a credits table (SPEC 3.10). Comes in: what the job has counted in each file. Goes out: a control
//! whose snapshots, ages, series and datasets are told from names, manifests and evidence, as for local exports. It reads no line.

use std::collections::BTreeMap;

use crate::base::amount::{Amount, DecimalMark};
use crate::base::calendar::{Day, Month};
use crate::base::place::InputName;
use crate::config::dialect::DatasetFamily;
use crate::credits::control::{
    Control, ControlBounds, ControlLeftOut, ControlOwner, ControlReject, ControlRows, ControlSource,
    ControlSum, MONTHLY, SparkControl, SparkOutcome, SparkSource, SparkUnread,
};
use crate::diagnostics::error::InputError;
use crate::diagnostics::warning::Warnings;
use crate::job::run_findings::{incomplete_runs, other_rows, unread_runs};
use crate::job::sources::label;
use crate::job::written_control::control_age;
use crate::sources::{
    DatasetVariant, DayRange, ManifestFile, Snapshot, SnapshotId, SourceFile, SourceInput, settle_variants,
    snapshots,
};

/// The control of the lines, and the dataset and source by which lines name each of its sources.
pub(in crate::job) struct StoredControl {
    pub(in crate::job) control: Control,
    pub(in crate::job) ids: Vec<(String, String)>,
    /// Sources, by dataset and id in the control, of runs that are superseded or still being written: they do not count, as they would not be read locally.
    pub(in crate::job) unread: Vec<(String, String)>,
    /// What is told of its runs.
    pub(in crate::job) warnings: Warnings,
    /// Runs that lack what their manifests list.
    pub(in crate::job) input_errors: Vec<InputError>,
}

impl StoredControl {
    /// The control of a table that attain wrote: lines name sources as it does.
    pub(in crate::job) fn of_table(control: Control) -> StoredControl {
        let id = |source: &ControlSource| (source.dataset.clone(), source.source.clone());
        StoredControl {
            ids: control.sources.iter().map(id).collect(),
            control,
            unread: Vec::new(),
            warnings: Warnings::default(),
            input_errors: Vec::new(),
        }
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
    let mut files: Vec<SourceFile> = written.sources.iter().map(source_file).collect();
    files.extend(written.superseded.iter().map(unread_file));
    let manifest = |(path, text): &(String, String)| ManifestFile {
        path: path.clone(),
        text: text.clone().into_bytes(),
    };
    let manifests: Vec<ManifestFile> = written.manifests.iter().map(manifest).collect();
    let runs = snapshots(&files, &manifests);
    let why = unread_runs(&runs.snapshots);
    let (mut warnings, mut input_errors) = (Warnings::default(), Vec::new());
    let mut incomplete = incomplete_runs(&runs, &why, &mut warnings, &mut input_errors);
    let mut of_files = runs.snapshots;
    let of_file: BTreeMap<String, SnapshotId> = of_files
        .iter()
        .flat_map(|snapshot| snapshot.files.iter().map(|file| (file.input.file.clone(), snapshot.id)))
        .collect();
    for file in &written.superseded {
        if !of_file.get(&file.file).is_some_and(|id| why.contains_key(id)) {
            return Err(format!("the job has not read {}, and no newer run supersedes it", file.file));
        }
    }
    let rows: BTreeMap<&str, u64> =
        written.sources.iter().map(|source| (source.file.as_str(), source.rows)).collect();
    let rows = |input: &InputName| rows.get(input.file.as_str()).copied();
    for snapshot in of_files.iter().filter(|snapshot| !why.contains_key(&snapshot.id)) {
        if let Some(error) = other_rows(snapshot, &rows) {
            incomplete.entry(snapshot.id).or_insert(error);
        }
    }
    input_errors.extend(incomplete.into_values());
    let shown: Vec<Option<DatasetVariant>> = of_files.iter().map(|one| shown_variant(one, written)).collect();
    settle_variants(&mut of_files, &|id| shown.get(id.0).copied().flatten());
    let (mut sources, mut unread) = (Vec::new(), Vec::new());
    for source in &written.sources {
        let name = input_name(source);
        let snapshot = of_file.get(&source.file).map(|id| &of_files[id.0]);
        let snapshot = snapshot.ok_or_else(|| format!("{name} is in no snapshot"))?;
        let of_control = control_source(source, snapshot, written.partner_id.as_deref())?;
        if why.contains_key(&snapshot.id) {
            unread.push((of_control.dataset.clone(), of_control.source.clone()));
        }
        sources.push((source, of_control));
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
    Ok(StoredControl { control, ids, unread, warnings, input_errors })
}

fn input_name(source: &SparkSource) -> InputName {
    InputName { file: source.file.clone(), sheet: None }
}

fn unread_file(unread: &SparkUnread) -> SourceFile {
    let input = SourceInput {
        name: InputName { file: unread.file.clone(), sheet: None },
        dialect: unread.dialect.clone(),
        family: unread.family,
        partition: Vec::new(),
    };
    SourceFile { path: unread.file.clone(), bytes: unread.bytes, inputs: vec![input] }
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const RUNS: &str = "file:/x/daily/20260601-20260630";

    fn source(time: &str, rows: u64) -> Value {
        json!({
            "file": format!("{RUNS}/{time}/c.csv"), "source": time, "dataset": "cost", "family": "cost", "dialect": "cost-partner", "grain": "day",
            "rules": {"repeats_per_association": false, "takes_partner_id": true, "provider_is_tenant": true, "provider_is_partner": false},
            "bytes": 10, "modified": "", "rows": rows, "rounded": 0, "days": ["2026-06-01"], "is_actual": false, "is_amortized": false, "invoices": [],
            "lines": {"USD": {"rows": rows, "amount": "1"}}, "outcomes": [],
        })
    }

    fn manifest(time: &str, blobs: &[(&str, u64)]) -> Value {
        let blob = |(name, rows): &(&str, u64)| json!({"blobName": format!("x/{time}/{name}"), "dataRowCount": rows});
        let text = json!({"blobs": blobs.iter().map(blob).collect::<Vec<_>>()}).to_string();
        json!([format!("{RUNS}/{time}/manifest.json"), text])
    }

    fn parse(sources: &[Value], manifests: &[Value], superseded: &[&str]) -> Result<StoredControl, String> {
        let unread = |time: &&str| json!({"file": format!("{RUNS}/{time}/c.csv"), "bytes": 10, "dialect": "", "family": "cost"});
        let control = json!({
            "schema": 1, "attain": "0", "spark": "4.0.1", "partner_id": null, "manifests": manifests, "sources": sources,
            "superseded": superseded.iter().map(unread).collect::<Vec<_>>(),
        });
        StoredControl::parse(control.to_string().as_bytes())
    }

    const OLD: &str = "202606020300";
    const NEW: &str = "202606030300";

    #[test]
    fn a_run_with_other_rows_or_fewer_parts_than_its_manifest_lists_is_incomplete() {
        let codes = |rows: u64, blobs: &[(&str, u64)]| -> Vec<&str> {
            let control = parse(&[source(NEW, rows)], &[manifest(NEW, blobs)], &[]).unwrap();
            control.input_errors.iter().map(|error| error.code.as_str()).collect()
        };
        assert_eq!(codes(3, &[("c.csv", 3)]), [""; 0]);
        assert_eq!(codes(3, &[("c.csv", 4)]), ["incomplete-run"]);
        assert_eq!(codes(3, &[("c.csv", 3), ("d.csv", 1)]), ["incomplete-run"]);
    }

    #[test]
    fn a_file_that_was_not_read_must_be_superseded_by_what_was_read() {
        assert!(parse(&[source(NEW, 3)], &[], &[OLD]).is_ok());
        let error = parse(&[source(OLD, 3)], &[], &[NEW]).err().unwrap();
        assert!(error.contains("no newer run supersedes it"), "{error}");
        let incomplete = manifest(NEW, &[("c.csv", 3), ("d.csv", 1)]);
        let manifests = [incomplete, manifest(OLD, &[("c.csv", 3)])];
        assert!(parse(&[source(NEW, 3)], &manifests, &[OLD]).is_err());
    }

    #[test]
    fn superseded_runs_and_runs_that_are_being_written_do_not_count() {
        let unread = |manifests: &[Value]| {
            let control = parse(&[source(OLD, 3), source(NEW, 3)], manifests, &[]).unwrap();
            assert!(control.input_errors.is_empty());
            (control.unread, control.warnings.iter().map(|(code, ..)| code.as_str()).collect::<Vec<_>>())
        };
        let (superseded, warnings) = unread(&[]);
        assert_eq!((superseded[0].1.as_str(), warnings), (OLD, Vec::new()));
        let (in_progress, warnings) = unread(&[manifest(OLD, &[("c.csv", 3)])]);
        assert_eq!((in_progress[0].1.as_str(), warnings), (NEW, vec!["run-in-progress"]));
        assert_eq!((superseded.len(), in_progress.len()), (1, 1));
    }
}
