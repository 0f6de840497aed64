//! Which call most likely caused which: the model of an address, learned from its traffic alone.
//!
//! At an address calls come in (parents) and go out (children). A parent is taken for a small program that
//! emits children one after the other, then ends; how it does so is counted by kinds of calls, which are
//! told apart by the address at their other end. A window is decided at a time:
//!
//! 1. [`scene`]: the calls in order, and all parents that each child may have.
//! 2. [`cold`]: while little is known, a model is made of the window itself.
//! 3. [`choices`], [`components`]: the likely parents of each child, and the parts that these tie together.
//! 4. [`exact`] or [`sampler`]: first what the lists of children teach, then the decision.
//! 5. [`model`], [`kept`]: what was decided is learned, and what later windows need is kept.
//!
//! The same calls give the same decisions, in whatever order they come and on every platform: chance is
//! drawn by the seed of the address and the window, and logarithms are this module's own.

mod automaton;
mod bins;
mod children;
mod choices;
mod cold;
mod components;
mod confidence;
mod effort;
mod exact;
mod exchanges;
mod frozen;
mod judge;
mod keeping;
mod kept;
mod kernel;
mod known;
mod lattice;
mod layout;
mod lesson;
mod lists;
mod math;
mod model;
mod moves;
mod order;
mod outcomes;
mod places;
mod plain;
mod random;
#[cfg(test)]
mod reference;
mod rows;
mod sampler;
mod saved;
mod scene;
mod sides;
mod solver;
mod subsets;
mod tally;
mod work;

pub use kernel::{Attribute, AttributeConfig, CALLS, DUPLICATES, WITHOUT_PARENT};
pub use known::learned;
pub use work::Scratch;

use crate::error::Result;
use kept::Kept;
use model::Model;

/// Time after its last call when an address is forgotten, ms.
const FORGET_MS: i64 = 24 * 3_600_000;

/// One side of a call at the address that is worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    /// Start, ms of the epoch.
    pub start_ms: i64,
    /// End, ms of the epoch. May lie 1 ms before the start, by rounding.
    pub end_ms: i64,
    /// Stable hash of the address at the other end: the caller of a parent, the callee of a child.
    pub peer: u64,
    /// Identity of the call: a hash of its id, addresses and times. Decides the order of equals.
    pub key: u128,
}

/// What a window may cost and an address may keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Units of work for each undecided child, of about 20 ns; 0 decides each link by itself.
    pub effort: u32,
    /// Parents that are kept of an address: those that started last.
    pub max_parents: usize,
    /// Children that are kept of a parent: those that started last.
    pub max_list: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { effort: 2_000, max_parents: 4_096, max_list: 256 }
    }
}

/// A window of time that is decided at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first ms of the window.
    pub begin_ms: i64,
    /// The first ms behind it.
    pub end_ms: i64,
    /// Every call that starts before is there.
    pub visible_ms: i64,
}

/// The decision on a child.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// The place of the child among those that were given.
    pub child: u32,
    /// The key of its parent.
    pub parent: Option<u128>,
    /// The probability that this is right.
    pub confidence: f32,
    /// How many calls could have caused it by their times, as far as they were looked at.
    pub candidates: u32,
    /// How it was found.
    pub method: Method,
}

/// How a child was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// There was one possibility.
    Only,
    /// Over all assignments at once.
    Exact,
    /// By sampling assignments.
    Sampled,
    /// Each link by itself.
    Greedy,
}

/// What was done, and what was cut by a bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Children with one possibility.
    pub only: u64,
    /// Children decided over all assignments at once.
    pub exact: u64,
    /// Children decided by sampling.
    pub sampled: u64,
    /// Children decided each by itself.
    pub greedy: u64,
    /// Children of kept parents that were forgotten.
    pub list_cut: u64,
    /// Parents that were forgotten while they might have got children.
    pub parents_cut: u64,
    /// Children for which not all live parents were looked at.
    pub looked_at_cut: u64,
    /// Bytes of the models after their windows, about.
    pub model_bytes: u64,
}

/// What is known of one address from window to window: the model, and the parents that may yet get
/// children.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Address {
    model: Model,
    kept: Kept,
}

impl Address {
    /// Takes up what [`save`](Self::save) wrote; nothing is known of a new address, for which this is empty.
    ///
    /// # Errors
    /// When it is damaged, or of a version that is not read.
    pub fn load(state: &[u8]) -> Result<Self> {
        saved::read(state)
    }

    /// Appends what is known: of the model 6 kB at most, and for each parent that is kept some 25 bytes and 4
    /// for each of its children.
    ///
    /// # Errors
    /// When it is larger than [`load`](Self::load) would read.
    pub fn save(&self, out: &mut Vec<u8>) -> Result<()> {
        saved::write(self, out)
    }

    /// Decides every child that starts before the end of the window, which lies behind the last one. To be
    /// called for windows in which the address has calls, and only for these: what is decided may not depend on
    /// what other addresses do.
    ///
    /// `parents` are the calls into the address that are new: those that start from the last window's
    /// `visible_ms` up to this one's. `children` are all calls out of it that are not decided yet and start
    /// before `visible_ms`; those from the window's end on are looked at, and given again. Each call is
    /// there once, in any order. One decision for each child before the end is appended to `out`.
    #[allow(clippy::too_many_arguments)]
    pub fn decide(
        &mut self,
        window: Window,
        settings: &Settings,
        seed: u64,
        parents: &[Leg],
        children: &[Leg],
        scratch: &mut Scratch,
        out: &mut Vec<Decision>,
        counts: &mut Counts,
    ) {
        if self.is_forgotten(window.begin_ms) {
            *self = Self::default();
        }
        scratch.decide(
            &mut self.model,
            &mut self.kept,
            window,
            settings,
            seed,
            parents,
            children,
            out,
            counts,
        );
    }

    /// Keeps what was learned, for calls that may lie before those that it was learned from: no parent waits for
    /// children any more, and nothing is forgotten before there are calls.
    fn begin_again(&mut self) {
        self.model.until_ms = Some(i64::MAX);
        self.kept = Kept::default();
    }

    /// Bytes held, about.
    pub fn memory_bytes(&self) -> usize {
        self.model.memory_bytes() + self.kept.memory_bytes()
    }

    /// Whether nothing is known: no parent is kept, and none was ever learned. Such an address may be dropped
    /// after it was worked.
    pub fn is_empty(&self) -> bool {
        self.kept.parents.is_empty() && self.model.learned == 0
    }

    /// Whether the last call lies so far before that moment that what is known counts no more. Such an address
    /// may be dropped: once it has calls again it begins anew all the same.
    pub fn is_forgotten(&self, at_ms: i64) -> bool {
        is_forgotten(self.model.until_ms, at_ms)
    }
}

/// Whether what is known of an address counts no more at a moment, by the end of its last window.
fn is_forgotten(until_ms: Option<i64>, at_ms: i64) -> bool {
    until_ms.is_none_or(|until| at_ms.saturating_sub(until) > FORGET_MS)
}
