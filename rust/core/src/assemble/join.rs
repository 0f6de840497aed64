//! Which halves are of one call.

use std::cmp::Ordering;

use super::Half;
use crate::json_ids::JsonIds;
use crate::tables::{CallRow, Role, Tables};

/// The halves of a bucket, call by call.
#[derive(Debug, Default)]
pub struct Join {
    /// Start, end, some bits of the id, and the place of a half, from the highest bits down.
    keys: Vec<u128>,
    /// The halves, those of one call side by side: its half as a child, then its halves as a parent
    /// by the bucket that found them.
    pub halves: Vec<Half>,
    /// Where the halves of each call end.
    pub ends: Vec<u32>,
}

impl Join {
    /// Joins these halves, in order of start and end. Costs a sort of integers; only halves that these
    /// say are of one call are compared by what stands in the tables.
    pub fn join(&mut self, halves: &[Half], tables: &Tables, ids: &JsonIds) {
        let starts = halves.iter().map(|half| half.call.start_ms).min().unwrap_or(0);
        let ends = halves.iter().map(|half| half.call.end_ms).min().unwrap_or(0);
        self.keys.clear();
        self.keys.extend(halves.iter().enumerate().map(|(place, half)| {
            let times = cut(half.call.start_ms - starts) << 40 | cut(half.call.end_ms - ends);
            times << 48 | u128::from(id_bits(ids.text(ids.entry(half.call.id)))) << 32 | place as u128
        }));
        self.keys.sort_unstable();
        self.halves.clear();
        self.ends.clear();
        for same in self.keys.chunk_by(|a, b| a >> 32 == b >> 32) {
            let first = self.halves.len();
            self.halves.extend(same.iter().map(|&key| halves[key as u32 as usize]));
            let halves = &mut self.halves[first..];
            halves.sort_by(|a, b| {
                let in_call = |half: &Half| (half.role == Role::Parent, half.bucket);
                order(tables, ids, &a.call, &b.call).then_with(|| in_call(a).cmp(&in_call(b)))
            });
            let mut end = first as u32;
            for call in halves.chunk_by(|a, b| order(tables, ids, &a.call, &b.call).is_eq()) {
                end += call.len() as u32;
                self.ends.push(end);
            }
        }
    }

    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.halves.clear();
        self.ends.clear();
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.keys.capacity() * 16
            + self.halves.capacity() * std::mem::size_of::<Half>()
            + self.ends.capacity() * 4
    }
}

/// 40 bits of a time of at least 0. What is cut off keeps its order and is compared in full.
fn cut(ms: i64) -> u128 {
    ms.min((1 << 40) - 1) as u128
}

/// Some bits that differ for most ids that differ.
fn id_bits(id: &[u8]) -> u16 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let last = match id.last_chunk::<8>() {
        Some(last) => u64::from_le_bytes(*last),
        None => id.iter().fold(0, |bits, &byte| bits << 8 | u64::from(byte)),
    };
    (last.wrapping_mul(ODD) >> 48) as u16
}

/// Who a call is; halves of one call are equal here.
fn order(tables: &Tables, ids: &JsonIds, a: &CallRow, b: &CallRow) -> Ordering {
    let address = |spelling: u32| tables.addresses.address(spelling);
    let key = |call: &CallRow| (call.start_ms, call.end_ms, address(call.dst), address(call.src));
    key(a).cmp(&key(b)).then_with(|| ids.key(a.id).cmp(&ids.key(b.id)))
}
