//! Blocks from Link to Assemble: calls with one of their two lists.
//!
//! ```text
//! bucket: signed   rows (see the module `rows`)
//! lengths of the lists: column
//! rows with omitted ids: count, then row step and number omitted each
//! dictionary of ids: count, ids
//! own ids of the rows, by their place in the dictionary: column
//! ids of all lists, one list after the other, likewise: steps (see the module `steps`)
//! ```

use super::bits::{self, Column};
use super::bytes::{put, put_signed, Reader};
use super::ids;
use super::rows::{self, Rows};
use super::{begin, open, seal, steps, Kind};
use crate::error::{Error, Result};
use crate::id_table::IdTable;
use crate::json_ids::JsonIds;
use crate::memory;
use crate::renumbering::Renumbering;
use crate::tables::Tables;

/// The list that one cell of Link found for a call: for a child its parents, for a parent those of
/// its children that start in the bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct List {
    /// Where it begins among all listed ids.
    pub begin: u32,
    /// Its length.
    pub len: u32,
    /// How many more ids it would hold without `max-links`.
    pub omitted: u32,
}

impl List {
    /// Its place among all listed ids.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.begin as usize..(self.begin + self.len) as usize
    }
}

/// The versions that are read; the last is written.
pub const VERSIONS: [u8; 1] = [1];

/// Memory to reuse between blocks.
#[derive(Debug, Default)]
pub struct Scratch {
    rows: rows::Scratch,
    renumbering: Renumbering,
    /// Places in the dictionary: of the rows' ids, then of the lists'.
    places: Vec<u32>,
    column: Vec<u32>,
}

impl Scratch {
    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.rows.memory_bytes()
            + self.renumbering.memory_bytes()
            + (self.places.capacity() + self.column.capacity()) * 4
    }
}

/// The halves that a block is made of.
#[derive(Debug, Clone, Copy)]
pub struct Halves<'a> {
    /// The time bucket of the cell that found them.
    pub bucket: i64,
    /// The calls.
    pub rows: &'a Rows,
    /// For each of them its list.
    pub lists: &'a [List],
    /// The ids of all lists.
    pub listed: &'a [u32],
}

/// Appends these halves as a block.
pub fn encode(
    out: &mut Vec<u8>,
    halves: Halves<'_>,
    tables: &Tables,
    table: &IdTable,
    scratch: &mut Scratch,
) {
    let Halves { bucket, rows, lists, listed } = halves;
    let start = begin(out, Kind::Halves);
    put_signed(out, bucket);
    rows::write(out, rows, tables, &mut scratch.rows);
    bits::write(out, lists.iter().map(|list| u64::from(list.len)), &mut scratch.column);
    write_omitted(out, lists);

    let Scratch { renumbering, places, column, .. } = scratch;
    renumbering.begin(table.len());
    places.clear();
    renumbering.append_numbers(rows.calls.iter().map(|call| call.id), places);
    for list in lists {
        renumbering.append_numbers(listed[list.range()].iter().copied(), places);
    }
    put(out, renumbering.order().len() as u64);
    ids::write(out, renumbering.order(), table, column);
    let (own, listed) = places.split_at(rows.calls.len());
    let last = renumbering.order().len().saturating_sub(1) as u32;
    bits::write_up_to(last, out, own);
    steps::write(out, listed);
    seal(out, start);
}

fn write_omitted(out: &mut Vec<u8>, lists: &[List]) {
    let omitting = || lists.iter().enumerate().filter(|(_, list)| list.omitted > 0);
    put(out, omitting().count() as u64);
    let mut next = 0;
    for (index, list) in omitting() {
        put(out, (index - next) as u64);
        put(out, u64::from(list.omitted));
        next = index + 1;
    }
}

/// What Assemble holds of the halves that it has read, but for what stands in `Tables`.
#[derive(Debug, Default)]
pub struct Decoded {
    /// The calls of the last block.
    pub rows: Rows,
    /// Their lists.
    pub lists: Vec<List>,
    /// The ids of the lists of all blocks.
    pub listed: Vec<u32>,
}

impl Decoded {
    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.rows.memory_bytes() + memory::of_vec(&self.lists) + memory::of_vec(&self.listed)
    }
}

/// Reads a block of halves: rows and lists in place of those that are there, the ids of the lists
/// after those that are there, texts into the tables. Returns the bucket.
pub fn decode(
    block: &[u8],
    tables: &mut Tables,
    ids: &mut JsonIds,
    decoded: &mut Decoded,
    scratch: &mut Scratch,
) -> Result<i64> {
    match open(block, Kind::Halves)? {
        (1, reader) => decode_1(reader, tables, ids, decoded, scratch),
        (version, _) => Err(Kind::Halves.unknown_version(version)),
    }
}

