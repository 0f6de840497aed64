//! Blocks from Route to Link: the legs of one cell.
//!
//! ```text
//! rows (see the module `rows`), ids one per row
//! ```

use super::bytes::Reader;
use super::columns::{read_ids, IdWriter};
use super::rows::{self, RoleRow};
use super::{begin, open, seal, Kind};
use crate::error::Result;
use crate::renumbering::Renumbering;
use crate::tables::Tables;

/// Writes these legs as a block. `scratch` is only memory to reuse.
pub fn encode(legs: &[RoleRow], tables: &Tables, scratch: &mut Renumbering) -> Vec<u8> {
    let mut block = begin(Kind::Legs);
    rows::write(&mut block, legs, tables, scratch);
    let mut ids = IdWriter::default();
    for (_, row) in legs {
        ids.write(&mut block, tables.ids.get(row.id));
    }
    seal(block)
}

/// Reads a block of legs into `legs`, in place of what is there, and their texts into `tables`.
pub fn decode(block: &[u8], tables: &mut Tables, legs: &mut Vec<RoleRow>) -> Result<()> {
    let mut reader: Reader<'_> = open(block, Kind::Legs)?;
    rows::read(&mut reader, tables, legs)?;
    let first = read_ids(&mut reader, legs.len(), &mut tables.ids)?;
    for ((_, row), id) in legs.iter_mut().zip(first..) {
        row.id = id;
    }
    reader.end()
}
