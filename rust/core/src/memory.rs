//! How much memory a kernel holds, and when it gives it back.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};

use smallvec::SmallVec;

/// Memory that a kernel may always hold, bytes.
const KEPT_BYTES: usize = 4 << 20;
/// Memory that it gives back at once, bytes: to ask for so much again costs little beside filling it.
pub const LARGE_BYTES: usize = 64 << 20;
/// Pieces of work between which it holds what one of them needed.
const ROUNDS: u32 = 64;

/// What the kernels of this process have given back, bytes.
static GIVEN_BACK: AtomicUsize = AtomicUsize::new(0);

/// Whether kernels have given back so much since this was true the last time that it is worth having the
/// allocator give it to the system: it may keep what threads free for these threads.
pub fn is_worth_a_trim() -> bool {
    // Of two that ask at once, the first takes all.
    GIVEN_BACK.load(Ordering::Relaxed) > LARGE_BYTES && GIVEN_BACK.swap(0, Ordering::Relaxed) > LARGE_BYTES
}

/// Decides when a kernel gives its memory back, so that one burst does not occupy it for ever.
///
/// Buffers are used again from one piece of work to the next. From time to time all are given up and
/// grow anew to what is needed now: the cost is spread over the work in between.
#[derive(Debug, Default)]
pub struct Upkeep {
    rounds: u32,
}

impl Upkeep {
    /// For a kernel whose pieces of work are minutes apart: what it holds above the least is given back after each.
    pub fn of_rare_work() -> Self {
        Upkeep { rounds: ROUNDS }
    }

    /// Notes the end of a piece of work, after which the kernel holds so many bytes; returns whether to
    /// give them back and start with a new `Upkeep`.
    pub fn is_due(&mut self, held_bytes: usize) -> bool {
        self.rounds = self.rounds.saturating_add(1);
        let is_due = held_bytes > LARGE_BYTES || held_bytes > KEPT_BYTES && self.rounds >= ROUNDS;
        if is_due {
            GIVEN_BACK.fetch_add(held_bytes, Ordering::Relaxed);
        }
        is_due
    }
}

/// Bytes held by a vector.
pub fn of_vec<T>(vec: &Vec<T>) -> usize {
    vec.capacity() * size_of::<T>()
}

/// Bytes held by a vector beside its own.
pub fn of_small<A: smallvec::Array>(vec: &SmallVec<A>) -> usize {
    if vec.spilled() {
        vec.capacity() * size_of::<A::Item>()
    } else {
        0
    }
}

/// Bytes held by a map, without what its keys and values refer to. A slot has a byte beside its entry, and an
/// eighth of the slots is never filled.
pub fn of_map<K, V, S>(map: &HashMap<K, V, S>) -> usize {
    match map.capacity() {
        0 => 0,
        capacity => (capacity * 8 / 7).next_power_of_two() * (size_of::<(K, V)>() + 1),
    }
}

/// Bytes held by the nodes of a tree, without what its keys and values refer to, about: there is room for 11
/// entries in each, and some 7 are there.
pub fn of_tree<K, V>(tree: &BTreeMap<K, V>) -> usize {
    tree.len().div_ceil(7) * 11 * size_of::<(K, V)>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_given_back_after_some_work_or_when_it_is_large() {
        let mut upkeep = Upkeep::default();
        assert!((1..ROUNDS).all(|_| !upkeep.is_due(KEPT_BYTES + 1)));
        assert!(upkeep.is_due(KEPT_BYTES + 1));
        assert!(Upkeep::default().is_due(LARGE_BYTES + 1));
        assert!((0..2 * ROUNDS).all(|_| !upkeep.is_due(KEPT_BYTES)));
    }

    #[test]
    fn what_a_large_piece_of_work_gives_back_is_worth_a_trim() {
        assert!(Upkeep::default().is_due(LARGE_BYTES + 1));
        assert!(is_worth_a_trim());
    }

    #[test]
    fn memory_of_rare_work_is_given_back_after_each_piece() {
        let mut upkeep = Upkeep::of_rare_work();
        assert!(!upkeep.is_due(KEPT_BYTES));
        assert!((0..2).all(|_| upkeep.is_due(KEPT_BYTES + 1)));
    }
}
