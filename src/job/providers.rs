//! Providers of CSP rows, for people: those that nothing identifies, and an option that identifies none. Comes in: sources, what was judged, the
//! options. Goes out: warnings, an input error. It resolves no provider: judging does.

use super::{ConsumptionSource, RunOptions};
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

/// That `--partner-id` applies to no input: no export, and no source of a credits table, is of a dialect that has a use for it.
pub(super) fn partner_id_unused(
    options: &RunOptions,
    inputs: &[Input<'_>],
    consumption: &[ConsumptionSource],
    user: &[Dialect],
) -> Option<InputError> {
    let partner = options.reading.partner_id.as_ref()?;
    let takes = |dialect: &Dialect| matches!(&dialect.meaning, RoleMeaning::Consumption(rules) if plan::takes_partner_id(rules));
    if inputs.iter().any(|input| takes(input.layout.dialect))
        || consumption.iter().any(|source| source.rules.takes_partner_id)
    {
        return None;
    }
    let names: Vec<&str> = user
        .iter()
        .chain(dialect::builtin())
        .filter(|dialect| takes(dialect))
        .map(|dialect| dialect.name.as_str())
        .collect();
    let message = format!(
        "--partner-id {partner} applies to no input: it is the provider of rows that name none, in exports of the dialects {}; leave it out, or give such an export",
        names.join(", ")
    );
    Some(InputError { input: None, code: InputErrorCode::PartnerIdUnused, message })
}
