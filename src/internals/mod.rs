//! Access for benches and fuzz targets, which see the crate from outside. Comes in: exports and bytes. Goes out: counts, and panics where
//! implementations differ. Behind the feature `internals`: nothing here is stable, and no other room uses it.

pub mod differential;
pub mod stages;
