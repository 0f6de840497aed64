//! Merge: calls that both of their ends have told of become one.
//!
//! Records with the same id and addresses are reports of one call where one lies in the other, with 50 ms for the
//! clocks of two hosts. The longest counts: the caller's, who has waited for all of it. Each record that a longer one
//! covers is dropped and counted; what stays goes on as the legs that Route would have made.
//!
//! The key is a group of `src_ip`s, since all reports of a call have the same one. A bucket is fired when all calls
//! are there that start in it. Those that start in its last 50 ms may be covered by one of the next bucket, so they
//! come back as its input, and so do calls that may yet cover another one: all that end behind it.

mod reports;

use serde::Deserialize;

use crate::block::{legs, PushedLegs, Rows};
use crate::call_key::CallKey;
use crate::cell::CellLayout;
use crate::counters::Counters;
use crate::error::{Error, Result};
use crate::kernel::{CellKernel, KeyedKernel, Outbox, Pulled};
use crate::memory::{self, Upkeep};
use crate::queue::BlockQueue;
use crate::route::open_legs::{Calls, OpenLegs};
use crate::tables::CallRow;
pub use reports::TOLERANCE_MS;
use reports::{Report, Reports};

/// Calls that make a block of what comes back.
const CALLS_PER_BLOCK: usize = 4096;

/// What Merge counts.
const COUNTERS: [&str; 2] = ["callsOut", "merged"];
const CALLS: usize = 0;
/// The place of the count of records that were another report of a call.
pub const MERGED: usize = 1;

/// Settings of [`Merge`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeConfig {
    /// Width of a time bucket, ms, at least 1.
    pub bucket_ms: i64,
    /// Number of address groups, at least 1.
    pub ip_groups: u32,
}

/// The kernel.
#[derive(Debug)]
pub struct Merge {
    layout: CellLayout,
    pushed: PushedLegs,
    hashes: Vec<u64>,
    key: Vec<u8>,
    reports: Reports,
    fired: Fired,
    legs: OpenLegs,
    queue: BlockQueue,
    counters: Counters,
    upkeep: Upkeep,
}

/// What became of the calls of a bucket.
#[derive(Debug, Default)]
struct Fired {
    /// Those that go on.
    calls: Vec<CallRow>,
    /// Those that are decided in the next bucket.
    open: Vec<CallRow>,
    /// Those that may cover one that is decided later.
    kept: Vec<CallRow>,
}

impl Merge {
    /// A kernel with these settings.
    ///
    /// # Errors
    /// When one of them is out of range.
    pub fn new(config: MergeConfig) -> Result<Self> {
        Ok(Self::empty(CellLayout::new(config.bucket_ms, config.ip_groups)?))
    }

    fn empty(layout: CellLayout) -> Self {
        Merge {
            layout,
            pushed: PushedLegs::default(),
            hashes: Vec::new(),
            key: Vec::new(),
            reports: Reports::default(),
            fired: Fired::default(),
            legs: OpenLegs::new(layout),
            queue: BlockQueue::default(),
            counters: Counters::new(&COUNTERS),
            upkeep: Upkeep::default(),
        }
    }

    /// Makes a report of each call that was pushed.
    fn report(&mut self) -> Result<()> {
        let Merge { pushed, hashes, key, reports, .. } = self;
        pushed.hash_addresses(hashes)?;
        reports.clear();
        for (calls, is_open) in [(&pushed.children, true), (&pushed.parents, false)] {
            for (row, call) in (0..).zip(calls.iter()) {
                let (src, dst) = (hashes[call.src as usize], hashes[call.dst as usize]);
                let key = CallKey::new(pushed.ids.get(call.id), src, dst, 0, 0, key).value();
                reports.push(Report { key, start_ms: call.start_ms, end_ms: call.end_ms, row, is_open });
            }
        }
        Ok(())
    }

