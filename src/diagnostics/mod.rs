//! Diagnostics: the three kinds of wrong, never mixed. A reject is a refused row, an input error ends the run without a report, and a
//! warning changes no figure.

mod encoding;
pub mod error;
pub mod fault_list;
pub mod log;
pub mod refused_fact;
pub mod reject;
pub(crate) mod spill;
pub(crate) mod unknown_partner;
pub mod warning;
