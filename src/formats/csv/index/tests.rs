//! The index, held to the grammar on arbitrary bytes and by all SIMD backends.

use proptest::prelude::*;

use super::masks::BuildIndex;
use super::*;
use crate::base::limits;
use crate::base::simd::{Kernel, Simd, dispatch_all};
use crate::formats::csv::grammar::{SplitOutcome, split, unquoted};
use crate::formats::csv::record_ends::{Incomplete, ResumePoint, TextEnd};

/// The index of a text, and the end of its last whole record.
struct IndexOf<'i>(&'i [u8], &'i Projection, TextEnd);

impl Kernel for IndexOf<'_> {
    type Output = (RecordIndex, Option<usize>);

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let mut out = RecordIndex::default();
        let IndexOf(text, projection, text_end) = self;
        let end = BuildIndex { text, start: 0, projection, text_end, out: &mut out }.run(simd);
        (out, end)
    }
}

/// For each record its projected fields, or where it begins if the fallback reads it.
type SplitRecords = Vec<Result<Vec<Vec<u8>>, usize>>;

fn cells(text: &[u8], fields: impl Iterator<Item = FieldContent>) -> Vec<Vec<u8>> {
    fields.map(|f| unquoted(text, f, &mut Vec::new()).to_vec()).collect()
}

/// What the grammar makes of a text, and the end of the last whole record. Records that the index may not take are starts.
fn by_grammar(
    text: &[u8],
    columns: &[Option<usize>],
    expected: usize,
    csv_format: CsvFormat,
    text_end: TextEnd,
) -> (SplitRecords, Option<usize>) {
    let (mut at, mut fields, mut found, mut resume) = (0, Vec::new(), Vec::new(), ResumePoint::default());
    while at < text.len() {
        match split(text, at, csv_format, text_end, &mut fields, &mut resume) {
            SplitOutcome::Record { next, end, bad_quote } => {
                let is_bad = bad_quote || fields.len() != expected || text[at..end].contains(&0);
                let projected = || cells(text, columns.iter().flatten().map(|c| fields[*c]));
                found.push(if is_bad { Err(at) } else { Ok(projected()) });
                at = next;
            }
            SplitOutcome::BlankLine { next } => at = next,
            SplitOutcome::Incomplete(Incomplete::Rejected { next, .. }) => {
                found.push(Err(at));
                match next {
                    Some(next) => at = next,
                    None => return (found, None),
                }
            }
            SplitOutcome::Incomplete(Incomplete::Open) => return (found, Some(at)),
        }
    }
    (found, Some(text.len()))
}

/// What the index makes of a text.
fn by_index(index: &RecordIndex, text: &[u8], projection: &Projection, columns: usize) -> SplitRecords {
    let mut records = Vec::new();
    for run in index.runs(projection, 3) {
        match run {
            IndexRun::Fallback(at) => records.push(Err(at)),
            IndexRun::Fast(fast) => records.extend((0..fast.len()).map(|record| {
                let mut slots = vec![None; columns];
                fast.fields(record, text, |slot, field| slots[slot] = Some(field));
                Ok(cells(text, slots.into_iter().flatten()))
            })),
        }
    }
    records
}

/// Index and grammar agree. The index may leave records to the fallback that the grammar finds sound: the last one without a line end,
/// and records with a quote that is data.
fn agree(text: &[u8], columns: &[Option<usize>], expected: usize, csv_format: CsvFormat, text_end: TextEnd) {
    let csv_format = CsvFormat { field_count: Some(expected), ..csv_format };
    let (expected_records, expected_end) = by_grammar(text, columns, expected, csv_format, text_end);
    // At the end of the input, the end of the text and the rest of a rejected line are the same.
    let same_end =
        |end: Option<usize>| if text_end == TextEnd::EndOfInput { end.or(Some(text.len())) } else { end };
    let projection = Projection::new(columns, expected, csv_format);
    for (name, (out, end)) in dispatch_all(|| IndexOf(text, &projection, text_end)) {
        assert_eq!(same_end(end), same_end(expected_end), "{name}: {:?}", String::from_utf8_lossy(text));
        let records = by_index(&out, text, &projection, columns.len());
        assert_eq!(records.len(), expected_records.len(), "{name}: {:?}", String::from_utf8_lossy(text));
        for (nth, (record, expected)) in records.iter().zip(&expected_records).enumerate() {
            let is_left_over = record.is_err() && expected.is_ok();
            assert!(
                record == expected || is_left_over,
                "{name}, record {nth}: {:?}",
                String::from_utf8_lossy(text)
            );
        }
    }
}