fn decode_1<'a>(
    mut reader: Reader<'a>,
    tables: &mut Tables,
    ids: &mut JsonIds,
    decoded: &mut Decoded,
    scratch: &'a mut Scratch,
) -> Result<i64> {
    let bucket = reader.signed()?;
    rows::read(&mut reader, tables, &mut decoded.rows, &mut scratch.rows)?;
    let Decoded { rows: Rows { calls, .. }, lists, listed } = decoded;
    let total = read_lists(&mut reader, calls.len(), listed.len(), lists)?;
    // Before memory is asked for as many ids as that.
    steps::check_room(&reader, total)?;

    let count = reader.unsigned()?;
    if count > (calls.len() + total) as u64 {
        return Err(Error::corrupt(format!(
            "a block claims {count} ids, of which it could use {}",
            calls.len() + total
        )));
    }
    let first = ids.len() as u32;
    ids.extend(&ids::read(&mut reader, count as usize, &mut scratch.column)?);
    let own = Column::read(&mut reader, calls.len())?;
    let places = &mut scratch.places;
    places.clear();
    own.append_to(places);
    let begin = listed.len();
    steps::append_to(listed, &mut reader, total)?;
    reader.end()?;
    let listed = &mut listed[begin..];
    let most = places.iter().chain(&*listed).fold(0, |most, &place| most.max(place));
    if u64::from(most) >= count && !calls.is_empty() {
        return Err(Error::corrupt(format!("a block refers to id {most} of {count}")));
    }
    for (call, place) in calls.iter_mut().zip(places) {
        call.id = first + *place;
    }
    listed.iter_mut().for_each(|id| *id += first);
    Ok(bucket)
}

/// Reads the lists of `rows` rows, which begin at `begin`; returns how many ids they hold together.
fn read_lists(reader: &mut Reader<'_>, rows: usize, begin: usize, lists: &mut Vec<List>) -> Result<usize> {
    lists.clear();
    let mut end = begin as u64;
    for len in Column::read(reader, rows)?.values() {
        // Not beyond 32 bits, as is checked before any of them is used.
        lists.push(List { begin: end as u32, len: len as u32, omitted: 0 });
        end = end.saturating_add(len);
    }
    if end > u64::from(u32::MAX) {
        return Err(Error::corrupt(
            "one time bucket holds more than 4 billion links: use a smaller bucket-ms or max-links",
        ));
    }
    let mut next = 0;
    for _ in 0..reader.count(2)? {
        next += reader.below(rows - next)? as usize;
        lists[next].omitted = u32::try_from(reader.unsigned()?).unwrap_or(u32::MAX);
        next += 1;
    }
    Ok(end as usize - begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A column of values that are all the same.
    fn put_same(out: &mut Vec<u8>, value: u64) {
        put(out, value);
        out.push(0);
    }

    #[test]
    fn lists_that_a_block_cannot_hold_are_refused_before_memory_is_asked_for_them() {
        let mut block = Vec::new();
        let start = begin(&mut block, Kind::Halves);
        put_signed(&mut block, 1);
        let (children, parents) = (1 << 16, 0);
        put(&mut block, children);
        put(&mut block, parents);
        let (starts, durations) = (1000, 1);
        put_same(&mut block, starts);
        put_same(&mut block, durations);
        let addresses = 1;
        put(&mut block, addresses);
        // Its kind and octets, then all sources, all destinations.
        (0..4).for_each(|_| put_same(&mut block, 0));
        let (latencies, extras) = (0, 0);
        put(&mut block, latencies);
        put(&mut block, extras);
        let (length_of_each, omitted, ids) = (0xffff, 0, 1_000_000);
        put_same(&mut block, length_of_each);
        put(&mut block, omitted);
        put(&mut block, ids);
        put_same(&mut block, 0);
        seal(&mut block, start);

        let mut scratch = Scratch::default();
        let (mut tables, mut ids) = (Tables::default(), JsonIds::default());
        let error = decode(&block, &mut tables, &mut ids, &mut Decoded::default(), &mut scratch).unwrap_err();
        assert!(error.to_string().contains("claims 4294901760 entries, more than it can hold"), "{error}");
        assert!(scratch.memory_bytes() < 10 << 20);
    }
}
