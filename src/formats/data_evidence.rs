//! Whether a file that no dialect fits looks like data. Comes in: the first bytes of a text, or the first rows of a sheet. Goes out: yes or no,
//! and the name of a container that is not read. It decides what people are told of a file that is passed over, never what is read.
//!
//! Data is delimited text with at least three columns alike in two rows, JSON lines, or an archive. Prose, code and pictures are no data.
//! Two lines of prose can have the same number of commas, so that delimited text needs further evidence: delimiters without a blank behind
//! them, short cells, and either most lines alike or a column of numbers, dates or ids.

use super::skipped::SkipClass;

/// Lines of a text that are looked at.
const LINES: usize = 40;
/// Bytes of a line that are looked at.
const LINE_BYTES: usize = 64 << 10;
/// Columns that are data, at least.
const COLUMNS: usize = 3;
/// Lines alike that are data, however many other lines there are.
const LONG_RUN: usize = 5;
/// Words of a cell, on average, above which lines are prose.
const CELL_WORDS: usize = 4;
/// Columns above which a long cell is no sign of prose.
const WIDE: usize = 6;

/// Delimiters of text that is read.
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];
/// Delimiters of text that is data, and is not read.
const UNREAD_DELIMITERS: [char; 3] = ['^', '~', '¦'];

/// Endings of names that promise data.
const DATA_ENDINGS: [&str; 19] = [
    "csv", "tsv", "tab", "psv", "txt", "parquet", "xlsx", "xlsm", "xlsb", "xls", "ods", "gz", "zst", "zip",
    "json", "jsonl", "ndjson", "7z", "tar",
];

/// Endings of names that promise prose or code.
const PROSE_AND_CODE_ENDINGS: [&str; 61] = [
    "md", "markdown", "rst", "adoc", "tex", "rtf", "html", "htm", "xhtml", "xml", "xsd", "xsl", "svg", "css",
    "scss", "js", "mjs", "ts", "tsx", "jsx", "py", "ipynb", "rs", "go", "c", "h", "cc", "cpp", "hpp", "cs",
    "java", "kt", "scala", "swift", "rb", "php", "pl", "r", "jl", "lua", "sh", "bash", "zsh", "ps1", "psm1",
    "bat", "cmd", "sql", "kql", "dax", "pq", "m", "vb", "bas", "tf", "bicep", "toml", "yaml", "yml", "ini",
    "lock",
];

/// Magic numbers of archives and stores of data that are not read: where they stand, and the name of the container.
const CONTAINERS: [(usize, &[u8], &str); 15] = [
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"\xfd7zXZ\0", "an xz file"),
    (0, b"BZh", "a bzip2 file"),
    (0, b"\x04\x22\x4d\x18", "an LZ4 file"),
    (257, b"ustar", "a tar archive"),
    (0, b"PK\x03\x04", "a zip archive inside compressed data"),
    (0, b"PAR1", "Parquet inside compressed data"),
    (0, b"\x1f\x8b", "gzip inside compressed data"),
    (0, b"\x28\xb5\x2f\xfd", "zstd inside compressed data"),
    (0, b"Obj\x01", "an Avro file"),
    (0, b"ORC", "an ORC file"),
    (0, b"ARROW1", "an Arrow file"),
    (0, b"SQLite format 3\0", "an SQLite database"),
    (8, b"DUCK", "a DuckDB database"),
];

/// The container, not read by attain, that bytes begin. `None` if they begin none.
pub(super) fn container(head: &[u8]) -> Option<&'static str> {
    let begins = |at: usize, magic: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(magic));
    let found = CONTAINERS.iter().find(|(at, magic, _)| begins(*at, magic));
    found.filter(|_| is_binary(head)).map(|(.., name)| *name)
}

/// Whether bytes begin like text in UTF-16 or UTF-32 without a byte order mark: in every pair, one byte is NUL and one is not, or both are.
pub(super) fn is_unmarked_utf_16(head: &[u8]) -> bool {
    let first = head.get(..32).unwrap_or_default();
    let nuls = |skipped: usize| first.iter().skip(skipped).step_by(2).filter(|byte| **byte == 0).count();
    let letters = first.iter().filter(|byte| byte.is_ascii_graphic()).count();
    letters >= 6 && (nuls(0) == 16 || nuls(1) == 16)
}

/// Whether a name ends like a file of data.
pub(super) fn is_named_like_data(name: &str) -> bool {
    ending(name).is_some_and(|ending| DATA_ENDINGS.contains(&ending.as_str()))
}

