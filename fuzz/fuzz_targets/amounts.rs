//! Amounts: the fast reader against the plain one.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &[u8]| attain::internals::differential::amount(text));
