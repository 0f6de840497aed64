//! Root: find the chain of every call.
//!
//! A chain spans all addresses, so one kernel sees all calls, window by window, in order of start. All that
//! it keeps of a call is what a later child of it asks for: its chain, until none can come any more. The
//! output are the calls, by chain; and what Root has to be given again if it starts anew: calls that wait for
//! the next window, and calls that may get children yet.

mod index;
mod settle;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::block::chain_calls::{ChainCall, ChainCalls};
use crate::block::{self, attributed, open_calls, rooted, Kind};
use crate::call_key::CallKey;
use crate::cell::CellLayout;
use crate::counters::Counters;
use crate::error::Result;
use crate::kernel::{CellKernel, Outbox, Pulled};
use crate::memory::{self, Upkeep};
use crate::queue::BlockQueue;
use index::Index;
use settle::{Settling, AHEAD_MS, OUTLIVE_MS};

/// How long after the end of a call a child of it can start, ms.
pub const LATE_CHILD_MS: i64 = 20;
/// Behind the end of the root: until then all calls of a chain have been seen, ms. One of them may by rounding
/// end 1 ms before it starts.
const CHAIN_COMPLETE_MS: i64 = OUTLIVE_MS + AHEAD_MS + 1;

/// Calls that make a block.
const CALLS_PER_BLOCK: usize = 4096;

/// What Root counts.
const COUNTERS: [&str; 5] = ["callsOut", "chains", "cyclesCut", "outlived", "lostParents"];
/// The place of the count of calls that were given to their chains.
pub const CALLS: usize = 0;
/// The place of the count of chains.
pub const CHAINS: usize = 1;
/// The place of the count of links that were cut because they closed a cycle.
pub const CYCLES: usize = 2;
/// The place of the count of links that were cut because the call ended long after the root.
pub const OUTLIVED: usize = 3;
/// The place of the count of links to calls that are not here: cut, too.
pub const LOST: usize = 4;

/// Settings of [`Root`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootConfig {
    /// Width of a window, ms, at least 1.
    pub window_ms: i64,
    /// Width of a time bucket of Chain, ms, at least 1.
    pub bucket_ms: i64,
    /// Number of groups of chains, at least 1.
    pub chain_groups: u32,
}

/// The kernel.
#[derive(Debug)]
pub struct Root {
    windows: CellLayout,
    chains: CellLayout,
    /// The calls of the window that are not settled yet.
    calls: ChainCalls,
    index: Index,
    settling: Settling,
    output: Output,
    counters: Counters,
    upkeep: Upkeep,
}

/// What is on its way out.
#[derive(Debug, Default)]
struct Output {
    /// Settled calls by cell of Chain, with the roots of their chains.
    cells: BTreeMap<i64, Vec<(u32, CallKey)>>,
    rows: Vec<ChainCall>,
    roots: Vec<CallKey>,
    scratch: rooted::Scratch,
    queue: BlockQueue,
}

impl Root {
    /// A kernel with these settings.
    pub fn new(config: RootConfig) -> Result<Self> {
        Ok(Root {
            windows: CellLayout::new(config.window_ms, 1)?,
            chains: CellLayout::new(config.bucket_ms, config.chain_groups)?,
            calls: ChainCalls::default(),
            index: Index::default(),
            settling: Settling::default(),
            output: Output::default(),
            counters: Counters::new(&COUNTERS),
            upkeep: Upkeep::default(),
        })
    }

    /// Gives the settled calls to the cells of their chains, and to the state what has to be known of them.
    fn give_out(&mut self, window: i64) {
        let Root { windows, chains, calls, index, settling, output, .. } = self;
        let settled_before_ms = windows.last_ms(window) + 1 - AHEAD_MS;
        let mut open: BTreeMap<i64, Vec<open_calls::OpenCall>> = BTreeMap::new();
        for (number, chain) in settling.settled() {
            let call = &calls.rows[number as usize];
            let due = chains.bucket(chain.root_end_ms + CHAIN_COMPLETE_MS);
            let cell = chains.cell(due, chain.root.group(chains.groups()));
            output.cells.entry(cell).or_default().push((number, chain.root));
            // No child is later than the end of the chain allows.
            let last_ms = (call.end_ms + LATE_CHILD_MS).min(chain.root_end_ms + OUTLIVE_MS + 1);
            if last_ms >= settled_before_ms {
                let kept = open_calls::OpenCall { key: call.key, last_ms, chain };
                open.entry(windows.bucket(last_ms + AHEAD_MS)).or_default().push(kept);
                index.keep(kept, windows.bucket(last_ms + AHEAD_MS));
            } else {
                index.forget(call.key);
            }
        }
        for (window, calls) in &open {
            for calls in calls.chunks(CALLS_PER_BLOCK) {
                output.queue.push(*window, 0, |out| open_calls::encode(out, calls));
            }
        }
        let waiting: Vec<ChainCall> = settling.waiting().map(|number| calls.rows[number as usize]).collect();
        for rows in waiting.chunks(CALLS_PER_BLOCK) {
            rows.iter().for_each(|call| index.forget(call.key));
            let count = rows.len() as u32;
            output.queue.push(window + 1, count, |out| {
                attributed::encode(out, calls, rows, &mut Vec::new());
            });
        }
    }

