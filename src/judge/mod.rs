//! Judge: from credits and people to verdicts. Comes in: credits, roster, people, rates, a rule set. Goes out: the value of each
//! measure for each partner, and its verdict. It reads no file.

pub(crate) mod associations;
pub mod bounds;
pub(crate) mod coverage;
pub(crate) mod difference;
pub mod facts;
pub mod loss;
pub(crate) mod measures;
pub(crate) mod overlaps;
pub(crate) mod plan;
pub mod verdict;
