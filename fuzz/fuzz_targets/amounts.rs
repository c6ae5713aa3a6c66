//! Amounts: the fast path against the scalar parser.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &[u8]| attain::internals::differential::amount(text));
