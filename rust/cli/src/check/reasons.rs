//! What would be rejected: counts and examples by reason.

use callweave_core::call::{Reason, Rejection};
use serde::Serialize;

use super::printable::printable;

/// So much of a value is shown, characters.
const SHOWN_CHARS: usize = 100;

/// A record that would be rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    /// Where it stands.
    pub place: String,
    /// What is wrong, and what would be right.
    pub detail: String,
    /// The beginning of its value, made printable.
    pub value: String,
}

/// Records that would be rejected for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rejects {
    /// How many there are.
    pub count: u64,
    /// The first of them.
    pub examples: Vec<Example>,
}

/// Rejects by reason.
#[derive(Clone, Debug)]
pub struct RejectsByReason {
    rejects: [Rejects; Reason::ALL.len()],
    most_examples: usize,
}

impl RejectsByReason {
    /// None yet; up to `most_examples` examples are kept of each reason.
    pub fn new(most_examples: usize) -> Self {
        Self { rejects: Default::default(), most_examples }
    }

    /// Counts one; `place` is only asked for if the record is kept as an example.
    pub fn add(&mut self, rejection: &Rejection, value: Option<&[u8]>, place: impl FnOnce() -> String) {
        let rejects = &mut self.rejects[rejection.reason as usize];
        rejects.count += 1;
        if rejects.examples.len() < self.most_examples {
            rejects.examples.push(Example {
                place: place(),
                detail: printable(rejection.detail.as_bytes(), Rejection::MAX_DETAIL_BYTES),
                value: value.map_or_else(|| "null".to_owned(), |value| printable(value, SHOWN_CHARS)),
            });
        }
    }

    /// Those of one reason.
    pub fn of(&self, reason: Reason) -> &Rejects {
        &self.rejects[reason as usize]
    }

    /// How many there are.
    pub fn total(&self) -> u64 {
        self.rejects.iter().map(|rejects| rejects.count).sum()
    }
}
