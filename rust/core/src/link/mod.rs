//! Link: find the pairs of parent and child in one cell.
//!
//! A cell holds the legs of a group of addresses: all calls that start there in one bucket as
//! children, and all calls that end there and touch the bucket as parents. What goes on is, per
//! child, the call with its parents, complete; and per parent that has children here the call with
//! those children.

mod order;
mod side;

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::block::halves::{self, Half};
use crate::block::{legs, RoleRow};
use crate::cell::Grid;
use crate::error::{Error, Result};
use crate::kernel::{CellKernel, Counts, Outbox, Pulled};
use crate::queue::BlockQueue;
use crate::tables::{CallRow, Role, Tables};
use order::{order, Sorter};
use side::Side;

/// Listed ids after which finished halves are written to blocks.
const LISTED_PER_PIECE: usize = 1 << 18;
/// Halves after which they are.
const HALVES_PER_PIECE: usize = 1 << 16;
/// Listed ids, and halves, that make a block.
const LISTED_PER_BLOCK: usize = 1 << 15;
const HALVES_PER_BLOCK: usize = 4096;

/// Settings of [`Link`].
#[derive(Debug, Clone)]
pub struct LinkConfig {
    /// Width of a time bucket, ms, at least 1.
    pub bucket_ms: i64,
    /// Number of id groups, at least 1.
    pub id_groups: u32,
    /// Ids in one list at most, at least 1.
    pub max_links: u32,
}

/// The kernel.
#[derive(Debug)]
pub struct Link {
    grid: Grid,
    max_links: usize,
    bucket: i64,
    tables: Tables,
    decoded: Vec<RoleRow>,
    children: Vec<CallRow>,
    parents: Vec<CallRow>,
    sorter: Sorter,
    work: Work,
    side: Side,
    pending: Pending,
    scratch: halves::Scratch,
    queue: BlockQueue,
    counts: Counts,
}

/// Where the lists of a fired cell are being made: by address, first the parents of its children,
/// then the children of its parents.
#[derive(Debug)]
struct Work {
    addresses: Vec<AtAddress>,
    address: usize,
    /// The role of the calls whose lists are made.
    role: Role,
    query: usize,
}

/// The calls of one address, as ranges of the sorted children and parents.
#[derive(Debug, Clone)]
struct AtAddress {
    children: Range<usize>,
    parents: Range<usize>,
}

/// Halves that are not yet in a block, by the cell they go to.
#[derive(Debug, Default)]
struct Pending {
    cells: FxHashMap<i64, Vec<Half>>,
    halves: usize,
    listed: Vec<u32>,
    /// Memory of cells that were written.
    spare: Vec<Vec<Half>>,
}

impl Link {
    /// A kernel with these settings.
    pub fn new(config: LinkConfig) -> Result<Self> {
        if config.max_links < 1 {
            return Err(Error::Config("max-links is 0; at least 1 is wanted".into()));
        }
        Ok(Link {
            grid: Grid::new(config.bucket_ms, config.id_groups)?,
            max_links: config.max_links as usize,
            bucket: 0,
            tables: Tables::default(),
            decoded: Vec::new(),
            children: Vec::new(),
            parents: Vec::new(),
            sorter: Sorter::default(),
            work: Work::start(),
            side: Side::default(),
            pending: Pending::default(),
            scratch: halves::Scratch::default(),
            queue: BlockQueue::default(),
            counts: Counts::default(),
        })
    }

    fn clear(&mut self) {
        self.tables.clear();
        self.children.clear();
        self.parents.clear();
        self.work = Work::start();
        self.pending.clear();
        self.queue.clear();
    }

    /// Sorts the calls by address and start, drops repeats, and finds the addresses with children.
    fn sort(&mut self) {
        let tables = &self.tables;
        self.sorter.sort(&mut self.children, tables, Role::Child);
        self.sorter.sort(&mut self.parents, tables, Role::Parent);
        let calls = self.children.len();
        self.children.dedup_by(|b, a| order(tables, Role::Child, a, b).is_eq());
        self.parents.dedup_by(|b, a| order(tables, Role::Parent, a, b).is_eq());
        self.counts.calls += self.children.len() as u64;
        self.counts.duplicates += (calls - self.children.len()) as u64;

        let address = |spelling: u32| tables.addresses.entry(spelling).address;
        let mut parents = 0..0;
        let mut first = 0;
        for run in self.children.chunk_by(|a, b| address(a.src) == address(b.src)) {
            let here = address(run[0].src);
            let skip = self.parents[parents.end..].partition_point(|parent| address(parent.dst) < here);
            let start = parents.end + skip;
            let len = self.parents[start..].partition_point(|parent| address(parent.dst) == here);
            parents = start..start + len;
            let children = first..first + run.len();
            first = children.end;
            self.work.addresses.push(AtAddress { children, parents: parents.clone() });
        }
    }

