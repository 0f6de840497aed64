//! Chain: put the calls of each chain together, compute what it cost, and write it as JSON or in protobuf.
//!
//! A cell holds all calls of the chains whose roots ended in one bucket, by groups of roots. All cells of a
//! bucket can be worked at once. If they are asked for, the sums of entries and services go on beside the chains, and
//! so do the spans of each chain.

pub mod figures;
mod json;
mod protobuf;
pub mod services;
mod sums;
pub(crate) mod tree;

use serde::Deserialize;

use crate::block::chain_calls::ChainCalls;
use crate::block::{rooted, AsWritten};
use crate::call_key::CallKey;
use crate::counters::Counters;
use crate::edges::panes::Panes;
use crate::edges::SumsConfig;
use crate::error::{Error, Result};
use crate::kernel::{pull_frames, CellKernel, Outbox, Pulled};
use crate::memory::{self, Upkeep};
use crate::protobuf::RecordFormat;
use crate::spans::{self, SpansConfig};
use crate::wire::frames::write_block_record;
use services::Services;
use sums::ChainSums;
use tree::Tree;

/// What Chain counts.
const COUNTERS: [&str; 4] = ["written", "callsOut", "callsOmitted", "chainsWithOmittedCalls"];
/// The place of the count of chains that were written.
pub const WRITTEN: usize = 0;
/// The place of the count of calls in them.
pub const CALLS: usize = 1;
/// The place of the count of calls that were left out of them.
pub const OMITTED: usize = 2;
/// The place of the count of chains that had calls left out.
pub const TRUNCATED: usize = 3;

/// Settings of [`Chain`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainConfig {
    /// Calls in one chain at most, at least 1.
    pub max_chain_calls: u32,
    /// Names of services, as a file of them holds them; empty for none.
    #[serde(default)]
    pub services: String,
    /// The windows that sums of entries and services are made for; `None` for no sums.
    #[serde(default)]
    pub windows: Option<SumsConfig>,
    /// Which spans are made of the chains; `None` for no spans.
    #[serde(default)]
    pub spans: Option<SpansConfig>,
    /// Whether the records of chains are written; if not, all else is made all the same.
    #[serde(default = "yes")]
    pub records: bool,
    /// How these records are written.
    #[serde(default)]
    pub format: RecordFormat,
}

fn yes() -> bool {
    true
}

/// The kernel.
#[derive(Debug)]
pub struct Chain {
    max_calls: usize,
    writes_records: bool,
    format: RecordFormat,
    spans: Option<SpansConfig>,
    services: Services,
    sums: Option<ChainSums>,
    calls: ChainCalls,
    roots: Vec<CallKey>,
    /// The calls chain by chain.
    order: Vec<u32>,
    /// Where in the order the next chain begins.
    next: usize,
    /// A finished frame that was not pulled yet.
    frame: Vec<u8>,
    counters: Counters,
    upkeep: Upkeep,
}

impl Chain {
    /// A kernel with these settings.
    ///
    /// # Errors
    /// When a setting is out of range, or a line of the services is wrong.
    pub fn new(config: ChainConfig) -> Result<Self> {
        if config.max_chain_calls < 1 {
            return Err(Error::Config("max-chain-calls is 0; at least 1 is wanted".into()));
        }
        let services = Services::read(&config.services).map_err(|wrong| Error::Config(wrong.to_string()))?;
        let panes = config.windows.map(|SumsConfig { window_ms, slide_ms }| Panes::new(window_ms, slide_ms));
        let sums = panes.transpose()?.map(ChainSums::new);
        Ok(Chain {
            max_calls: config.max_chain_calls as usize,
            writes_records: config.records,
            format: config.format,
            spans: config.spans,
            services,
            sums,
            calls: ChainCalls::default(),
            roots: Vec::new(),
            order: Vec::new(),
            next: 0,
            frame: Vec::new(),
            counters: Counters::new(&COUNTERS),
            upkeep: Upkeep::default(),
        })
    }

    fn clear(&mut self) {
        self.calls.clear();
        self.roots.clear();
        self.order.clear();
        self.next = 0;
        self.frame.clear();
        self.sums.iter_mut().for_each(ChainSums::clear);
        if self.upkeep.is_due(self.memory_bytes()) {
            self.sums = self.sums.as_ref().map(ChainSums::renew);
            self.calls = ChainCalls::default();
            self.roots = Vec::new();
            self.order = Vec::new();
            self.frame = Vec::new();
            self.upkeep = Upkeep::default();
        }
    }

    /// Writes the next chain into frames, after the last one the sums of all; returns whether there was more.
    fn write_next(&mut self, frame: &mut Vec<u8>) -> Result<bool> {
        let Chain { calls, roots, order, next, services, sums, spans, writes_records, format, .. } = self;
        let Some(&first) = order.get(*next) else {
            let give = |window, block: &[u8]| write_block_record(frame, window, block);
            return Ok(sums.as_mut().is_some_and(|sums| sums.take_blocks(give)));
        };
        let root = roots[first as usize];
        let chain = order[*next..].partition_point(|&call| roots[call as usize] == root);
        let numbers = &order[*next..*next + chain];
        *next += chain;
        let tree = Tree::of(root, numbers, calls, self.max_calls)?;
        if *writes_records {
            match format {
                RecordFormat::Json => json::write(frame, &tree, services),
                RecordFormat::Protobuf => protobuf::write(frame, &tree, services),
            }
        }
        if let Some(config) = *spans {
            spans::write(frame, &tree, services, config);
        }
        if let Some(sums) = sums {
            sums.add(&tree, services);
        }
        let omitted = tree.omitted as u64;
        self.counters.add(WRITTEN, 1);
        self.counters.add(CALLS, chain as u64 - omitted);
        self.counters.add(OMITTED, omitted);
        self.counters.add(TRUNCATED, u64::from(omitted > 0));
        Ok(true)
    }
}

impl CellKernel for Chain {
    fn push(&mut self, block: &[u8]) -> Result<()> {
        let first = self.calls.rows.len();
        rooted::decode(block, &mut self.calls, &mut self.roots)
            .and_then(|()| {
                let mut texts = self.calls.rows[first..].iter().map(|call| self.calls.written(call));
                texts.try_for_each(|written| AsWritten::read(written).map(drop))
            })
            .inspect_err(|_| self.clear())
    }

    fn fire(&mut self, _bucket: i64) -> Result<()> {
        self.order.extend(0..self.calls.rows.len() as u32);
        let Chain { calls, roots, order, .. } = self;
        order.sort_unstable_by_key(|&number| {
            let call = &calls.rows[number as usize];
            (roots[number as usize], call.start_ms, call.end_ms, call.key)
        });
        Ok(())
    }
}

impl Outbox for Chain {
    fn pull(&mut self, out: &mut [u8]) -> Result<Pulled> {
        let mut frame = std::mem::take(&mut self.frame);
        let pulled = pull_frames(out, &mut frame, |frame| self.write_next(frame));
        self.frame = frame;
        if matches!(pulled, Err(_) | Ok(Pulled::Filled(0))) {
            self.clear();
        }
        pulled
    }

    fn counters(&mut self) -> &mut Counters {
        &mut self.counters
    }

    fn memory_bytes(&self) -> usize {
        self.calls.memory_bytes()
            + memory::of_vec(&self.roots)
            + memory::of_vec(&self.order)
            + self.frame.capacity()
            + self.services.memory_bytes()
            + self.sums.as_ref().map_or(0, ChainSums::memory_bytes)
    }
}
