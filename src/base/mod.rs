//! Base: small values that every room uses. Comes in: text. Goes out: amounts, days, ids, places. It knows no file format and no
//! export.

mod absent_words;
pub mod amount;
pub mod association;
pub mod calendar;
pub mod file_option;
pub mod ids;
pub mod limits;
pub mod market;
pub(crate) mod numeric_id;
pub mod place;
pub(crate) mod simd;
pub(crate) mod text;
pub(crate) mod total_labels;
