//! Many bytes at a time. Comes in: bytes. Goes out: bits, places and numbers. What does it, is chosen at run time by what the
//! processor has. It knows neither files nor money.

mod lanes;

#[cfg(test)]
pub(crate) use lanes::by_all;
pub(crate) use lanes::{CHUNK, Lanes, Portable, Window, Work, front, read_with_best, scan_with_best};
