//! Sources that a credits table holds. Comes in: the control of a table. Goes out: sources that are judged as their exports would be, with the counts of
//! their rows and their rejects. It reads no line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::base::amount::{Amount, DecimalMark};
use crate::base::association::Association;
use crate::base::calendar::{Day, Month};
use crate::base::place::InputName;
use crate::config::dialect::{Grain, Role};
use crate::credits::RowsAndAmount;
use crate::credits::control::{ControlAge, ControlSource, DAILY, MONTHLY};
use crate::credits::engine::local::{SumTable, Tally};
use crate::credits::stored_table::{StoredTable, without_control};
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::diagnostics::reject::{BoundsKey, CountKey, RejectBounds, RejectCode, RejectCount, RejectTally};
use crate::diagnostics::warning::Warnings;
use crate::formats::Input;
use crate::job::sources::{ConsumptionSource, SnapshotLabel, days_covered};
use crate::job::spark::control::StoredControl;
use crate::judge::facts::consumption::SourceRules;
use crate::sources::{Age, AgeKind, Dataset, DayRange};

/// Every credits table among the inputs, by index among them, whose sources are numbered from `next` on. A source that is in `counted`, the
/// (dataset, content id) of exports, or in a table before it, does not count again.
pub(super) fn stored_tables<'i>(
    inputs: &'i [Input<'_>],
    next: &mut u32,
    counted: &mut BTreeSet<(String, String)>,
    warnings: &mut Warnings,
    input_errors: &mut Vec<InputError>,
) -> Vec<(usize, StoredTable<'i>)> {
    let mut tables = Vec::new();
    // By folder of a Spark job, its first file. Absent: its control cannot be read.
    let mut of_folder: BTreeMap<&Path, Option<usize>> = BTreeMap::new();
    for (index, input) in inputs.iter().enumerate().filter(|(_, input)| input.role() == Role::Credits) {
        let folder = input.spark_folder();
        match folder.and_then(|folder| of_folder.get(folder)) {
            Some(Some(first)) => {
                let (_, table): &(usize, StoredTable<'_>) = &tables[*first];
                let part = table.part(*first, &input.layout, input.is_delimited());
                tables.push((index, part));
                continue;
            }
            // Its first file has told it.
            Some(None) => continue,
            None => {}
        }
        let control = match input.control() {
            Ok(Some(text)) => StoredControl::parse(&text),
            Ok(None) => Err("there is none".to_owned()),
            Err(error) => Err(format!("it cannot be read: {error}")),
        };
        match control {
            Ok(StoredControl { control, ids, unread, warnings: told, input_errors: of_runs }) => {
                warnings.merge(&told);
                input_errors.extend(of_runs);
                counted.extend(unread);
                let layout = &input.layout;
                let table = StoredTable::new(layout, input.is_delimited(), (control, ids), next, counted);
                of_folder.extend(folder.map(|folder| (folder, Some(tables.len()))));
                tables.push((index, table));
            }
            Err(why) => {
                of_folder.extend(folder.map(|folder| (folder, None)));
                input_errors.push(match folder {
                    Some(_) => without_spark_control(input.name.clone(), &why),
                    None => without_control(input.name.clone(), &why),
                });
            }
        }
    }
    tables
}

/// That the folder of a Spark job has no control, or none that this version reads.
fn without_spark_control(input: InputName, why: &str) -> InputError {
    let message = format!(
        "a credits table of Spark without its control ({why}): the job has not ended, or failed; run it again to a new folder, and fetch `control` with `credits`"
    );
    InputError { input: Some(input), code: InputErrorCode::NoControl, message }
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
    if table.part_of.is_some() {
        return Ok(Vec::new());
    }
    let of_source = |(source, number): (&ControlSource, &Option<u32>)| {
        let number = (*number)?;
        let reject_input = reject_inputs + number as usize;
        Some(of_control(*index, reject_input, source, sum_table, rejects))
    };
    table.control.sources.iter().zip(table.numbers.iter()).filter_map(of_source).collect()
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
            owner: (&bounds.owner).into(),
            association: bounds.association.as_deref().map(association).transpose()?,
            provider: bounds.provider.as_ref().map(Into::into),
            subscription: bounds.subscription.clone(),
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
            partition: source.partition.clone(),
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
            names_provider: source.names_provider(),
            is_monthly: grain == Grain::Month,
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

fn age(written: &ControlAge) -> Result<Age, String> {
    let kind =
        AgeKind::of_word(&written.kind).ok_or_else(|| format!("{:?} is no kind of age", written.kind))?;
    let time = |text: &String| text.parse().map_err(|_| format!("{text:?} is no time"));
    Ok(Age { kind, day: day(&written.day)?, time: written.time.as_ref().map(time).transpose()? })
}

fn association(text: &str) -> Result<Association, String> {
    let of_word = Association::ALL.into_iter().find(|association| association.as_str() == text);
    of_word.ok_or_else(|| format!("{text:?} is no association"))
}

fn amount(text: &str) -> Result<Amount, String> {
    let parsed = Amount::parse(text.as_bytes(), DecimalMark::Point);
    parsed.map(|parsed| parsed.amount).map_err(|_| format!("{text:?} is no amount"))
}

fn months(first: Month, last: Month) -> impl Iterator<Item = Month> {
    (first.number()..=last.number()).map(Month::from_number)
}
