//! Credentials that a record almost names (SPEC 3.4): a code that lost a digit or has another separator, a title with another letter. Comes
//! in: the texts of a record that names no credential. Goes out: the credentials of the rule set that are nearest. It counts nothing.

use super::naming::comparable;
use super::{Credential, RuleSet};

/// Most edits between a title and a near one; there is at most one in [`TITLE_EDIT_CHARS`] characters.
const TITLE_EDITS: usize = 2;
const TITLE_EDIT_CHARS: usize = 10;

/// Fewest words of a title that is near a longer one which holds all of them, and most words that the longer one has more.
const TITLE_WORDS: usize = 3;
const TITLE_WORDS_MORE: usize = 2;

/// Most characters of a text that is compared.
const TEXT_CHARS: usize = 200;

/// Fewest and most digits of a piece of a text that may be a code with a fault.
const CODE_DIGITS: std::ops::RangeInclusive<usize> = 3..=8;

/// The credentials that a record almost names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NearCredential {
    /// The code as the record has it, in lower case. **Absent**: a title is near.
    pub written: Option<String>,
    /// The codes, or titles where there is no code, of the nearest credentials, in the order of the rule set; at least one.
    pub nearest: Vec<String>,
}

/// The credentials of a rule set, ready to be compared with the texts of many records. Size: the size of the rule set's codes and titles.
#[derive(Debug, Clone)]
pub struct NearIndex {
    credentials: Vec<CredentialForms>,
}

#[derive(Debug, Clone)]
struct CredentialForms {
    /// The name for messages.
    shown: String,
    code: Option<CodeForm>,
    titles: Vec<TitleForm>,
}

/// A code as it is compared: without separators, and how many characters stand between them.
#[derive(Debug, Clone)]
struct CodeForm {
    chars: Vec<char>,
    groups: Vec<usize>,
}

/// A title as it is compared: its words, and all their characters.
#[derive(Debug, Clone)]
struct TitleForm {
    words: Vec<String>,
    chars: Vec<char>,
}

impl NearIndex {
    /// The index of `rules`.
    pub fn of(rules: &RuleSet) -> NearIndex {
        let credentials = rules.groups.iter().flat_map(|group| &group.credentials);
        NearIndex { credentials: credentials.map(CredentialForms::of).collect() }
    }

    /// The credentials that the texts of a record, which names none, are near to. `None` if they are near to none: another whole code of the
    /// same form is another exam.
    pub fn near<'t>(&self, texts: impl Iterator<Item = &'t str>) -> Option<NearCredential> {
        texts.into_iter().find_map(|text| {
            let text: String = comparable(text).chars().take(TEXT_CHARS).collect();
            self.near_codes(&text).or_else(|| self.near_titles(&text))
        })
    }

    fn near_codes(&self, text: &str) -> Option<NearCredential> {
        code_tokens(text).into_iter().find_map(|written| {
            let found = CodeForm::of(&written);
            let nearest = self
                .shown(|credential| credential.code.as_ref().is_some_and(|code| found.is_near(code, text)));
            nearest.map(|nearest| NearCredential { written: Some(written), nearest })
        })
    }

    fn near_titles(&self, text: &str) -> Option<NearCredential> {
        let found = TitleForm::of(text);
        let nearest = self.shown(|credential| credential.titles.iter().any(|title| found.is_near(title)));
        nearest.map(|nearest| NearCredential { written: None, nearest })
    }

    /// The names of the credentials that are near. `None` if none is.
    fn shown(&self, is_near: impl Fn(&CredentialForms) -> bool) -> Option<Vec<String>> {
        let near = self.credentials.iter().filter(|credential| is_near(credential));
        let shown: Vec<String> = near.map(|credential| credential.shown.clone()).collect();
        (!shown.is_empty()).then_some(shown)
    }
}

impl CredentialForms {
    fn of(credential: &Credential) -> CredentialForms {
        let title = credential.titles.first().map(String::as_str).unwrap_or_default();
        CredentialForms {
            shown: credential.code.as_deref().unwrap_or(title).to_owned(),
            code: credential.code.as_deref().map(|code| CodeForm::of(&comparable(code))),
            titles: credential.titles.iter().map(|title| TitleForm::of(&comparable(title))).collect(),
        }
    }
}

/// Pieces of a text that look like a code: digits, with at most one letter among them and separators between them.
fn code_tokens(text: &str) -> Vec<String> {
    let words: Vec<&str> =
        text.split(|c: char| !(c.is_alphanumeric() || is_separator(c)) || c == ' ').collect();
    let is_codelike = |word: &str| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let others = word.chars().filter(|c| !c.is_ascii_digit() && !is_separator(*c)).count();
        CODE_DIGITS.contains(&digits) && others <= 1
    };
    let is_digits = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    let mut tokens = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let trimmed = word.trim_matches(is_separator);
        // `exam70-533`
        let bare =
            trimmed.trim_start_matches(|c: char| c.is_ascii_alphabetic()).trim_start_matches(is_separator);
        let trimmed = if trimmed.len() > bare.len() + 1 { bare } else { trimmed };
        if is_codelike(trimmed) {
            tokens.push(trimmed.to_owned());
        }
        if let (true, Some(next)) = (is_digits(word), words.get(at + 1))
            && is_digits(next)
        {
            tokens.push(format!("{word} {next}"));
        }
    }
    tokens
}

