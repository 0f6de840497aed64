//! Attribute: decide which call most likely caused each call.
//!
//! The key is a group of addresses, whose calls are worked window by window. A window is decided when all calls
//! are there that start until some time behind its end, since what starts later tells something of what starts
//! now. Calls that start behind the end of the window come back as the input of the next one. What is known of
//! an address, calls that may get children yet among it, is saved from window to window.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Address, Counts, Decision, Leg, Settings, Window};
use crate::block::chain_calls::{ChainCall, ChainCalls, Span};
use crate::block::{attributed, legs, models, AsWritten, Rows};
use crate::call_key::CallKey;
use crate::cell::CellLayout;
use crate::confidence::Confidence;
use crate::counters::Counters;
use crate::error::{Error, Result};
use crate::id::IdTable;
use crate::kernel::{CellKernel, KeyedKernel, Outbox, Pulled};
use crate::memory::{self, Upkeep};
use crate::queue::BlockQueue;
use crate::tables::{CallRow, Role, Tables};

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
    /// What is known of the addresses of the key, by their hashes.
    known: BTreeMap<u64, Address>,
    is_loaded: bool,
    tables: Tables,
    ids: IdTable,
    decoded: Rows,
    pushed_children: Vec<CallRow>,
    pushed_parents: Vec<CallRow>,
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
    legs: legs::Scratch,
    key: Vec<u8>,
    /// The hash of the address of each spelling.
    hashes: Vec<u64>,
    column: Vec<u32>,
    children: Vec<Side>,
    parents: Vec<Side>,
    of_children: Vec<Leg>,
    of_parents: Vec<Leg>,
    decisions: Vec<Decision>,
    work: super::Scratch,
}

/// A call as one address sees it.
#[derive(Debug, Clone, Copy)]
struct Side {
    /// The hash of the address.
    here: u64,
    leg: Leg,
    key: CallKey,
    /// The place of its row.
    row: u32,
}

