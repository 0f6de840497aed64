//! Link: find the pairs of parent and child in one time bucket.
//!
//! A cell holds the legs of a group of addresses: all calls that start there in one bucket as
//! children, and all calls that end there and touch the bucket as parents. All cells of a bucket can
//! be worked at once: groups have no address in common. What goes on is, per child, the call with its
//! parents, complete; and per parent that has children here the call with those children. If it is asked
//! for, the sums of the edges of the bucket go on beside them.

mod edges;
mod listed;
mod order;
mod pending;
mod scan;
mod search;
mod side;

use serde::Deserialize;

use crate::block::PushedLegs;
use crate::cell::CellLayout;
use crate::chain::services::Services;
use crate::counters::Counters;
use crate::edges::panes::Panes;
use crate::edges::SumsConfig;
use crate::error::{Error, Result};
use crate::id_table::IdTable;
use crate::kernel::{CellKernel, Outbox, Pulled};
use crate::memory::Upkeep;
use crate::queue::BlockQueue;
use crate::tables::{CallRow, Role, Tables};
use edges::EdgeSums;
use order::{order, ByAddress};
use pending::{Half, Pending};
use side::Side;

/// What Link counts.
const COUNTERS: [&str; 3] = ["callsOut", "links", "duplicates"];
const CALLS: usize = 0;
/// The place of the count of pairs of parent and child, those omitted from a list included.
pub const LINKS: usize = 1;
/// The place of the count of repeats of a call that were dropped.
pub const DUPLICATES: usize = 2;

/// Settings of [`Link`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkConfig {
    /// Width of a time bucket, ms, at least 1.
    pub bucket_ms: i64,
    /// Number of id groups, at least 1.
    pub id_groups: u32,
    /// Ids in one list at most, at least 1.
    pub max_links: u32,
    /// The sums of edges that are made; `None` for none.
    #[serde(default)]
    pub edges: Option<EdgesConfig>,
}

/// Settings of the sums of edges.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EdgesConfig {
    /// The windows that they are for.
    pub windows: SumsConfig,
    /// Names of services, as a file of them holds them; empty for none.
    #[serde(default)]
    pub services: String,
    /// The longest latency of a call, ms: those that have it are counted apart.
    pub max_latency_ms: i64,
}

/// The kernel.
#[derive(Debug)]
pub struct Link {
    layout: CellLayout,
    max_links: usize,
    bucket: i64,
    pushed: PushedLegs,
    children: ByAddress,
    parents: ByAddress,
    work: Work,
    side: Side,
    pending: Pending,
    edges: Option<EdgeSums>,
    queue: BlockQueue,
    counters: Counters,
    upkeep: Upkeep,
}

/// Where the lists of a fired bucket are being made: by address, first the parents of its children,
/// then the children of its parents.
#[derive(Debug)]
struct Work {
    address: usize,
    /// The role of the calls whose lists are made.
    role: Role,
    query: usize,
}

impl Link {
    /// A kernel with these settings.
    ///
    /// # Errors
    /// When one of them is out of range, or a line of the services is wrong.
    pub fn new(config: LinkConfig) -> Result<Self> {
        if config.max_links < 1 {
            return Err(Error::Config("max-links is 0; at least 1 is wanted".into()));
        }
        let layout = CellLayout::new(config.bucket_ms, config.id_groups)?;
        let edges = config.edges.map(|edges| new_edges(&edges, config.bucket_ms)).transpose()?;
        Ok(Self::empty(layout, config.max_links as usize, edges))
    }

    fn empty(layout: CellLayout, max_links: usize, edges: Option<EdgeSums>) -> Self {
        Link {
            layout,
            max_links,
            bucket: 0,
            pushed: PushedLegs::default(),
            children: ByAddress::default(),
            parents: ByAddress::default(),
            work: Work::START,
            side: Side::default(),
            pending: Pending::default(),
            edges,
            queue: BlockQueue::default(),
            counters: Counters::new(&COUNTERS),
            upkeep: Upkeep::default(),
        }
    }

    fn clear(&mut self) {
        self.pushed.clear();
        self.children.clear();
        self.parents.clear();
        self.work = Work::START;
        self.pending.clear();
        self.queue.clear();
        self.edges.iter_mut().for_each(EdgeSums::clear);
        if self.upkeep.is_due(self.memory_bytes()) {
            let edges = self.edges.as_mut().map(EdgeSums::renew);
            *self =
                Link { counters: self.counters.clone(), ..Self::empty(self.layout, self.max_links, edges) };
        }
    }

