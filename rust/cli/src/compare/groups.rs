//! Two sorted sides, side by side: all entries of one key together.

use crate::sorting::{Entry, Merge, Sorted};

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

/// Hands on all groups in order of their keys.
///
/// # Errors
/// When a temporary file cannot be read, or what `take` returns.
pub fn for_each_group(
    sides: [Sorted; 2],
    mut take: impl FnMut(&Group) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut entries = Merge::of(sides)?;
    let mut entry = Entry::default();
    let mut group = Group::default();
    while let Some(side) = entries.next(&mut entry)? {
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
