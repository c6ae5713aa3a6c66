//! Delimited text, byte by byte, as the specification words it. Comes in: the bytes of a UTF-8 file. Goes out: its header
//! and its records, a malformed record with the code that refuses it. It knows no column.

const MIB: usize = 1 << 20;

/// A file as text.
pub(crate) struct Table {
    /// Header names: without BOM and blanks, `Local name (Name)` read as `Name`, in lower case.
    pub(crate) header: Vec<String>,
    /// The records below the header.
    pub(crate) records: Vec<Record>,
}

/// One record.
pub(crate) struct Record {
    fields: Vec<Vec<u8>>,
    /// Why the record as a whole is refused.
    pub(crate) fault: Option<&'static str>,
}

impl Table {
    /// Reads a file; `None` if it has no header.
    pub(crate) fn read(bytes: &[u8]) -> Option<Table> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        if bytes.is_empty() {
            return None;
        }
        let delimiter = delimiter(bytes);
        let (first, mut at, _) = record(bytes, 0, delimiter);
        let header: Vec<String> = first.fields.iter().map(|f| column_name(f)).collect();
        let mut records = Vec::new();
        while at < bytes.len() {
            let line = &bytes[at..line_end(bytes, at)];
            if matches!(line, b"\n" | b"\r\n") {
                at += line.len();
                continue;
            }
            let (mut next, end) = by_lines(bytes, at, delimiter, header.len());
            if next.fault.is_none() && next.fields.len() != header.len() {
                next.fault = Some("ragged-row");
            }
            records.push(next);
            at = end;
        }
        Some(Table { header, records })
    }

    /// Whether the file has a column of this (lower case) name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.header.iter().any(|h| h == name)
    }

    /// The trimmed cell under the first of `names` that the file has; blank if it has none; `bad-text` if it is not UTF-8.
    pub(crate) fn cell<'r>(&self, record: &'r Record, names: &[&str]) -> Result<&'r str, &'static str> {
        match names.iter().find_map(|name| self.header.iter().position(|h| h == name)) {
            None => Ok(""),
            Some(column) => {
                std::str::from_utf8(&record.fields[column]).map(str::trim).map_err(|_| "bad-text")
            }
        }
    }
}

/// What the quotes of a record are by RFC 4180.
enum Quotes {
    Sound,
    /// Text follows a closing quote.
    Bad,
    /// They do not close, or the record is too long.
    Open,
}

/// Columns by which a line within quotes is told to be a row, unless tabs part the cells.
const ROW_COLUMNS: usize = 6;

/// The record that begins at `start`, and where the next one begins: the one of RFC 4180, unless its quotes do not quote.
fn by_lines(bytes: &[u8], start: usize, delimiter: u8, columns: usize) -> (Record, usize) {
    let (by_quotes, end, quotes) = record(bytes, start, delimiter);
    let next = line_end(bytes, start);
    let is_tab = delimiter == b'\t';
    let is_closed = !matches!(quotes, Quotes::Open);
    let has_lines = is_closed && next < end;
    let is_sound = matches!(quotes, Quotes::Sound);
    let mut line = start;
    let mut are_rows = has_lines;
    while has_lines && line < end {
        let of_line = content(&bytes[line..line_end(bytes, line)]);
        are_rows &= of_line.is_empty() || cells(of_line, delimiter).len() == columns;
        line = line_end(bytes, line);
    }
    let refused = |fault| (Record { fields: Vec::new(), fault: Some(fault) }, next);
    let first = content(&bytes[start..next]);
    let is_whole = is_sound && !has_lines && by_quotes.fields.len() == columns;
    let has_room = is_closed || next - start < MIB + usize::from(next < bytes.len());
    if is_tab && !is_whole && has_room && (!is_sound || !has_lines || are_rows) {
        let mut fields = cells(first, delimiter);
        if fields.len() != columns {
            fields = first.split(|byte| *byte == delimiter).map(<[u8]>::to_vec).collect();
        }
        if fields.len() == columns {
            let fault = first.contains(&0).then_some("nul-byte");
            return (Record { fields, fault }, next);
        }
    }
    match quotes {
        Quotes::Bad if has_lines => refused("bad-quote"),
        Quotes::Sound if are_rows && !is_tab && columns >= ROW_COLUMNS => refused("quoted-rows"),
        Quotes::Sound | Quotes::Bad | Quotes::Open => (by_quotes, end),
    }
}

