//! The calls that were pushed for a window, and how each address sees them.

use super::{Leg, Window};
use crate::block::{legs, AsWritten, PushedLegs, Rows};
use crate::call_key::CallKey;
use crate::error::Result;
use crate::memory;
use crate::tables::{CallRow, Role};

/// A call as one address sees it.
#[derive(Debug, Clone, Copy)]
pub struct Side {
    /// The hash of the address.
    pub here: u64,
    pub leg: Leg,
    pub key: CallKey,
    /// The place of its row among the pushed children or parents.
    pub row: u32,
}

impl Side {
    fn order(&self) -> (u64, i64, i64, u64, CallKey) {
        let Leg { start_ms, end_ms, peer, .. } = self.leg;
        (self.here, start_ms, end_ms, peer, self.key)
    }
}

/// Sides in order, address by address, without repeats.
#[derive(Debug, Default)]
pub struct Sides {
    pub children: Vec<Side>,
    pub parents: Vec<Side>,
    key: Vec<u8>,
    /// The hash of the address of each spelling.
    hashes: Vec<u64>,
}

impl PushedLegs {
    /// How each address sees the calls. Returns how many repeats of a call there were.
    pub fn sides(&self, window: Window, look_ahead_ms: i64, sides: &mut Sides) -> Result<usize> {
        let Sides { children, parents, key, hashes } = sides;
        self.hash_addresses(hashes)?;
        let mut side = |(row, call): (u32, &CallRow), role| {
            let (src, dst) = (hashes[call.src as usize], hashes[call.dst as usize]);
            let (start_ms, end_ms) = (call.start_ms, call.end_ms);
            let key = CallKey::new(self.ids.get(call.id), src, dst, start_ms, end_ms, key);
            let (here, peer) = match role {
                Role::Child => (src, dst),
                Role::Parent => (dst, src),
            };
            Side { here, leg: Leg { start_ms, end_ms, peer, key: key.value() }, key, row }
        };
        children.clear();
        children.extend((0..).zip(&self.children).map(|call| side(call, Role::Child)));
        // A parent comes once for every bucket that it touches: that of its start is in this window.
        let is_new = |start_ms| (window.begin_ms + look_ahead_ms..window.visible_ms).contains(&start_ms);
        let new = (0..).zip(&self.parents).filter(|(_, call)| is_new(call.start_ms));
        parents.clear();
        parents.extend(new.map(|call| side(call, Role::Parent)));
        parents.sort_unstable_by_key(Side::order);
        parents.dedup_by_key(|side| side.order());
        // Of repeats the one with the smallest texts stays, whichever came first.
        children.sort_unstable_by(|a, b| {
            a.order().cmp(&b.order()).then_with(|| self.texts(a).cmp(&self.texts(b)))
        });
        let with_repeats = children.len();
        children.dedup_by_key(|side| side.order());
        Ok(with_repeats - children.len())
    }

    /// A child as it was written.
    pub fn as_written(&self, child: &Side) -> AsWritten<'_> {
        let row = &self.children[child.row as usize];
        AsWritten {
            id: self.ids.get(row.id),
            src: self.tables.addresses.spelling(row.src),
            dst: self.tables.addresses.spelling(row.dst),
            latency: row.latency.map(|text| self.tables.texts.get(text)),
        }
    }

    /// The texts of a child, to decide between repeats.
    fn texts(&self, child: &Side) -> Vec<u8> {
        let mut texts = Vec::new();
        self.as_written(child).write(&mut texts);
        texts
    }

    /// Writes a block of these children.
    pub fn encode(&self, out: &mut Vec<u8>, children: &[&Side]) {
        let calls = children.iter().map(|child| self.children[child.row as usize]).collect();
        let rows = Rows { calls, children: children.len() };
        legs::encode(out, &rows, &self.tables, &self.ids, &mut legs::Scratch::default());
    }
}

impl Sides {
    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        memory::of_vec(&self.children)
            + memory::of_vec(&self.parents)
            + memory::of_vec(&self.key)
            + memory::of_vec(&self.hashes)
    }
}
