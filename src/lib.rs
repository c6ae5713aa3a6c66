//! attain answers one question for many partners at once: which tier does each partner attain, what is it short of, and why?
//!
//! The rooms, in the order in which data flows through them; none knows a later one.

pub mod base;
pub mod diagnostics;

pub mod config;

mod formats;

mod sources;

mod rows;

mod roster;

mod credits;

pub mod judge;

pub mod outputs;

mod job;

pub mod cli;

pub mod testdata;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
