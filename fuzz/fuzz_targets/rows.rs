//! Rows of delimited text: the block reader against the reference reader. The first eight bytes of an input say how it is read
//! (`attain::internals::differential::rows`), the rest is the text.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| attain::internals::differential::rows(data));
