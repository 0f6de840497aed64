//! What a kernel holds of the calls it works on: texts once in tables, calls as rows of numbers.

use crate::address::AddressTable;
use crate::error::{Error, Result};
use crate::id::IdTable;
use crate::texts::TextTable;

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
    /// The last moment at which a child of the call can start, ms: 1 ms after its end, because the
    /// child may by rounding end 1 ms before it starts.
    pub fn last_ms(&self) -> i64 {
        self.end_ms + 1
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
