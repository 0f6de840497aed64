//! What is known of one address, and how its calls are decided: by the parent that started last.

use crate::block::bytes::{put, put_signed, Reader};
use crate::call_key::CallKey;
use crate::error::Result;
use crate::memory;

/// How much later than its child a parent may start, by clocks that differ, ms.
const START_SLACK_MS: i64 = 3;
/// How much earlier than its child it may end, ms.
const END_SLACK_MS: i64 = 20;
/// How long after its end a child may start, ms.
const GAP_MS: i64 = 1;

/// A call as one of its two addresses sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leg {
    /// Start, ms since the epoch.
    pub start_ms: i64,
    /// End, ms since the epoch.
    pub end_ms: i64,
    /// The hash of the address at the other end.
    pub peer: u64,
    /// What the call is known by.
    pub key: CallKey,
}

/// A window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its first moment, ms since the epoch.
    pub begin_ms: i64,
    /// The moment that ends it.
    pub end_ms: i64,
    /// All calls are here that start before this moment.
    pub visible_ms: i64,
}

/// The parent of a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// The place of the call.
    pub child: u32,
    /// Its parent.
    pub parent: Option<CallKey>,
    /// The probability that this is right.
    pub confidence: f64,
}

/// What is known of an address from window to window.
#[derive(Debug, Default)]
pub struct Address {
    /// Calls into it that may get children yet, in order of start.
    parents: Vec<Leg>,
}

impl Address {
    /// Takes up what [`save`](Self::save) gave.
    pub fn load(state: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(state);
        let count = reader.count(4)?;
        let mut parents = Vec::with_capacity(count);
        for _ in 0..count {
            let start_ms = reader.signed()?;
            parents.push(Leg {
                start_ms,
                end_ms: start_ms.saturating_add(reader.signed()?),
                peer: u64::from_le_bytes(reader.fixed()?),
                key: CallKey::of(u128::from_le_bytes(reader.fixed()?)),
            });
        }
        reader.end()?;
        Ok(Address { parents })
    }

    /// Appends what has to be known when the next window is decided; nothing if that is nothing.
    pub fn save(&self, state: &mut Vec<u8>) {
        if self.parents.is_empty() {
            return;
        }
        put(state, self.parents.len() as u64);
        for parent in &self.parents {
            put_signed(state, parent.start_ms);
            put_signed(state, parent.end_ms - parent.start_ms);
            state.extend_from_slice(&parent.peer.to_le_bytes());
            state.extend_from_slice(&parent.key.value().to_le_bytes());
        }
    }

    /// Decides each child that starts in the window. `parents` are the calls into the address that were not here
    /// when the last window was decided, `children` all calls out of it that are not decided: each once, in any
    /// order, all that start before the window's visible end.
    pub fn decide(
        &mut self,
        window: Window,
        parents: &[Leg],
        children: &[Leg],
        decisions: &mut Vec<Decision>,
    ) {
        self.parents.extend_from_slice(parents);
        self.parents.sort_unstable();
        for (place, child) in (0..).zip(children) {
            if child.start_ms < window.end_ms {
                decisions.push(self.decide_one(place, child));
            }
        }
        self.parents.retain(|parent| parent.end_ms + GAP_MS >= window.end_ms);
    }

    fn decide_one(&self, place: u32, child: &Leg) -> Decision {
        let started =
            self.parents.partition_point(|parent| parent.start_ms <= child.start_ms + START_SLACK_MS);
        let candidates = || {
            self.parents[..started].iter().filter(|parent| {
                parent.end_ms + END_SLACK_MS >= child.end_ms
                    && parent.end_ms + GAP_MS >= child.start_ms
                    && parent.key != child.key
            })
        };
        let parent = candidates().max_by_key(|parent| (parent.start_ms, -parent.end_ms, parent.key));
        let options = candidates().count().max(1);
        Decision { child: place, parent: parent.map(|parent| parent.key), confidence: 1.0 / options as f64 }
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        memory::of_vec(&self.parents)
    }
}
