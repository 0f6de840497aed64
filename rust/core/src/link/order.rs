//! The order in which the calls of a bucket are linked.

use std::cmp::Ordering;
use std::ops::Range;

use crate::id_table::IdTable;
use crate::tables::{CallRow, Role, Tables};

/// The order of the calls of one address in one role: by start, id, and what else makes it another
/// call.
pub fn order(tables: &Tables, ids: &IdTable, role: Role, a: &CallRow, b: &CallRow) -> Ordering {
    let address = |spelling: u32| tables.addresses.address(spelling);
    let there = |call: &CallRow| match role {
        Role::Child => address(call.dst),
        Role::Parent => address(call.src),
    };
    { a.start_ms.cmp(&b.start_ms) }
        .then_with(|| ids.get(a.id).cmp(&ids.get(b.id)))
        .then_with(|| (a.end_ms, there(a)).cmp(&(b.end_ms, there(b))))
}

/// The calls of a bucket in one role, without repeats, by the address that they have in it.
#[derive(Debug, Default)]
pub struct ByAddress {
    /// Address by address, in order within it.
    pub calls: Vec<CallRow>,
    /// Per address where its calls end.
    ends: Vec<u32>,
    /// Per call start and place, address by address.
    keys: Vec<u64>,
}

impl ByAddress {
    /// Takes in `unsorted`, which is left as it is; returns how many repeats were dropped.
    ///
    /// Distributes the calls to their addresses, then sorts each address by starts, and by what
    /// stands in the tables only where these are equal.
    pub fn sort(&mut self, unsorted: &[CallRow], tables: &Tables, ids: &IdTable, role: Role) -> usize {
        let here = |call: &CallRow| {
            let spelling = match role {
                Role::Child => call.src,
                Role::Parent => call.dst,
            };
            tables.addresses.address(spelling) as usize
        };
        self.ends.clear();
        self.ends.resize(tables.addresses.len() + 1, 0);
        for call in unsorted {
            self.ends[here(call) + 1] += 1;
        }
        let mut end = 0;
        for count in &mut self.ends {
            end += *count;
            *count = end;
        }
        let base = unsorted.iter().map(|call| call.start_ms).min().unwrap_or(0);
        self.keys.clear();
        self.keys.resize(unsorted.len(), 0);
        for (place, call) in unsorted.iter().enumerate() {
            // What is cut off keeps its order and is compared in full.
            let start = (call.start_ms - base).min(i64::from(u32::MAX)) as u64;
            let next = &mut self.ends[here(call)];
            self.keys[*next as usize] = start << 32 | place as u64;
            *next += 1;
        }
        self.calls.clear();
        self.ends.pop();
        let mut begin = 0;
        for address in 0..self.ends.len() {
            let end = self.ends[address] as usize;
            self.sort_address(begin..end, unsorted, |a, b| order(tables, ids, role, a, b));
            self.ends[address] = self.calls.len() as u32;
            begin = end;
        }
        unsorted.len() - self.calls.len()
    }

    /// Appends the calls with these keys, in order and without repeats.
    fn sort_address(
        &mut self,
        keys: Range<usize>,
        unsorted: &[CallRow],
        order: impl Fn(&CallRow, &CallRow) -> Ordering,
    ) {
        let keys = &mut self.keys[keys];
        keys.sort_unstable();
        for equal in keys.chunk_by(|a, b| a >> 32 == b >> 32) {
            let first = self.calls.len();
            self.calls.extend(equal.iter().map(|&key| unsorted[key as u32 as usize]));
            if equal.len() > 1 {
                self.calls[first..].sort_by(&order);
                let mut kept = first + 1;
                for next in first + 1..self.calls.len() {
                    if order(&self.calls[kept - 1], &self.calls[next]).is_ne() {
                        self.calls[kept] = self.calls[next];
                        kept += 1;
                    }
                }
                self.calls.truncate(kept);
            }
        }
    }

    /// Number of addresses.
    pub fn addresses(&self) -> usize {
        self.ends.len()
    }

    /// The calls of an address.
    pub fn at(&self, address: usize) -> Range<usize> {
        let begin = address.checked_sub(1).map_or(0, |previous| self.ends[previous]);
        begin as usize..self.ends[address] as usize
    }

    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.calls.clear();
        self.ends.clear();
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.calls.capacity() * std::mem::size_of::<CallRow>()
            + self.keys.capacity() * 8
            + self.ends.capacity() * 4
    }
}
