//! Config: dialects and rule sets, which are data and not code. Comes in: TOML files, built in or the user's. Goes out: dialects and rule
//! sets, valid by construction. It opens no export and judges no partner.

pub mod dialect;
mod located_toml;
pub mod own_columns;
pub mod rules;
