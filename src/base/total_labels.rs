//! Texts in a column of partner ids that name no partner, though they are no blanks: labels of totals, as spreadsheets and people write them below
//! rows, and mail addresses (SPEC 3.11). Comes in: the trimmed text of a cell. Goes out: whether it is such a text. It looks nothing up.

/// Words for a total, in lower case: of spreadsheets, which write them beside the value of a group, and of people.
pub(crate) const TOTAL_WORDS: [&str; 33] = [
    "total",
    "totals",
    "subtotal",
    "subtotals",
    "sub-total",
    "sum",
    "result",
    "gesamt",
    "ergebnis",
    "summe",
    "gesamtsumme",
    "gesamtergebnis",
    "zwischensumme",
    "teilergebnis",
    "endsumme",
    "somme",
    "sous-total",
    "suma",
    "soma",
    "somma",
    "totale",
    "subtotale",
    "totaal",
    "subtotaal",
    "eindtotaal",
    "合計",
    "小計",
    "総計",
    "集計",
    "合计",
    "小计",
    "总计",
    "汇总",
];

/// Whether a text is the label of a total: a word for one, alone or beside one other word (`5550001 Total`, `Grand total:`).
pub(crate) fn is_total_label(text: &str) -> bool {
    let text = text.trim_end_matches([':', ' ']);
    let mut words = text.split(' ').filter(|word| !word.is_empty());
    match (words.next(), words.next(), words.next()) {
        (Some(word), None, None) => is_total_word(word),
        (Some(first), Some(last), None) => is_total_word(first) || is_total_word(last),
        (_, _, _) => false,
    }
}

fn is_total_word(word: &str) -> bool {
    if word.is_ascii() {
        return TOTAL_WORDS.iter().any(|total| total.eq_ignore_ascii_case(word));
    }
    let word = word.to_lowercase();
    TOTAL_WORDS.contains(&word.as_str())
}

/// Whether a text holds a mail address: a sign `@` behind a character, with a dot between the characters that follow.
pub(crate) fn holds_mail_address(text: &str) -> bool {
    let mut parts = text.split('@');
    let mut before = parts.next().unwrap_or_default();
    for part in parts {
        let follows_text = before.bytes().last().is_some_and(|byte| !byte.is_ascii_whitespace());
        let domain = part.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
        let has_dot = domain.char_indices().any(|(at, c)| c == '.' && at > 0 && at + 1 < domain.len());
        if follows_text && has_dot {
            return true;
        }
        before = part;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_for_a_total_is_a_label_alone_and_beside_one_word() {
        for text in [
            "Total",
            "TOTAL:",
            "Grand total",
            "grand  total :",
            "5550001 Total",
            "Total 5550001",
            "Total général",
            "5550001 Ergebnis",
            "Gesamtergebnis",
            "(blank) Total",
            "5550001 集計",
            "Summe",
        ] {
            assert!(is_total_label(text), "{text}");
        }
        for text in [
            "",
            ":",
            "5550001",
            "Totally",
            "P-total",
            "Contoso Total Cloud",
            "Total Energies Cloud",
            "Summer",
        ] {
            assert!(!is_total_label(text), "{text}");
        }
        for word in TOTAL_WORDS {
            assert!(is_total_label(word) && word == word.to_lowercase());
        }
    }

    #[test]
    fn a_mail_address_has_a_dot_behind_its_sign() {
        for text in ["ann@example.com", "Ann <ann@example.co.uk>", "x@y@example.com", "mailto:é@müller.de"]
        {
            assert!(holds_mail_address(text), "{text}");
        }
        for text in
            ["ann@example", "@example.com", "a @example.com", "a@.com", "a@b. c", "a@b.", "5550001", "@@"]
        {
            assert!(!holds_mail_address(text), "{text}");
        }
    }
}
