//! The columns that blocks of both kinds have.

use super::bytes::{put, Reader};
use crate::address::{AddressTable, Spelling};
use crate::error::{Error, Result};
use crate::id::{Id, IdTable, MAX_ID_BYTES};

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
const UUID_CHARS: usize = 36;

/// Writes ids, each cut by the prefix that it shares with the one before it; UUIDs as 16 bytes.
#[derive(Debug, Default)]
pub struct IdWriter {
    previous: Vec<u8>,
}

impl IdWriter {
    /// Appends one id.
    pub fn write(&mut self, out: &mut Vec<u8>, id: Id<'_>) {
        let text = id.text.as_bytes();
        if let Some(uuid) = id.quoted.then(|| uuid_bytes(text)).flatten() {
            put(out, ID_UUID);
            out.extend_from_slice(&uuid);
        } else {
            let shared = self.previous.iter().zip(text).take_while(|(a, b)| a == b).count();
            put(out, (shared as u64) << 2 | if id.quoted { ID_TEXT } else { ID_INTEGER });
            put(out, (text.len() - shared) as u64);
            out.extend_from_slice(&text[shared..]);
        }
        self.previous.clear();
        self.previous.extend_from_slice(text);
    }
}

/// Reads `count` ids into `table`; returns the number of the first. The others follow it.
pub fn read_ids(reader: &mut Reader<'_>, count: usize, table: &mut IdTable) -> Result<u32> {
    let first = table.len() as u32;
    let mut text: Vec<u8> = Vec::with_capacity(MAX_ID_BYTES);
    for _ in 0..count {
        let head = reader.unsigned()?;
        if head == ID_UUID {
            text.clear();
            write_uuid(&mut text, &fixed(reader)?);
        } else {
            let shared = (head >> 2).min(u64::from(u32::MAX)) as usize;
            let bytes = reader.count(1)?;
            if shared > text.len() || shared + bytes > MAX_ID_BYTES || head & 3 > ID_TEXT {
                return Err(Error::corrupt("a block holds an id that no writer makes"));
            }
            text.truncate(shared);
            text.extend_from_slice(reader.take(bytes)?);
        }
        let text = std::str::from_utf8(&text)
            .map_err(|_| Error::corrupt("a block holds an id that is not UTF-8"))?;
        table.push(Id { text, quoted: head & 3 != ID_INTEGER });
    }
    Ok(first)
}

/// The 16 bytes of a UUID in its canonical spelling: lower case, hyphens after 8, 12, 16, 20 digits.
fn uuid_bytes(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != UUID_CHARS {
        return None;
    }
    let mut bytes = [0; 16];
    let mut digits = 0;
    for (place, &char) in text.iter().enumerate() {
        if is_hyphen_place(place) {
            if char != b'-' {
                return None;
            }
            continue;
        }
        let value = match char {
            b'0'..=b'9' => char - b'0',
            b'a'..=b'f' => char - b'a' + 10,
            _ => return None,
        };
        bytes[digits / 2] = bytes[digits / 2] << 4 | value;
        digits += 1;
    }
    Some(bytes)
}

fn write_uuid(out: &mut Vec<u8>, uuid: &[u8; 16]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for (place, byte) in uuid.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        out.push(HEX[usize::from(byte >> 4)]);
        out.push(HEX[usize::from(byte & 15)]);
    }
}

fn is_hyphen_place(place: usize) -> bool {
    matches!(place, 8 | 13 | 18 | 23)
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
            let mut out = Vec::new();
            let mut writer = IdWriter::default();
            for (text, quoted) in &ids {
                writer.write(&mut out, Id { text, quoted: *quoted });
            }
            let mut table = IdTable::default();
            let mut reader = Reader::new(&out);
            prop_assert_eq!(read_ids(&mut reader, ids.len(), &mut table).unwrap(), 0);
            reader.end().unwrap();
            for (number, (text, quoted)) in ids.iter().enumerate() {
                prop_assert_eq!(table.get(number as u32), Id { text, quoted: *quoted });
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
        IdWriter::default()
            .write(&mut out, Id { text: "0f8fad5b-d9cb-469f-a165-70867728950e", quoted: true });
        assert_eq!(out.len(), 17);
    }
}