    fn count(&mut self) {
        let cut = self.settling.take_cut();
        let settled = self.settling.settled();
        let roots = settled.filter(|&(call, chain)| self.calls.rows[call as usize].key == chain.root);
        self.counters.add(CHAINS, roots.count() as u64);
        self.counters.add(CALLS, self.settling.settled().count() as u64);
        self.counters.add(CYCLES, cut.cycles);
        self.counters.add(OUTLIVED, cut.outlived);
        self.counters.add(LOST, cut.lost);
    }

    /// Writes a block of settled calls; returns whether there were any.
    fn write_block(&mut self) -> bool {
        let Output { cells, rows, roots, scratch, queue } = &mut self.output;
        let Some(mut first) = cells.first_entry() else {
            return false;
        };
        let cell = *first.key();
        let settled = first.get_mut();
        let left = settled.len().saturating_sub(CALLS_PER_BLOCK);
        rows.clear();
        roots.clear();
        for (number, root) in settled.drain(left..) {
            rows.push(self.calls.rows[number as usize]);
            roots.push(root);
        }
        if left == 0 {
            first.remove();
        }
        queue.push(cell, rows.len() as u32, |out| rooted::encode(out, &self.calls, rows, roots, scratch));
        true
    }

    fn clear(&mut self) {
        self.calls.clear();
        self.settling.clear();
        // The index stays: later calls ask for what it knows.
        if self.upkeep.is_due(self.memory_bytes() - self.index.memory_bytes()) {
            self.calls = ChainCalls::default();
            self.settling = Settling::default();
            self.output = Output::default();
            self.upkeep = Upkeep::default();
        }
    }
}

impl CellKernel for Root {
    /// Takes in calls of a window; or, before the first window, what was kept of calls.
    fn push(&mut self, block: &[u8]) -> Result<()> {
        if block::is_of(block, Kind::OpenCalls) {
            let Root { windows, index, .. } = self;
            return open_calls::decode(block, |call| {
                index.keep(call, windows.bucket(call.last_ms + AHEAD_MS))
            });
        }
        attributed::decode(block, &mut self.calls).inspect_err(|_| self.clear())
    }

    fn fire(&mut self, window: i64) -> Result<()> {
        let settle_before_ms = self.windows.last_ms(window) + 1 - AHEAD_MS;
        self.settling.settle(&mut self.calls.rows, &mut self.index, settle_before_ms);
        self.give_out(window);
        self.index.expire(window);
        self.count();
        Ok(())
    }
}

impl Outbox for Root {
    fn pull(&mut self, out: &mut [u8]) -> Result<Pulled> {
        if self.output.queue.is_empty() && !self.write_block() {
            self.clear();
        }
        Ok(self.output.queue.pull(out))
    }

    fn counters(&mut self) -> &mut Counters {
        &mut self.counters
    }

    fn memory_bytes(&self) -> usize {
        let Output { cells, rows, roots, scratch, queue } = &self.output;
        self.calls.memory_bytes()
            + self.index.memory_bytes()
            + self.settling.memory_bytes()
            + cells.values().map(memory::of_vec).sum::<usize>()
            + memory::of_vec(rows)
            + memory::of_vec(roots)
            + scratch.memory_bytes()
            + queue.memory_bytes()
    }
}

/// How much later than a window's end all chains have come whose root started in it, ms: such a root may take as
/// long as a call may, by rounding 1 ms more; its chain waits for calls that outlive it, and then for the end of a
/// bucket.
pub fn chains_delay_ms(max_latency_ms: i64, bucket_ms: i64) -> i64 {
    max_latency_ms + 1 + CHAIN_COMPLETE_MS + bucket_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_job_waits_for_chains_as_long_as_the_kernel_says() {
        assert_eq!(chains_delay_ms(0, 0), 1_022, "Layouts.CHAIN_COMPLETE_MS is this number, too");
    }
}
