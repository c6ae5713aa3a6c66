//! What several tests share.

pub mod workbooks;
