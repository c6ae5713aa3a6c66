//! The block reader, held to the reference reader on texts of mostly quotes, delimiters and line ends.

use proptest::prelude::*;

use super::*;

/// Texts in which half of all bytes are quotes, delimiters or line ends.
fn dense(delimiter: u8) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => Just(vec![b'"']),
        5 => Just(vec![delimiter]),
        5 => Just(vec![b'\n']),
        2 => Just(b"\r\n".to_vec()),
        2 => Just(vec![b'\r']),
        3 => Just(b"\"\"".to_vec()),
        2 => Just(vec![delimiter, b'"']),
        2 => Just(vec![b'"', delimiter]),
        6 => Just(b"a".to_vec()),
        2 => Just(b"bcdefg".to_vec()),
        2 => Just("é\u{1f600}".as_bytes().to_vec()),
        1 => Just(vec![0]),
    ];
    let pieces = prop_oneof![3 => 0..60_usize, 1 => 60..200_usize];
    pieces
        .prop_flat_map(move |count| proptest::collection::vec(piece.clone(), count))
        .prop_map(|pieces| pieces.concat())
}

fn source() -> impl Strategy<Value = ReferenceSource> {
    prop_oneof![
        3 => Just(ReferenceSource::File),
        2 => (1..9_usize).prop_map(|step| ReferenceSource::Stream { step, fails: false }),
        1 => Just(ReferenceSource::Gzip),
        1 => Just(ReferenceSource::Utf16),
    ]
}

fn format(delimiter: u8) -> impl Strategy<Value = ReferenceFormat> {
    let record_bytes = prop_oneof![2 => 2..24_usize, 1 => 24..200_usize, 1 => Just(1 << 20)];
    let fields = prop_oneof![3 => 1..4_usize, 1 => 4..8_usize];
    (record_bytes, fields, any::<u8>()).prop_map(move |(record_bytes, fields, used)| ReferenceFormat {
        delimiter,
        record_bytes,
        fields,
        used,
    })
}

fn setup() -> impl Strategy<Value = ReaderSetup> {
    let block_bytes = prop_oneof![3 => 1..12_usize, 2 => 12..80_usize, 1 => Just(4096)];
    (1..5_usize, block_bytes).prop_map(|(threads, block_bytes)| ReaderSetup { threads, block_bytes })
}

fn one_input() -> impl Strategy<Value = (Vec<u8>, ReferenceFormat, ReferenceSource)> {
    prop_oneof![3 => Just(b','), 1 => Just(b';'), 1 => Just(b'\t'), 1 => Just(b'|')]
        .prop_flat_map(|delimiter| (dense(delimiter), format(delimiter), source()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn blocks_of_any_size_on_any_threads_give_what_one_sequential_reader_gives(
        texts in proptest::collection::vec(one_input(), 1..4),
        setup in setup(),
    ) {
        let mut files = Vec::new();
        let inputs: Vec<Input<'_>> =
            texts.iter().map(|(text, format, source)| input(text, *format, *source, &mut files)).collect();
        let (records, input_errors) = by_blocks(&inputs, setup);
        prop_assert_eq!(input_errors, []);
        for ((text, format, source), records) in texts.iter().zip(records) {
            prop_assert_eq!(records, expected(text, *format, *source));
        }
    }

    #[test]
    fn a_source_that_fails_ends_the_reading_with_one_fault_and_only_rows_that_are_there(
        (text, format, _) in one_input(),
        setup in setup(),
        step in 1..9_usize,
    ) {
        let mut files = Vec::new();
        let inputs =
            [ReferenceSource::Stream { step, fails: true }, ReferenceSource::File].map(|s| input(&text, format, s, &mut files));
        let (records, input_errors) = by_blocks(&inputs, setup);
        prop_assert_eq!(input_errors, [InputErrorCode::Unreadable]);
        let all = expected(&text, format, ReferenceSource::File);
        prop_assert_eq!(&records[1], &all);
        prop_assert!(records[0].len() <= all.len());
        prop_assert_eq!(&records[0][..], &all[..records[0].len()]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_setups_as_a_fuzzer_tries_them_are_read_alike(how in any::<[u8; 8]>(), text in dense(b',')) {
        assert_agree(&[&how[..], &text].concat());
    }
}

/// Every block size and every record limit on short texts, which a random search would take long to reach.
#[test]
fn every_cut_of_a_delicate_text_is_read_alike() {
    let texts: [&[u8]; 9] = [
        b"a,\"b\r\nc\"\r\nd,\"e\"\"f\"\r\n",
        b"a,b\r\n\r\n\nc,d",
        b"a,b\r",
        b"\"a\",\"\"\r",
        b"\"a\"\"",
        b"\"a\nb,c\n\"\"\"\n,\"x\",\"\nd,e\n",
        b",\"x\",\"\n,\"x\",\"\n,\"x\",\"\na,b\n",
        b"aaaaaaaaaaaaaaaa\nb,c\n\"aaaaaaaaaaaaaaaa\n\",d\ne,f",
        b"\"\"\"\"\"\"\"\"\"\"\"\n\"\"\"\",a\n",
    ];
    for text in texts {
        for record_bytes in 2..text.len() + 2 {
            let format = ReferenceFormat { delimiter: b',', record_bytes, fields: 2, used: 0b11 };
            let all = expected(text, format, ReferenceSource::File);
            for block_bytes in 1..text.len() + 2 {
                let mut files = Vec::new();
                let inputs =
                    [input(text, format, ReferenceSource::Stream { step: 3, fails: false }, &mut files)];
                let (records, _) = by_blocks(&inputs, ReaderSetup { threads: 2, block_bytes });
                assert_eq!(records[0], all, "{text:?} in blocks of {block_bytes}, records of {record_bytes}");
            }
        }
    }
}
