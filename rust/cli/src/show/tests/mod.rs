//! Pictures of chains, and the records that they are drawn of.

mod pictures;
pub mod record;
