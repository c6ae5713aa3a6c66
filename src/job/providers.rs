//! Providers of CSP rows, for people: those that nothing identifies, and an option that identifies none. Comes in: sources, what was judged, the
//! options. Goes out: warnings, an input error. It resolves no provider: judging does.

use super::{ConsumptionSource, RunOptions};
use crate::base::ids::PartnerId;
use crate::base::text::list_some;
use crate::config::dialect::{self, Dialect, RoleMeaning};
use crate::diagnostics::error::{InputError, InputErrorCode};
use crate::diagnostics::warning::{WarningCode, Warnings};
use crate::formats::Input;
use crate::judge::facts::consumption::Judged;
use crate::rows::plan;

/// Tenants that a warning lists.
const TENANTS_SHOWN: usize = 5;

/// Warns of each source whose rows credit their reseller alone, since nothing identifies their provider.
pub(super) fn warn_of_unknown(consumption: &[ConsumptionSource], judged: &Judged, warnings: &mut Warnings) {
    for (source, unknown) in &judged.provider_unknown {
        let ConsumptionSource { name, rules, provider_is_tenant, .. } = &consumption[*source];
        let rows = if unknown.rows == 1 { "1 row".to_owned() } else { format!("{} rows", unknown.rows) };
        let tenants: Vec<&str> = unknown.tenants.iter().map(String::as_str).collect();
        let why = match tenants.as_slice() {
            [] => "the file names no provider".to_owned(),
            [one] => format!("no partner has the provider's tenant {one}"),
            [..] => format!("no partner has the providers' tenants {}", list_some(&tenants, TENANTS_SHOWN)),
        };
        let advice = match (provider_is_tenant, rules.takes_partner_id) {
            (true, true) => "complete the partners file, or say --partner-id",
            (true, false) => "complete the partners file",
            (false, true) => "say --partner-id",
            (false, false) => "correct the export",
        };
        let text = format!("{}: of {rows} the reseller alone gets credit, since {why}: {advice}", name);
        warnings.add(WarningCode::ProviderUnknown, text);
    }
}

/// The partner of `--partner-id` for a source that has a use for it. `None` if none is given for its file.
pub(super) fn partner_option<'o>(
    source: &ConsumptionSource,
    options: &'o RunOptions,
) -> Option<&'o PartnerId> {
    options.reading.partner_id.of(&source.name.file).filter(|_| source.rules.takes_partner_id)
}

/// The partners of `--partner-id`, each with the number under which the rejects of its source are counted.
pub(super) fn partner_options<'o>(
    consumption: &'o [ConsumptionSource],
    options: &'o RunOptions,
) -> impl Iterator<Item = (usize, &'o PartnerId)> {
    consumption.iter().filter_map(|source| Some((source.reject_input, partner_option(source, options)?)))
}

/// That `--partner-id` applies to no input: no export, and no source of a credits table, is of a dialect that has a use for it.
pub(super) fn partner_id_unused(
    options: &RunOptions,
    inputs: &[Input<'_>],
    consumption: &[ConsumptionSource],
    user: &[Dialect],
) -> Option<InputError> {
    let files: Vec<&str> = inputs
        .iter()
        .filter(|input| takes_option(input.layout.dialect))
        .map(|input| input.name.file.as_str())
        .chain(
            consumption
                .iter()
                .filter(|source| source.rules.takes_partner_id)
                .map(|source| source.name.file.as_str()),
        )
        .collect();
    let option = &options.reading.partner_id;
    let of_no_file = option.unused(&files).into_iter().next();
    let of_source = option.unused_of_sources(&files).into_iter().next();
    let said = match (of_no_file, of_source, option.of_all()) {
        (Some((path, partner)), ..) => format!("--partner-id {partner}:{path}"),
        (None, Some((number, partner)), _) => {
            format!("{}: partner_id = \"{partner}\"", options.sources[number].label)
        }
        (None, None, Some(partner)) if files.is_empty() => format!("--partner-id {partner}"),
        (None, None, _) => return None,
    };
    let names: Vec<&str> = user
        .iter()
        .chain(dialect::builtin())
        .filter(|dialect| takes_option(dialect))
        .map(|dialect| dialect.name.as_str())
        .collect();
    let message = format!(
        "{said} applies to no input: it is the provider of rows that name none, in exports of the dialects {}; leave it out, or give such an export",
        names.join(", ")
    );
    Some(InputError { input: None, code: InputErrorCode::PartnerIdUnused, message })
}

/// Whether the exports of a dialect have a use for `--partner-id`.
fn takes_option(dialect: &Dialect) -> bool {
    matches!(&dialect.meaning, RoleMeaning::Consumption(rules) if plan::takes_partner_id(rules))
}
