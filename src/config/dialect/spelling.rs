//! Misspelt header names. Comes in: names in the form in which they are compared. Goes out: their edit distance, and whether one is a misspelling
//! of another. It knows no header and no dialect but the documented ones.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::{Dialect, DocumentedHeader, builtin, documented_headers, normalise};
use crate::base::text::edits;

/// Most characters of a name that is compared for misspelling: longer ones cost too much.
pub(super) const SPELLING_CHARS: usize = 64;

/// Fewest characters of a name that can be a misspelling: short words are often one letter apart.
const SPELLING_CHARS_MIN: usize = 6;

/// Characters of a name for each edit of a misspelling.
const EDIT_CHARS: usize = 5;

/// Whether a header name is a misspelling of a documented one, both in the form in which names are compared: one edit in five characters
/// apart, and no name of another documented column. A word or a digit more makes another name, not a misspelling.
pub(super) fn is_misspelling(written: &str, name: &str) -> bool {
    let (shorter, longer) = if written.len() < name.len() { (written, name) } else { (name, written) };
    let length = longer.chars().count();
    if !(SPELLING_CHARS_MIN..=SPELLING_CHARS).contains(&length) {
        return false;
    }
    let has_a_word_more =
        longer.len() > shorter.len() + 1 && (longer.starts_with(shorter) || longer.ends_with(shorter));
    let letters = |name: &str| name.chars().filter(|c| !c.is_numeric()).collect::<String>();
    // `Reservations` is a column of its own beside `ReservationId`.
    let is_plural = name.ends_with("id") && written.ends_with('s');
    if has_a_word_more || is_plural || letters(written) == letters(name) {
        return false;
    }
    let distance = if is_transposition(written, name) { 1 } else { edits(written, name) };
    // Documented names are looked up last: few names come so far.
    distance * EDIT_CHARS <= length && !is_documented(written)
}

/// Whether two texts differ in the order of two neighbouring characters alone.
fn is_transposition(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else { return false };
    let (rest_a, rest_b) = (&a[at..], &b[at..]);
    rest_a.len() >= 2
        && rest_a.len() == rest_b.len()
        && rest_a[0] == rest_b[1]
        && rest_a[1] == rest_b[0]
        && rest_a[2..] == rest_b[2..]
}

/// Whether a documented header or a built-in dialect has a name, which is given in the form in which names are compared.
fn is_documented(name: &str) -> bool {
    static NAMES: OnceLock<BTreeSet<String>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let of_headers = documented_headers().iter().flat_map(DocumentedHeader::columns).map(normalise);
        let columns = builtin().iter().flat_map(|dialect| &dialect.columns);
        of_headers.chain(columns.flat_map(|column| column.compared.iter().cloned())).collect()
    });
    names.contains(name)
}

/// Whether a documented header of a dialect has a name, which is given in the form in which names are compared.
pub(super) fn is_documented_for(dialect: &Dialect, name: &str) -> bool {
    let of_dialect = |header: &&DocumentedHeader| header.dialect == Some(dialect.name.as_str());
    let headers = documented_headers().iter().filter(of_dialect);
    headers.flat_map(DocumentedHeader::columns).any(|column| normalise(column) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelling_is_one_edit_in_five_characters_and_no_other_name() {
        for (written, name) in [
            ("chargtyp", "chargetype"),
            ("publishertyp", "publishertype"),
            ("pricingpretaxtotl", "pricingpretaxtotal"),
            ("commitmentdiscountstatu", "commitmentdiscountstatus"),
            ("curerncy", "currency"),
            ("benefitidd", "benefitid"),
        ] {
            assert!(is_misspelling(written, name), "{written}");
        }
        for (written, name) in [
            ("chargetype2", "chargetype"),
            ("serviceinfo1", "serviceinfo2"),
            ("customer", "customerid"),
            ("reservations", "reservationid"),
            ("dates", "date"),
            ("mcid", "mcpid"),
            ("subscription", "subscriptionid"),
            ("usagedate", "date"),
            ("cost", "code"),
            ("billingcurrency", "pricingcurrency"),
            ("metername", "meterregion"),
            ("", "cost"),
        ] {
            assert!(!is_misspelling(written, name), "{written}");
        }
    }
}
