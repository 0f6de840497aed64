//! The id of a call, as it was written.

use std::cmp::Ordering;

use xxhash_rust::xxh3::xxh3_64;

use crate::texts::TextTable;

/// The longest id, bytes as written in the JSON, without quotes.
pub const MAX_ID_BYTES: usize = 256;

/// The text between the quotes of a JSON string, or a JSON integer, byte for byte.
///
/// Ordered by the bytes of the text; `7` stands before `"7"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Id<'a> {
    /// The text as written, without quotes.
    pub text: &'a str,
    /// Whether it stands in quotes.
    pub quoted: bool,
}

impl Id<'_> {
    /// The group of this id among `groups`. Part of the state: the same in every version.
    pub fn group(&self, groups: u32) -> u32 {
        (xxh3_64(self.text.as_bytes()) % u64::from(groups)) as u32
    }

    /// Appends the id as the JSON value that it was.
    pub fn write(&self, out: &mut Vec<u8>) {
        if self.quoted {
            out.push(b'"');
        }
        out.extend_from_slice(self.text.as_bytes());
        if self.quoted {
            out.push(b'"');
        }
    }
}

impl Ord for Id<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.text.as_bytes(), self.quoted).cmp(&(other.text.as_bytes(), other.quoted))
    }
}

impl PartialOrd for Id<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Many ids in one piece of memory, each with a number.
#[derive(Debug, Default)]
pub struct IdTable {
    texts: TextTable,
    quoted: Vec<bool>,
}

impl IdTable {
    /// Adds an id and returns its number.
    pub fn push(&mut self, id: Id<'_>) -> u32 {
        self.quoted.push(id.quoted);
        self.texts.push(id.text)
    }

    /// The id with this number, which `push` gave.
    pub fn get(&self, number: u32) -> Id<'_> {
        Id { text: self.texts.get(number), quoted: self.quoted[number as usize] }
    }

    /// Number of ids.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is no id.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Bytes of text.
    pub fn bytes(&self) -> usize {
        self.texts.bytes()
    }

    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.texts.clear();
        self.quoted.clear();
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.texts.memory_bytes() + self.quoted.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ordered_by_the_bytes_of_their_text() {
        let id = |text, quoted| Id { text, quoted };
        let mut ids =
            [id("b", true), id("a!", true), id("a", true), id("10", false), id("10", true), id("é", true)];
        ids.sort();
        let texts: Vec<_> = ids.iter().map(|i| (i.text, i.quoted)).collect();
        assert_eq!(texts, [("10", false), ("10", true), ("a", true), ("a!", true), ("b", true), ("é", true)]);
    }
}
