//! Ids as they stand in the lists of a result.

use crate::arena::{Arena, CHUNK};
use crate::id::{uuid_text, Kind, UUID_CHARS};
use crate::packed_ids::PackedIds;

/// Many ids as they are written into many lists: as JSON, each with a comma behind it.
#[derive(Debug, Default)]
pub struct JsonIds {
    bytes: Arena,
    entries: Vec<Entry>,
    longest: usize,
}

/// An id: where its JSON begins, how long that is with the comma, and whether it is a string.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    begin: u32,
    json_length: u16,
    quotes: u8,
}

impl Entry {
    /// Bytes of the text.
    #[inline]
    pub fn length(&self) -> usize {
        self.json_length() - 2 * self.quotes() - 1
    }

    /// Bytes of the JSON with the comma.
    #[inline]
    pub fn json_length(&self) -> usize {
        usize::from(self.json_length)
    }

    /// 1 where the id is a string, else 0: how many quotes stand on either side.
    #[inline]
    pub fn quotes(&self) -> usize {
        usize::from(self.quotes)
    }
}

/// What stands behind the text of an id, by the number of quotes.
const ENDS: [[u8; 2]; 2] = [*b", ", *b"\","];
/// Bytes that are written for the JSON of an id of up to a chunk, of which the last are written over.
const SHORT: usize = 2 * CHUNK + 1;

impl JsonIds {
    /// Adds the ids of a block, in order.
    pub fn extend(&mut self, ids: &PackedIds<'_>) {
        let Self { bytes, entries, longest } = self;
        let (first, beside) = (bytes.len(), ids.shared.len() + UUID_CHARS + 3);
        let begins_with = padded(ids.shared);
        bytes.push_by(ids.own.len() + ids.shapes().len() * beside, |room| {
            let (mut at, mut rest) = (0, ids.own);
            entries.extend(ids.shapes().map(|(kind, length)| {
                let quotes = usize::from(kind != Kind::Integer);
                let (own, others) = rest.split_at(length - ids.shared.len());
                let json_length = match (rest.first_chunk(), room[at..].first_chunk_mut()) {
                    (Some(own), Some(room)) if length <= CHUNK && kind != Kind::Uuid => {
                        write_short(room, &[&begins_with, own], ids.shared.len(), length, quotes)
                    }
                    _ => write_any(&mut room[at..], &[ids.shared, own], kind, quotes),
                };
                let begin = (first + at) as u32;
                rest = others;
                at += json_length;
                *longest = json_length.max(*longest);
                Entry { begin, json_length: json_length as u16, quotes: quotes as u8 }
            }));
            at
        });
    }

    /// What is known of the id with this number.
    #[inline]
    pub fn entry(&self, number: u32) -> Entry {
        self.entries[number as usize]
    }

    /// The text of an id, without quotes.
    pub fn text(&self, entry: Entry) -> &[u8] {
        self.bytes.piece(entry.begin as usize + entry.quotes(), entry.length())
    }

    /// The text of an id and what follows it in memory, together a chunk at least.
    #[inline]
    pub fn text_from(&self, entry: Entry) -> &[u8] {
        self.bytes.from(entry.begin as usize + entry.quotes())
    }

    /// The JSON of an id with a comma behind it, and what follows it in memory, together a chunk at least.
    #[inline]
    pub fn json_from(&self, entry: Entry) -> &[u8] {
        self.bytes.from(entry.begin as usize)
    }

    /// What tells the id from others: its text, and whether it is a string.
    pub fn key(&self, number: u32) -> (&[u8], u8) {
        let entry = self.entry(number);
        (self.text(entry), entry.quotes)
    }

    /// Bytes of the longest JSON of an id, with the comma.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Number of ids.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes of all ids.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
        self.longest = 0;
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.bytes.memory_bytes() + self.entries.capacity() * std::mem::size_of::<Entry>()
    }
}

/// The first chunk of this, with zeros behind it where it is shorter.
fn padded(bytes: &[u8]) -> [u8; CHUNK] {
    let mut padded = [0; CHUNK];
    padded.iter_mut().zip(bytes).for_each(|(to, &byte)| *to = byte);
    padded
}

/// Writes an id of up to a chunk, of which `begin` bytes are those that all ids begin with; by the same instructions
/// for a string and an integer, since which of them it is can be as good as random. Returns the length.
#[inline(always)]
fn write_short(
    to: &mut [u8; SHORT],
    [shared, own]: &[&[u8; CHUNK]; 2],
    begin: usize,
    length: usize,
    quotes: usize,
) -> usize {
    to[0] = b'"';
    if begin > 0 {
        to[quotes..][..CHUNK].copy_from_slice(*shared);
    }
    to[quotes + begin..][..CHUNK].copy_from_slice(*own);
    to[quotes + length..][..2].copy_from_slice(&ENDS[quotes]);
    json_length(length, quotes)
}

/// Writes any id, of what all begin with and what is its own; returns the length.
fn write_any(to: &mut [u8], [shared, own]: &[&[u8]; 2], kind: Kind, quotes: usize) -> usize {
    let text = &mut to[quotes..];
    let length = if kind == Kind::Uuid {
        let mut uuid = [0; 16];
        uuid[..shared.len()].copy_from_slice(shared);
        uuid[shared.len()..].copy_from_slice(own);
        text[..UUID_CHARS].copy_from_slice(&uuid_text(&uuid));
        UUID_CHARS
    } else {
        text[..shared.len()].copy_from_slice(shared);
        text[shared.len()..][..own.len()].copy_from_slice(own);
        shared.len() + own.len()
    };
    to[..quotes].fill(b'"');
    to[quotes + length..][..=quotes].copy_from_slice(&ENDS[quotes][..=quotes]);
    json_length(length, quotes)
}

/// Bytes of the JSON of an id, with the comma.
#[inline]
fn json_length(length: usize, quotes: usize) -> usize {
    length + 2 * quotes + 1
}
