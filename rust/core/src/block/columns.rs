//! The columns that blocks of both kinds have.

use super::bytes::{put, Reader};
use crate::address::{AddressTable, Spelling};
use crate::error::{Error, Result};
use crate::id::{Id, IdTable, Kind, MAX_ID_BYTES};

/// Appends a spelling: `4` and 4 bytes, `6` and 16 bytes, or `0`, length and text.
pub fn write_spelling(out: &mut Vec<u8>, spelling: &Spelling<'_>) {
    match spelling {
        Spelling::V4(octets) => {
            out.push(4);
            out.extend_from_slice(octets);
        }
        Spelling::V6(octets) => {
            out.push(6);
            out.extend_from_slice(octets);
        }
        Spelling::Text(text) => {
            out.push(0);
            put(out, text.len() as u64);
            out.extend_from_slice(text.as_bytes());
        }
    }
}

/// Reads what [`write_spelling`] wrote.
pub fn read_spelling<'a>(reader: &mut Reader<'a>) -> Result<Spelling<'a>> {
    match reader.byte()? {
        4 => Ok(Spelling::V4(fixed(reader)?)),
        6 => Ok(Spelling::V6(fixed(reader)?)),
        0 => {
            let bytes = reader.count(1)?;
            Ok(Spelling::Text(reader.text(bytes)?))
        }
        other => Err(Error::corrupt(format!("a block holds an address of unknown kind {other}"))),
    }
}

/// Reads a dictionary of spellings into `table`; returns their numbers there.
pub fn read_addresses(reader: &mut Reader<'_>, table: &mut AddressTable) -> Result<Vec<u32>> {
    let count = reader.count(2)?;
    let mut numbers = Vec::with_capacity(count);
    let mut key = Vec::new();
    for _ in 0..count {
        let spelling = read_spelling(reader)?;
        key.clear();
        write_spelling(&mut key, &spelling);
        numbers.push(table.intern_encoded(&key, &spelling)?);
    }
    Ok(numbers)
}

const ID_INTEGER: u64 = 0;
const ID_TEXT: u64 = 1;
const ID_UUID: u64 = 2;

/// Writes ids: UUIDs as 16 bytes, others cut by the prefix that they share with the last of them.
#[derive(Debug, Default)]
pub struct IdWriter<'a> {
    previous: &'a [u8],
}

impl<'a> IdWriter<'a> {
    /// Appends one id, which has to live until the last.
    pub fn write(&mut self, out: &mut Vec<u8>, id: Id<'a>) {
        let (kind, text) = match id {
            Id::Uuid(bytes) => {
                let mut encoded = [ID_UUID as u8; 17];
                encoded[1..].copy_from_slice(&bytes);
                out.extend_from_slice(&encoded);
                return;
            }
            Id::Integer(text) => (ID_INTEGER, text),
            Id::Text(text) => (ID_TEXT, text),
        };
        let shared = shared_prefix(self.previous, text);
        put(out, (shared as u64) << 2 | kind);
        put(out, (text.len() - shared) as u64);
        out.extend_from_slice(&text[shared..]);
        self.previous = text;
    }
}

/// Bytes that both begin with, compared eight at a time.
fn shared_prefix(a: &[u8], b: &[u8]) -> usize {
    let mut shared = 0;
    while let (Some(x), Some(y)) = (a[shared..].first_chunk::<8>(), b[shared..].first_chunk::<8>()) {
        let different = u64::from_le_bytes(*x) ^ u64::from_le_bytes(*y);
        if different != 0 {
            return shared + different.trailing_zeros() as usize / 8;
        }
        shared += 8;
    }
    shared + a[shared..].iter().zip(&b[shared..]).take_while(|(x, y)| x == y).count()
}

/// Reads `count` ids into `table`; returns the number of the first. The others follow it.
pub fn read_ids(reader: &mut Reader<'_>, count: usize, table: &mut IdTable) -> Result<u32> {
    let first = table.len() as u32;
    let mut text: Vec<u8> = Vec::with_capacity(MAX_ID_BYTES);
    for _ in 0..count {
        let head = reader.unsigned()?;
        if head == ID_UUID {
            table.push(Id::Uuid(fixed(reader)?));
            continue;
        }
        let shared = (head >> 2).min(u64::from(u32::MAX)) as usize;
        let bytes = reader.count(1)?;
        if shared > text.len() || shared + bytes > MAX_ID_BYTES || head & 3 > ID_TEXT {
            return Err(Error::corrupt("a block holds an id that no writer makes"));
        }
        text.truncate(shared);
        text.extend_from_slice(reader.take(bytes)?);
        if !text.is_ascii() && std::str::from_utf8(&text).is_err() {
            return Err(Error::corrupt("a block holds an id that is not UTF-8"));
        }
        table.push(if head & 3 == ID_INTEGER { Id::Integer(&text) } else { Id::Text(&text) });
    }
    Ok(first)
}

