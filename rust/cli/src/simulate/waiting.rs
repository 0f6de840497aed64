//! The calls that wait for their delivery.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::call::Call;

/// A call that waits. Ordered by time, then by `sequence`, which is unique.
#[derive(Debug)]
pub struct Waiting {
    /// When it is delivered, tenths of a ms of the epoch.
    pub time: i64,
    sequence: u64,
    /// It has been delivered before.
    pub is_repeat: bool,
    /// The call.
    pub call: Call,
}

impl Waiting {
    fn key(&self) -> (i64, u64) {
        (self.time, self.sequence)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// Calls by the time of their delivery; those of one time in the order in which they came.
#[derive(Debug, Default)]
pub struct WaitingCalls {
    heap: BinaryHeap<Reverse<Waiting>>,
    sequence: u64,
}

impl WaitingCalls {
    /// Adds a call.
    pub fn push(&mut self, time: i64, is_repeat: bool, call: Call) {
        self.sequence += 1;
        self.heap.push(Reverse(Waiting { time, sequence: self.sequence, is_repeat, call }));
    }

    /// Takes the first.
    pub fn pop(&mut self) -> Option<Waiting> {
        self.heap.pop().map(|Reverse(waiting)| waiting)
    }

    /// When the first is delivered.
    pub fn first_time(&self) -> Option<i64> {
        self.heap.peek().map(|Reverse(waiting)| waiting.time)
    }
}