    /// Decides on the calls that start so long before `end_ms` that all are there which can cover them.
    fn decide(&mut self, end_ms: i64) {
        let Merge { pushed, reports, fired, counters, .. } = self;
        reports.decide(|report, is_covered| {
            let calls = if report.is_open { &pushed.children } else { &pushed.parents };
            let call = calls[report.row as usize];
            let waits = report.is_open && call.start_ms >= end_ms - TOLERANCE_MS;
            if waits {
                fired.open.push(call);
                return;
            }
            match (report.is_open, is_covered) {
                (true, true) => counters.add(MERGED, 1),
                (true, false) => fired.calls.push(call),
                (false, _) => {}
            }
            // What it covers may start by the tolerance before its end, and be decided as much later.
            if call.last_ms() >= end_ms - 2 * TOLERANCE_MS {
                fired.kept.push(call);
            }
        });
        counters.add(CALLS, fired.calls.len() as u64);
    }

    /// Cuts the calls that go on into legs.
    fn cut(&mut self) {
        let Merge { layout, fired, pushed, legs, queue, hashes, .. } = self;
        let group = |spelling: u32| (hashes[spelling as usize] % u64::from(layout.groups())) as u32;
        let calls = &mut Calls { rows: &fired.calls, tables: &pushed.tables, ids: &pushed.ids, queue };
        for (number, call) in (0..).zip(&fired.calls) {
            legs.add_child(number, group(call.src), calls);
            legs.add_parents(number, group(call.dst), calls);
        }
        legs.close(i64::MAX, calls);
    }

    /// Gives the calls back that the next bucket needs.
    fn send_back(&mut self, bucket: i64) {
        let Merge { layout, fired, pushed, queue, hashes, .. } = self;
        let Some(first) = fired.open.first().or(fired.kept.first()) else { return };
        // All are of one group.
        let group = (hashes[first.src as usize] % u64::from(layout.groups())) as u32;
        let cell = layout.cell(bucket + 1, group);
        for (calls, is_open) in [(&fired.open, true), (&fired.kept, false)] {
            for calls in calls.chunks(CALLS_PER_BLOCK) {
                let children = if is_open { calls.len() } else { 0 };
                let rows = Rows { calls: calls.to_vec(), children };
                queue.push(cell, children as u32, |out| {
                    let scratch = &mut legs::Scratch::default();
                    legs::encode_reports(out, &rows, &pushed.tables, &pushed.ids, scratch);
                });
            }
        }
    }

    fn clear(&mut self) {
        self.pushed.clear();
        let Fired { calls, open, kept } = &mut self.fired;
        [calls, open, kept].into_iter().for_each(Vec::clear);
    }
}

impl CellKernel for Merge {
    fn push(&mut self, block: &[u8]) -> Result<()> {
        self.pushed.push_reports(block).inspect_err(|_| self.clear())
    }

    fn fire(&mut self, bucket: i64) -> Result<()> {
        self.report().inspect_err(|_| self.clear())?;
        self.decide(self.layout.last_ms(bucket) + 1);
        self.cut();
        self.send_back(bucket);
        self.clear();
        Ok(())
    }
}

/// All that Merge has to know comes back to it as calls.
impl KeyedKernel for Merge {
    fn load(&mut self, state: &[u8]) -> Result<()> {
        match state {
            [] => Ok(()),
            _ => Err(Error::corrupt("Merge keeps no state beside its calls, and was given some")),
        }
    }

    fn save(&mut self, _: &mut Vec<u8>) -> Result<()> {
        Ok(())
    }
}

impl Outbox for Merge {
    fn pull(&mut self, out: &mut [u8]) -> Result<Pulled> {
        let pulled = self.queue.pull(out);
        if pulled == Pulled::Filled(0) && self.upkeep.is_due(self.memory_bytes()) {
            *self = Merge { counters: self.counters.clone(), ..Self::empty(self.layout) };
        }
        Ok(pulled)
    }

    fn counters(&mut self) -> &mut Counters {
        &mut self.counters
    }

    fn memory_bytes(&self) -> usize {
        let Fired { calls, open, kept } = &self.fired;
        self.pushed.memory_bytes()
            + [calls, open, kept].map(memory::of_vec).iter().sum::<usize>()
            + memory::of_vec(&self.hashes)
            + memory::of_vec(&self.key)
            + self.reports.memory_bytes()
            + self.legs.memory_bytes()
            + self.queue.memory_bytes()
    }
}
