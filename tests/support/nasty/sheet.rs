//! One file of delimited text while it is written: every vintage of delimiter, line end, BOM and quoting, and every fault that a
//! record as a whole can have. It knows no column.

use std::path::Path;

use super::dice::Dice;

/// Stands in a cell for a byte that is no UTF-8.
pub(crate) const BAD_TEXT: &str = "\u{E000}";
/// Bytes by which the encoding of a file is decided; before them it must be sound.
const ENCODING_BYTES: usize = 64 << 10;

/// A file that is being written.
pub(crate) struct Sheet {
    header: Vec<String>,
    delimiter: char,
    line_end: &'static str,
    bytes: Vec<u8>,
    /// No more quotes from here on.
    calm: bool,
}

impl Sheet {
    /// A file with these columns, written in a way that the dice choose.
    pub(crate) fn new(header: &str, dice: &mut Dice) -> Sheet {
        let delimiter = *[',', ',', ',', ';', '\t', '|'].get(dice.below(6)).expect("six");
        Sheet::with_delimiter(header, delimiter, dice)
    }

    /// A file without anything odd: commas, LF, no BOM, no filler.
    pub(crate) fn plain(header: &str) -> Sheet {
        let names = header.split(',').map(str::to_owned).collect();
        let bytes = format!("{header}\n").into_bytes();
        Sheet { header: names, delimiter: ',', line_end: "\n", bytes, calm: true }
    }

    /// A file with this delimiter.
    pub(crate) fn with_delimiter(header: &str, delimiter: char, dice: &mut Dice) -> Sheet {
        let header: Vec<String> = header.split(',').map(|name| name.trim().to_owned()).collect();
        let line_end = dice.pick(&["\n", "\r\n"]);
        let mut bytes = if dice.chance(500) { b"\xEF\xBB\xBF".to_vec() } else { Vec::new() };
        let shout = dice.chance(200);
        let names: Vec<String> = header
            .iter()
            .map(|n| if shout && !n.contains('(') { n.to_uppercase() } else { n.clone() })
            .collect();
        bytes.extend(names.join(&delimiter.to_string()).bytes());
        bytes.extend(line_end.bytes());
        Sheet { header, delimiter, line_end, bytes, calm: false }
    }

    /// Whether a byte that is no UTF-8 may come now.
    pub(crate) fn may_hold_bad_text(&self) -> bool {
        self.bytes.len() > ENCODING_BYTES
    }

    /// Writes a record; columns that are not given get a text that no reader uses.
    pub(crate) fn line(&mut self, cells: &[(&str, String)], dice: &mut Dice) {
        let fields: Vec<String> = self
            .header
            .iter()
            .map(|name| match cells.iter().find(|(column, _)| column.eq_ignore_ascii_case(mapped(name))) {
                Some((_, value)) => self.quoted(value, dice),
                None => self.filler(dice),
            })
            .collect();
        self.write(&fields.join(&self.delimiter.to_string()));
        if !self.calm && dice.chance(3) {
            self.bytes.extend(self.line_end.bytes()); // A blank line is no row.
        }
    }

    /// Writes a record that is refused as a whole.
    pub(crate) fn faulty_line(&mut self, dice: &mut Dice) {
        let mut fields: Vec<String> = self.header.iter().map(|_| "1".to_owned()).collect();
        let at = dice.below(fields.len());
        match dice.below(4) {
            0 => fields.push("one too many".to_owned()),
            1 => drop(fields.pop()),
            2 => fields[at] = "NUL \0 byte".to_owned(),
            _ => fields[at] = "\"closed\" and more".to_owned(),
        }
        self.write(&fields.join(&self.delimiter.to_string()));
    }

    /// Opens a quote that is never closed; what follows has no quotes.
    pub(crate) fn open_quote(&mut self) {
        let mut fields: Vec<String> = self.header.iter().map(|_| "1".to_owned()).collect();
        *fields.last_mut().expect("a header has columns") = "\"never closed".to_owned();
        self.write(&fields.join(&self.delimiter.to_string()));
        self.calm = true;
    }

    /// A record that is longer than 1 MiB.
    pub(crate) fn endless_line(&mut self) {
        let mut fields: Vec<String> = self.header.iter().map(|_| "1".to_owned()).collect();
        *fields.last_mut().expect("a header has columns") = "x".repeat((1 << 20) + 4096);
        self.write(&fields.join(&self.delimiter.to_string()));
    }

    /// Writes the file.
    pub(crate) fn save(mut self, folder: &Path, name: &str, dice: &mut Dice) {
        if !self.calm && dice.chance(300) {
            let end = self.bytes.len() - self.line_end.len();
            self.bytes.truncate(end); // No final newline.
        }
        std::fs::write(folder.join(name), self.bytes).expect("the folder can be written");
    }

    fn write(&mut self, line: &str) {
        for (index, part) in line.split(BAD_TEXT).enumerate() {
            if index > 0 {
                self.bytes.push(0xFF);
            }
            self.bytes.extend(part.bytes());
        }
        self.bytes.extend(self.line_end.bytes());
    }

    fn quoted(&self, value: &str, dice: &mut Dice) -> String {
        let must = value.contains(['"', '\n', '\r', self.delimiter]);
        if must || (!self.calm && dice.chance(30)) {
            format!("\"{}\"", value.replace('"', "\"\""))
        } else if !self.calm && dice.chance(20) && self.delimiter != '\t' {
            format!(" {value} ")
        } else {
            value.to_owned()
        }
    }

    fn filler(&self, dice: &mut Dice) -> String {
        if self.calm || !dice.chance(15) {
            return String::new();
        }
        if dice.chance(100) {
            return "a 5\" disk".to_owned(); // A quote inside an unquoted field is data.
        }
        let text = dice.pick(&[
            "{\"CostCenter\": \"1234\", \"env\": \"prod\"}",
            "\"CostCenter\": \"1234\",\"a;b|c\": \"d\"",
            "two\nlines, and \"quotes\"",
            "two\r\nlines",
            "=SUM(A1:A9)",
            "café",
        ]);
        self.quoted(text, dice)
    }
}

/// `Local name (Name)` is `Name`.
fn mapped(name: &str) -> &str {
    name.strip_suffix(')').and_then(|n| n.split_once('(')).map_or(name, |(_, inner)| inner)
}
