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
        let (first, mut at) = record(bytes, 0, delimiter);
        let header: Vec<String> = first.fields.iter().map(|f| column_name(f)).collect();
        let mut records = Vec::new();
        while at < bytes.len() {
            let line = &bytes[at..line_end(bytes, at)];
            if matches!(line, b"\n" | b"\r\n") {
                at += line.len();
                continue;
            }
            let (mut next, end) = record(bytes, at, delimiter);
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

/// The record that begins at `start`, and where the next one begins.
fn record(bytes: &[u8], start: usize, delimiter: u8) -> (Record, usize) {
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
        return (Record { fields, fault: Some(fault) }, line_end(bytes, start));
    }
    let nul = bytes[start..end].contains(&0);
    let fault = if nul { Some("nul-byte") } else { bad_quote.then_some("bad-quote") };
    (Record { fields, fault }, end)
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
