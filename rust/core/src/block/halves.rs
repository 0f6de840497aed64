//! Blocks from Link to Assemble: calls with one of their two lists.
//!
//! ```text
//! bucket: signed   rows (see the module `rows`)
//! dictionary of ids: count, ids
//! reference to the own id, one per row
//! length of the list, one per row
//! rows with omitted ids: count, then row step and number omitted each
//! references of all lists, one after the other
//! ```
//!
//! Ids stand in the dictionary in order of first use. A reference is 0 for the next id not yet
//! used, else how far back from there its id stands: mostly one byte.

use super::bytes::{put, put_signed, Reader};
use super::columns::{read_whole_ids, write_whole_ids};
use super::rows::{self, RoleRow};
use super::{begin, open, seal, Kind};
use crate::error::Result;
use crate::renumbering::Renumbering;
use crate::tables::Tables;

/// A call with the list that one cell of Link found for it: of a child its parents, of a parent
/// those of its children that start in the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Half {
    /// Which side of which call.
    pub row: RoleRow,
    /// Where its list begins among all listed ids.
    pub list: usize,
    /// Length of the list.
    pub len: usize,
    /// How many more ids the list would hold without `max-links`.
    pub omitted: u64,
}

/// Memory to reuse between blocks.
#[derive(Debug, Default)]
pub struct Scratch {
    addresses: Renumbering,
    ids: Renumbering,
    rows: Vec<RoleRow>,
    references: Vec<u8>,
}

impl Scratch {
    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.addresses.memory_bytes()
            + self.ids.memory_bytes()
            + self.rows.capacity() * std::mem::size_of::<RoleRow>()
            + self.references.capacity()
    }
}

/// Writes these halves of the cell of `bucket` as a block; `listed` holds the ids of all lists.
pub fn encode(
    bucket: i64,
    halves: &[Half],
    listed: &[u32],
    tables: &Tables,
    scratch: &mut Scratch,
) -> Vec<u8> {
    let mut block = begin(Kind::Halves);
    put_signed(&mut block, bucket);
    scratch.rows.clear();
    scratch.rows.extend(halves.iter().map(|half| half.row));
    rows::write(&mut block, &scratch.rows, tables, &mut scratch.addresses);

    let references = &mut scratch.references;
    references.clear();
    let ids = &mut scratch.ids;
    ids.begin(tables.ids.len());
    for half in halves {
        refer(references, ids, half.row.1.id);
    }
    for half in halves {
        put(references, half.len as u64);
    }
    write_omitted(references, halves);
    for half in halves {
        for &id in &listed[half.list..half.list + half.len] {
            refer(references, ids, id);
        }
    }
    put(&mut block, ids.order().len() as u64);
    write_whole_ids(&mut block, ids.order(), &tables.ids);
    block.extend_from_slice(references);
    seal(block)
}

fn refer(out: &mut Vec<u8>, ids: &mut Renumbering, id: u32) {
    let next = ids.order().len() as u32;
    match ids.number(id) {
        (_, true) => put(out, 0),
        (number, false) => put(out, u64::from(next - number)),
    }
}

fn write_omitted(out: &mut Vec<u8>, halves: &[Half]) {
    let omitting = || halves.iter().enumerate().filter(|(_, half)| half.omitted > 0);
    put(out, omitting().count() as u64);
    let mut next = 0;
    for (index, half) in omitting() {
        put(out, (index - next) as u64);
        put(out, half.omitted);
        next = index + 1;
    }
}

/// Reads a block of halves: appends them to `halves`, the ids of their lists to `listed`, texts to
/// `tables`. Returns the bucket.
pub fn decode(
    block: &[u8],
    tables: &mut Tables,
    halves: &mut Vec<Half>,
    listed: &mut Vec<u32>,
    scratch: &mut Scratch,
) -> Result<i64> {
    let mut reader = open(block, Kind::Halves)?;
    let bucket = reader.signed()?;
    rows::read(&mut reader, tables, &mut scratch.rows)?;
    let count = reader.count(1)?;
    let mut ids = References { first: read_whole_ids(&mut reader, count, &mut tables.ids)?, count, used: 0 };
    for (_, row) in scratch.rows.iter_mut() {
        row.id = ids.read(&mut reader)?;
    }
    let first = halves.len();
    let mut list = listed.len();
    for &row in &scratch.rows {
        let len = reader.count(1)?;
        halves.push(Half { row, list, len, omitted: 0 });
        list += len;
    }
    let mut next = first;
    for _ in 0..reader.count(2)? {
        next += reader.below(halves.len() - next)? as usize;
        halves[next].omitted = reader.unsigned()?;
        next += 1;
    }
    for _ in listed.len()..list {
        listed.push(ids.read(&mut reader)?);
    }
    reader.end()?;
    Ok(bucket)
}

/// The dictionary of a block while its references are read.
struct References {
    first: u32,
    count: usize,
    used: u32,
}

impl References {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<u32> {
        let back = reader.below(self.used as usize + 1)?;
        if back > 0 {
            return Ok(self.first + self.used - back);
        }
        if self.used as usize == self.count {
            return Err(crate::error::Error::corrupt("a block refers to more ids than it holds"));
        }
        self.used += 1;
        Ok(self.first + self.used - 1)
    }
}
