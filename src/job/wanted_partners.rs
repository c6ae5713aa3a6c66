//! The partners that an explanation or a plan is asked for. Comes in: ids, and the outcomes of all partners. Goes out: their outcomes, or a fault for each
//! id that no input names. It judges nothing.

use crate::base::ids::PartnerId;
use crate::diagnostics::error::Error;
use crate::diagnostics::unknown_partner::unknown_partner;
use crate::job::Reading;
use crate::job::judged_run::PartnerOutcome;

/// The outcomes of some partners, in report order; of a partner that rolls up, of its head. `asked_by`: what names the ids, for faults.
pub(super) fn wanted_partners<'o>(
    reading: &Reading<'_>,
    outcomes: &'o [PartnerOutcome<'o>],
    partners: &[PartnerId],
    asked_by: &str,
) -> Result<Vec<&'o PartnerOutcome<'o>>, Error> {
    let names = outcomes.iter().map(|(facts, ..)| (facts.partner.as_str(), facts.name.as_deref()));
    let (mut wanted, mut input_errors) = (Vec::new(), Vec::new());
    for partner in partners {
        let head = reading.roster.head(partner);
        match outcomes.binary_search_by(|(facts, ..)| facts.partner.cmp(head)) {
            Ok(nth) => wanted.push(nth),
            Err(_) => input_errors.push(unknown_partner(partner, asked_by, names.clone())),
        }
    }
    if !input_errors.is_empty() {
        return Err(Error::Inputs { input_errors });
    }
    wanted.sort_unstable();
    wanted.dedup();
    Ok(wanted.into_iter().map(|nth| &outcomes[nth]).collect())
}
