//! What Link has found and not yet written to blocks.

use super::listed::Listed;
use crate::block::halves::{self, Halves, List};
use crate::block::Rows;
use crate::id_table::IdTable;
use crate::memory;
use crate::queue::BlockQueue;
use crate::seeded::SeededMap;
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

/// Halves that are not yet in a block, by the cell they go to: all in one piece of memory, so that it
/// follows their number, not that of the cells.
#[derive(Debug, Default)]
pub struct Pending {
    cells: SeededMap<i64, Chain>,
    halves: Vec<Half>,
    /// For each half the next one of its cell.
    next: Vec<u32>,
    listed: Listed,
    rows: Rows,
    lists: Vec<List>,
    /// The rows and lists of a block that are of parents.
    parents: Vec<(CallRow, List)>,
    scratch: halves::Scratch,
}

/// The halves of one cell.
#[derive(Debug, Clone, Copy)]
struct Chain {
    first: u32,
    last: u32,
}

/// What the last half of a cell has in place of a next one.
const NONE: u32 = u32::MAX;

impl Pending {
    /// Whether it is time to write.
    pub fn is_full(&self) -> bool {
        self.listed.len() >= LISTED_PER_PIECE || self.halves.len() >= HALVES_PER_PIECE
    }

    /// Where the lists of halves are made.
    pub fn listed(&mut self) -> &mut Listed {
        &mut self.listed
    }

    /// Adds a half to a cell.
    pub fn add(&mut self, cell: i64, half: Half) {
        let number = self.halves.len() as u32;
        self.halves.push(half);
        self.next.push(NONE);
        let chain = self.cells.entry(cell).or_insert(Chain { first: number, last: number });
        if chain.last != number {
            self.next[chain.last as usize] = number;
            chain.last = number;
        }
    }

    /// Writes all halves to blocks, which Link found in this bucket, and forgets them.
    pub fn write(&mut self, bucket: i64, tables: &Tables, ids: &IdTable, queue: &mut BlockQueue) {
        let mut cells: Vec<(i64, u32)> =
            self.cells.iter().map(|(&cell, chain)| (cell, chain.first)).collect();
        cells.sort_unstable();
        for (cell, mut next) in cells {
            while next != NONE {
                next = self.arrange(next);
                let Pending { rows, lists, listed, scratch, .. } = self;
                let block = Halves { bucket, rows, lists, listed: &listed.ids };
                queue.push(cell, rows.children as u32, |out| {
                    halves::encode(out, block, tables, ids, scratch);
                });
            }
        }
        self.clear();
    }

    /// Lays the calls and lists of one block out as columns, children first: those of a cell from this
    /// half on. Returns the half that the next block begins with.
    fn arrange(&mut self, first: u32) -> u32 {
        let Pending { halves, next, rows, lists, parents, .. } = self;
        rows.calls.clear();
        lists.clear();
        parents.clear();
        let (mut number, mut listed) = (first, 0);
        while number != NONE
            && rows.calls.len() + parents.len() < HALVES_PER_BLOCK
            && listed < LISTED_PER_BLOCK
        {
            let Half { role, call, list } = halves[number as usize];
            match role {
                Role::Child => {
                    rows.calls.push(call);
                    lists.push(list);
                }
                Role::Parent => parents.push((call, list)),
            }
            listed += list.len;
            number = next[number as usize];
        }
        rows.children = rows.calls.len();
        rows.calls.extend(parents.iter().map(|(call, _)| *call));
        lists.extend(parents.iter().map(|(_, list)| *list));
        number
    }

    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.cells.clear();
        self.halves.clear();
        self.next.clear();
        self.listed.clear();
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        memory::of_map(&self.cells)
            + memory::of_vec(&self.halves)
            + memory::of_vec(&self.next)
            + memory::of_vec(&self.listed.ids)
            + self.rows.memory_bytes()
            + memory::of_vec(&self.lists)
            + memory::of_vec(&self.parents)
            + self.scratch.memory_bytes()
    }
}
