//! What Link has found and not yet written to blocks.

use rustc_hash::FxHashMap;

use super::listed::Listed;
use crate::block::halves::{self, Halves, List};
use crate::block::Rows;
use crate::id::IdTable;
use crate::queue::BlockQueue;
use crate::tables::{CallRow, Role, Tables};

/// Listed ids after which finished halves are written to blocks.
const LISTED_PER_PIECE: usize = 1 << 18;
/// Halves after which they are.
const HALVES_PER_PIECE: usize = 1 << 16;
/// Listed ids, and halves, that make a block.
const LISTED_PER_BLOCK: u32 = 1 << 15;
const HALVES_PER_BLOCK: usize = 4096;

/// A call with one of its lists.
#[derive(Debug, Clone, Copy)]
pub struct Half {
    /// The role in which it has the list.
    pub role: Role,
    /// The call.
    pub call: CallRow,
    /// The list.
    pub list: List,
}

/// Halves that are not yet in a block, by the cell they go to.
#[derive(Debug, Default)]
pub struct Pending {
    cells: FxHashMap<i64, Vec<Half>>,
    halves: usize,
    listed: Listed,
    /// Memory of cells that were written.
    spare: Vec<Vec<Half>>,
    rows: Rows,
    lists: Vec<List>,
    scratch: halves::Scratch,
}

impl Pending {
    /// Whether it is time to write.
    pub fn is_full(&self) -> bool {
        self.listed.len() >= LISTED_PER_PIECE || self.halves >= HALVES_PER_PIECE
    }

    /// Where the lists of halves are made.
    pub fn listed(&mut self) -> &mut Listed {
        &mut self.listed
    }

    /// Adds a half to a cell.
    pub fn add(&mut self, cell: i64, half: Half) {
        let spare = &mut self.spare;
        self.cells.entry(cell).or_insert_with(|| spare.pop().unwrap_or_default()).push(half);
        self.halves += 1;
    }

    /// Writes all halves to blocks, which Link found in this bucket, and forgets them.
    pub fn write(&mut self, bucket: i64, tables: &Tables, ids: &IdTable, queue: &mut BlockQueue) {
        let mut cells: Vec<(i64, Vec<Half>)> = self.cells.drain().collect();
        cells.sort_unstable_by_key(|&(cell, _)| cell);
        for (cell, mut halves) in cells {
            for block in pieces(&halves) {
                self.arrange(block);
                let Pending { rows, lists, listed, scratch, .. } = self;
                let block = Halves { bucket, rows, lists, listed: &listed.ids };
                queue.push(cell, rows.children as u32, |out| {
                    halves::encode(out, block, tables, ids, scratch);
                });
            }
            halves.clear();
            self.spare.push(halves);
        }
        self.halves = 0;
        self.listed.clear();
    }

    /// Lays the calls and lists of a block out as columns, children first.
    fn arrange(&mut self, block: &[Half]) {
        self.rows.calls.clear();
        self.lists.clear();
        for role in [Role::Child, Role::Parent] {
            for half in block.iter().filter(|half| half.role == role) {
                self.rows.calls.push(half.call);
                self.lists.push(half.list);
            }
            if role == Role::Child {
                self.rows.children = self.rows.calls.len();
            }
        }
    }

    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        for (_, mut halves) in self.cells.drain() {
            halves.clear();
            self.spare.push(halves);
        }
        self.halves = 0;
        self.listed.clear();
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        let halves = self.cells.values().chain(&self.spare).map(Vec::capacity).sum::<usize>();
        halves * std::mem::size_of::<Half>()
            + self.listed.ids.capacity() * 4
            + self.rows.calls.capacity() * std::mem::size_of::<CallRow>()
            + self.lists.capacity() * std::mem::size_of::<List>()
            + self.scratch.memory_bytes()
    }
}

/// Cuts halves into blocks.
fn pieces(mut halves: &[Half]) -> impl Iterator<Item = &[Half]> {
    std::iter::from_fn(move || {
        let mut listed = 0;
        let end = halves.iter().take(HALVES_PER_BLOCK).take_while(|half| {
            let fits = listed < LISTED_PER_BLOCK;
            listed += half.list.len;
            fits
        });
        let (piece, rest) = halves.split_at(end.count());
        halves = rest;
        (!piece.is_empty()).then_some(piece)
    })
}
