//! The calls that wait for their delivery.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::call::Call;

/// A call whose turn it is.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// When it is delivered, tenths of a ms of the epoch.
    pub time: i64,
    /// It has been delivered before.
    pub is_repeat: bool,
    /// The call.
    pub call: Call,
}

/// Calls by the time of their delivery; those of one time in the order in which they came.
///
/// The heap moves small keys and not the calls: at a high rate a million calls wait, and the
/// processor's caches do not hold them.
#[derive(Debug, Default)]
pub struct WaitingCalls {
    /// Time, sequence (which is unique), and the place in `calls`.
    heap: BinaryHeap<Reverse<(i64, u64, usize)>>,
    calls: Vec<Waiting>,
    /// The places in `calls` that no call has.
    free: Vec<usize>,
    sequence: u64,
}

impl WaitingCalls {
    /// Adds a call.
    pub fn push(&mut self, time: i64, is_repeat: bool, call: Call) {
        let waiting = Waiting { time, is_repeat, call };
        let place = match self.free.pop() {
            Some(place) => {
                self.calls[place] = waiting;
                place
            }
            None => {
                self.calls.push(waiting);
                self.calls.len() - 1
            }
        };
        self.sequence += 1;
        self.heap.push(Reverse((time, self.sequence, place)));
    }

    /// Takes the first.
    pub fn pop(&mut self) -> Option<Waiting> {
        let Reverse((_, _, place)) = self.heap.pop()?;
        self.free.push(place);
        Some(self.calls[place])
    }

    /// When the first is delivered.
    pub fn first_time(&self) -> Option<i64> {
        self.heap.peek().map(|Reverse((time, _, _))| *time)
    }
}
