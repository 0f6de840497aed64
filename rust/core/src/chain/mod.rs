//! Chains: the tree of calls under a call without parent, and what it cost.

pub mod figures;
