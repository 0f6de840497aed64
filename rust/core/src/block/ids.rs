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
use crate::error::Result;
use crate::id_table::IdTable;
use crate::packed_ids::PackedIds;

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

/// Takes `count` ids off the reader, all of them as sound as [`write`] makes them.
pub fn read<'a>(reader: &mut Reader<'a>, count: usize, shapes: &'a mut Vec<u32>) -> Result<PackedIds<'a>> {
    shapes.clear();
    Column::read(reader, count)?.append_to(shapes);
    let shared = match count {
        0 => &[],
        _ => {
            let bytes = reader.count(1)?;
            reader.take(bytes)?
        }
    };
    PackedIds::new(shapes, shared, |bytes| reader.take(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;
    use crate::json_ids::JsonIds;
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
            back.extend(&read(&mut reader, ids.len(), &mut shapes).unwrap());
            reader.end().unwrap();
            prop_assert_eq!(back.len(), numbers.len());
            for (read, &number) in numbers.iter().enumerate() {
                prop_assert_eq!(back.get(read as u32), table.get(number));
            }
        }
    }

    #[test]
    fn ids_of_blocks_are_held_for_json_as_they_are_written() {
        for ids in [
            &["17", "\"order-17\"", "\"0f8fad5b-d9cb-469f-a165-70867728950e\""][..],
            &["\"order-17\"", "\"order-18\""],
            &["\"0f8fad5b-d9cb-469f-a165-70867728950e\"", "\"0f8fad5b-d9cb-469f-a165-70867728950f\""],
            &["1", "\"\\u00e9\""],
        ] {
            let mut table = IdTable::default();
            for id in ids {
                table.push(match id.strip_prefix('"') {
                    Some(text) => Id::of_string(text.trim_end_matches('"')),
                    None => Id::of_integer(id),
                });
            }
            let mut out = Vec::new();
            write(&mut out, &(0..ids.len() as u32).collect::<Vec<_>>(), &table, &mut Vec::new());
            let mut json = JsonIds::default();
            for _ in 0..2 {
                json.extend(&read(&mut Reader::new(&out), ids.len(), &mut Vec::new()).unwrap());
            }
            for (number, id) in (0..).zip(ids.iter().chain(ids)) {
                let (text, quotes) = json.key(number);
                assert_eq!(text, id.trim_matches('"').as_bytes());
                assert_eq!(quotes == 1, id.starts_with('"'));
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