fn columns() -> impl Strategy<Value = (Vec<Option<usize>>, usize)> {
    (1_usize..6).prop_flat_map(|expected| {
        (prop::collection::vec(prop::option::of(0..expected), 1..5), Just(expected))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 20 } else { 2000 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_agrees_with_the_grammar_on_arbitrary_bytes(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "\"", ",", "\n", "\r\n", "\r", "a", "é", "\0", "\"\"", "\",\"", "\"\n", ",\"", "0123456789", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            ]),
            0..120,
        ),
        (columns, expected) in columns(),
        is_final in any::<bool>(),
        record_bytes in prop::sample::select(vec![16_usize, 100, 1 << 20]),
        delimiter in prop::sample::select(vec![b',', b'\t']),
    ) {
        let text_end = if is_final { TextEnd::EndOfInput } else { TextEnd::MoreFollows };
        let csv_format = CsvFormat { delimiter, record_bytes, field_count: Some(expected) };
        let text = pieces.concat().replace(',', std::str::from_utf8(&[delimiter]).unwrap());
        agree(text.as_bytes(), &columns, expected, csv_format, text_end);
    }

    #[test]
    fn the_index_agrees_with_the_grammar_on_records_that_are_mostly_sound(
        rows in prop::collection::vec(
            prop::collection::vec(
                prop::sample::select(vec!["", "1", "abc", "\"q\"", "\"a,b\"", "\"{\"\"k\"\": \"\"v\"\"}\"", "\"line\nbreak\"", "x\"y", "\"z\"w"]),
                3..5,
            ),
            0..60,
        ),
        (columns, _) in columns(),
        line_end in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        let columns: Vec<Option<usize>> = columns.into_iter().map(|c| c.filter(|c| *c < 4)).collect();
        let text: String = rows.iter().map(|row| row.join(",") + line_end).collect();
        agree(text.as_bytes(), &columns, 4, CsvFormat::with_delimiter(b','), TextEnd::EndOfInput);
    }
}

#[test]
fn nothing_that_rfc_4180_allows_is_left_to_the_fallback() {
    let row = "1,\"a,b\",\"{\"\"k\"\": \"\"v\nw\"\"}\",\"\",x y\r\n";
    let text = row.repeat(100);
    let projection = Projection::new(&[Some(0), Some(2), Some(4)], 5, CsvFormat::with_delimiter(b','));
    for (name, (out, end)) in dispatch_all(|| IndexOf(text.as_bytes(), &projection, TextEnd::EndOfInput)) {
        assert_eq!(end, Some(text.len()), "{name}");
        let runs: Vec<IndexRun<'_>> = out.runs(&projection, 1000).collect();
        assert!(matches!(runs.as_slice(), [IndexRun::Fast(records)] if records.len() == 100), "{name}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "it would take hours")]
fn records_of_more_than_1_mib_are_left_to_the_fallback() {
    let long = "x".repeat(limits::RECORD_BYTES);
    let text = format!("a,b\n{long},c\nd,e\n\"{long}\",f\ng,\"{long}");
    agree(text.as_bytes(), &[Some(0), Some(1)], 2, CsvFormat::with_delimiter(b','), TextEnd::EndOfInput);
    agree(text.as_bytes(), &[Some(0), Some(1)], 2, CsvFormat::with_delimiter(b','), TextEnd::MoreFollows);
}
