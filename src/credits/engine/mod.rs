//! Engines: ways to make a credit table of exports. Each gives the same table for the same rows.

pub(crate) mod local;
