//! Which halves are of one call.

use std::hash::{BuildHasher, Hasher, RandomState};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::block::halves::List;
use crate::error::{Error, Result};
use crate::json_ids::JsonIds;
use crate::tables::{CallRow, Tables};

/// A call with its parents.
#[derive(Debug, Clone, Copy)]
pub struct ChildHalf {
    /// The call.
    pub call: CallRow,
    /// Its parents.
    pub parents: List,
}

/// A call with those of its children that one cell of Link found.
#[derive(Debug, Clone, Copy)]
pub struct ParentHalf {
    /// The call.
    pub call: CallRow,
    /// The children.
    pub children: Found,
}

/// The children of a call that start in one bucket.
#[derive(Debug, Clone, Copy, Default)]
pub struct Found {
    /// The bucket.
    pub bucket: i64,
    /// The children.
    pub list: List,
}

/// Finds the halves of each call.
///
/// The calls stay in the order in which their blocks came: a block names what its calls refer to, so
/// most of what one call needs is in the processor's cache from the one before it.
#[derive(Debug)]
pub struct Join {
    /// Drawn by chance: with a seed that senders know, ids could be made to meet in the table, and a
    /// few thousand of them would hold up all others.
    seed: u64,
    /// The calls by their hash: some of its bits and the number of the call, or `EMPTY`. A call that
    /// does not find its slot empty takes the next that is.
    slots: Vec<u64>,
    /// Per half with children the number of its call.
    owners: Vec<u32>,
    /// The children of all calls, call by call.
    children: Vec<Found>,
    /// Per call where its children end.
    ends: Vec<u32>,
}

const EMPTY: u64 = u64::MAX;

impl Default for Join {
    fn default() -> Self {
        Join {
            seed: RandomState::new().build_hasher().finish(),
            slots: Vec::new(),
            owners: Vec::new(),
            children: Vec::new(),
            ends: Vec::new(),
        }
    }
}

impl Join {
    /// Joins these halves. Costs one or two looks at a table for each. An error unless each call has
    /// exactly one half with its parents.
    pub fn join(
        &mut self,
        calls: &[ChildHalf],
        parents: &[ParentHalf],
        tables: &Tables,
        ids: &JsonIds,
    ) -> Result<()> {
        self.slots.clear();
        self.slots.resize((2 * calls.len()).next_power_of_two().max(2), EMPTY);
        for (number, half) in calls.iter().enumerate() {
            let hash = self.hash(&half.call, ids);
            let at = self.slot(hash, &half.call, calls, tables, ids);
            if self.slots[at] != EMPTY {
                return Err(not_one(&half.call, ids));
            }
            self.slots[at] = hash << 32 | number as u64;
        }
        self.owners.clear();
        for half in parents {
            let hash = self.hash(&half.call, ids);
            match self.slots[self.slot(hash, &half.call, calls, tables, ids)] {
                EMPTY => return Err(not_one(&half.call, ids)),
                slot => self.owners.push(slot as u32),
            }
        }
        self.arrange(calls.len(), parents);
        Ok(())
    }

    #[inline]
    fn hash(&self, call: &CallRow, ids: &JsonIds) -> u64 {
        let times = (call.start_ms as u64).rotate_left(32) ^ call.end_ms as u64;
        xxh3_64_with_seed(ids.text(ids.entry(call.id)), self.seed ^ times)
    }

    /// The slot of a call: where it is, or the empty one where it would be.
    #[inline]
    fn slot(&self, hash: u64, call: &CallRow, calls: &[ChildHalf], tables: &Tables, ids: &JsonIds) -> usize {
        let last = self.slots.len() - 1;
        // The slot by other bits than those that stand in it.
        let mut at = (hash >> last.leading_zeros()) as usize;
        loop {
            let slot = self.slots[at];
            if slot == EMPTY {
                return at;
            }
            let is_likely = slot >> 32 == hash & u64::from(u32::MAX);
            if is_likely && same(&calls[slot as u32 as usize].call, call, tables, ids) {
                return at;
            }
            at = (at + 1) & last;
        }
    }

    /// Puts the children of each call side by side, by the bucket in which they were found.
    fn arrange(&mut self, calls: usize, parents: &[ParentHalf]) {
        let Join { owners, children, ends, .. } = self;
        ends.clear();
        ends.resize(calls + 1, 0);
        for &owner in &*owners {
            ends[owner as usize + 1] += 1;
        }
        let mut end = 0;
        for count in &mut *ends {
            end += *count;
            *count = end;
        }
        children.clear();
        children.resize(parents.len(), Found::default());
        for (half, &owner) in parents.iter().zip(&*owners) {
            let next = &mut ends[owner as usize];
            children[*next as usize] = half.children;
            *next += 1;
        }
        ends.pop();
        let mut begin = 0;
        for &end in &*ends {
            children[begin..end as usize].sort_unstable_by_key(|found| found.bucket);
            begin = end as usize;
        }
    }

    /// Number of calls that were joined.
    pub fn calls(&self) -> usize {
        self.ends.len()
    }

    /// The children of the call with this number.
    pub fn children(&self, number: usize) -> &[Found] {
        let begin = number.checked_sub(1).map_or(0, |previous| self.ends[previous]);
        &self.children[begin as usize..self.ends[number] as usize]
    }

    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.ends.clear();
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.slots.capacity() * 8
            + (self.owners.capacity() + self.ends.capacity()) * 4
            + self.children.capacity() * std::mem::size_of::<Found>()
    }
}

/// Whether two halves are of one call.
fn same(a: &CallRow, b: &CallRow, tables: &Tables, ids: &JsonIds) -> bool {
    let address = |spelling: u32| tables.addresses.address(spelling);
    (a.start_ms, a.end_ms) == (b.start_ms, b.end_ms)
        && address(a.dst) == address(b.dst)
        && address(a.src) == address(b.src)
        && ids.key(a.id) == ids.key(b.id)
}

fn not_one(call: &CallRow, ids: &JsonIds) -> Error {
    Error::corrupt(format!(
        "call {} has not exactly one half with its parents: state is lost or was restored twice",
        String::from_utf8_lossy(ids.key(call.id).0)
    ))
}
