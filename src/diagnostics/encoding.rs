//! The parts of encoded rejects: numbers in little-endian order, texts behind their lengths, and a flag before what may be absent. Comes in:
//! values, or bytes. Goes out: bytes, or values. It knows no reject.

use std::io::{self, BufRead, Read as _};

pub(super) fn put_option<T>(out: &mut Vec<u8>, value: Option<&T>, put: impl FnOnce(&mut Vec<u8>, &T)) {
    out.push(u8::from(value.is_some()));
    if let Some(value) = value {
        put(out, value);
    }
}

pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend(u32::try_from(text.len()).expect("a text of a reject is short").to_le_bytes());
    out.extend(text.as_bytes());
}

pub(super) fn get<const N: usize>(from: &mut dyn BufRead) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

pub(super) fn get_flag(from: &mut dyn BufRead) -> io::Result<bool> {
    Ok(get::<1>(from)? == [1])
}

pub(super) fn get_optional_text(from: &mut dyn BufRead) -> io::Result<Option<String>> {
    Ok(if get_flag(from)? { Some(get_text(from)?) } else { None })
}

pub(super) fn get_text(from: &mut dyn BufRead) -> io::Result<String> {
    let length = u32::from_le_bytes(get(from)?);
    let mut text = String::new();
    from.take(length.into()).read_to_string(&mut text)?;
    if text.len() == length as usize { Ok(text) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

pub(super) fn changed() -> io::Error {
    io::Error::other("the temporary file of refused rows was changed")
}
