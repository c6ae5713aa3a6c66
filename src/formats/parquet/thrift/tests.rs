//! Tests of the preflight of a footer, on footers written byte by byte.

use super::*;
use crate::diagnostics::error::InputErrorCode;

#[test]
fn a_list_that_claims_more_than_there_is_is_invalid() {
    // Field 2 (schema): a list of 2^31 - 1 structs.
    let footer = [0x29, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0x00];
    assert_eq!(preflight(&footer).unwrap_err().code, InputErrorCode::Corrupt);
    assert_eq!(preflight(&[]).unwrap_err().code, InputErrorCode::Corrupt);
    assert_eq!(preflight(&[0x00]), Ok(FooterFlags::default()));
}

#[test]
fn structs_in_structs_without_end_are_invalid() {
    let footer = vec![0x1c; 100_000];
    assert_eq!(preflight(&footer).unwrap_err().code, InputErrorCode::Corrupt);
    let lists = vec![0x19; 100_000];
    assert_eq!(preflight(&lists).unwrap_err().code, InputErrorCode::Corrupt);
}

#[test]
fn a_list_of_very_many_structs_is_too_large() {
    let many = limits::PARQUET_FOOTER_STRUCTS + 1;
    let mut footer = vec![0x29, 0xfc];
    let mut rest = many;
    while rest > 0x7f {
        footer.push(u8::try_from(rest & 0x7f).unwrap() | 0x80);
        rest >>= 7;
    }
    footer.push(u8::try_from(rest).unwrap());
    footer.resize(footer.len() + usize::try_from(many).unwrap() + 1, 0);
    assert_eq!(preflight(&footer).unwrap_err().code, InputErrorCode::TooLarge);
}

#[test]
fn groups_of_columns_in_groups_without_end_are_invalid() {
    // Field 2: a list of elements, each with field 5: one member.
    let footer = |groups: u8| {
        let mut footer = vec![0x29, 0xfc, groups + 1];
        (0..groups).for_each(|_| footer.extend([0x55, 2, 0]));
        footer.extend([0, 0]);
        footer
    };
    assert_eq!(preflight(&footer(60)), Ok(FooterFlags::default()));
    assert_eq!(preflight(&footer(70)).unwrap_err().code, InputErrorCode::Corrupt);
}

#[test]
fn an_unknown_logical_type_is_cut_out_and_its_column_is_noted() {
    // Field 2: a root of two columns, a string, then one of type 17; field 9 of the element follows the type.
    let element = |rest: &[u8]| [&[0x35, 0, 0x18, 1, b'a'][..], rest].concat();
    let root = [0x48, 1, b'r', 0x15, 4, 0];
    let string = element(&[0x6c, 0x1c, 0, 0, 0]);
    let geometry = element(&[0x6c, 0x0c, 0x22, 0x18, 1, b'x', 0, 0, 0x15, 2, 0]);
    let footer = [&[0x29, 0x3c][..], &root, &string, &geometry, &[0]].concat();
    let flags = preflight(&footer).unwrap();
    assert_eq!(flags.unknown_types, [(1, 17)]);
    let cut = element(&[0x05, 22, 2, 0]);
    let expected = [&[0x29, 0x3c][..], &root, &string, &cut, &[0]].concat();
    assert_eq!(flags.edited(&footer), Some(expected));
    assert_eq!(preflight(&[&[0x29, 0x2c][..], &root, &string, &[0]].concat()).unwrap().edited(&footer), None);
}

#[test]
fn an_unknown_unit_and_an_unknown_order_are_cut_out() {
    // Type 8 with a flag and unit 4; then field 7 of the file with an order of number 3.
    let column = [0x35, 0, 0x18, 1, b'a', 0x6c, 0x8c, 0x11, 0x1c, 0x4c, 0, 0, 0, 0, 0];
    let footer =
        [&[0x29, 0x2c, 0x48, 1, b'r', 0x15, 2, 0][..], &column, &[0x59, 0x1c, 0x3c, 0, 0, 0]].concat();
    let flags = preflight(&footer).unwrap();
    assert_eq!(flags.unknown_types, [(0, TIMESTAMP)]);
    let expected = [0x29, 0x2c, 0x48, 1, b'r', 0x15, 2, 0, 0x35, 0, 0x18, 1, b'a', 0, 0];
    assert_eq!(flags.edited(&footer), Some(expected.to_vec()));
}

#[test]
fn encryption_is_detected() {
    // Field 8 of the file: an empty struct.
    assert!(preflight(&[0x8c, 0x00, 0x00]).unwrap().is_encrypted);
    // Field 4: one row group, whose field 1 is one column chunk, whose field 1 is the path of its file.
    let footer = [0x49, 0x1c, 0x19, 0x1c, 0x18, 0x01, b'x', 0x00, 0x00, 0x00];
    let flags = preflight(&footer).unwrap();
    assert!(flags.is_index_of_others && !flags.is_encrypted);
}
