//! The fault of an id that no input names. Comes in: the id, and the ids of all partners. Goes out: an input error that tells which may have been meant. It
//! looks nothing up.

use super::error::{InputError, InputErrorCode};
use crate::base::ids::PartnerId;
use crate::base::text::near_word;

/// Ids that are told.
const IDS_TOLD: usize = 3;

/// The fault of an id. `asked_by`: what names the id, such as `--partner: `, or nothing. `ids`: of every partner, sorted.
pub(crate) fn unknown_partner<'i>(
    partner: &PartnerId,
    asked_by: &str,
    ids: impl Iterator<Item = &'i str> + Clone,
) -> InputError {
    let begins: Vec<&str> = ids.clone().filter(|id| id.starts_with(partner.as_str())).collect();
    let advice = match (begins.as_slice(), near_word(partner.as_str(), ids.clone())) {
        ([], Some(near)) => format!("did you mean {near}?"),
        ([], None) => match ids.clone().next() {
            Some(first) => format!("give an id as the report shows it, such as {first}"),
            None => "no input names any partner".to_owned(),
        },
        ([only], _) => format!("did you mean {only}?"),
        (some, _) if some.len() <= IDS_TOLD => format!("ids that begin so are {}", some.join(", ")),
        (some, _) => {
            let (told, more) = some.split_at(IDS_TOLD);
            format!("ids that begin so are {} and {} more", told.join(", "), more.len())
        }
    };
    let message = format!("{asked_by}no input names the partner {partner}; {advice}");
    InputError { input: None, code: InputErrorCode::NoPartner, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(id: &str, ids: &[&str]) -> String {
        let fault = unknown_partner(&PartnerId::parse(id).unwrap(), "", ids.iter().copied());
        fault.message.split_once("; ").unwrap().1.to_owned()
    }

    #[test]
    fn the_id_that_was_meant_is_told() {
        let ids = ["4000101", "4000102", "4000103", "4000104", "5"];
        assert_eq!(advice("4000301", &ids), "did you mean 4000101?");
        assert_eq!(advice("400", &ids), "ids that begin so are 4000101, 4000102, 4000103 and 1 more");
        assert_eq!(advice("400010", &ids[2..]), "ids that begin so are 4000103, 4000104");
        assert_eq!(advice("400010", &ids[3..]), "did you mean 4000104?");
        assert_eq!(advice("99", &ids), "give an id as the report shows it, such as 4000101");
        assert_eq!(advice("99", &[]), "no input names any partner");
    }
}
