//! How Excel of a country opens a CSV by a double click. Comes in: a locale such as `de-DE`. Goes out: the delimiter and the decimal mark that
//! Windows has for it. It writes nothing.

/// A form of CSV. All forms begin with a byte order mark, without which Excel takes UTF-8 for another encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExcelLocale {
    /// Stands between cells: the country's list separator.
    pub delimiter: u8,
    /// Stands in amounts.
    pub decimal_mark: char,
}

/// Comma between cells, point in amounts.
const POINT: ExcelLocale = ExcelLocale { delimiter: b',', decimal_mark: '.' };
/// Semicolon between cells, comma in amounts.
const COMMA: ExcelLocale = ExcelLocale { delimiter: b';', decimal_mark: ',' };
/// Semicolon between cells, point in amounts.
const SEMICOLON_POINT: ExcelLocale = ExcelLocale { delimiter: b';', decimal_mark: '.' };

/// Locales by their form. **Source**: the list separators and decimal symbols of Windows 11.
const LOCALES: [(ExcelLocale, &[&str]); 3] = [
    (
        POINT,
        &[
            "en-AU", "en-CA", "en-GB", "en-HK", "en-IE", "en-IN", "en-NZ", "en-PH", "en-SG", "en-US",
            "es-MX", "he-IL", "ja-JP", "ko-KR", "th-TH", "zh-CN", "zh-HK", "zh-SG", "zh-TW",
        ],
    ),
    (
        COMMA,
        &[
            "bg-BG", "cs-CZ", "da-DK", "de-AT", "de-DE", "de-LU", "el-GR", "es-AR", "es-CL", "es-CO",
            "es-ES", "et-EE", "fi-FI", "fr-BE", "fr-CA", "fr-FR", "fr-LU", "hr-HR", "hu-HU", "id-ID",
            "it-IT", "lt-LT", "lv-LV", "nb-NO", "nl-BE", "nl-NL", "pl-PL", "pt-BR", "pt-PT", "ro-RO",
            "ru-RU", "sk-SK", "sl-SI", "sv-SE", "tr-TR", "uk-UA", "vi-VN",
        ],
    ),
    (SEMICOLON_POINT, &["de-CH", "de-LI", "it-CH"]),
];

impl ExcelLocale {
    /// The form of a locale, in any case, with `-` or `_`.
    ///
    /// # Errors
    /// The locale is not in the list: which ones are.
    pub fn parse(text: &str) -> Result<ExcelLocale, String> {
        let wanted = text.replace('_', "-");
        let form = LOCALES
            .iter()
            .find(|(_, locales)| locales.iter().any(|locale| locale.eq_ignore_ascii_case(&wanted)));
        form.map(|(form, _)| *form).ok_or_else(|| {
            let mut names: Vec<&str> =
                LOCALES.iter().flat_map(|(_, locales)| locales.iter().copied()).collect();
            names.sort_unstable();
            format!("no form of CSV is on record for {text}; one of {} is expected", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_has_one_form_in_any_spelling() {
        assert_eq!(ExcelLocale::parse("de-DE"), Ok(COMMA));
        assert_eq!(ExcelLocale::parse("de_de"), Ok(COMMA));
        assert_eq!(ExcelLocale::parse("EN-us"), Ok(POINT));
        assert_eq!(ExcelLocale::parse("de-CH"), Ok(SEMICOLON_POINT));
        assert!(ExcelLocale::parse("de").unwrap_err().contains("de-AT, de-CH, de-DE"));
    }

    #[test]
    fn no_locale_has_two_forms() {
        let mut names: Vec<&str> = LOCALES.iter().flat_map(|(_, locales)| locales.iter().copied()).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