/// Appends ids whole, each after a byte of kind and length: for the many small dictionaries that are
/// read soon and kept shortly, where the time counts more than the bytes.
pub fn write_whole_ids(out: &mut Vec<u8>, ids: &[u32], table: &IdTable) {
    for &id in ids {
        let (kind, length) = table.shape(id);
        if length < LONG {
            out.push((length as u8) << 2 | kind as u8);
        } else {
            out.push((LONG as u8) << 2 | kind as u8);
            put(out, (length - LONG) as u64);
        }
        table.write_bytes(id, out);
    }
}

/// The length that says that a longer one follows.
const LONG: usize = 63;

/// Reads what [`write_whole_ids`] wrote, `count` ids, into `table`; returns the number of the first.
/// The others follow it.
pub fn read_whole_ids(reader: &mut Reader<'_>, count: usize, table: &mut IdTable) -> Result<u32> {
    let first = table.len() as u32;
    for _ in 0..count {
        let head = reader.byte()?;
        let mut length = usize::from(head >> 2);
        if length == LONG {
            length += reader.below(MAX_ID_BYTES + 1 - LONG)? as usize;
        }
        let from = reader.rest();
        let text = reader.take(length)?;
        let kind = match (head & 3, length) {
            (0, _) => Kind::Integer,
            (1, _) => Kind::Text,
            (2, 16) => Kind::Uuid,
            _ => return Err(Error::corrupt("a block holds an id that no writer makes")),
        };
        if kind != Kind::Uuid && !text.is_ascii() && std::str::from_utf8(text).is_err() {
            return Err(Error::corrupt("a block holds an id that is not UTF-8"));
        }
        table.push_bytes(kind, from, length);
    }
    Ok(first)
}

/// Appends the texts that only some rows have: their number, then row step, length and text each.
pub fn write_sparse<'a>(out: &mut Vec<u8>, texts: impl Iterator<Item = (usize, &'a str)> + Clone) {
    put(out, texts.clone().count() as u64);
    let mut next = 0;
    for (row, text) in texts {
        put(out, (row - next) as u64);
        put(out, text.len() as u64);
        out.extend_from_slice(text.as_bytes());
        next = row + 1;
    }
}

/// Reads what [`write_sparse`] wrote, for rows below `rows`.
pub fn read_sparse<'a>(
    reader: &mut Reader<'a>,
    rows: usize,
    mut each: impl FnMut(usize, &'a str),
) -> Result<()> {
    let mut next = 0;
    for _ in 0..reader.count(2)? {
        let row = next + reader.below(rows.saturating_sub(next))? as usize;
        let bytes = reader.count(1)?;
        each(row, reader.text(bytes)?);
        next = row + 1;
    }
    Ok(())
}

fn fixed<const N: usize>(reader: &mut Reader<'_>) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    bytes.copy_from_slice(reader.take(N)?);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id_text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z]{1,3}[0-9]{1,8}",
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "[0-9A-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "\\PC{1,40}",
            "x{1,256}",
        ]
    }

    proptest! {
        #[test]
        fn ids_come_back_as_they_were_written(ids in prop::collection::vec((id_text(), any::<bool>()), 0..40)) {

            let ids: Vec<Id<'_>> = ids.iter().map(|(text, string)| if *string { Id::of_string(text) } else { Id::of_integer(text) }).collect();
            let mut out = Vec::new();
            let mut writer = IdWriter::default();
            ids.iter().for_each(|&id| writer.write(&mut out, id));
            let mut table = IdTable::default();
            let mut reader = Reader::new(&out);
            prop_assert_eq!(read_ids(&mut reader, ids.len(), &mut table).unwrap(), 0);
            reader.end().unwrap();
            let read: Vec<Id<'_>> = (0..ids.len()).map(|number| table.get(number as u32)).collect();
            prop_assert_eq!(read, ids);
        }

        #[test]
        fn whole_ids_come_back_as_they_were_written(ids in prop::collection::vec((id_text(), any::<bool>()), 0..40)) {
            let mut table = IdTable::default();
            for (text, string) in &ids {
                table.push(if *string { Id::of_string(text) } else { Id::of_integer(text) });
            }
            let numbers: Vec<u32> = (0..ids.len() as u32).rev().collect();
            let mut out = Vec::new();
            write_whole_ids(&mut out, &numbers, &table);
            let mut back = IdTable::default();
            let mut reader = Reader::new(&out);
            prop_assert_eq!(read_whole_ids(&mut reader, ids.len(), &mut back).unwrap(), 0);
            reader.end().unwrap();
            for (at, &number) in numbers.iter().enumerate() {
                prop_assert_eq!(back.get(at as u32), table.get(number));
            }
        }

        #[test]
        fn texts_of_some_rows_come_back_to_their_rows(texts: Vec<Option<String>>) {
            let given = texts.iter().enumerate().filter_map(|(row, text)| Some((row, text.as_deref()?)));
            let mut out = Vec::new();
            write_sparse(&mut out, given.clone());
            let mut read = Vec::new();
            read_sparse(&mut Reader::new(&out), texts.len(), |row, text| read.push((row, text))).unwrap();
            prop_assert_eq!(read, given.collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_uuid_takes_17_bytes() {
        let mut out = Vec::new();
        IdWriter::default().write(&mut out, Id::of_string("0f8fad5b-d9cb-469f-a165-70867728950e"));
        assert_eq!(out.len(), 17);
    }
}
