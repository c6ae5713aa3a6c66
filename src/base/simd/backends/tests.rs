//! All backends, held to a plain second implementation.

use proptest::prelude::*;

use super::*;

/// The results of all operations on a text of 64 bytes.
#[derive(Debug, PartialEq, Eq)]
struct Results {
    eq_masks: Vec<u64>,
    prefix_xor: u64,
    positions: Vec<u32>,
    non_digits: u32,
    guid: Option<u128>,
}

struct AllOperations<'a>(&'a [u8; CHUNK]);

impl Kernel for AllOperations<'_> {
    type Output = Results;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Results {
        let text = self.0;
        let bits = simd.eq_mask(text, b'0');
        let mut positions = [0; CHUNK];
        simd.bit_positions(bits, 7, &mut positions);
        Results {
            eq_masks: [b'"', b',', 0].map(|byte| simd.eq_mask(text, byte)).into(),
            prefix_xor: simd.prefix_xor(bits),
            positions: positions[..bits.count_ones() as usize].to_vec(),
            non_digits: simd.non_digit_mask(text.first_chunk().unwrap()),
            guid: simd.parse_guid(text.first_chunk().unwrap()),
        }
    }
}

/// The results, byte by byte.
fn by_bytes(text: &[u8; CHUNK]) -> Results {
    let bits = |is: &dyn Fn(u8) -> bool, bytes: &[u8]| {
        (0..).zip(bytes).filter(|(_, byte)| is(**byte)).fold(0, |bits: u64, (nth, _)| bits | 1 << nth)
    };
    let zeros: Vec<u32> = (0..).zip(text).filter(|(_, byte)| **byte == b'0').map(|(nth, _)| nth).collect();
    let before = |nth: u32| zeros.iter().filter(|position| **position <= nth).count();
    let guid = std::str::from_utf8(&text[..36]).ok().and_then(|text| {
        let lengths: Vec<usize> = text.split('-').map(str::len).collect();
        let digits = text.replace('-', "");
        let is_guid = lengths == [8, 4, 4, 4, 12] && digits.bytes().all(|b| b.is_ascii_hexdigit());
        is_guid.then(|| u128::from_str_radix(&digits, 16).unwrap())
    });
    Results {
        eq_masks: [b'"', b',', 0].map(|projection| bits(&|byte| byte == projection, text)).into(),
        prefix_xor: (0..64).fold(0, |bits, nth| bits | u64::from(before(nth) % 2 == 1) << nth),
        positions: zeros.iter().map(|position| position + 7).collect(),
        non_digits: u32::try_from(bits(&|byte| !byte.is_ascii_digit(), &text[..32])).unwrap(),
        guid,
    }
}

struct ParseDigits<'a>(&'a [u8; 16], usize);

impl Kernel for ParseDigits<'_> {
    type Output = (u64, u64);

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> (u64, u64) {
        (simd.parse_digits(self.0, self.1), simd.parse_digits_left_aligned(self.0, self.1))
    }
}

fn assert_backends_agree(text: &[u8; CHUNK]) {
    for (name, results) in dispatch_all(|| AllOperations(text)) {
        assert_eq!(results, by_bytes(text), "{name}: {}", String::from_utf8_lossy(text));
    }
}

#[test]
fn every_byte_at_every_place_of_a_guid_is_what_it_is() {
    let whole = *b"01234567-89ab-CDEF-fedc-BA9876543210,0,0\"0\0aaaaaaaaaaaaaaaaaaaa0";
    for (at, byte) in (0..36).flat_map(|at| (0..=u8::MAX).map(move |byte| (at, byte))) {
        let mut text = whole;
        text[at] = byte;
        assert_backends_agree(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 20 } else { 1000 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_backends_agree_on_any_bytes(
        text in proptest::array::uniform(prop_oneof![any::<u8>(), proptest::sample::select(b"0123456789,\"\0-af".to_vec())]),
    ) {
        assert_backends_agree(&text);
    }

    #[test]
    fn digits_are_a_number_whatever_stands_behind_them(digits in "[0-9]{0,16}", behind in proptest::array::uniform16(any::<u8>())) {
        let mut text = behind;
        text[..digits.len()].copy_from_slice(digits.as_bytes());
        let number: u64 = format!("0{digits}").parse().unwrap();
        let filled_up: u64 = format!("{digits:0<16}").parse().unwrap();
        for (name, numbers) in dispatch_all(|| ParseDigits(&text, digits.len())) {
            prop_assert_eq!(numbers, (number, filled_up), "{}", name);
        }
    }
}
