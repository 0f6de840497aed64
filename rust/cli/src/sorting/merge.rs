//! Merges what was sorted apart.

use std::cmp::{Ordering, Reverse};
use std::collections::binary_heap::PeekMut;
use std::collections::BinaryHeap;

use super::{Entry, Run, Sorted};

/// The entries of some sorters in order: by key, then by sorter, then by body. The cost per entry is
/// a comparison for each doubling of the number of runs.
pub struct Merge {
    heads: BinaryHeap<Reverse<Head>>,
}

/// The next entry of a run, and the rest of the run.
struct Head {
    entry: Entry,
    side: usize,
    rest: Run,
}

impl Merge {
    /// Of these sorters.
    ///
    /// # Errors
    /// When a temporary file cannot be read.
    pub fn of(sides: impl IntoIterator<Item = Sorted>) -> anyhow::Result<Self> {
        let mut heads = BinaryHeap::new();
        for (side, sorted) in sides.into_iter().enumerate() {
            for mut rest in sorted.runs() {
                let mut entry = Entry::default();
                if rest.next(&mut entry)? {
                    heads.push(Reverse(Head { entry, side, rest }));
                }
            }
        }
        Ok(Self { heads })
    }

    /// Moves the next entry into `entry`, and returns the position of its sorter; `None` at the end.
    ///
    /// # Errors
    /// When a temporary file cannot be read.
    pub fn next(&mut self, entry: &mut Entry) -> anyhow::Result<Option<usize>> {
        let Some(mut least) = self.heads.peek_mut() else {
            return Ok(None);
        };
        let Reverse(head) = &mut *least;
        let side = head.side;
        std::mem::swap(&mut head.entry, entry);
        if !head.rest.next(&mut head.entry)? {
            PeekMut::pop(least);
        }
        Ok(Some(side))
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_key = self.entry.key().cmp(other.entry.key());
        by_key
            .then_with(|| self.side.cmp(&other.side))
            .then_with(|| self.entry.body().cmp(other.entry.body()))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}
