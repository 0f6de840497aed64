//! The calls of all blocks of legs that were pushed for a bucket.

use super::{legs, Rows};
use crate::error::Result;
use crate::id_table::IdTable;
use crate::memory;
use crate::tables::{CallRow, Tables};

/// Calls in their two roles, with the tables that their addresses, ids and texts are numbers in.
#[derive(Debug, Default)]
pub struct PushedLegs {
    /// Addresses and texts.
    pub tables: Tables,
    /// Ids.
    pub ids: IdTable,
    /// Calls as children; of reports those that are not decided.
    pub children: Vec<CallRow>,
    /// Calls as parents; of reports those that are decided.
    pub parents: Vec<CallRow>,
    decoded: Rows,
    scratch: legs::Scratch,
}

impl PushedLegs {
    /// Adds the calls of a block of legs. After an error none of them is here.
    pub fn push(&mut self, block: &[u8]) -> Result<()> {
        legs::decode(block, &mut self.tables, &mut self.ids, &mut self.decoded, &mut self.scratch)?;
        self.take_decoded();
        Ok(())
    }

    /// Adds the calls of a block of legs, or of what Merge keeps, likewise.
    pub fn push_reports(&mut self, block: &[u8]) -> Result<()> {
        legs::decode_reports(block, &mut self.tables, &mut self.ids, &mut self.decoded, &mut self.scratch)?;
        self.take_decoded();
        Ok(())
    }

    fn take_decoded(&mut self) {
        let (children, parents) = self.decoded.calls.split_at(self.decoded.children);
        self.children.extend_from_slice(children);
        self.parents.extend_from_slice(parents);
    }

    /// The hash of the address of each spelling, which replace what is in `hashes`.
    pub fn hash_addresses(&self, hashes: &mut Vec<u64>) -> Result<()> {
        hashes.clear();
        for spelling in 0..self.tables.addresses.len() as u32 {
            hashes.push(self.tables.addresses.spelling(spelling).address()?.hash64());
        }
        Ok(())
    }

    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.tables.clear();
        self.ids.clear();
        self.children.clear();
        self.parents.clear();
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.tables.memory_bytes()
            + self.ids.memory_bytes()
            + self.decoded.memory_bytes()
            + memory::of_vec(&self.children)
            + memory::of_vec(&self.parents)
            + self.scratch.memory_bytes()
    }
}
