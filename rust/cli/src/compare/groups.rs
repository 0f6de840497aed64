//! Two sorted sides, side by side: all entries of one key together.

use std::cmp::{Ordering, Reverse};
use std::collections::binary_heap::PeekMut;
use std::collections::BinaryHeap;

use super::sorter::{Entry, Run, Sorted};

/// The entries of one key.
#[derive(Debug, Default)]
pub struct Group {
    /// The key.
    pub key: Vec<u8>,
    /// The entries of either side.
    pub sides: [Side; 2],
}

/// The entries of one key on one side.
#[derive(Debug, Default)]
pub struct Side {
    /// How many there are.
    pub count: u64,
    /// The bodies of the first ones in order, at most [`Side::KEPT`].
    pub bodies: Vec<Vec<u8>>,
}

impl Side {
    /// More bodies than this are not kept, so that a key that stands there a million times does not
    /// cost the memory of a million entries.
    pub const KEPT: usize = 5;

    /// The first body, if the side has the key.
    pub fn first(&self) -> Option<&[u8]> {
        self.bodies.first().map(Vec::as_slice)
    }

    fn clear(&mut self) {
        self.count = 0;
        self.bodies.clear();
    }
}

/// Hands on all groups in order of their keys. The cost per entry is a comparison for each doubling
/// of the number of runs.
///
/// # Errors
/// When a temporary file cannot be read, or what `take` returns.
pub fn for_each_group(
    sides: [Sorted; 2],
    mut take: impl FnMut(&Group) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut heads = heads(sides)?;
    let mut entry = Entry::default();
    let mut group = Group::default();
    while let Some(side) = pop(&mut heads, &mut entry)? {
        let is_first = group.sides.iter().all(|side| side.count == 0);
        if is_first || group.key != entry.key() {
            if !is_first {
                take(&group)?;
            }
            group.key.clear();
            group.key.extend_from_slice(entry.key());
            group.sides.iter_mut().for_each(Side::clear);
        }
        let side = &mut group.sides[side];
        side.count += 1;
        if side.bodies.len() < Side::KEPT {
            side.bodies.push(entry.body().to_vec());
        }
    }
    if group.sides.iter().any(|side| side.count > 0) {
        take(&group)?;
    }
    Ok(())
}

/// The next entry of a run, and the rest of the run.
struct Head {
    entry: Entry,
    side: usize,
    rest: Run,
}

/// All runs; the one with the least entry first.
fn heads(sides: [Sorted; 2]) -> anyhow::Result<BinaryHeap<Reverse<Head>>> {
    let mut heads = BinaryHeap::new();
    for (side, sorted) in sides.into_iter().enumerate() {
        for mut rest in sorted.runs() {
            let mut entry = Entry::default();
            if rest.next(&mut entry)? {
                heads.push(Reverse(Head { entry, side, rest }));
            }
        }
    }
    Ok(heads)
}

/// Moves the least entry into `entry` and returns its side.
fn pop(heads: &mut BinaryHeap<Reverse<Head>>, entry: &mut Entry) -> anyhow::Result<Option<usize>> {
    let Some(mut least) = heads.peek_mut() else {
        return Ok(None);
    };
    let Reverse(head) = &mut *least;
    let side = head.side;
    std::mem::swap(&mut head.entry, entry);
    if !head.rest.next(&mut head.entry)? {
        PeekMut::pop(least);
    }
    Ok(Some(side))
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        let by = |head: &Self| head.side;
        self.entry
            .key()
            .cmp(other.entry.key())
            .then_with(|| by(self).cmp(&by(other)))
            .then_with(|| self.entry.body().cmp(other.entry.body()))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}
