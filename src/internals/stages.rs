//! The stages of a run, one at a time, for benches.