/// Whether a name ends like a file of prose or code.
pub(super) fn is_named_like_prose_or_code(name: &str) -> bool {
    ending(name).is_some_and(|ending| PROSE_AND_CODE_ENDINGS.contains(&ending.as_str()))
}

/// The ending of the name of a file, in lower case. `None` if the name has none.
pub(super) fn ending(name: &str) -> Option<String> {
    let file = name.rsplit('/').next()?;
    file.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase())
}

/// The class of a text that no dialect fits. `head` holds its first bytes, decompressed.
pub(super) fn class_of_text(name: &str, head: &[u8]) -> SkipClass {
    let is_data = if is_binary(head) {
        // Damaged data, or in an encoding that is not recognised.
        is_named_like_data(name)
    } else {
        let is_prose_or_code = is_named_like_prose_or_code(name);
        !is_prose_or_code && is_data_text(&String::from_utf8_lossy(head))
    };
    if is_data { SkipClass::Unrecognised } else { SkipClass::NoData }
}

/// Whether bytes are no text.
fn is_binary(head: &[u8]) -> bool {
    let first = &head[..head.len().min(4096)];
    let is_control = |byte: &&u8| **byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1e);
    first.contains(&0) || first.iter().filter(is_control).count() * 20 > first.len()
}

fn is_data_text(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    // A record separator begins each object of a JSON text sequence.
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.get(..LINE_BYTES).unwrap_or(line).trim_end().trim_start_matches('\u{1e}'))
        .filter(|line| !line.trim().is_empty())
        .take(LINES)
        .collect();
    match lines.first().map(|line| line.trim_start()) {
        None => false,
        Some(first) if first.starts_with('{') => are_json_lines(&lines),
        Some(first) if first.starts_with('[') => is_json_array(text) || is_array_of_arrays(text),
        Some(first) if first.starts_with('<') || first.starts_with("#!") => false,
        Some(_) => {
            DELIMITERS.iter().chain(&UNREAD_DELIMITERS).any(|delimiter| is_delimited(&lines, *delimiter))
        }
    }
}

/// Why text that looks like data is in a form that no dialect can make readable, and what to do. `None` if it is in no such form.
pub(super) fn unread_form(head: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let first = text.lines().next().unwrap_or_default();
    if text.starts_with('\u{1e}') {
        Some(
            "JSON with a record separator before each object, which is not read; write one object a line without it",
        )
    } else if text.starts_with("{'") || text.starts_with("[{'") {
        Some("objects in single quotes are no JSON; write them as JSON, one a line")
    } else if text.starts_with('[') && is_array_of_arrays(text) {
        Some("JSON arrays of values, which are not read; write an object for each row, one a line")
    } else if first.contains(UNREAD_DELIMITERS) && !first.contains(DELIMITERS) {
        Some(
            "cells with another delimiter than those that are read; save it with commas, semicolons, tabs or bars",
        )
    } else {
        None
    }
}

/// Whether the first two lines are an object each.
fn are_json_lines(lines: &[&str]) -> bool {
    let is_object = |line: &&str| {
        let line = line.trim();
        line.ends_with('}') && line.trim_start_matches('{').trim_start().starts_with(['"', '\''])
    };
    lines.len() >= 2 && lines.iter().take(2).all(is_object)
}