/// A line without its end.
fn content(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n")).unwrap_or(line)
}

/// The cells of one line; a quote that does not close before a delimiter or the end of the line is data.
fn cells(line: &[u8], delimiter: u8) -> Vec<Vec<u8>> {
    let mut cells = Vec::new();
    let mut at = 0;
    loop {
        let (cell, end) = quoted_cell(line, at, delimiter).unwrap_or_else(|| {
            let end = line[at..].iter().position(|byte| *byte == delimiter).map_or(line.len(), |n| at + n);
            (line[at..end].to_vec(), end)
        });
        cells.push(cell);
        if end == line.len() {
            return cells;
        }
        at = end + 1;
    }
}

/// The content of the quoted cell at `at`, and where it ends; `None` if it does not close there.
fn quoted_cell(line: &[u8], mut at: usize, delimiter: u8) -> Option<(Vec<u8>, usize)> {
    if line.get(at) != Some(&b'"') {
        return None;
    }
    at += 1;
    let mut cell = Vec::new();
    loop {
        match (line.get(at)?, line.get(at + 1)) {
            (b'"', Some(b'"')) => at += 1,
            (b'"', after) => return after.is_none_or(|byte| *byte == delimiter).then_some((cell, at + 1)),
            _ => {}
        }
        cell.push(line[at]);
        at += 1;
    }
}

/// The record that begins at `start` by RFC 4180, where the next one begins, and what its quotes are.
fn record(bytes: &[u8], start: usize, delimiter: u8) -> (Record, usize, Quotes) {
    let mut fields = Vec::new();
    let mut bad_quote = false;
    let mut at = start;
    let (end, closed) = loop {
        let mut field = Vec::new();
        let mut open = false;
        if bytes.get(at) == Some(&b'"') {
            open = true;
            at += 1;
            while at < bytes.len() {
                if bytes[at] != b'"' {
                    field.push(bytes[at]);
                    at += 1;
                } else if bytes.get(at + 1) == Some(&b'"') {
                    field.push(b'"');
                    at += 2;
                } else {
                    open = false;
                    at += 1;
                    break;
                }
            }
            let rest = &bytes[at..];
            let ends =
                rest.is_empty() || rest[0] == delimiter || rest[0] == b'\n' || rest.starts_with(b"\r\n");
            bad_quote |= !open && !ends;
        }
        while at < bytes.len() && bytes[at] != delimiter && bytes[at] != b'\n' {
            field.push(bytes[at]);
            at += 1;
        }
        let stopper = bytes.get(at).copied();
        if stopper == Some(b'\n') && field.last() == Some(&b'\r') {
            field.pop();
        }
        fields.push(field);
        at = (at + 1).min(bytes.len());
        if stopper != Some(delimiter) {
            break (at, !open);
        }
    };
    if !closed || end - start > MIB {
        // Refused at its first line; reading goes on at the line after that one.
        let fault = if closed { "record-too-long" } else { "unclosed-quote" };
        return (Record { fields, fault: Some(fault) }, line_end(bytes, start), Quotes::Open);
    }
    let nul = bytes[start..end].contains(&0);
    let fault = if nul { Some("nul-byte") } else { bad_quote.then_some("bad-quote") };
    (Record { fields, fault }, end, if bad_quote { Quotes::Bad } else { Quotes::Sound })
}

/// Just past the LF of the line that `start` is in.
fn line_end(bytes: &[u8], start: usize) -> usize {
    bytes[start..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |found| start + found + 1)
}

/// The most frequent of `, ; tab |` in the header line.
fn delimiter(bytes: &[u8]) -> u8 {
    let line = &bytes[..line_end(bytes, 0)];
    let count = |candidate: u8| line.iter().filter(|b| **b == candidate).count();
    // Of equal counts the last wins, so the comma stands last.
    *b"|\t;,".iter().max_by_key(|candidate| count(**candidate)).expect("there are four candidates")
}

/// The name that a header cell gives.
fn column_name(cell: &[u8]) -> String {
    let name = String::from_utf8_lossy(cell).trim().to_lowercase();
    match name.strip_suffix(')').and_then(|n| n.rsplit_once('(')) {
        Some((_, inner)) => inner.trim().to_owned(),
        None => name,
    }
}
