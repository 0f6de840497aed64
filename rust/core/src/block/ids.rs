//! Columns of ids.
//!
//! ```text
//! shapes: column of 4 times the length plus the kind
//! shared: unsigned, bytes that all ids begin with   those bytes
//! the rest of each id
//! ```
//!
//! Nothing at all is written of a column without ids.

use super::bits::{self, Column};
use super::bytes::{put, Reader};
use crate::arena::{copy_piece, CHUNK};
use crate::error::{Error, Result};
use crate::id::{IdTable, Kind, MAX_ID_BYTES};

/// What ids must have in common to be cut by it: less is not worth to put together again.
const MIN_SHARED: usize = 3;

/// Appends the ids with these numbers.
pub fn write(out: &mut Vec<u8>, ids: &[u32], table: &IdTable, scratch: &mut Vec<u32>) {
    let (Some(&first), Some(&last)) = (ids.first(), ids.last()) else {
        return;
    };
    let mut bytes = 0;
    scratch.clear();
    scratch.extend(ids.iter().map(|&id| {
        let shape = table.entry(id).shape();
        bytes += (shape >> 2) as usize;
        shape
    }));
    bits::write_small(out, scratch);
    let shared = match shared(&[first, last], table) {
        MIN_SHARED.. => shared(ids, table),
        _ => 0,
    };
    put(out, shared as u64);
    out.extend_from_slice(&table.bytes_from(table.entry(first))[..shared]);
    let mut at = out.len();
    let end = at + bytes - shared * ids.len();
    // Ids are copied by whole chunks.
    out.resize(end + CHUNK, 0);
    for &id in ids {
        let entry = table.entry(id);
        let length = entry.length() - shared;
        copy_piece(&mut out[at..], &table.bytes_from(entry)[shared..], length);
        at += length;
    }
    out.truncate(end);
}

/// Bytes that all these begin with, at most a chunk; 0 if they are fewer than are cut off.
fn shared(ids: &[u32], table: &IdTable) -> usize {
    let head = |id: u32| {
        let bytes = table.bytes_from(table.entry(id)).first_chunk::<CHUNK>();
        bytes.map_or(0, |bytes| u128::from_le_bytes(*bytes))
    };
    let first = ids.first().map_or(0, |&id| head(id));
    let (mut different, mut shortest) = (0, CHUNK);
    for &id in ids {
        different |= head(id) ^ first;
        shortest = shortest.min(table.entry(id).length());
    }
    let shared = shortest.min(different.trailing_zeros() as usize / 8);
    if shared < MIN_SHARED {
        0
    } else {
        shared
    }
}

/// Ids in a block.
#[derive(Debug)]
pub struct Ids<'a> {
    /// Four times the whole length plus the kind of each id.
    shapes: &'a [u32],
    /// What all of them begin with.
    pub shared: &'a [u8],
    /// What follows that in each of them, one after the other.
    pub own: &'a [u8],
    /// Whether one is a UUID.
    pub has_uuids: bool,
}

impl<'a> Ids<'a> {
    /// Takes `count` ids off the reader, all of them as sound as [`write`] makes them.
    pub fn read(reader: &mut Reader<'a>, count: usize, shapes: &'a mut Vec<u32>) -> Result<Self> {
        shapes.clear();
        Column::read(reader, count)?.append_to(shapes);
        if count == 0 {
            return Ok(Ids { shapes, shared: &[], own: &[], has_uuids: false });
        }
        let shared_bytes = reader.count(1)?;
        let shared = reader.take(shared_bytes)?;
        let least = shared.len().min(MAX_ID_BYTES + 1) as u32;
        let (mut bytes, mut odd, mut has_uuids) = (0, false, false);
        for shape in &*shapes {
            let (kind, length) = (shape & 3, shape >> 2);
            let is_uuid = kind == Kind::Uuid as u32;
            has_uuids |= is_uuid;
            odd |= (kind > Kind::Uuid as u32) | (length > MAX_ID_BYTES as u32) | (length < least);
            odd |= is_uuid & (length != UUID_BYTES);
            bytes += (length & 0xffff) as usize;
        }
        if odd {
            return Err(Error::corrupt("a block holds an id that no writer makes"));
        }
        let own = reader.take(bytes - count * shared.len())?;
        let ids = Ids { shapes, shared, own, has_uuids };
        if !(shared.is_ascii() && own.is_ascii()) {
            ids.check_utf8()?;
        }
        Ok(ids)
    }

    fn check_utf8(&self) -> Result<()> {
        let mut rest = self.own;
        for (kind, length) in self.shapes() {
            let (own, others) = rest.split_at(length - self.shared.len());
            rest = others;
            // A character may lie across the border.
            if kind != Kind::Uuid && std::str::from_utf8(&[self.shared, own].concat()).is_err() {
                return Err(Error::corrupt("a block holds an id that is not UTF-8"));
            }
        }
        Ok(())
    }

    /// Kind and whole length of each id.
    #[inline]
    pub fn shapes(&self) -> impl ExactSizeIterator<Item = (Kind, usize)> + 'a {
        self.shapes.iter().map(|shape| {
            let kind = match shape & 3 {
                0 => Kind::Integer,
                1 => Kind::Text,
                _ => Kind::Uuid,
            };
            (kind, (shape >> 2) as usize)
        })
    }
}

/// Bytes of a UUID.
const UUID_BYTES: u32 = 16;
#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;
    use proptest::prelude::*;

    fn id_text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z]{1,3}[0-9]{1,8}",
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "0f8fad5b-d9cb-469f-a165-[0-9a-f]{12}",
            "[0-9A-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "\\PC{1,40}",
            "x{1,256}",
            "[éè]{2}",
        ]
    }

    proptest! {
        #[test]
        fn ids_come_back_as_they_were_written(
            ids in prop_oneof![
                prop::collection::vec((id_text(), any::<bool>()), 0..40),
                prop::collection::vec(("[éè]{2}", Just(true)), 0..5),
                prop::collection::vec(("order-1[0-9]{2,3}", Just(true)), 0..20),
            ]
        ) {
            let mut table = IdTable::default();
            for (text, string) in &ids {
                table.push(if *string { Id::of_string(text) } else { Id::of_integer(text) });
            }
            let numbers: Vec<u32> = (0..ids.len() as u32).rev().collect();
            let mut out = Vec::new();
            write(&mut out, &numbers, &table, &mut Vec::new());
            let mut back = IdTable::default();
            let mut reader = Reader::new(&out);
            let mut shapes = Vec::new();
            back.extend(&Ids::read(&mut reader, ids.len(), &mut shapes).unwrap());
            reader.end().unwrap();
            prop_assert_eq!(back.len(), numbers.len());
            for (read, &number) in numbers.iter().enumerate() {
                prop_assert_eq!(back.get(read as u32), table.get(number));
            }
        }
    }

    #[test]
    fn what_all_ids_share_is_written_once() {
        let mut table = IdTable::default();
        let numbers: Vec<u32> =
            (100..200).map(|n| table.push(Id::of_string(&format!("order-{n}")))).collect();
        let mut out = Vec::new();
        write(&mut out, &numbers, &table, &mut Vec::new());
        assert_eq!(out.len(), 2 + 1 + "order-1".len() + 2 * numbers.len());
    }
}
