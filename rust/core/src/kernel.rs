//! What the kernels have in common: blocks in, frames out.

use crate::error::Result;

/// What a kernel has done since it was last asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls that went on: accepted by Route, first seen by Link, written by Assemble.
    pub calls: u64,
    /// Pairs of parent and child that Link found, those omitted from a list included.
    pub links: u64,
    /// Repeats of a call that Link dropped.
    pub duplicates: u64,
    /// Written calls whose parents or children were more than `max-links`.
    pub truncated: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        self.links += other.links;
        self.duplicates += other.duplicates;
        self.truncated += other.truncated;
    }
}

/// The outcome of [`Outbox::pull`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pulled {
    /// This many bytes were filled with whole frames; 0 when nothing is left.
    Filled(usize),
    /// The next frame alone needs a buffer of this many bytes. Nothing was taken.
    Needs(usize),
}

/// A kernel that hands its output on in pieces, so that no call has to return all of it at once.
///
/// A frame of Route and Link is `cell: i64, calls: u32, length: u32, block`;
/// one of Assemble is `key length: u32, value length: u32, key, value`. Integers are little-endian.
pub trait Outbox {
    /// Fills `out` with as many of the next whole frames as fit.
    fn pull(&mut self, out: &mut [u8]) -> Result<Pulled>;

    /// What was done since the last call of this function.
    fn take_counts(&mut self) -> Counts;

    /// Bytes of scratch memory that the kernel holds.
    fn memory_bytes(&self) -> usize;
}

/// A kernel over the cells of keyed state: it is given all blocks of one cell, then fired.
pub trait CellKernel: Outbox {
    /// Takes in one block of the cell, in order of arrival.
    fn push(&mut self, block: &[u8]) -> Result<()>;

    /// Works the pushed blocks as the cell of this time bucket, and forgets them.
    /// The output is then pulled until nothing is left. After an error nothing of the cell remains.
    fn fire(&mut self, bucket: i64) -> Result<()>;
}
