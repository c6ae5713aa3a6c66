//! Text that several rooms write alike. Comes in: values. Goes out: their text. It knows no file and no message.

/// Lower-case hexadecimal digits of `bytes`, two for each byte, the first byte first.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first `shown` items, joined by commas, and how many more there are: `a, b and 3 more`.
pub(crate) fn list_some(items: &[impl AsRef<str>], shown: usize) -> String {
    let first: Vec<&str> = items.iter().take(shown).map(AsRef::as_ref).collect();
    let first = first.join(", ");
    match items.len().checked_sub(shown) {
        None | Some(0) => first,
        Some(more) => format!("{first} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_shows_its_first_items_and_counts_the_others() {
        assert_eq!(list_some(&["a", "b"], 2), "a, b");
        assert_eq!(list_some(&["a", "b", "c", "d"], 2), "a, b and 2 more");
        assert_eq!(list_some(&[""; 0], 2), "");
    }

    #[test]
    fn each_byte_is_two_digits() {
        assert_eq!(hex(&[0, 0x0a, 0xff]), "000aff");
        assert_eq!(hex(&[]), "");
    }
}
