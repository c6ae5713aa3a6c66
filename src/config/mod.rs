//! Config: dialects, rule sets and project files, which are data and not code. Comes in: TOML files, built in or the user's. Goes out: dialects
//! and rule sets, valid by construction, and the values of a project file. It opens no export and judges no partner.

pub mod dialect;
mod located_toml;
pub mod own_columns;
pub(crate) mod project;
pub mod rules;
pub(crate) mod toml_text;
