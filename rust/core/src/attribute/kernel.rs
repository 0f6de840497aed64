//! Attribute: decide which call most likely caused each call.
//!
//! The key is a group of addresses, whose calls are worked window by window. A window is decided when all calls
//! are there that start until some time behind its end, since what starts later tells something of what starts
//! now. Calls that start behind the end of the window come back as the input of the next one. What is known of
//! an address, calls that may get children yet among it, is saved from window to window.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::known::Known;
use super::sides::{Side, Sides};
use super::{Counts, Decision, Leg, Settings, Window};
use crate::block::chain_calls::{ChainCall, ChainCalls, Span};
use crate::block::{attributed, PushedLegs};
use crate::call_key::CallKey;
use crate::cell::CellLayout;
use crate::confidence::Confidence;
use crate::counters::Counters;
use crate::error::{Error, Result};
use crate::kernel::{CellKernel, KeyedKernel, Outbox, Pulled};
use crate::memory::{self, Upkeep};
use crate::queue::BlockQueue;

/// Calls that make a block.
const CALLS_PER_BLOCK: usize = 4096;

/// What Attribute counts.
const COUNTERS: [&str; 11] = [
    "callsOut",
    "duplicates",
    "withoutParent",
    "confidenceTenThousandths",
    "decidedOnly",
    "decidedExact",
    "decidedSampled",
    "decidedGreedy",
    "listsCut",
    "parentsCut",
    "candidatesCut",
];
/// The place of the count of calls that were decided.
pub const CALLS: usize = 0;
/// The place of the count of repeats of a call that were dropped.
pub const DUPLICATES: usize = 1;
/// The place of the count of calls that nothing is likely to have caused.
pub const WITHOUT_PARENT: usize = 2;
/// The place of the sum of the confidence of all decisions: by the calls it is the mean.
pub const CONFIDENCE: usize = 3;

/// The place of the first of the counts of how calls were decided, and of what bounds have cut.
const DECIDED: usize = 4;

/// Settings of [`Attribute`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeConfig {
    /// Width of a window, ms, at least 1.
    pub window_ms: i64,
    /// How long behind the end of a window calls are looked at, ms, at least 0.
    pub look_ahead_ms: i64,
    /// Number of address groups, at least 1.
    pub ip_groups: u32,
    /// Units of work that a call may cost; 0 decides each link by itself.
    pub effort: u32,
}

/// The kernel.
#[derive(Debug)]
pub struct Attribute {
    layout: CellLayout,
    look_ahead_ms: i64,
    settings: Settings,
    /// What is known of the addresses of the key.
    known: Known,
    is_loaded: bool,
    pushed: PushedLegs,
    scratch: Scratch,
    /// The window that was fired last.
    fired: i64,
    /// The calls that are decided, and how many of them are in blocks.
    decided: ChainCalls,
    written: usize,
    queue: BlockQueue,
    counters: Counters,
    upkeep: Upkeep,
}

#[derive(Debug, Default)]
struct Scratch {
    sides: Sides,
    column: Vec<u32>,
    of_children: Vec<Leg>,
    of_parents: Vec<Leg>,
    decisions: Vec<Decision>,
    work: super::Scratch,
}

impl Scratch {
    fn memory_bytes(&self) -> usize {
        self.sides.memory_bytes()
            + memory::of_vec(&self.column)
            + memory::of_vec(&self.of_children)
            + memory::of_vec(&self.of_parents)
            + memory::of_vec(&self.decisions)
            + self.work.memory_bytes()
    }
}

impl Attribute {
    /// A kernel with these settings.
    pub fn new(config: AttributeConfig) -> Result<Self> {
        let AttributeConfig { window_ms, look_ahead_ms, ip_groups, effort } = config;
        if look_ahead_ms < 0 {
            return Err(Error::Config(format!("look-ahead-ms is {look_ahead_ms}; at least 0 is wanted")));
        }
        let settings = Settings { effort, ..Settings::default() };
        Ok(Self::empty(CellLayout::new(window_ms, ip_groups)?, look_ahead_ms, settings))
    }

    fn empty(layout: CellLayout, look_ahead_ms: i64, settings: Settings) -> Self {
        Attribute {
            layout,
            look_ahead_ms,
            settings,
            known: Known::default(),
            is_loaded: false,
            pushed: PushedLegs::default(),
            scratch: Scratch::default(),
            fired: 0,
            decided: ChainCalls::default(),
            written: 0,
            queue: BlockQueue::default(),
            counters: Counters::new(&COUNTERS),
            upkeep: Upkeep::default(),
        }
    }

    fn window(&self, window: i64) -> Window {
        let end_ms = self.layout.last_ms(window) + 1;
        Window {
            begin_ms: self.layout.last_ms(window - 1) + 1,
            end_ms,
            visible_ms: end_ms + self.look_ahead_ms,
        }
    }

