//! Ids as they stand in the lists of a result.

use crate::arena::Arena;
use crate::id::{uuid_text, Kind, UUID_CHARS};
use crate::packed_ids::PackedIds;

/// Many ids as they are written into many lists: integers and the texts of strings.
#[derive(Debug, Default)]
pub struct JsonIds {
    bytes: Arena,
    entries: Vec<Entry>,
    longest: usize,
}

/// An id: where its text begins, how long it is, and whether it stands in quotes.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    begin: u32,
    length: u16,
    quotes: u8,
}

impl Entry {
    /// Bytes of the text.
    #[inline]
    pub fn length(&self) -> usize {
        usize::from(self.length)
    }

    /// 1 where the id is a string, else 0: how many quotes stand on either side.
    #[inline]
    pub fn quotes(&self) -> usize {
        usize::from(self.quotes)
    }
}

impl JsonIds {
    /// Adds the ids of a block, in order.
    pub fn extend(&mut self, ids: &PackedIds<'_>) {
        let mut begin = self.bytes.len() as u32;
        if ids.shared.is_empty() && !ids.has_uuids {
            self.bytes.push(ids.own, ids.own.len());
        } else {
            self.push_each(ids);
        }
        let longest = &mut self.longest;
        self.entries.extend(ids.shapes().map(|(kind, length)| {
            let length = if kind == Kind::Uuid { UUID_CHARS } else { length };
            let entry = Entry { begin, length: length as u16, quotes: u8::from(kind != Kind::Integer) };
            *longest = length.max(*longest);
            begin += length as u32;
            entry
        }));
    }

    fn push_each(&mut self, ids: &PackedIds<'_>) {
        let mut rest = ids.own;
        for (kind, length) in ids.shapes() {
            let length = length - ids.shared.len();
            if kind == Kind::Uuid {
                let mut uuid = [0; 16];
                let (shared, own) = uuid.split_at_mut(ids.shared.len());
                shared.copy_from_slice(ids.shared);
                own.copy_from_slice(&rest[..length]);
                self.bytes.push(&uuid_text(&uuid), UUID_CHARS);
            } else {
                self.bytes.push(ids.shared, ids.shared.len());
                self.bytes.push(rest, length);
            }
            rest = &rest[length..];
        }
    }

    /// What is known of the id with this number.
    #[inline]
    pub fn entry(&self, number: u32) -> Entry {
        self.entries[number as usize]
    }

    /// The text of an id, without quotes.
    pub fn text(&self, entry: Entry) -> &[u8] {
        self.bytes.piece(entry.begin as usize, entry.length())
    }

    /// The text of an id and what follows it in memory, together a chunk at least.
    #[inline]
    pub fn text_from(&self, entry: Entry) -> &[u8] {
        self.bytes.from(entry.begin as usize)
    }

    /// What tells the id from others: its text, and whether it is a string.
    pub fn key(&self, number: u32) -> (&[u8], u8) {
        let entry = self.entry(number);
        (self.text(entry), entry.quotes)
    }

    /// Bytes of the longest id with quotes and a comma.
    pub fn longest(&self) -> usize {
        self.longest + 3
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
