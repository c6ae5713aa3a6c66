//! The fault of an id that no input names. Comes in: the id, and the ids of all partners. Goes out: an input error that tells which may have been meant. It
//! looks nothing up.

use super::error::{InputError, InputErrorCode};
use crate::base::ids::PartnerId;
use crate::base::text::{list_some, near_word};

/// Fewest letters of a text that is looked for in names.
const LETTERS: usize = 3;

/// Ids that are told.
const IDS_TOLD: usize = 3;

/// The fault of an id. `asked_by`: what names the id, such as `--partner: `, or nothing. `partners`: the id of every partner, sorted, with its name.
pub(crate) fn unknown_partner<'i>(
    partner: &PartnerId,
    asked_by: &str,
    partners: impl Iterator<Item = (&'i str, Option<&'i str>)> + Clone,
) -> InputError {
    let ids = partners.clone().map(|(id, _)| id);
    if let Some(named) = partners_of_name(partner.as_str(), partners) {
        let message = format!("{asked_by}no input has {partner} as the id of a partner; {named}");
        return InputError { input: None, code: InputErrorCode::NoPartner, message };
    }
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

/// The partners whose name holds a text, in any case, for people. `None` if there is none, or the text is too short or a number.
fn partners_of_name<'i>(
    text: &str,
    partners: impl Iterator<Item = (&'i str, Option<&'i str>)>,
) -> Option<String> {
    let text = text.to_lowercase();
    if text.chars().filter(|c| c.is_alphabetic()).count() < LETTERS {
        return None;
    }
    let is_it =
        |(_, name): &(&str, Option<&str>)| name.is_some_and(|name| name.to_lowercase().contains(&text));
    let ids: Vec<&str> = partners.filter(is_it).map(|(id, _)| id).collect();
    match ids.as_slice() {
        [] => None,
        [only] => Some(format!("{only} has that name: give the id")),
        some => {
            Some(format!("partners with that in their name are {}: give an id", list_some(some, IDS_TOLD)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(id: &str, ids: &[&str]) -> String {
        let partners = ids.iter().map(|id| match id.split_once(' ') {
            Some((id, name)) => (id, Some(name)),
            None => (*id, None),
        });
        let fault = unknown_partner(&PartnerId::parse(id).unwrap(), "", partners);
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
        let named = ["4000101 Contoso Cloud", "4000102 Northwind Traders", "4000103 Contoso (UK)"];
        assert_eq!(advice("northwind", &named), "4000102 has that name: give the id");
        assert_eq!(
            advice("CONTOSO", &named),
            "partners with that in their name are 4000101, 4000103: give an id"
        );
        assert_eq!(advice("co", &named), "give an id as the report shows it, such as 4000101");
    }
}
