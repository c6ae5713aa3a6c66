//! The dialects that are part of the program: one TOML file each, in the order of the documentation.

use std::sync::OnceLock;

use super::{Dialect, parse};

macro_rules! texts {
    ($($name:literal)*) => { &[$(($name, include_str!(concat!("builtin/", $name, ".toml"))),)*] };
}

const TEXTS: &[(&str, &str)] = texts! {
    "insights-azure-usage"
    "cost-partner"
    "cost-partner-subscription"
    "cost-customer"
    "cost-enterprise"
    "cost-pay-as-you-go"
    "focus"
    "recon-daily-rated"
    "insights-training"
    "insights-profile"
    "consumption"
    "credentials"
    "partners"
    "associations"
    "rates"
    "markets"
};

/// Name and text of every built-in dialect.
pub fn builtin_texts() -> &'static [(&'static str, &'static str)] {
    TEXTS
}

/// Every built-in dialect.
pub fn builtin() -> &'static [Dialect] {
    static DIALECTS: OnceLock<Vec<Dialect>> = OnceLock::new();
    DIALECTS.get_or_init(|| {
        TEXTS.iter().map(|(_, text)| parse(text).expect("a test checks every built-in dialect")).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::dialect::check;

    #[test]
    fn every_built_in_dialect_is_sound_and_named_like_its_file() {
        for (name, text) in TEXTS {
            assert_eq!(check(text), Vec::<String>::new(), "{name}");
            let dialect = parse(text).unwrap();
            assert_eq!(dialect.name, *name);
            assert!(!dialect.source.is_empty());
        }
    }
}
