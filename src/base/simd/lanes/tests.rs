//! All lanes, held to plain words about what they do.

use proptest::prelude::*;

use super::*;

/// What the functions say of a text of 64 bytes.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    bits: Vec<u64>,
    prefix_xor: u64,
    places: Vec<u32>,
    not_digits: u32,
    guid: Option<u128>,
}

struct Asking<'a>(&'a [u8; CHUNK]);

impl Work for Asking<'_> {
    type Outcome = Said;

    #[inline(always)]
    fn with<L: Lanes>(self, lanes: L) -> Said {
        let text = self.0;
        let bits = lanes.bits(text, b'0');
        let mut places = [0; CHUNK];
        lanes.places(bits, 7, &mut places);
        Said {
            bits: [b'"', b',', 0].map(|byte| lanes.bits(text, byte)).into(),
            prefix_xor: lanes.prefix_xor(bits),
            places: places[..bits.count_ones() as usize].to_vec(),
            not_digits: lanes.not_digits(text.first_chunk().unwrap()),
            guid: lanes.guid(text.first_chunk().unwrap()),
        }
    }
}

/// The same, byte by byte.
fn plainly(text: &[u8; CHUNK]) -> Said {
    let bits = |is: &dyn Fn(u8) -> bool, bytes: &[u8]| {
        (0..).zip(bytes).filter(|(_, byte)| is(**byte)).fold(0, |bits: u64, (nth, _)| bits | 1 << nth)
    };
    let zeros: Vec<u32> = (0..).zip(text).filter(|(_, byte)| **byte == b'0').map(|(nth, _)| nth).collect();
    let before = |nth: u32| zeros.iter().filter(|place| **place <= nth).count();
    let guid = std::str::from_utf8(&text[..36]).ok().and_then(|text| {
        let lengths: Vec<usize> = text.split('-').map(str::len).collect();
        let digits = text.replace('-', "");
        let is_guid = lengths == [8, 4, 4, 4, 12] && digits.bytes().all(|b| b.is_ascii_hexdigit());
        is_guid.then(|| u128::from_str_radix(&digits, 16).unwrap())
    });
    Said {
        bits: [b'"', b',', 0].map(|wanted| bits(&|byte| byte == wanted, text)).into(),
        prefix_xor: (0..64).fold(0, |bits, nth| bits | u64::from(before(nth) % 2 == 1) << nth),
        places: zeros.iter().map(|place| place + 7).collect(),
        not_digits: u32::try_from(bits(&|byte| !byte.is_ascii_digit(), &text[..32])).unwrap(),
        guid,
    }
}

struct Numbers<'a>(&'a [u8; 16], usize);

impl Work for Numbers<'_> {
    type Outcome = (u64, u64);

    #[inline(always)]
    fn with<L: Lanes>(self, lanes: L) -> (u64, u64) {
        (lanes.number(self.0, self.1), lanes.number_filled_up(self.0, self.1))
    }
}

fn assert_all_say(text: &[u8; CHUNK]) {
    for (name, said) in by_all(|| Asking(text)) {
        assert_eq!(said, plainly(text), "{name}: {}", String::from_utf8_lossy(text));
    }
}

#[test]
fn every_byte_at_every_place_of_a_guid_is_what_it_is() {
    let whole = *b"01234567-89ab-CDEF-fedc-BA9876543210,0,0\"0\0aaaaaaaaaaaaaaaaaaaa0";
    for (at, byte) in (0..36).flat_map(|at| (0..=u8::MAX).map(move |byte| (at, byte))) {
        let mut text = whole;
        text[at] = byte;
        assert_all_say(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 20 } else { 1000 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_lanes_say_the_same_of_any_bytes(
        text in proptest::array::uniform(prop_oneof![any::<u8>(), proptest::sample::select(b"0123456789,\"\0-af".to_vec())]),
    ) {
        assert_all_say(&text);
    }

    #[test]
    fn digits_are_a_number_whatever_stands_behind_them(digits in "[0-9]{0,16}", behind in proptest::array::uniform16(any::<u8>())) {
        let mut text = behind;
        text[..digits.len()].copy_from_slice(digits.as_bytes());
        let number: u64 = format!("0{digits}").parse().unwrap();
        let filled_up: u64 = format!("{digits:0<16}").parse().unwrap();
        for (name, numbers) in by_all(|| Numbers(&text, digits.len())) {
            prop_assert_eq!(numbers, (number, filled_up), "{}", name);
        }
    }
}
