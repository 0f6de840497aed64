//! What would be rejected: counts and examples by reason.

use callweave_core::call::{Reason, Rejection};
use serde::Serialize;

use crate::format::{Names, Seen, SeenFormat};
use crate::printable::printable;

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
    seen: Seen,
}

impl RejectsByReason {
    /// None yet, of records with these names; up to `most_examples` examples are kept of each reason.
    pub fn new(most_examples: usize, names: Names) -> Self {
        Self { rejects: Default::default(), most_examples, seen: Seen::new(names) }
    }

    /// Counts one; `place` is only asked for if the record is kept as an example. A record of a format
    /// that is recognised is none: one line for all of them says more.
    pub fn add(&mut self, rejection: &Rejection, value: Option<&[u8]>, place: impl Fn() -> String) {
        let may_be_other = matches!(rejection.reason, Reason::Malformed | Reason::Invalid);
        let is_recognised = may_be_other && value.is_some_and(|value| self.seen.add(value, &place));
        let rejects = &mut self.rejects[rejection.reason as usize];
        rejects.count += 1;
        if !is_recognised && rejects.examples.len() < self.most_examples {
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

    /// What they are, where it is recognised.
    pub fn formats(&self) -> Vec<SeenFormat> {
        self.seen.formats().cloned().collect()
    }

    /// How many there are.
    pub fn total(&self) -> u64 {
        self.rejects.iter().map(|rejects| rejects.count).sum()
    }
}
