//! What is kept of an address from window to window beside its model: parents that may yet get children,
//! with the children that were decided for them.

use crate::memory::of_vec;

/// A parent that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptParent {
    pub start_ms: i64,
    pub end_ms: i64,
    pub kind: u8,
    pub key: u128,
    /// Is in the model already, or shall not be.
    pub is_learned: bool,
    /// How many children were decided.
    pub children: u32,
}

/// A child that was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptChild {
    pub start_ms: i64,
    pub end_ms: i64,
    pub kind: u8,
}

/// Parents in order of start, with their children one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    pub parents: Vec<KeptParent>,
    pub children: Vec<KeptChild>,
}

impl Kept {
    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        of_vec(&self.parents) + of_vec(&self.children)
    }

    /// The children with the places of their parents.
    pub fn children(&self) -> impl Iterator<Item = (usize, &KeptChild)> {
        let parents = self.parents.iter().enumerate();
        parents
            .flat_map(|(place, parent)| std::iter::repeat_n(place, parent.children as usize))
            .zip(&self.children)
    }
}
