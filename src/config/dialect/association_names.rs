//! Values of association columns. Comes in: the text of a cell, and the names that a dialect lists. Goes out: the association that the text
//! names. It reads no file.

use super::normalise;
use crate::base::association::Association;

/// The association that a value of an association column names: compared without case, blanks, `_` and `-`, as header names are. `None` if
/// no name is equal.
pub fn association_named(names: &[(String, Association)], value: &str) -> Option<Association> {
    let value = normalise(value);
    names.iter().find(|(name, _)| *name == value).map(|(_, association)| *association)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::dialect::{RoleMeaning, builtin};

    #[test]
    fn an_association_is_named_in_any_case_and_with_the_words_of_exports() {
        let dialect = builtin().iter().find(|dialect| dialect.name == "associations").unwrap();
        let RoleMeaning::Associations(meaning) = &dialect.meaning else { unreachable!("its role") };
        let named = |text: &str| association_named(&meaning.kind.1, text);
        for (text, association) in [
            ("DPOR", Association::Dpor),
            ("Digital Partner of Record", Association::Dpor),
            ("partner_of_record", Association::Dpor),
            (" Transacting Partner-of-Record (TPOR) ", Association::Tpor),
            ("CSP Tier 1", Association::CspTier1),
            ("csp_tier1", Association::CspTier1),
            ("CSP TIER-2", Association::CspTier2),
            ("Partner Admin Link", Association::Pal),
        ] {
            assert_eq!(named(text), Some(association), "{text}");
        }
        for text in ["", "CSP", "Tier 1", "reseller"] {
            assert_eq!(named(text), None, "{text}");
        }
    }
}