fn is_separator(c: char) -> bool {
    matches!(c, '-' | '_' | '.' | '/' | ' ' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

impl CodeForm {
    fn of(code: &str) -> CodeForm {
        CodeForm {
            chars: code.chars().filter(|c| !is_separator(*c)).collect(),
            groups: code.split(is_separator).map(|group| group.chars().count()).collect(),
        }
    }

    /// Whether a piece of a text is a code with a fault. A code with a separator, such as `70-533`, may have another separator or none, one
    /// digit more or less, or a letter in place of a digit. A code of digits alone has no form that a fault would break: another number is another
    /// course.
    fn is_near(&self, code: &CodeForm, text: &str) -> bool {
        if self.chars == code.chars {
            return true;
        }
        let is_exam = code.groups.len() > 1;
        let is_all_digits = self.chars.iter().all(char::is_ascii_digit);
        let has_form = self.groups.len() == code.groups.len() || text.contains("exam");
        if !is_exam || !has_form || is_all_digits && self.chars.len() == code.chars.len() {
            return false;
        }
        edits_at_most(&self.chars, &code.chars, 1)
    }
}

impl TitleForm {
    fn of(text: &str) -> TitleForm {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let words: Vec<String> = words.map(str::to_owned).collect();
        let chars = words.iter().flat_map(|word| word.chars()).collect();
        TitleForm { words, chars }
    }

    /// Whether a text is a title but for punctuation, for at most two letters, or for one or two words more or less at its ends.
    fn is_near(&self, title: &TitleForm) -> bool {
        if self.words == title.words {
            return !self.words.is_empty();
        }
        let (shorter, longer) = match self.words.len() <= title.words.len() {
            true => (&self.words, &title.words),
            false => (&title.words, &self.words),
        };
        let more = longer.len() - shorter.len();
        if shorter.len() >= TITLE_WORDS
            && (1..=TITLE_WORDS_MORE).contains(&more)
            && longer.windows(shorter.len()).any(|window| window == &shorter[..])
        {
            return true;
        }
        let limit = TITLE_EDITS.min(title.chars.len() / TITLE_EDIT_CHARS);
        let digits =
            |title: &TitleForm| title.chars.iter().copied().filter(char::is_ascii_digit).collect::<String>();
        edits_at_most(&self.chars, &title.chars, limit) && digits(self) == digits(title)
    }
}

/// Whether two texts are at most `limit` insertions, deletions or replacements apart.
fn edits_at_most(a: &[char], b: &[char], limit: usize) -> bool {
    if a.len().abs_diff(b.len()) > limit {
        return false;
    }
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[same..], &b[same..]);
    if a.is_empty() || b.is_empty() {
        return a.len().max(b.len()) <= limit;
    }
    limit > 0
        && (edits_at_most(&a[1..], &b[1..], limit - 1)
            || edits_at_most(&a[1..], b, limit - 1)
            || edits_at_most(a, &b[1..], limit - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::rules::builtin;

    fn near(text: &str) -> Vec<String> {
        let index = NearIndex::of(&builtin()[0]);
        index.near(std::iter::once(text)).map(|near| near.nearest).unwrap_or_default()
    }

    #[test]
    fn a_code_with_a_fault_is_near_and_another_whole_code_is_another_exam() {
        for text in [
            "70 533",
            "70533",
            "Exam 70533",
            "70\u{2013}533",
            "70_533",
            "70.533",
            "Exam 70 533: Implementing",
        ] {
            assert_eq!(near(text), ["70-533"], "{text}");
        }
        for text in ["70-5333", "170-533", "7O-533", "70-S33", "70-533a", "exam70-5333"] {
            assert!(near(text).contains(&"70-533".to_owned()), "{text}: {:?}", near(text));
        }
        assert_eq!(near("70-53"), ["70-532", "70-533", "70-534"]);
        for text in [
            "70-530",
            "70 530",
            "70530",
            "Exam 70-346: Managing Office 365",
            "AZ-900",
            "98-361",
            "70-5",
            "2017-05-33",
            "705330",
            "",
            "-",
            "exam",
            "13737",
            "1373",
            "137366",
            "+49 70 5331234",
            "70-530-533",
        ] {
            assert_eq!(near(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_course_is_near_by_its_whole_number_alone() {
        assert_eq!(near("Course 13736"), ["13736"]);
        assert_eq!(near("#13736."), ["13736"]);
        assert_eq!(near("13726"), [""; 0]);
    }

    #[test]
    fn a_title_is_near_but_for_punctuation_a_letter_or_a_word_at_its_end() {
        for text in [
            "MCSA Linux on Azure",
            "MCSA - Linux On Azure",
            "MCSA: Linx on Azure",
            "Linux on Azure",
            "Microsoft MCSA: Linux on Azure",
        ] {
            assert_eq!(near(text).len(), 1, "{text}");
        }
        for text in
            ["MCSA: Office 365", "MCSA: SQL 2016", "Technical Assessment for Data Platform", "Azure", "Linux"]
        {
            assert_eq!(near(text), [""; 0], "{text}");
        }
    }
}
