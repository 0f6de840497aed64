//! A call of the sample.

use super::addresses::AddressNumber;

/// A call in a slice that it is under way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// Start, ms.
    pub start_ms: i64,
    /// End, ms.
    pub end_ms: i64,
    /// Where it comes from; `None` if there was no room for the address.
    pub src: Option<AddressNumber>,
    /// Where it goes.
    pub dst: Option<AddressNumber>,
    /// A hash of the id. That two of the ids have the same is unlikely, and only a count is off then.
    pub id: u64,
}
