//! The fast reader, held to the plain one.

use proptest::prelude::*;

use super::masks::Indexing;
use super::*;
use crate::base::limits;
use crate::base::simd::{Lanes, Work, by_all};
use crate::formats::delimited::{self, Found};
use crate::formats::record_ends::{Ahead, Ending, Unfinished};

/// The index of a text, and where its last complete record ends.
struct IndexOf<'i>(&'i [u8], &'i Wanted, Ending);

impl Work for IndexOf<'_> {
    type Outcome = (RecordIndex, Option<usize>);

    #[inline(always)]
    fn with<L: Lanes>(self, lanes: L) -> Self::Outcome {
        let mut out = RecordIndex::default();
        let IndexOf(text, wanted, ending) = self;
        let end = Indexing { text, start: 0, wanted, ending, out: &mut out }.with(lanes);
        (out, end)
    }
}

type Records = Vec<Result<Vec<Vec<u8>>, usize>>;

fn cells(text: &[u8], fields: impl Iterator<Item = Field>) -> Vec<Vec<u8>> {
    fields.map(|f| delimited::unquoted(text, f, &mut Vec::new()).to_vec()).collect()
}

/// What the plain reader makes of a text: wanted fields of the usual records, places of the rest; and where it ends.
fn plainly(
    text: &[u8],
    columns: &[Option<usize>],
    expected: usize,
    splitting: Splitting,
    ending: Ending,
) -> (Records, Option<usize>) {
    let (mut at, mut fields, mut found, mut ahead) = (0, Vec::new(), Vec::new(), Ahead::default());
    while at < text.len() {
        match delimited::split(text, at, splitting, ending, &mut fields, &mut ahead) {
            Found::Record { next, end, bad_quote } => {
                let is_bad = bad_quote || fields.len() != expected || text[at..end].contains(&0);
                let wanted = || cells(text, columns.iter().flatten().map(|c| fields[*c]));
                found.push(if is_bad { Err(at) } else { Ok(wanted()) });
                at = next;
            }
            Found::BlankLine { next } => at = next,
            Found::Unfinished(Unfinished::Refused { next, .. }) => {
                found.push(Err(at));
                match next {
                    Some(next) => at = next,
                    None => return (found, None),
                }
            }
            Found::Unfinished(Unfinished::Open) => return (found, Some(at)),
        }
    }
    (found, Some(text.len()))
}

fn quickly(index: &RecordIndex, text: &[u8], wanted: &Wanted, columns: usize) -> Records {
    let mut records = Vec::new();
    for run in index.runs(wanted, 3) {
        match run {
            Indexed::Plain(at) => records.push(Err(at)),
            Indexed::Usual(marks) => records.extend((0..marks.len()).map(|record| {
                let mut slots = vec![None; columns];
                marks.fields(record, text, |slot, field| slots[slot] = Some(field));
                Ok(cells(text, slots.into_iter().flatten()))
            })),
        }
    }
    records
}

/// The fast reader may leave records to the plain one that are usual after all: the last without a line end, and those with
/// a quote that is data.
fn agree(text: &[u8], columns: &[Option<usize>], expected: usize, splitting: Splitting, ending: Ending) {
    let (plain, plain_end) = plainly(text, columns, expected, splitting, ending);
    // Where nothing follows, the end of the text and the rest of a refused line are the same.
    let same_end = |end: Option<usize>| if ending == Ending::Last { end.or(Some(text.len())) } else { end };
    let wanted = Wanted::new(columns, expected, splitting);
    for (name, (out, end)) in by_all(|| IndexOf(text, &wanted, ending)) {
        assert_eq!(same_end(end), same_end(plain_end), "{name}: {:?}", String::from_utf8_lossy(text));
        let boundary = crate::formats::record_ends::last_boundary(text, 0, splitting, ending);
        assert_eq!(same_end(end), same_end(boundary), "{name}");
        let quick = quickly(&out, text, &wanted, columns.len());
        assert_eq!(quick.len(), plain.len(), "{name}: {:?}", String::from_utf8_lossy(text));
        for (nth, (quick, plain)) in quick.iter().zip(&plain).enumerate() {
            let is_left_over = quick.is_err() && plain.is_ok();
            assert!(
                quick == plain || is_left_over,
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
    fn it_agrees_with_the_plain_reader_on_arbitrary_bytes(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "\"", ",", "\n", "\r\n", "\r", "a", "é", "\0", "\"\"", "\",\"", "\"\n", ",\"", "0123456789", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            ]),
            0..120,
        ),
        (columns, expected) in columns(),
        is_last in any::<bool>(),
        record_bytes in prop::sample::select(vec![16_usize, 100, 1 << 20]),
    ) {
        let ending = if is_last { Ending::Last } else { Ending::More };
        let splitting = Splitting { delimiter: b',', record_bytes };
        agree(pieces.concat().as_bytes(), &columns, expected, splitting, ending);
    }

    #[test]
    fn it_agrees_with_the_plain_reader_on_records_that_are_mostly_usual(
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
        agree(text.as_bytes(), &columns, 4, Splitting::at(b','), Ending::Last);
    }
}

#[test]
fn nothing_that_rfc_4180_allows_is_left_to_the_plain_reader() {
    let row = "1,\"a,b\",\"{\"\"k\"\": \"\"v\nw\"\"}\",\"\",x y\r\n";
    let text = row.repeat(100);
    let wanted = Wanted::new(&[Some(0), Some(2), Some(4)], 5, Splitting::at(b','));
    for (name, (out, end)) in by_all(|| IndexOf(text.as_bytes(), &wanted, Ending::Last)) {
        assert_eq!(end, Some(text.len()), "{name}");
        let runs: Vec<Indexed<'_>> = out.runs(&wanted, 1000).collect();
        assert!(matches!(runs.as_slice(), [Indexed::Usual(marks)] if marks.len() == 100), "{name}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "it would take hours")]
fn records_of_more_than_1_mib_are_left_to_the_plain_reader() {
    let long = "x".repeat(limits::RECORD_BYTES);
    let text = format!("a,b\n{long},c\nd,e\n\"{long}\",f\ng,\"{long}");
    agree(text.as_bytes(), &[Some(0), Some(1)], 2, Splitting::at(b','), Ending::Last);
    agree(text.as_bytes(), &[Some(0), Some(1)], 2, Splitting::at(b','), Ending::More);
}
