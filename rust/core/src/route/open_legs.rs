//! Calls cut into legs, and these into blocks by cell.

use super::cells::OpenCells;
use crate::block::{legs, Rows};
use crate::cell::CellLayout;
use crate::id_table::IdTable;
use crate::queue::BlockQueue;
use crate::tables::{CallRow, Role, Tables};

/// Legs of one cell that make a block.
const LEGS_PER_BLOCK: usize = 4096;

/// The legs of calls, by cell, until they are written.
#[derive(Debug)]
pub struct OpenLegs {
    layout: CellLayout,
    cells: OpenCells,
    rows: Rows,
    scratch: legs::Scratch,
}

/// The calls that have the legs, what they refer to, and where their blocks go.
#[derive(Debug)]
pub struct Calls<'a> {
    pub rows: &'a [CallRow],
    pub tables: &'a Tables,
    pub ids: &'a IdTable,
    pub queue: &'a mut BlockQueue,
}

impl OpenLegs {
    pub fn new(layout: CellLayout) -> Self {
        OpenLegs {
            layout,
            cells: OpenCells::default(),
            rows: Rows::default(),
            scratch: legs::Scratch::default(),
        }
    }

    /// Adds the leg that a call has as a child, where its `src_ip` is in this group.
    #[inline]
    pub fn add_child(&mut self, number: u32, src_group: u32, calls: &mut Calls<'_>) {
        let bucket = self.layout.bucket(calls.rows[number as usize].start_ms);
        self.add(self.layout.cell(bucket, src_group), number, Role::Child, calls);
    }

    /// Adds the legs that a call has as a parent, where its `dst_ip` is in this group.
    #[inline]
    pub fn add_parents(&mut self, number: u32, dst_group: u32, calls: &mut Calls<'_>) {
        let call = &calls.rows[number as usize];
        for bucket in self.layout.bucket(call.start_ms)..=self.layout.bucket(call.last_ms()) {
            self.add(self.layout.cell(bucket, dst_group), number, Role::Parent, calls);
        }
    }

    #[inline]
    fn add(&mut self, cell: i64, number: u32, role: Role, calls: &mut Calls<'_>) {
        if self.cells.add(cell, number, role) == LEGS_PER_BLOCK {
            self.write_block(cell, calls);
        }
    }

    /// Closes the blocks of all cells that a watermark of `watermark_ms` fires (`i64::MAX`: of all cells).
    /// Cells that stay open cost nothing.
    pub fn close(&mut self, watermark_ms: i64, calls: &mut Calls<'_>) {
        let layout = self.layout;
        let is_due = |&cell: &i64| layout.last_ms(layout.bucket_of(cell)) <= watermark_ms;
        while let Some(cell) = self.cells.first().filter(is_due) {
            self.write_block(cell, calls);
            self.cells.close(cell);
        }
    }

    /// Writes a block of the legs of a cell and forgets them.
    fn write_block(&mut self, cell: i64, calls: &mut Calls<'_>) {
        let OpenLegs { cells, rows, scratch, .. } = self;
        rows.children = cells.take(cell, calls.rows, &mut rows.calls);
        if !rows.calls.is_empty() {
            let (tables, ids) = (calls.tables, calls.ids);
            let children = rows.children as u32;
            calls.queue.push(cell, children, |out| legs::encode(out, rows, tables, ids, scratch));
        }
    }

    /// Whether no cell is open.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Bytes of legs in use.
    #[inline]
    pub fn bytes(&self) -> usize {
        self.cells.bytes()
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.cells.memory_bytes() + self.rows.memory_bytes() + self.scratch.memory_bytes()
    }
}