    /// Makes lists until a piece of output is full or all are made, and writes it to blocks.
    fn make_piece(&mut self) {
        let Link { pushed, children, parents, work, side, pending, .. } = self;
        let PushedLegs { tables, ids, .. } = &*pushed;
        while work.address < children.addresses() && !pending.is_full() {
            let children = &children.calls[children.at(work.address)];
            // Without children there, no list is made.
            let parents = match children {
                [] => &[],
                _ => &parents.calls[parents.at(work.address)],
            };
            let (calls, items) = match work.role {
                Role::Child => (children, parents),
                Role::Parent => (parents, children),
            };
            if work.query == 0 {
                side.prepare(work.role, calls, items, self.max_links);
            }
            while work.query < calls.len() && !pending.is_full() {
                let call = &calls[side.call(work.query)];
                let own = own_place(call, items, work.role, tables, ids);
                let list = side.list(work.query, call, items, own, self.max_links, pending.listed());
                work.query += 1;
                if work.role == Role::Child {
                    let parents = u64::from(list.len) + u64::from(list.omitted);
                    self.counters.add(LINKS, parents);
                    if let Some(edges) = &mut self.edges {
                        edges.add(call, parents > 0, tables, ids);
                    }
                } else if list.len == 0 {
                    continue;
                }
                let group = ids.get(call.id).group(self.layout.groups());
                let cell = self.layout.cell(self.layout.bucket(call.last_ms()), group);
                pending.add(cell, Half { role: work.role, call: *call, list });
            }
            if work.query == calls.len() {
                work.next_side();
            }
        }
        let is_done = work.address == self.children.addresses();
        self.pending.write(self.bucket, tables, ids, &mut self.queue);
        if let Some(edges) = self.edges.as_mut().filter(|_| is_done) {
            edges.write(self.layout.last_ms(self.bucket - 1) + 1, &mut self.queue);
        }
    }
}

fn new_edges(config: &EdgesConfig, bucket_ms: i64) -> Result<EdgeSums> {
    let SumsConfig { window_ms, slide_ms } = config.windows;
    let services = Services::read(&config.services).map_err(|wrong| Error::Config(wrong.to_string()))?;
    Ok(EdgeSums::new(Panes::of_buckets(window_ms, slide_ms, bucket_ms)?, services, config.max_latency_ms))
}

/// The place of a call that calls its own address among the calls there in the other role.
fn own_place(call: &CallRow, items: &[CallRow], role: Role, tables: &Tables, ids: &IdTable) -> Option<usize> {
    if tables.addresses.address(call.src) != tables.addresses.address(call.dst) {
        return None;
    }
    items.binary_search_by(|item| order(tables, ids, role, item, call)).ok()
}

impl Work {
    const START: Work = Work { address: 0, role: Role::Child, query: 0 };

    fn next_side(&mut self) {
        self.query = 0;
        match self.role {
            Role::Child => self.role = Role::Parent,
            Role::Parent => {
                self.role = Role::Child;
                self.address += 1;
            }
        }
    }
}

impl CellKernel for Link {
    fn push(&mut self, block: &[u8]) -> Result<()> {
        self.pushed.push(block).inspect_err(|_| self.clear())
    }

    fn fire(&mut self, bucket: i64) -> Result<()> {
        self.bucket = bucket;
        let PushedLegs { tables, ids, children, parents, .. } = &self.pushed;
        let repeats = self.children.sort(children, tables, ids, Role::Child);
        self.parents.sort(parents, tables, ids, Role::Parent);
        self.counters.add(CALLS, self.children.calls.len() as u64);
        self.counters.add(DUPLICATES, repeats as u64);
        Ok(())
    }
}

impl Outbox for Link {
    fn pull(&mut self, out: &mut [u8]) -> Result<Pulled> {
        if self.queue.is_empty() {
            self.make_piece();
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
        self.pushed.memory_bytes()
            + self.children.memory_bytes()
            + self.parents.memory_bytes()
            + self.side.memory_bytes()
            + self.pending.memory_bytes()
            + self.edges.as_ref().map_or(0, EdgeSums::memory_bytes)
            + self.queue.memory_bytes()
    }
}
