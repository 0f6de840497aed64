//! The order in which the calls of a cell are linked.

use std::cmp::Ordering;

use crate::tables::{CallRow, Role, Tables};

/// The order of calls in one role: by its address, start, id, and what else makes it another call.
/// The ids of parents descend, so that a search backwards in time meets equal starts in order of id.
pub fn order(tables: &Tables, role: Role, a: &CallRow, b: &CallRow) -> Ordering {
    let address = |spelling: u32| tables.addresses.entry(spelling).address;
    let id = |call: &CallRow| tables.ids.get(call.id);
    let (a_here, b_here, a_there, b_there) = match role {
        Role::Child => (a.src, b.src, a.dst, b.dst),
        Role::Parent => (a.dst, b.dst, a.src, b.src),
    };
    (address(a_here), a.start_ms)
        .cmp(&(address(b_here), b.start_ms))
        .then_with(|| match role {
            Role::Child => id(a).cmp(&id(b)),
            Role::Parent => id(b).cmp(&id(a)),
        })
        .then_with(|| (a.end_ms, address(a_there)).cmp(&(b.end_ms, address(b_there))))
}

/// Sorts calls into that order, by a key of fixed size first: few calls of one address start in the
/// same millisecond, and only they are compared by what stands in the tables.
#[derive(Debug, Default)]
pub struct Sorter {
    /// Address, start and place of a call, from the highest bits down.
    keys: Vec<u128>,
    sorted: Vec<CallRow>,
}

impl Sorter {
    /// Sorts `calls`. Costs O(n log n) comparisons of integers.
    pub fn sort(&mut self, calls: &mut Vec<CallRow>, tables: &Tables, role: Role) {
        let here = |call: &CallRow| match role {
            Role::Child => call.src,
            Role::Parent => call.dst,
        };
        let key = |(place, call): (usize, &CallRow)| {
            let address = tables.addresses.entry(here(call)).address;
            // As an unsigned integer of the same order.
            let start = (call.start_ms ^ i64::MIN) as u64;
            u128::from(address) << 96 | u128::from(start) << 32 | place as u128
        };
        self.keys.clear();
        self.keys.extend(calls.iter().enumerate().map(key));
        self.keys.sort_unstable();
        self.sorted.clear();
        self.sorted.extend(self.keys.iter().map(|&key| calls[(key as u32) as usize]));
        let mut first = 0;
        for equal in self.keys.chunk_by(|a, b| a >> 32 == b >> 32) {
            let end = first + equal.len();
            if equal.len() > 1 {
                self.sorted[first..end].sort_by(|a, b| order(tables, role, a, b));
            }
            first = end;
        }
        std::mem::swap(calls, &mut self.sorted);
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.keys.capacity() * 16 + self.sorted.capacity() * std::mem::size_of::<CallRow>()
    }
}
