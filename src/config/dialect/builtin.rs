//! The built-in dialects: one TOML file each in `builtin/`, listed by the build script in the order of their `order`. Comes in: nothing.
//! Goes out: their texts, and the dialects read from them. It knows none of them by name.

use std::sync::OnceLock;

use super::{Dialect, parse};

const TEXTS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/dialects.rs"));

/// Name and text of every built-in dialect, in the order in which they are listed.
pub fn builtin_texts() -> &'static [(&'static str, &'static str)] {
    TEXTS
}

/// Every built-in dialect, in the order of [`builtin_texts`].
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