    /// Makes lists until a piece of output is full or all are made, and writes it to blocks.
    fn make_piece(&mut self) {
        while let Some(at) = self.work.addresses.get(self.work.address).cloned() {
            if self.pending.is_full() {
                break;
            }
            if self.work.query == 0 {
                let (children, parents) =
                    (&self.children[at.children.clone()], &self.parents[at.parents.clone()]);
                match self.work.role {
                    Role::Child => self.side.parents_of(children, parents, self.max_links),
                    Role::Parent => self.side.children_of(parents, children, self.max_links),
                }
            }
            while self.work.query < self.side.len() && !self.pending.is_full() {
                self.make_half(&at);
                self.work.query += 1;
            }
            if self.work.query == self.side.len() {
                self.work.next_side();
            }
        }
        self.write_pending();
    }

    fn make_half(&mut self, at: &AtAddress) {
        let (role, query, tables) = (self.work.role, self.work.query, &self.tables);
        let (call, items, item_role) = match role {
            Role::Child => {
                let call = self.children[at.children.start + query];
                (call, &self.parents[at.parents.clone()], Role::Parent)
            }
            Role::Parent => {
                let call = self.parents[at.parents.end - 1 - query];
                (call, &self.children[at.children.clone()], Role::Child)
            }
        };
        let calls_itself =
            tables.addresses.entry(call.src).address == tables.addresses.entry(call.dst).address;
        let own = calls_itself
            .then(|| items.binary_search_by(|item| order(tables, item_role, item, &call)).ok())
            .flatten();
        let list = self.pending.listed.len();
        let omitted = self.side.list(query, items, own, self.max_links, &mut self.pending.listed);
        let len = self.pending.listed.len() - list;
        if role == Role::Child {
            self.counts.links += len as u64 + omitted;
        } else if len == 0 {
            return;
        }
        let group = tables.ids.get(call.id).group(self.grid.groups());
        let cell = self.grid.cell(self.grid.bucket(call.last_ms()), group);
        self.pending.add(cell, Half { row: (role, call), list, len, omitted });
    }

    fn write_pending(&mut self) {
        let mut cells: Vec<i64> = self.pending.cells.keys().copied().collect();
        cells.sort_unstable();
        for cell in cells {
            let halves = self.pending.cells.remove(&cell).unwrap_or_default();
            for block in pieces(&halves) {
                let calls = block.iter().filter(|half| half.row.0 == Role::Child).count();
                let bytes =
                    halves::encode(self.bucket, block, &self.pending.listed, &self.tables, &mut self.scratch);
                self.queue.push(cell, calls as u32, bytes);
            }
            self.pending.spare.push(halves);
        }
        self.pending.clear();
    }
}

impl Work {
    fn start() -> Self {
        Work { addresses: Vec::new(), address: 0, role: Role::Child, query: 0 }
    }

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

impl Pending {
    fn is_full(&self) -> bool {
        self.listed.len() >= LISTED_PER_PIECE || self.halves >= HALVES_PER_PIECE
    }

    fn add(&mut self, cell: i64, half: Half) {
        let spare = &mut self.spare;
        self.cells.entry(cell).or_insert_with(|| empty(spare)).push(half);
        self.halves += 1;
    }

    fn clear(&mut self) {
        let cells = self.cells.drain();
        self.spare.extend(cells.map(|(_, halves)| halves));
        self.halves = 0;
        self.listed.clear();
    }
}

/// An empty vector, with the memory of a spare one if there is one.
fn empty(spare: &mut Vec<Vec<Half>>) -> Vec<Half> {
    let mut halves = spare.pop().unwrap_or_default();
    halves.clear();
    halves
}

/// Cuts halves into blocks.
fn pieces(mut halves: &[Half]) -> impl Iterator<Item = &[Half]> {
    std::iter::from_fn(move || {
        let mut listed = 0;
        let end = halves.iter().take(HALVES_PER_BLOCK).take_while(|half| {
            let fits = listed < LISTED_PER_BLOCK;
            listed += half.len;
            fits
        });
        let (piece, rest) = halves.split_at(end.count());
        halves = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

impl CellKernel for Link {
    fn push(&mut self, block: &[u8]) -> Result<()> {
        if let Err(error) = legs::decode(block, &mut self.tables, &mut self.decoded) {
            self.clear();
            return Err(error);
        }
        for &(role, row) in &self.decoded {
            match role {
                Role::Child => self.children.push(row),
                Role::Parent => self.parents.push(row),
            }
        }
        Ok(())
    }

    fn fire(&mut self, bucket: i64) -> Result<()> {
        self.bucket = bucket;
        self.sort();
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

    fn take_counts(&mut self) -> Counts {
        std::mem::take(&mut self.counts)
    }

    fn memory_bytes(&self) -> usize {
        let rows = self.children.capacity() + self.parents.capacity() + self.decoded.capacity();
        self.tables.memory_bytes()
            + rows * std::mem::size_of::<RoleRow>()
            + self.sorter.memory_bytes()
            + self.side.memory_bytes()
            + self.pending.listed.capacity() * 4
            + self.scratch.memory_bytes()
            + self.queue.bytes()
    }
}
