//! What is known of calls by their keys.

use std::collections::BTreeMap;

use crate::block::open_calls::{ChainRef, OpenCall};
use crate::call_key::CallKey;
use crate::memory::{self, Upkeep};
use crate::seeded::SeededMap;

/// What is known of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It is one of those at hand, with this number.
    AtHand(u32),
    /// It was settled before: its chain.
    Settled(ChainRef),
}

/// The calls at hand and those of before that may get children yet, by their keys.
#[derive(Debug, Default)]
pub struct Index {
    known: SeededMap<CallKey, Known>,
    /// Keys by the window that ends what can be asked of them.
    ends: BTreeMap<i64, Vec<CallKey>>,
    upkeep: Upkeep,
}

impl Index {
    /// Takes in a call at hand; returns whether it is new.
    pub fn add(&mut self, key: CallKey, number: u32) -> bool {
        self.known.insert(key, Known::AtHand(number)).is_none()
    }

    /// What is known of a call.
    #[inline]
    pub fn get(&self, key: CallKey) -> Option<Known> {
        self.known.get(&key).copied()
    }

    /// Keeps a settled call until that window is over.
    pub fn keep(&mut self, call: OpenCall, window: i64) {
        self.known.insert(call.key, Known::Settled(call.chain));
        self.ends.entry(window).or_default().push(call.key);
    }

    /// Forgets a call.
    pub fn forget(&mut self, key: CallKey) {
        self.known.remove(&key);
    }

    /// Forgets the calls that can have no more children once this window is over.
    pub fn expire(&mut self, window: i64) {
        while let Some(first) = self.ends.first_entry().filter(|first| *first.key() <= window) {
            for key in first.remove() {
                self.known.remove(&key);
            }
        }
        // A burst must not occupy memory for ever.
        let is_sparse = self.known.capacity() / 8 > self.known.len();
        if is_sparse && self.upkeep.is_due(memory::of_map(&self.known)) {
            self.known.shrink_to_fit();
            self.upkeep = Upkeep::default();
        }
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        memory::of_map(&self.known) + self.ends.values().map(memory::of_vec).sum::<usize>()
    }
}
