//! A way in for benches and fuzz targets, which see a crate from outside. Behind the feature `internals`; no promise is made of
//! what stands here, and no other room knows it.

pub mod differential;
pub mod stages;
