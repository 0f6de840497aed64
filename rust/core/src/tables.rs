//! What a kernel holds of the calls it works on: texts once in tables, calls as rows of numbers.

use crate::address::AddressTable;
use crate::error::{Error, Result};
use crate::id::IdTable;

/// Which side of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The call as it may be caused by others: at its `src_ip`.
    Child,
    /// The call as it may cause others: at its `dst_ip`.
    Parent,
}

/// A call, as numbers in the [`Tables`] of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallRow {
    /// Number of its id.
    pub id: u32,
    /// Start, ms since the epoch.
    pub start_ms: i64,
    /// End, ms since the epoch. 1 ms before the start at the earliest, by rounding.
    pub end_ms: i64,
    /// Number of the spelling of `src_ip`.
    pub src: u32,
    /// Number of the spelling of `dst_ip`.
    pub dst: u32,
    /// Number of the text of `latency_msec`; `None` where it is `end - start`.
    pub latency: Option<u32>,
    /// Number of the text of the fields to pass through: `"name":value,…`.
    pub extras: Option<u32>,
}

impl CallRow {
    /// The last moment of the call, ms: when all its children have started.
    pub fn last_ms(&self) -> i64 {
        self.start_ms.max(self.end_ms)
    }
}

/// The texts that rows refer to. Cleared, not dropped, between cells.
#[derive(Debug, Default)]
pub struct Tables {
    /// Ids.
    pub ids: IdTable,
    /// Spellings of addresses.
    pub addresses: AddressTable,
    /// Latencies and passed-through fields.
    pub texts: TextTable,
}

impl Tables {
    /// Texts above this are refused: their offsets have 32 bits. Far above what memory allows.
    const MOST_BYTES: usize = 1 << 31;

    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.addresses.clear();
        self.texts.clear();
    }

    /// An error if no more may be added.
    pub fn check_room(&self) -> Result<()> {
        if self.ids.bytes().max(self.texts.bytes()) > Self::MOST_BYTES {
            return Err(Error::corrupt(
                "one cell holds more than 2 GiB of ids: use a smaller bucket-ms or more ip-groups",
            ));
        }
        Ok(())
    }

    /// Bytes held, about.
    pub fn memory_bytes(&self) -> usize {
        self.ids.memory_bytes() + self.addresses.memory_bytes() + self.texts.memory_bytes()
    }
}

/// Many texts in one piece of memory, each with a number.
#[derive(Debug, Default)]
pub struct TextTable {
    text: String,
    ends: Vec<u32>,
}

impl TextTable {
    /// Adds a text and returns its number.
    pub fn push(&mut self, text: &str) -> u32 {
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        self.ends.len() as u32 - 1
    }

    /// The text with this number, which `push` gave.
    pub fn get(&self, number: u32) -> &str {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, |previous| self.ends[previous]);
        &self.text[start as usize..self.ends[number] as usize]
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of text.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * 4
    }
}

/// Gives the numbers of a table new ones by order of first use: the dictionary of one block.
///
/// Starting anew costs nothing however large the table is.
#[derive(Debug, Default)]
pub struct Renumbering {
    round: u32,
    /// Per number of the table: the round of its last use and its new number then.
    given: Vec<(u32, u32)>,
    order: Vec<u32>,
}

impl Renumbering {
    /// Forgets all, for a table of `len` entries.
    pub fn begin(&mut self, len: usize) {
        self.order.clear();
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.given.clear();
            self.round = 1;
        }
        if self.given.len() < len {
            self.given.resize(len, (0, 0));
        }
    }

    /// The new number, and whether it was given just now.
    pub fn number(&mut self, old: u32) -> (u32, bool) {
        let given = &mut self.given[old as usize];
        if given.0 == self.round {
            return (given.1, false);
        }
        *given = (self.round, self.order.len() as u32);
        self.order.push(old);
        (given.1, true)
    }

    /// The old numbers in order of the new ones.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.given.capacity() * 8 + self.order.capacity() * 4
    }
}
