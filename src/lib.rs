//! attain answers one question for many partners at once: which tier does each partner attain, what is it short of, and why?
//!
//! The rooms, in the order in which data flows through them; none knows a later one.

mod account;
mod check;
mod credits;
mod doubts;
mod inputs;
mod progress;
mod records;
mod report;
mod roster;
mod run;
mod vectors;

pub mod calendar;
pub mod cli;
pub mod columns;
pub mod dialects;
pub mod error;
pub mod evaluation;
pub mod facts;
pub mod generate;
pub mod ids;
pub mod issues;
pub mod limits;
pub mod market;
pub mod money;
pub mod place;
pub mod reports;
pub mod rules;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