impl Scratch {
    fn memory_bytes(&self) -> usize {
        self.legs.memory_bytes()
            + memory::of_vec(&self.key)
            + memory::of_vec(&self.hashes)
            + memory::of_vec(&self.column)
            + memory::of_vec(&self.children)
            + memory::of_vec(&self.parents)
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
            known: BTreeMap::new(),
            is_loaded: false,
            tables: Tables::default(),
            ids: IdTable::default(),
            decoded: Rows::default(),
            pushed_children: Vec::new(),
            pushed_parents: Vec::new(),
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

    /// Brings the pushed calls into order, address by address, without repeats.
    fn take_sides(&mut self, window: Window) -> Result<()> {
        let Scratch { key, hashes, children, parents, .. } = &mut self.scratch;
        hashes.clear();
        for spelling in 0..self.tables.addresses.len() as u32 {
            hashes.push(self.tables.addresses.spelling(spelling).address()?.hash64());
        }
        let mut side = |(row, call): (u32, &CallRow), role| {
            let (src, dst) = (hashes[call.src as usize], hashes[call.dst as usize]);
            let (start_ms, end_ms) = (call.start_ms, call.end_ms);
            let key = CallKey::new(self.ids.get(call.id), src, dst, start_ms, end_ms, key);
            let (here, peer) = match role {
                Role::Child => (src, dst),
                Role::Parent => (dst, src),
            };
            Side { here, leg: Leg { start_ms, end_ms, peer, key: key.value() }, key, row }
        };
        children.clear();
        children.extend((0..).zip(&self.pushed_children).map(|call| side(call, Role::Child)));
        // A parent comes once for every bucket that it touches: that of its start is in this window.
        let is_new = |start_ms| (window.begin_ms + self.look_ahead_ms..window.visible_ms).contains(&start_ms);
        let new = (0..).zip(&self.pushed_parents).filter(|(_, call)| is_new(call.start_ms));
        parents.clear();
        parents.extend(new.map(|call| side(call, Role::Parent)));
        let order = |side: &Side| (side.here, side.leg.start_ms, side.leg.end_ms, side.leg.peer, side.key);
        parents.sort_unstable_by_key(order);
        parents.dedup_by_key(|side| order(side));
        // Of repeats the one with the smallest texts stays, whichever came first.
        let (tables, ids, rows) = (&self.tables, &self.ids, &self.pushed_children);
        children.sort_unstable_by(|a, b| {
            order(a)
                .cmp(&order(b))
                .then_with(|| texts(tables, ids, rows, a).cmp(&texts(tables, ids, rows, b)))
        });
        let with_repeats = children.len();
        children.dedup_by_key(|side| order(side));
        self.counters.add(DUPLICATES, (with_repeats - children.len()) as u64);
        Ok(())
    }

    /// Decides the calls of the window, address by address.
    fn decide(&mut self, window: Window) {
        let mut scratch = std::mem::take(&mut self.scratch);
        let Scratch { children, parents, of_children, of_parents, decisions, work, .. } = &mut scratch;
        let mut counts = Counts::default();
        let here = |side: &Side| side.here;
        let mut addresses: Vec<u64> = children.iter().chain(&*parents).map(here).collect();
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
            let address = self.known.entry(hash).or_default();
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
                self.known.remove(&hash);
            }
            for decision in &*decisions {
                self.keep(&children[decision.child as usize], decision);
            }
        }
        self.known.retain(|_, address| !address.is_forgotten(window.end_ms));
        self.count(&counts);
        self.send_back(children, window);
        self.scratch = scratch;
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
        let call =
            ChainCall { start_ms, end_ms, key: child.key, parent, confidence, written: Span::default() };
        let row = &self.pushed_children[child.row as usize];
        self.decided.push(call, |out| as_written(&self.tables, &self.ids, row).write(out));
        self.counters.add(CALLS, 1);
        self.counters.add(WITHOUT_PARENT, parent.is_none().into());
        self.counters.add(CONFIDENCE, confidence.parts().into());
    }

    /// Gives the calls that start behind the window to the next one.
    fn send_back(&mut self, children: &[Side], window: Window) {
        let mut groups: BTreeMap<u32, Vec<CallRow>> = BTreeMap::new();
        for child in children.iter().filter(|child| child.leg.start_ms >= window.end_ms) {
            let group = (child.here % u64::from(self.layout.groups())) as u32;
            groups.entry(group).or_default().push(self.pushed_children[child.row as usize]);
        }
        for (group, calls) in groups {
            let cell = self.layout.cell(self.fired + 1, group);
            for calls in calls.chunks(CALLS_PER_BLOCK) {
                let rows = Rows { calls: calls.to_vec(), children: calls.len() };
                self.queue.push(cell, calls.len() as u32, |out| {
                    legs::encode(out, &rows, &self.tables, &self.ids, &mut legs::Scratch::default());
                });
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
        self.tables.clear();
        self.ids.clear();
        self.pushed_children.clear();
        self.pushed_parents.clear();
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

fn as_written<'a>(tables: &'a Tables, ids: &'a IdTable, row: &CallRow) -> AsWritten<'a> {
    AsWritten {
        id: ids.get(row.id),
        src: tables.addresses.spelling(row.src),
        dst: tables.addresses.spelling(row.dst),
        latency: row.latency.map(|text| tables.texts.get(text)),
    }
}

/// The texts of a call, to decide between repeats.
fn texts(tables: &Tables, ids: &IdTable, rows: &[CallRow], side: &Side) -> Vec<u8> {
    let mut texts = Vec::new();
    as_written(tables, ids, &rows[side.row as usize]).write(&mut texts);
    texts
}

impl CellKernel for Attribute {
    fn push(&mut self, block: &[u8]) -> Result<()> {
        let Attribute { tables, ids, decoded, scratch, .. } = self;
        legs::decode(block, tables, ids, decoded, &mut scratch.legs).inspect_err(|_| self.clear())?;
        let (children, parents) = self.decoded.calls.split_at(self.decoded.children);
        self.pushed_children.extend_from_slice(children);
        self.pushed_parents.extend_from_slice(parents);
        Ok(())
    }

    fn fire(&mut self, window: i64) -> Result<()> {
        if !self.is_loaded {
            return Err(Error::corrupt("a window was fired before what is known of its key was loaded"));
        }
        self.fired = window;
        self.take_sides(self.window(window)).inspect_err(|_| self.clear())?;
        self.decide(self.window(window));
        Ok(())
    }
}

impl KeyedKernel for Attribute {
    fn load(&mut self, state: &[u8]) -> Result<()> {
        self.clear();
        self.is_loaded = true;
        if state.is_empty() {
            return Ok(());
        }
        let known = &mut self.known;
        models::decode(state, |address, model| {
            known.insert(address, Address::load(model)?);
            Ok(())
        })
        .inspect_err(|_| self.clear())
    }

    fn save(&mut self, state: &mut Vec<u8>) -> Result<()> {
        let mut saved = Vec::new();
        for (&hash, address) in &self.known {
            let mut model = Vec::new();
            address.save(&mut model)?;
            if !model.is_empty() {
                saved.push((hash, model));
            }
        }
        if !saved.is_empty() {
            models::encode(state, saved.iter().map(|(hash, model)| (*hash, model.as_slice())));
        }
        Ok(())
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
        memory::of_tree(&self.known)
            + self.known.values().map(Address::memory_bytes).sum::<usize>()
            + self.tables.memory_bytes()
            + self.ids.memory_bytes()
            + self.decoded.memory_bytes()
            + memory::of_vec(&self.pushed_children)
            + memory::of_vec(&self.pushed_parents)
            + self.scratch.memory_bytes()
            + self.decided.memory_bytes()
            + self.queue.memory_bytes()
    }
}
