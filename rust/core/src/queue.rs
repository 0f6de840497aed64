//! Finished blocks that wait to be pulled.

use std::collections::VecDeque;

use crate::kernel::Pulled;

/// Bytes of a frame before its block: cell, calls, length.
const FRAME_HEADER_BYTES: usize = 16;

/// Blocks with their cells, first in, first out.
#[derive(Debug, Default)]
pub struct BlockQueue {
    frames: VecDeque<Frame>,
    bytes: usize,
}

#[derive(Debug)]
struct Frame {
    cell: i64,
    calls: u32,
    block: Vec<u8>,
}

impl BlockQueue {
    /// Appends a block of this cell with so many calls in their role as a child.
    pub fn push(&mut self, cell: i64, calls: u32, block: Vec<u8>) {
        self.bytes += block.len();
        self.frames.push_back(Frame { cell, calls, block });
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Drops what waits.
    pub fn clear(&mut self) {
        self.frames.clear();
        self.bytes = 0;
    }

    /// Bytes that wait.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Moves as many frames into `out` as fit.
    pub fn pull(&mut self, out: &mut [u8]) -> Pulled {
        let mut filled = 0;
        while let Some(frame) = self.frames.front() {
            let bytes = FRAME_HEADER_BYTES + frame.block.len();
            let Some(room) = out.get_mut(filled..filled + bytes) else {
                return if filled == 0 { Pulled::Needs(bytes) } else { Pulled::Filled(filled) };
            };
            room[..8].copy_from_slice(&frame.cell.to_le_bytes());
            room[8..12].copy_from_slice(&frame.calls.to_le_bytes());
            room[12..16].copy_from_slice(&(frame.block.len() as u32).to_le_bytes());
            room[16..].copy_from_slice(&frame.block);
            filled += bytes;
            self.bytes -= frame.block.len();
            self.frames.pop_front();
        }
        Pulled::Filled(filled)
    }
}
