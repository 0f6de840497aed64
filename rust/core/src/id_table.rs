//! Ids with numbers.

use crate::arena::Arena;
use crate::id::{Id, Kind};
use crate::packed_ids::PackedIds;

/// Many ids in one piece of memory, each with a number.
#[derive(Debug, Default)]
pub struct IdTable {
    bytes: Arena,
    entries: Vec<Entry>,
}

/// An id of a table: where its bytes begin, how many they are, and what they mean.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    begin: u32,
    length: u16,
    kind: Kind,
}

impl Entry {
    /// Kind and length in one integer, as a block holds them.
    #[inline]
    pub fn shape(&self) -> u32 {
        u32::from(self.length) << 2 | self.kind as u32
    }

    /// How many bytes the id has.
    pub fn length(&self) -> usize {
        usize::from(self.length)
    }
}

impl IdTable {
    /// Adds an id and returns its number.
    pub fn push(&mut self, id: Id<'_>) -> u32 {
        let (kind, bytes) = match &id {
            Id::Integer(text) => (Kind::Integer, *text),
            Id::Text(text) => (Kind::Text, *text),
            Id::Uuid(bytes) => (Kind::Uuid, bytes.as_slice()),
        };
        let begin = self.bytes.len() as u32;
        self.bytes.push(bytes, bytes.len());
        self.entries.push(Entry { begin, length: bytes.len() as u16, kind });
        self.entries.len() as u32 - 1
    }

    /// Adds the ids of a block, in order.
    pub fn extend(&mut self, ids: &PackedIds<'_>) {
        let mut begin = self.bytes.len() as u32;
        let bytes = &mut self.bytes;
        if ids.shared.is_empty() {
            bytes.push(ids.own, ids.own.len());
        } else {
            let mut rest = ids.own;
            for (_, length) in ids.shapes() {
                bytes.push(ids.shared, ids.shared.len());
                let length = length - ids.shared.len();
                bytes.push(rest, length);
                rest = &rest[length..];
            }
        }
        self.entries.extend(ids.shapes().map(|(kind, length)| {
            let entry = Entry { begin, length: length as u16, kind };
            begin += length as u32;
            entry
        }));
    }

    /// What is known of the id with this number.
    #[inline]
    pub fn entry(&self, number: u32) -> Entry {
        self.entries[number as usize]
    }

    /// The bytes of an id, as they are held here.
    #[inline]
    pub fn bytes_of(&self, entry: Entry) -> &[u8] {
        self.bytes.piece(entry.begin as usize, entry.length())
    }

    /// The bytes of an id and what follows them in memory, together a chunk at least.
    #[inline]
    pub fn bytes_from(&self, entry: Entry) -> &[u8] {
        self.bytes.from(entry.begin as usize)
    }

    /// The id with this number, which `push` gave.
    pub fn get(&self, number: u32) -> Id<'_> {
        let entry = self.entry(number);
        Id::of_bytes(entry.kind, self.bytes_of(entry))
    }

    /// Number of ids.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes of the ids, and of what is known of them.
    pub fn bytes(&self) -> usize {
        self.bytes.len() + self.entries.len() * size_of::<Entry>()
    }

    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.bytes.memory_bytes() + self.entries.capacity() * std::mem::size_of::<Entry>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_comes_back_by_its_number(
            texts in prop::collection::vec(
                prop_oneof!["[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "\\PC{0,40}"],
                1..20,
            )
        ) {
            let mut table = IdTable::default();
            let numbers: Vec<u32> = texts.iter().map(|text| table.push(Id::of_string(text))).collect();
            for (number, text) in numbers.into_iter().zip(&texts) {
                prop_assert_eq!(table.get(number), Id::of_string(text));
            }
        }
    }
}
