//! What a kernel holds of the calls it works on: texts once in tables, calls as rows of numbers.

use std::num::NonZeroU32;

use crate::address::AddressTable;
use crate::error::{Error, Result};
use crate::texts::TextTable;

/// Which side of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The call as it may be caused by others: at its `src_ip`.
    Child,
    /// The call as it may cause others: at its `dst_ip`.
    Parent,
}

/// A call, as numbers in the tables of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallRow {
    /// Start, ms since the epoch.
    pub start_ms: i64,
    /// End, ms since the epoch. 1 ms before the start at the earliest, by rounding.
    pub end_ms: i64,
    /// Number of its id.
    pub id: u32,
    /// Number of the spelling of `src_ip`.
    pub src: u32,
    /// Number of the spelling of `dst_ip`.
    pub dst: u32,
    /// Number of the text of `latency_msec`; `None` where it is `end - start`, and in a parent.
    pub latency: Option<NonZeroU32>,
    /// Number of the text of the fields to pass through: `"name":value,…`; `None` in a parent.
    pub extras: Option<NonZeroU32>,
}

impl CallRow {
    /// The last moment at which a child of the call can start, ms: 1 ms after its end, because the
    /// child may by rounding end 1 ms before it starts.
    pub fn last_ms(&self) -> i64 {
        self.end_ms + 1
    }
}

/// The texts that rows refer to, but for their ids. Cleared, not dropped, between cells.
#[derive(Debug, Default)]
pub struct Tables {
    /// Spellings of addresses.
    pub addresses: AddressTable,
    /// Latencies and passed-through fields.
    pub texts: TextTable,
}

impl Tables {
    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.addresses.clear();
        self.texts.clear();
    }

    /// An error if no more may be added, here or to ids of so many bytes.
    pub fn check_room(&self, id_bytes: usize) -> Result<()> {
        // Offsets have 32 bits. Far above what memory allows.
        const MAX_BYTES: usize = 1 << 31;
        if id_bytes.max(self.texts.bytes()) > MAX_BYTES {
            return Err(Error::corrupt(
                "one time bucket holds more than 2 GiB of ids: use a smaller bucket-ms",
            ));
        }
        Ok(())
    }

    /// Bytes held, about.
    pub fn memory_bytes(&self) -> usize {
        self.addresses.memory_bytes() + self.texts.memory_bytes()
    }
}
