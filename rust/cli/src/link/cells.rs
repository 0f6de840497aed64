//! The blocks that wait for the watermark, by cell.

use std::collections::BTreeMap;

use callweave_core::cell::CellLayout;
use callweave_core::error::Result;
use callweave_core::wire::frames::{blocks, BlockFrame};

/// The blocks of one cell.
pub struct Cell {
    /// Its key.
    pub key: i64,
    /// Its blocks, in order of arrival.
    pub blocks: Vec<Box<[u8]>>,
}

/// Blocks by cell, in order of their buckets.
pub struct Cells {
    layout: CellLayout,
    blocks: BTreeMap<i64, Vec<Box<[u8]>>>,
}

impl Cells {
    /// No blocks yet, on this layout.
    pub fn new(layout: CellLayout) -> Self {
        Self { layout, blocks: BTreeMap::new() }
    }

    /// Adds the blocks of a kernel's output.
    ///
    /// # Errors
    /// When the output is damaged.
    pub fn add(&mut self, frames: &[u8]) -> Result<()> {
        for frame in blocks(frames) {
            let BlockFrame { cell, block, .. } = frame?;
            self.push(cell, block);
        }
        Ok(())
    }

    /// Adds a block to a cell.
    pub fn push(&mut self, cell: i64, block: &[u8]) {
        self.blocks.entry(cell).or_default().push(block.into());
    }

    /// Removes the cells of the first buckets that a watermark closes, whole buckets of about
    /// `limit` bytes, with the last moment of the last bucket. `None` when there is no more.
    pub fn take_due(&mut self, watermark_ms: i64, limit: usize) -> Option<(Vec<Cell>, i64)> {
        let mut due = Vec::new();
        let mut bytes = 0;
        let mut last = None;
        while let Some(first) = self.blocks.first_entry() {
            let bucket = self.layout.bucket_of(*first.key());
            let is_full = bytes >= limit && last != Some(bucket);
            if is_full || self.layout.last_ms(bucket) > watermark_ms {
                break;
            }
            let (key, blocks) = first.remove_entry();
            bytes += blocks.iter().map(|block| block.len()).sum::<usize>();
            due.push(Cell { key, blocks });
            last = Some(bucket);
        }
        last.map(|bucket| (due, self.layout.last_ms(bucket)))
    }

    /// The bucket of one of these cells.
    pub fn bucket_of(&self, cell: &Cell) -> i64 {
        self.layout.bucket_of(cell.key)
    }
}
