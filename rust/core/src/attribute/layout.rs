//! Kinds of calls at an address, and the dense keys that are made of them.

use crate::memory;

/// Kinds of callers at most; those that come later share the last one.
pub const MAX_CALLERS: usize = 32;
/// Kinds of callees at most; those that come later share the last one.
pub const MAX_CALLEES: usize = 64;

/// The peers of one side, numbered as they appeared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kinds {
    /// In order of their numbers.
    peers: Vec<u64>,
    /// Sorted, with their numbers.
    sorted: Vec<(u64, u8)>,
}

impl Kinds {
    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        memory::of_vec(&self.peers) + memory::of_vec(&self.sorted)
    }

    /// The kinds of these peers, in the order of their numbers.
    pub fn of(peers: &[u64]) -> Self {
        let mut sorted: Vec<_> = peers.iter().enumerate().map(|(kind, &peer)| (peer, kind as u8)).collect();
        sorted.sort_unstable();
        Self { peers: peers.to_vec(), sorted }
    }

    /// The peers in order of their numbers.
    pub fn peers(&self) -> &[u64] {
        &self.peers
    }

    /// The number of a peer, a new one if it was not seen; the last of `max` is shared by all that come
    /// when there are so many.
    pub fn number(&mut self, peer: u64, max: usize) -> u8 {
        match self.sorted.binary_search_by_key(&peer, |&(peer, _)| peer) {
            Ok(place) => self.sorted[place].1,
            Err(_) if self.peers.len() >= max => (max - 1) as u8,
            Err(place) => {
                let kind = self.peers.len() as u8;
                self.peers.push(peer);
                self.sorted.insert(place, (peer, kind));
                kind
            }
        }
    }
}

/// How many kinds there are of each side. Keys are dense below the product of what they are made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Layout {
    pub callers: usize,
    pub callees: usize,
}

/// What a child's start is measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// The start of the parent.
    Parent = 0,
    /// The start of a sibling.
    SiblingStart = 1,
    /// The end of a sibling.
    SiblingEnd = 2,
}

/// The reference that is the parent's start.
pub const PARENT_START: u8 = 0;

impl Layout {
    /// References: the parent's start, the starts of siblings by kind, then their ends.
    pub fn references(self) -> usize {
        1 + 2 * self.callees
    }

    pub fn sibling_start(self, kind: u8) -> u8 {
        1 + kind
    }

    pub fn sibling_end(self, kind: u8) -> u8 {
        1 + self.callees as u8 + kind
    }

    pub fn sort(self, reference: u8) -> Sort {
        match reference as usize {
            0 => Sort::Parent,
            r if r <= self.callees => Sort::SiblingStart,
            _ => Sort::SiblingEnd,
        }
    }

    /// What follows the last child, in a row of kinds that may come next.
    pub fn no_more(self) -> usize {
        self.callees
    }

    /// Length of a row of kinds that may come next.
    pub fn outcomes(self) -> usize {
        self.callees + 1
    }

    pub fn pair(self, caller: u8, callee: u8) -> usize {
        caller as usize * self.callees + callee as usize
    }

    pub fn pairs(self) -> usize {
        self.callers * self.callees
    }

    pub fn gap(self, caller: u8, callee: u8, reference: u8) -> usize {
        self.pair(caller, callee) * self.references() + reference as usize
    }

    pub fn gaps(self) -> usize {
        self.pairs() * self.references()
    }

    /// By the kind of the child that ends last, or [`no_more`](Self::no_more) for none.
    pub fn end(self, caller: u8, last: u8) -> usize {
        caller as usize * self.outcomes() + last as usize
    }

    pub fn ends(self) -> usize {
        self.callers * self.outcomes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_beyond_the_bound_share_the_last_one() {
        let mut kinds = Kinds::default();
        let numbers: Vec<u8> = [7, 3, 7, 9, 1, 3].iter().map(|&peer| kinds.number(peer, 3)).collect();
        assert_eq!(numbers, [0, 1, 0, 2, 2, 1]);
        assert_eq!(Kinds::of(kinds.peers()), kinds);
    }

    #[test]
    fn every_reference_has_its_sort() {
        let layout = Layout { callers: 2, callees: 3 };
        assert_eq!(layout.references(), 7);
        assert_eq!(layout.sort(PARENT_START), Sort::Parent);
        for kind in 0..3 {
            assert_eq!(layout.sort(layout.sibling_start(kind)), Sort::SiblingStart);
            assert_eq!(layout.sort(layout.sibling_end(kind)), Sort::SiblingEnd);
        }
        assert_eq!(layout.gap(1, 2, layout.sibling_end(2)), layout.gaps() - 1);
        assert_eq!(layout.end(1, 3), layout.ends() - 1);
    }
}