/// Whether a JSON text is an array of objects, and at least two of them begin with the same key.
fn is_json_array(text: &str) -> bool {
    let rest = text.trim_start().trim_start_matches('[').trim_start();
    let key = rest.strip_prefix('{').and_then(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
    let begins = |key: &str| {
        let is_key = |object: &&str| object.trim_start().trim_start_matches('"').starts_with(key);
        text.split('{').skip(1).filter(is_key).count()
    };
    key.is_some_and(|key| begins(key) >= 2)
}

/// Whether a JSON text is an array of arrays, with at least two rows of as many values as a table has columns.
fn is_array_of_arrays(text: &str) -> bool {
    let Some(rows) = text.trim_start().strip_prefix('[') else { return false };
    let is_row = |row: &&str| row.matches(',').count() + 1 >= COLUMNS;
    rows.trim_start().starts_with('[')
        && rows.split('[').skip(1).filter_map(|row| row.split(']').next()).filter(is_row).count() >= 2
}

/// The cells of a line. Delimiters between double quotes do not count, unless a quote is not closed on the line.
fn cells(line: &str, delimiter: char) -> Vec<&str> {
    if line.matches('"').count() % 2 == 1 {
        return line.split(delimiter).collect();
    }
    let mut is_quoted = false;
    line.split(move |c: char| {
        is_quoted ^= c == '"';
        c == delimiter && !is_quoted
    })
    .collect()
}

fn is_delimited(lines: &[&str], delimiter: char) -> bool {
    let rows: Vec<Vec<&str>> = lines.iter().map(|line| cells(line, delimiter)).collect();
    let mut from = 0;
    while from < rows.len() {
        let width = rows[from].len();
        let to = from + rows[from..].iter().take_while(|row| row.len() == width).count();
        if width >= COLUMNS && is_table(&rows[from..to], delimiter, lines.len()) {
            return true;
        }
        from = to;
    }
    false
}

/// Whether consecutive rows of one width are a table; `lines` lines of the text are looked at.
fn is_table(run: &[Vec<&str>], delimiter: char, lines: usize) -> bool {
    let filled = run.iter().filter(|row| filled_cells(row).count() >= COLUMNS).count();
    if filled < 2 {
        return false;
    }
    let width = run[0].len();
    let (mut words, mut cells, mut longest) = (0, 0, 0);
    for cell in run.iter().flat_map(|row| filled_cells(row)) {
        let in_cell = cell.split_whitespace().count();
        (words, cells, longest) = (words + in_cell, cells + 1, longest.max(in_cell));
    }
    if words > CELL_WORDS * cells {
        return false;
    }
    let has_typed_column = (0..width).any(|column| {
        let typed = run.iter().filter(|row| is_typed(row[column])).count();
        typed >= 2 && typed + 1 >= run.len()
    });
    let behind: usize = run.iter().map(|row| row.len() - 1).sum();
    let with_blank = run
        .iter()
        .flat_map(|row| &row[1..])
        .filter(|cell| delimiter != '\t' && cell.starts_with(' '))
        .count();
    // Prose, code and drawn tables have blanks behind their commas and bars.
    if 2 * with_blank > behind {
        let is_drawn = run.iter().any(|row| row[0].trim().is_empty());
        return !is_drawn && run.len() >= LONG_RUN && has_typed_column;
    }
    let is_most = 2 * run.len() >= lines;
    let is_terse = longest < CELL_WORDS || width > WIDE;
    // A header is terse, and every line of prose has a long cell.
    let is_short = |cell: &&str| cell.split_whitespace().count() < CELL_WORDS;
    let has_header = width > WIDE || run.iter().any(|row| row.iter().all(is_short));
    (is_most && has_header) || run.len() >= LONG_RUN || (has_typed_column && is_terse)
}

fn filled_cells<'c>(row: &'c [&'c str]) -> impl Iterator<Item = &'c &'c str> {
    row.iter().filter(|cell| !cell.trim_matches(['"', ' ']).is_empty())
}

/// Whether a cell is a number, a date or an id: it has digits, and no more letters than digits, or the form of a GUID.
fn is_typed(cell: &str) -> bool {
    let cell = cell.trim_matches(['"', ' ']);
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    let letters = cell.chars().filter(|c| c.is_alphabetic()).count();
    let is_guid = cell.len() == 36 && cell.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
    is_guid || (digits > 0 && letters <= digits && !cell.contains(' '))
}

/// Whether rows of a sheet look like data: two consecutive ones with at least three filled cells.
pub(super) fn is_data_sheet(rows: &[(u32, Vec<String>)]) -> bool {
    let is_filled = |(_, cells): &(u32, Vec<String>)| {
        cells.iter().filter(|cell| !cell.trim().is_empty()).count() >= COLUMNS
    };
    rows.windows(2).any(|pair| pair[0].0 + 1 == pair[1].0 && pair.iter().all(is_filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_data(name: &str, text: &str) -> bool {
        class_of_text(name, text.as_bytes()) == SkipClass::Unrecognised
    }

    #[test]
    fn delimited_text_is_data_with_and_without_a_header() {
        for text in [
            "a,b,c\n1,2,3\n",
            "Day;Sub;Amount\n2017-06-01;s;1,5\n",
            "2017-06-01\ts\t1.5\n2017-06-02\ts\t2.5\n",
            "name|city|land\nBob|Paris|France\nAda|Rome|Italy\n",
            "Usage report\nContoso, June 2017\n\nDate,Service,Cost\n6/1/2017,Storage,1.00\n",
            "\"a\",\"b\",\"c, d\"\n\"1\",\"2\",\"3, 4\"\n",
            "id,what,amount\n1,a long text about a thing that was bought by someone,2\n2,another,3\n",
            "Date, Service, Cost\n1, a, 2\n2, a, 2\n3, b, 2\n4, c, 2\n5, d, 2\n",
            "\"open,b,c\n1,2,3\n4,5,6\n",
            "{\"a\": 1, \"b\": 2}\n{\"a\": 3}\n",
            "[\n  {\"a\": 1},\n  {\"a\": 2}\n]\n",
            "{'a': 1, 'b': 2}\n{'a': 3, 'b': 4}\n",
            "\u{1e}{\"a\": 1, \"b\": 2}\n\u{1e}{\"a\": 3}\n",
            "[[\"a\", \"b\", \"c\"], [1, 2, 3]]\n",
            "day^who^amount\n2017-06-01^a^1.5\n2017-06-02^b^2.5\n",
            "day~who~amount\n2017-06-01~a~1.5\n",
        ] {
            assert!(is_data("export.csv", text), "{text}");
            assert!(is_data("export", text), "{text}");
        }
    }

    #[test]
    fn prose_code_and_small_lists_are_none() {
        for text in [
            "",
            "one column\n1\n2\n",
            "two,columns\n1,2\n",
            "a,b,c\n",
            "This folder has exports, rosters, and rates.\nAsk us, please, for more.\n",
            "The cost was 1,000,000 USD in all.\nThe other one was 2,000,000 USD.\n",
            "Dear all,\n\nthe files of June, July, and August are here.\nPlease check them, correct them, and say so.\n\nYours,\nA\n",
            "| role | file | rows |\n| --- | --- | --- |\n| a | b | 1 |\n| a | b | 1 |\n| a | b | 1 |\n| a | b | 1 |\n",
            "fn main() {\n    let a = [1, 2, 3];\n    let b = [4, 5, 6];\n    call(a, b, 7);\n}\n",
            "\tif a {\n\t\tb\n\t\tc\n\t}\n",
            "#!/bin/sh\ncut -d, -f1,2,3 x | sort | uniq\ncut -d, -f1,2,3 y | sort | uniq\n",
            "<table>\n<tr><td>1,2,3</td></tr>\n<tr><td>1,2,3</td></tr>\n",
            "{\n  \"a\": 1,\n  \"b\": [1, 2, 3]\n}\n",
            "{\"a\": 1}\n",
            "[1,2,3]\n[4,5,6]\n",
            "[[1, 2], [3, 4]]\n",
        ] {
            assert!(!is_data("notes.txt", text), "{text}");
        }
        assert!(!is_data("load.sql", "1,2,3\n4,5,6\n"));
        assert!(!is_data("dir/README.MD", "1,2,3\n4,5,6\n"));
    }

    #[test]
    fn damaged_data_is_told_by_its_name_and_pictures_are_none() {
        assert!(is_data("a.csv", "a\0b\0c\0"));
        assert!(is_data("a.parquet", "XAR1\x15\x04\0\0"));
        assert!(!is_data("logo.png", "\u{89}PNG\r\n\x1a\n\0\0\0\rIHDR"));
        assert!(!is_data("a", "\x7fELF\0\0"));
    }

    #[test]
    fn containers_are_told_by_their_magic_number() {
        let mut tar = vec![b'a'; 257];
        tar.extend(b"ustar\0");
        assert_eq!(container(&tar), Some("a tar archive"));
        assert_eq!(container(b"7z\xbc\xaf\x27\x1c\0\x04"), Some("a 7z archive"));
        assert_eq!(container(b"PK\x03\x04\x14\0"), Some("a zip archive inside compressed data"));
        assert_eq!(container(b"ORCHARD,TREES,APPLES\n1,2,3\n"), None);
        assert_eq!(container(b""), None);
    }

    #[test]
    fn a_sheet_is_data_if_two_rows_below_each_other_have_three_cells() {
        let row = |number: u32, cells: &[&str]| (number, cells.iter().map(|c| (*c).to_owned()).collect());
        assert!(is_data_sheet(&[row(1, &["Title"]), row(3, &["a", "", "b", "c"]), row(4, &["1", "2", "3"])]));
        assert!(!is_data_sheet(&[row(1, &["a", "b", "c"]), row(3, &["1", "2", "3"])]));
        assert!(!is_data_sheet(&[row(1, &["About"]), row(2, &["this", "book"])]));
    }
}