    /// Decides the calls of the window, address by address.
    fn decide(&mut self, window: Window) -> Result<()> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let Scratch { sides, of_children, of_parents, decisions, work, .. } = &mut scratch;
        let Sides { children, parents, .. } = &*sides;
        let mut counts = Counts::default();
        let here = |side: &Side| side.here;
        let mut addresses: Vec<u64> = children.iter().chain(parents).map(here).collect();
        addresses.sort_unstable();
        addresses.dedup();
        let (mut next_child, mut next_parent) = (0, 0);
        for hash in addresses {
            let children = take_first(children, &mut next_child, hash);
            let parents = take_first(parents, &mut next_parent, hash);
            of_children.clear();
            of_children.extend(children.iter().map(|side| side.leg));
            of_parents.clear();
            of_parents.extend(parents.iter().map(|side| side.leg));
            decisions.clear();
            let address = self.known.address(hash)?;
            address.decide(
                window,
                &self.settings,
                hash,
                of_parents,
                of_children,
                work,
                decisions,
                &mut counts,
            );
            if address.is_empty() {
                self.known.remove(hash);
            }
            for decision in &*decisions {
                self.keep(&children[decision.child as usize], decision);
            }
        }
        self.known.forget(window.end_ms);
        self.count(&counts);
        self.send_back(children, window);
        self.scratch = scratch;
        Ok(())
    }

    fn count(&mut self, counts: &Counts) {
        let Counts { only, exact, sampled, greedy, list_cut, parents_cut, looked_at_cut, .. } = *counts;
        let counts = [only, exact, sampled, greedy, list_cut, parents_cut, looked_at_cut];
        counts.into_iter().zip(DECIDED..).for_each(|(count, place)| self.counters.add(place, count));
    }

    fn keep(&mut self, child: &Side, decision: &Decision) {
        let Leg { start_ms, end_ms, .. } = child.leg;
        let parent = decision.parent.map(CallKey::of);
        let confidence = Confidence::of(decision.confidence.into());
        let (key, candidates) = (child.key, decision.candidates);
        let call =
            ChainCall { start_ms, end_ms, key, parent, confidence, candidates, written: Span::default() };
        self.decided.push(call, |out| self.pushed.as_written(child).write(out));
        self.counters.add(CALLS, 1);
        self.counters.add(WITHOUT_PARENT, parent.is_none().into());
        self.counters.add(CONFIDENCE, confidence.parts().into());
    }

    /// Gives the calls that start behind the window to the next one.
    fn send_back(&mut self, children: &[Side], window: Window) {
        let mut groups: BTreeMap<u32, Vec<&Side>> = BTreeMap::new();
        for child in children.iter().filter(|child| child.leg.start_ms >= window.end_ms) {
            let group = (child.here % u64::from(self.layout.groups())) as u32;
            groups.entry(group).or_default().push(child);
        }
        for (group, children) in groups {
            let cell = self.layout.cell(self.fired + 1, group);
            for children in children.chunks(CALLS_PER_BLOCK) {
                self.queue.push(cell, children.len() as u32, |out| self.pushed.encode(out, children));
            }
        }
    }

    /// Writes a block of decided calls, if there are any left.
    fn write_block(&mut self) {
        let Attribute { decided, written, fired, scratch, queue, .. } = self;
        let rows = &decided.rows[*written..];
        let rows = &rows[..rows.len().min(CALLS_PER_BLOCK)];
        if !rows.is_empty() {
            // Root has one group: its cells are the windows.
            queue.push(*fired, rows.len() as u32, |out| {
                attributed::encode(out, decided, rows, &mut scratch.column);
            });
            *written += rows.len();
        }
    }

    fn clear(&mut self) {
        self.known.clear();
        self.is_loaded = false;
        self.pushed.clear();
        self.decided.clear();
        self.written = 0;
        self.queue.clear();
        if self.upkeep.is_due(self.memory_bytes()) {
            *self = Attribute {
                counters: self.counters.clone(),
                ..Self::empty(self.layout, self.look_ahead_ms, self.settings)
            };
        }
    }
}

/// The sides of an address, which stand next.
fn take_first<'a>(sides: &'a [Side], next: &mut usize, here: u64) -> &'a [Side] {
    let rest = &sides[*next..];
    let taken = &rest[..rest.partition_point(|side| side.here <= here)];
    *next += taken.len();
    taken
}

impl CellKernel for Attribute {
    fn push(&mut self, block: &[u8]) -> Result<()> {
        self.pushed.push(block).inspect_err(|_| self.clear())
    }

    fn fire(&mut self, window: i64) -> Result<()> {
        if !self.is_loaded {
            return Err(Error::corrupt("a window was fired before what is known of its key was loaded"));
        }
        self.fired = window;
        let window = self.window(window);
        let repeats = self.pushed.sides(window, self.look_ahead_ms, &mut self.scratch.sides);
        let repeats = repeats.inspect_err(|_| self.clear())?;
        self.counters.add(DUPLICATES, repeats as u64);
        self.decide(window).inspect_err(|_| self.clear())
    }
}

impl KeyedKernel for Attribute {
    fn load(&mut self, state: &[u8]) -> Result<()> {
        self.clear();
        self.is_loaded = true;
        if state.is_empty() {
            return Ok(());
        }
        self.known.load(state).inspect_err(|_| self.clear())
    }

    fn save(&mut self, state: &mut Vec<u8>) -> Result<()> {
        self.known.save(state)
    }
}

impl Outbox for Attribute {
    fn pull(&mut self, out: &mut [u8]) -> Result<Pulled> {
        if self.queue.is_empty() {
            self.write_block();
        }
        let pulled = self.queue.pull(out);
        if pulled == Pulled::Filled(0) {
            self.clear();
        }
        Ok(pulled)
    }

    fn counters(&mut self) -> &mut Counters {
        &mut self.counters
    }

    fn memory_bytes(&self) -> usize {
        self.known.memory_bytes()
            + self.pushed.memory_bytes()
            + self.scratch.memory_bytes()
            + self.decided.memory_bytes()
            + self.queue.memory_bytes()
    }
}
