//! What `attain check` tells, as a value for programs. Comes in: what was read and judged, and the figures of each input. Goes out: a document. It
//! counts nothing itself; `check` has the same for people.

use super::check::{InputFigures, figures_of_inputs, folder_column};
use super::forms::order_name;
use super::run_outcome::Outcome;
use super::{Reading, RejectsOfRun, RunOptions, account, file_options, snapshot_list};
use crate::base::amount::DecimalMark;
use crate::base::calendar::Window;
use crate::config::dialect::ColumnKey;
use crate::job;
use crate::judge::facts::consumption::Judged;
use crate::outputs::{CheckDocument, CheckedInput, DateOrderForm, LackingRate, NumberForm, Program};
use crate::rows::file_forms::FormSource;

/// The document of a check.
pub(super) fn document(
    (reading, judged): (&Reading<'_>, &Judged),
    window: Window,
    rejects: &RejectsOfRun,
    options: &RunOptions,
    outcome: Outcome,
) -> CheckDocument {
    let inputs = figures_of_inputs(reading, judged, window);
    let lacking = judged.without_rate.iter().map(|((currency, month), lacking)| LackingRate {
        currency: currency.clone(),
        month: *month,
        rows: lacking.rows,
    });
    CheckDocument {
        schema: CheckDocument::SCHEMA,
        program: Program::this(),
        status: CheckDocument::CHECKED,
        exit_code: outcome.exit_code(),
        started: options.log.started(),
        ended: options.log.now(),
        completeness: account::completeness(reading, &options.denied),
        inputs: inputs.iter().map(|(index, figures)| one(reading, *index, figures, options)).collect(),
        snapshots: snapshot_list::snapshots(reading),
        coverage: snapshot_list::months(&reading.coverage),
        skipped: account::skipped(reading),
        left_out: reading.left_out.clone(),
        rejects: account::by_code(reading, rejects),
        without_rate: lacking.collect(),
        warnings: account::warnings(reading),
    }
}

fn one(
    reading: &Reading<'_>,
    index: usize,
    figures: &InputFigures<'_>,
    options: &RunOptions,
) -> CheckedInput {
    let input = &reading.inputs[index];
    let dialect = input.layout.dialect;
    let used = (0..dialect.columns.len()).map(ColumnKey).filter_map(|key| {
        let of_folder = input.layout.folder_column(key).map(folder_column);
        of_folder.or_else(|| input.layout.name(key).map(str::to_owned))
    });
    let ignored = input.layout.ignored().into_iter().map(str::to_owned);
    CheckedInput {
        file: input.name.file.clone(),
        sheet: input.name.sheet.clone(),
        role: input.role(),
        dialect: dialect.name.clone(),
        hidden: input.is_hidden_sheet(),
        assumed: reading.assumed.has(&input.name),
        encoding: input.encoding().or(input.json().map(|(_, encoding)| encoding)).map(str::to_owned),
        delimiter: input.delimiter(),
        form: input.json().map(|(form, _)| form.to_owned()),
        told_by: dialect.told_by.clone(),
        currency: file_options::currency(input, options).map(str::to_owned),
        usage_only: file_options::is_usage_only(input, options),
        source: figures.source.clone(),
        rows: figures.rows,
        rows_by_use: figures.excluded.iter().copied().collect(),
        refused: figures.refused,
        rows_by_partner_id: figures.by_partner_id,
        used_columns: used.collect(),
        ignored_columns: input.layout.ignored_folders().map(folder_column).chain(ignored).collect(),
        first_day: figures.days.map(|(first, _)| first),
        last_day: figures.days.map(|(_, last)| last),
        partners: figures.partners.iter().map(|partner| (*partner).to_owned()).collect(),
        numbers: numbers(reading, index),
        dates: dates(reading, index),
    }
}

fn numbers(reading: &Reading<'_>, index: usize) -> Option<NumberForm> {
    let votes = reading.forms.votes.get(&index)?;
    let forms = reading.forms.of_inputs[index];
    let (decimal_mark, of_mark) = match forms.mark {
        DecimalMark::Point => ("point", &votes.point),
        DecimalMark::Comma => ("comma", &votes.comma),
    };
    let has_numbers = votes.point.cells + votes.comma.cells + votes.ambiguous.cells > 0;
    let example = (of_mark.cells > 0).then(|| job::first_cell(&reading.inputs[index], of_mark));
    has_numbers.then(|| NumberForm { decimal_mark, because: because(forms.mark_is, of_mark.cells), example })
}

fn dates(reading: &Reading<'_>, index: usize) -> Option<DateOrderForm> {
    let votes = reading.forms.votes.get(&index)?;
    let (input, forms) = (&reading.inputs[index], reading.forms.of_inputs[index]);
    let order = forms.order.unwrap_or_else(|| job::dialect_order(input));
    let of_order = votes.of_order(order);
    let order = order_name(order);
    let example = (of_order.cells > 0).then(|| job::first_cell(input, of_order));
    votes.has_open_dates().then(|| DateOrderForm {
        order,
        because: because(forms.order_is, of_order.cells),
        example,
    })
}

/// What decides a form. `cells`: how many cells of the file show it.
fn because<C: PartialEq + Default>(source: FormSource, cells: C) -> &'static str {
    match source {
        FormSource::Option => "option",
        FormSource::Default | FormSource::Inferred if cells != C::default() => "cells",
        FormSource::Default | FormSource::Inferred => "dialect",
    }
}
