//! What is carried of a call for its record alone: id, addresses and latency as they were written.
//!
//! ```text
//! four times the length of the id plus its kind: unsigned   the id
//! src, dst: a byte 4 and four octets, 6 and sixteen, or 0, length and text
//! length of the latency: unsigned, 0 where it is end less start   its text
//! ```

use super::bytes::{put, Reader};
use crate::address::Spelling;
use crate::error::{Error, Result};
use crate::id::{Id, Kind, MAX_ID_BYTES};

const V4: u8 = 4;
const V6: u8 = 6;
const TEXT: u8 = 0;

/// How a call's texts were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsWritten<'a> {
    /// Its id.
    pub id: Id<'a>,
    /// Where it came from.
    pub src: Spelling<'a>,
    /// Where it went.
    pub dst: Spelling<'a>,
    /// Its latency where that says more than end less start, ms.
    pub latency: Option<&'a str>,
}

impl<'a> AsWritten<'a> {
    /// Appends it.
    pub fn write(&self, out: &mut Vec<u8>) {
        put_id(out, self.id);
        for address in [self.src, self.dst] {
            match address {
                Spelling::V4(octets) => {
                    out.push(V4);
                    out.extend_from_slice(&octets);
                }
                Spelling::V6(octets) => {
                    out.push(V6);
                    out.extend_from_slice(&octets);
                }
                Spelling::Text(text) => {
                    out.push(TEXT);
                    put_text(out, text);
                }
            }
        }
        put_text(out, self.latency.unwrap_or_default());
    }

    /// Reads what [`write`](Self::write) wrote; nothing may follow it.
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let written = AsWritten {
            id: read_id(&mut reader)?,
            src: read_address(&mut reader)?,
            dst: read_address(&mut reader)?,
            latency: Some(read_text(&mut reader)?).filter(|text| !text.is_empty()),
        };
        reader.end()?;
        Ok(written)
    }
}

/// Appends an id with its length and kind.
pub(super) fn put_id(out: &mut Vec<u8>, id: Id<'_>) {
    let (kind, id) = match &id {
        Id::Integer(text) => (Kind::Integer, *text),
        Id::Text(text) => (Kind::Text, *text),
        Id::Uuid(bytes) => (Kind::Uuid, bytes.as_slice()),
    };
    put(out, (id.len() as u64) << 2 | kind as u64);
    out.extend_from_slice(id);
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn read_text<'a>(reader: &mut Reader<'a>) -> Result<&'a str> {
    let bytes = reader.count(1)?;
    reader.text(bytes)
}

/// Reads what [`put_id`] wrote.
pub(super) fn read_id<'a>(reader: &mut Reader<'a>) -> Result<Id<'a>> {
    let odd = || Error::corrupt("a block holds an id that no writer makes");
    let shape = reader.unsigned()?;
    let bytes = usize::try_from(shape >> 2).unwrap_or(usize::MAX);
    if bytes > MAX_ID_BYTES {
        return Err(odd());
    }
    match shape & 3 {
        kind if kind == Kind::Integer as u64 => Ok(Id::Integer(reader.text(bytes)?.as_bytes())),
        kind if kind == Kind::Text as u64 => Ok(Id::Text(reader.text(bytes)?.as_bytes())),
        kind if kind == Kind::Uuid as u64 && bytes == 16 => Ok(Id::Uuid(reader.fixed()?)),
        _ => Err(odd()),
    }
}

fn read_address<'a>(reader: &mut Reader<'a>) -> Result<Spelling<'a>> {
    match reader.byte()? {
        V4 => Ok(Spelling::V4(reader.fixed()?)),
        V6 => Ok(Spelling::V6(reader.fixed()?)),
        TEXT => Ok(Spelling::Text(read_text(reader)?)),
        kind => Err(Error::corrupt(format!("a block holds an address of unknown kind {kind}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn texts_come_back_as_they_were_written(
            id in "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\\PC{0,64}",
            is_string: bool,
            v4: [u8; 4],
            v6: [u8; 16],
            name in "\\PC{0,20}",
            latency in prop::option::of("[0-9]{1,4}\\.[0-9]{1,3}"),
        ) {
            let id = if is_string { Id::of_string(&id) } else { Id::of_integer(&id) };
            for (src, dst) in [
                (Spelling::V4(v4), Spelling::V6(v6)),
                (Spelling::Text(&name), Spelling::V4(v4)),
                (Spelling::V6(v6), Spelling::Text(&name)),
            ] {
                let written = AsWritten { id, src, dst, latency: latency.as_deref() };
                let mut bytes = Vec::new();
                written.write(&mut bytes);
                prop_assert_eq!(AsWritten::read(&bytes).unwrap(), written);
                for cut in 0..bytes.len() {
                    prop_assert!(AsWritten::read(&bytes[..cut]).is_err());
                }
            }
        }

        #[test]
        fn bytes_that_nobody_wrote_do_no_harm(bytes: Vec<u8>) {
            let _ = AsWritten::read(&bytes);
        }
    }
}
