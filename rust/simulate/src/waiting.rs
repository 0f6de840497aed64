//! The calls that wait for their delivery.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::call::Call;
use crate::faults::Kind;

/// What is put in order at once, tenths of a ms.
const SPAN: i64 = 1000;

/// A call whose turn it is.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// When it is delivered, tenths of a ms of the epoch.
    pub time: i64,
    /// Whether it is a call, a repeat of one or another report of it.
    pub kind: Kind,
    /// The call.
    pub call: Call,
}

/// Calls by the time of their delivery; those of one time in the order in which they came.
///
/// At a high rate hundreds of thousands wait, and the processor's caches do not hold them: only
/// those of the first span of time are in order.
#[derive(Debug, Default)]
pub struct WaitingCalls {
    /// Not empty while a call waits.
    first: InOrder,
    /// The end of the first span.
    first_until: i64,
    /// The later ones by span, as they came.
    later: BTreeMap<i64, Vec<Waiting>>,
}

impl WaitingCalls {
    /// Adds a call.
    pub fn push(&mut self, time: i64, kind: Kind, call: Call) {
        let waiting = Waiting { time, kind, call };
        let span = time.div_euclid(SPAN);
        if self.first.heap.is_empty() {
            self.first_until = (span + 1) * SPAN;
        }
        if time < self.first_until {
            self.first.push(waiting);
        } else {
            self.later.entry(span).or_default().push(waiting);
        }
    }

    /// Takes the first.
    pub fn pop(&mut self) -> Option<Waiting> {
        let next = self.first.pop()?;
        if self.first.heap.is_empty() {
            if let Some((span, calls)) = self.later.pop_first() {
                self.first_until = (span + 1) * SPAN;
                calls.into_iter().for_each(|waiting| self.first.push(waiting));
            }
        }
        Some(next)
    }

    /// When the first is delivered.
    pub fn first_time(&self) -> Option<i64> {
        self.first.heap.peek().map(|Reverse((time, _, _))| *time)
    }
}

/// Calls in order, few enough for the caches. The heap moves small keys and not the calls.
#[derive(Debug, Default)]
struct InOrder {
    /// Time, sequence (which is unique), and the place in `calls`.
    heap: BinaryHeap<Reverse<(i64, u64, usize)>>,
    calls: Vec<Waiting>,
    /// The places in `calls` that no call has.
    free: Vec<usize>,
    sequence: u64,
}

impl InOrder {
    fn push(&mut self, waiting: Waiting) {
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
        self.heap.push(Reverse((waiting.time, self.sequence, place)));
    }

    fn pop(&mut self) -> Option<Waiting> {
        let Reverse((_, _, place)) = self.heap.pop()?;
        self.free.push(place);
        Some(self.calls[place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Spelling;
    use proptest::prelude::*;

    fn call(id: u128) -> Call {
        Call {
            id,
            parent: 0,
            trace: 0,
            src: 0,
            dst: 0,
            start_ms: 0,
            end_ms: 0,
            latency_tenths: 0,
            spelling: Spelling::Whole,
            other_spelling: [false; 2],
        }
    }

    /// Of a few spans, with many that are the same.
    fn time() -> impl Strategy<Value = i64> {
        (-3i64..4, prop::sample::select(vec![0, 1, 500, 999])).prop_map(|(span, rest)| span * SPAN + rest)
    }

    proptest! {
        /// Each step adds a call, or takes the first.
        #[test]
        fn calls_come_by_time_and_in_the_order_in_which_they_were_added(
            steps in prop::collection::vec(prop::option::weighted(0.6, time()), 0..200)
        ) {
            let mut waiting = WaitingCalls::default();
            let mut naive: Vec<(i64, u128)> = Vec::new();
            for (id, step) in (1..).zip(steps.into_iter().chain([None; 200])) {
                if let Some(time) = step {
                    waiting.push(time, Kind::Valid, call(id));
                    naive.push((time, id));
                    naive.sort_unstable();
                } else {
                    prop_assert_eq!(waiting.first_time(), naive.first().map(|(time, _)| *time));
                    let first = (!naive.is_empty()).then(|| naive.remove(0));
                    prop_assert_eq!(waiting.pop().map(|next| (next.time, next.call.id)), first);
                }
            }
        }
    }
}
