//! Blocks from Route to Link: the legs of one cell. Those that Merge keeps have the same form.
//!
//! ```text
//! rows (see the module `rows`)   an id for each row
//! ```

use super::bytes::Reader;
use super::ids;
use super::rows::{self, Rows};
use super::{begin, is_of, open, seal, Kind};
use crate::error::Result;
use crate::id_table::IdTable;
use crate::tables::Tables;

/// The versions that are read; the last is written.
pub const VERSIONS: [u8; 1] = [1];

/// Memory to reuse between blocks.
#[derive(Debug, Default)]
pub struct Scratch {
    rows: rows::Scratch,
    ids: Vec<u32>,
    column: Vec<u32>,
}

impl Scratch {
    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.rows.memory_bytes() + (self.ids.capacity() + self.column.capacity()) * 4
    }
}

/// Appends these legs as a block.
pub fn encode(out: &mut Vec<u8>, legs: &Rows, tables: &Tables, table: &IdTable, scratch: &mut Scratch) {
    encode_as(Kind::Legs, out, legs, tables, table, scratch);
}

/// Appends calls that Merge keeps as a block.
pub fn encode_reports(
    out: &mut Vec<u8>,
    calls: &Rows,
    tables: &Tables,
    table: &IdTable,
    scratch: &mut Scratch,
) {
    encode_as(Kind::Reports, out, calls, tables, table, scratch);
}

fn encode_as(
    kind: Kind,
    out: &mut Vec<u8>,
    legs: &Rows,
    tables: &Tables,
    table: &IdTable,
    scratch: &mut Scratch,
) {
    let start = begin(out, kind);
    rows::write(out, legs, tables, &mut scratch.rows);
    scratch.ids.clear();
    scratch.ids.extend(legs.calls.iter().map(|call| call.id));
    ids::write(out, &scratch.ids, table, &mut scratch.column);
    seal(out, start);
}

/// Reads a block of legs into `legs`, in place of what is there, and their texts into the tables.
pub fn decode(
    block: &[u8],
    tables: &mut Tables,
    ids: &mut IdTable,
    legs: &mut Rows,
    scratch: &mut Scratch,
) -> Result<()> {
    decode_as(Kind::Legs, block, tables, ids, legs, scratch)
}

/// Reads a block of legs or of what Merge keeps, likewise.
pub fn decode_reports(
    block: &[u8],
    tables: &mut Tables,
    ids: &mut IdTable,
    legs: &mut Rows,
    scratch: &mut Scratch,
) -> Result<()> {
    let kind = if is_of(block, Kind::Reports) { Kind::Reports } else { Kind::Legs };
    decode_as(kind, block, tables, ids, legs, scratch)
}

fn decode_as(
    kind: Kind,
    block: &[u8],
    tables: &mut Tables,
    ids: &mut IdTable,
    legs: &mut Rows,
    scratch: &mut Scratch,
) -> Result<()> {
    tables.check_room(ids.bytes())?;
    match open(block, kind)? {
        (1, reader) => decode_1(reader, tables, ids, legs, scratch),
        (version, _) => Err(kind.unknown_version(version)),
    }
}

fn decode_1<'a>(
    mut reader: Reader<'a>,
    tables: &mut Tables,
    ids: &mut IdTable,
    legs: &mut Rows,
    scratch: &'a mut Scratch,
) -> Result<()> {
    rows::read(&mut reader, tables, legs, &mut scratch.rows)?;
    let first = ids.len() as u32;
    ids.extend(&ids::read(&mut reader, legs.calls.len(), &mut scratch.column)?);
    for (call, id) in legs.calls.iter_mut().zip(first..) {
        call.id = id;
    }
    reader.end()
}
