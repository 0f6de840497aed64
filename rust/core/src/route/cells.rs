//! The open cells of Route: which calls have a leg in them.

use std::collections::BTreeSet;

use crate::memory;
use crate::seeded::SeededMap;
use crate::tables::{CallRow, Role};

/// Numbers of calls that make a chunk, with the place of the next chunk behind them: a cache line.
const CHUNK: u32 = 16;
const NEXT: u32 = CHUNK - 1;
/// No chunk; also the full chunk that a list without one seems to have.
const NONE: u32 = u32::MAX;
/// What an open cell takes beside its legs, bytes, about: a slot of the map and a key of the set.
const BYTES_PER_CELL: usize = 80;

/// The open cells, and their legs in chunks of one piece of memory: a cell that held many legs leaves
/// nothing to the next one.
#[derive(Debug)]
pub struct OpenCells {
    cells: SeededMap<i64, Legs>,
    /// Their keys in order.
    keys: BTreeSet<i64>,
    chunks: Vec<u32>,
    /// The first of the chunks that are not in use.
    free: u32,
}

impl Default for OpenCells {
    fn default() -> Self {
        OpenCells { cells: SeededMap::default(), keys: BTreeSet::new(), chunks: Vec::new(), free: NONE }
    }
}

/// The legs of one cell.
#[derive(Debug, Clone, Copy)]
struct Legs {
    children: List,
    parents: List,
}

/// Numbers of calls, in order.
#[derive(Debug, Clone, Copy)]
struct List {
    first: u32,
    /// Where the next number is put; in a full chunk, that of the next chunk.
    end: u32,
    len: u32,
}

const EMPTY: List = List { first: NONE, end: NONE, len: 0 };

impl OpenCells {
    /// Adds a leg to a cell, which it opens if need be; returns how many the cell has. Costs a look-up.
    #[inline]
    pub fn add(&mut self, cell: i64, call: u32, role: Role) -> usize {
        let OpenCells { cells, keys, chunks, free } = self;
        let legs = cells.entry(cell).or_insert_with(|| {
            keys.insert(cell);
            Legs { children: EMPTY, parents: EMPTY }
        });
        let list = match role {
            Role::Child => &mut legs.children,
            Role::Parent => &mut legs.parents,
        };
        if list.end % CHUNK == NEXT {
            extend(list, chunks, free);
        }
        chunks[list.end as usize] = call;
        list.end += 1;
        list.len += 1;
        (legs.children.len + legs.parents.len) as usize
    }

    /// Moves the legs of a cell as rows to `rows`, children first, and leaves it open; returns how many
    /// are children.
    pub fn take(&mut self, cell: i64, calls: &[CallRow], rows: &mut Vec<CallRow>) -> usize {
        rows.clear();
        let empty = Legs { children: EMPTY, parents: EMPTY };
        let Some(legs) = self.cells.get_mut(&cell) else {
            return 0;
        };
        let Legs { children, parents } = std::mem::replace(legs, empty);
        self.take_list(children, calls, rows);
        self.take_list(parents, calls, rows);
        children.len as usize
    }

    fn take_list(&mut self, list: List, calls: &[CallRow], rows: &mut Vec<CallRow>) {
        if list.len == 0 {
            return;
        }
        let (mut chunk, mut left) = (list.first as usize, list.len as usize);
        loop {
            let numbers = left.min(NEXT as usize);
            let numbers = &self.chunks[chunk..chunk + numbers];
            rows.extend(numbers.iter().map(|&call| calls[call as usize]));
            left -= numbers.len();
            let next = &mut self.chunks[chunk + NEXT as usize];
            if left == 0 {
                *next = self.free;
                break;
            }
            chunk = *next as usize;
        }
        self.free = list.first;
    }

    /// The first open cell, in order of their keys.
    pub fn first(&self) -> Option<i64> {
        self.keys.first().copied()
    }

    /// Closes a cell whose legs were taken.
    pub fn close(&mut self, cell: i64) {
        self.cells.remove(&cell);
        self.keys.remove(&cell);
        if self.cells.is_empty() {
            self.chunks.clear();
            self.free = NONE;
        }
    }

    /// Whether no cell is open.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Bytes in use, about, and of chunks that will be used again.
    #[inline]
    pub fn bytes(&self) -> usize {
        self.cells.len() * BYTES_PER_CELL + self.chunks.len() * size_of::<u32>()
    }

    /// Bytes held, about.
    pub fn memory_bytes(&self) -> usize {
        // A node of the set has room for 11 keys and is at least half full.
        const BYTES_PER_KEY: usize = 15;
        memory::of_map(&self.cells) + self.keys.len() * BYTES_PER_KEY + memory::of_vec(&self.chunks)
    }
}

/// Appends a chunk to a list.
fn extend(list: &mut List, chunks: &mut Vec<u32>, free: &mut u32) {
    let chunk = if *free == NONE {
        let chunk = chunks.len() as u32;
        chunks.extend_from_slice(&[NONE; CHUNK as usize]);
        chunk
    } else {
        let chunk = *free;
        *free = chunks[(chunk + NEXT) as usize];
        chunk
    };
    if list.len == 0 {
        list.first = chunk;
    } else {
        chunks[list.end as usize] = chunk;
    }
    list.end = chunk;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use proptest::prelude::*;

    fn rows(count: u32) -> Vec<CallRow> {
        let row = |id| CallRow { start_ms: 0, end_ms: 0, id, src: 0, dst: 0, latency: None, extras: None };
        (0..count).map(row).collect()
    }

    proptest! {
        #[test]
        fn legs_come_back_by_cell_and_role_in_their_order(
            legs in prop::collection::vec((0i64..5, any::<bool>(), 0u32..40), 0..300),
        ) {
            let calls = rows(40);
            let mut open = OpenCells::default();
            let mut naive: BTreeMap<i64, [Vec<u32>; 2]> = BTreeMap::new();
            let mut taken = Vec::new();
            for (cell, is_child, call) in legs {
                let (role, side) = if is_child { (Role::Child, 0) } else { (Role::Parent, 1) };
                let lists = naive.entry(cell).or_default();
                lists[side].push(call);
                prop_assert_eq!(open.add(cell, call, role), lists.iter().map(Vec::len).sum::<usize>());
                if call == 7 {
                    let children = open.take(cell, &calls, &mut taken);
                    prop_assert_eq!(children, lists[0].len());
                    let ids: Vec<u32> = taken.iter().map(|row| row.id).collect();
                    prop_assert_eq!(ids, lists.concat());
                    *lists = Default::default();
                }
            }
            for (cell, lists) in naive {
                prop_assert_eq!(open.first(), Some(cell));
                open.take(cell, &calls, &mut taken);
                prop_assert_eq!(taken.iter().map(|row| row.id).collect::<Vec<_>>(), lists.concat());
                open.close(cell);
            }
            prop_assert!(open.is_empty() && open.bytes() == 0);
        }
    }

    #[test]
    fn chunks_of_taken_legs_are_used_again() {
        let calls = rows(1);
        let mut open = OpenCells::default();
        let mut used = Vec::new();
        for cell in 0..50 {
            (0..1000).for_each(|_| _ = open.add(cell, 0, Role::Parent));
            open.take(cell, &calls, &mut Vec::new());
            used.push(open.chunks.len());
        }
        assert!(used.iter().all(|&used_first| used_first == used[0]), "{used:?}");
    }
}
