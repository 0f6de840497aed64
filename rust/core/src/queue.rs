//! Finished blocks that wait to be pulled.

use crate::kernel::Pulled;
use crate::memory::LARGE_BYTES;
use crate::wire::frames::{first_block_bytes, write_block};

/// Blocks with their cells, first in, first out, as frames in one piece of memory.
#[derive(Debug, Default)]
pub struct BlockQueue {
    frames: Vec<u8>,
    /// Where the first frame begins that was not pulled yet.
    next: usize,
}

impl BlockQueue {
    /// Appends the block that `encode` writes, of this cell with so many calls in their role as a
    /// child.
    pub fn push(&mut self, cell: i64, calls: u32, encode: impl FnOnce(&mut Vec<u8>)) {
        write_block(&mut self.frames, cell, calls, encode);
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.next == self.frames.len()
    }

    /// Drops what waits. Keeps the memory unless it is large: Route may go on for long without a moment at
    /// which it could give up all of its memory.
    pub fn clear(&mut self) {
        self.frames.clear();
        if self.frames.capacity() > LARGE_BYTES {
            self.frames = Vec::new();
        }
        self.next = 0;
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.frames.capacity()
    }

    /// Moves as many frames into `out` as fit.
    pub fn pull(&mut self, out: &mut [u8]) -> Pulled {
        let waiting = &self.frames[self.next..];
        let mut end = 0;
        while let Some(bytes) = first_block_bytes(&waiting[end..]) {
            if end + bytes > out.len() {
                if end == 0 {
                    return Pulled::Needs(bytes);
                }
                break;
            }
            end += bytes;
        }
        out[..end].copy_from_slice(&waiting[..end]);
        self.next += end;
        if self.is_empty() {
            self.clear();
        }
        Pulled::Filled(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::frames::BLOCK_HEADER_BYTES;

    #[test]
    fn whole_frames_are_pulled_in_order() {
        let mut queue = BlockQueue::default();
        for cell in 0..5u8 {
            queue.push(i64::from(cell), 1, |out| out.extend(std::iter::repeat_n(cell, 10)));
        }
        let mut out = [0; 60];
        assert_eq!(queue.pull(&mut out[..25]), Pulled::Needs(26));
        assert_eq!(queue.pull(&mut out), Pulled::Filled(52));
        assert_eq!((out[0], out[16], out[26], out[51]), (0, 0, 1, 1));
        assert_eq!(queue.pull(&mut out), Pulled::Filled(52));
        assert_eq!(queue.pull(&mut out), Pulled::Filled(26));
        assert!(queue.is_empty());
        assert_eq!(queue.pull(&mut out), Pulled::Filled(0));
    }

    #[test]
    fn memory_of_a_large_output_is_not_kept() {
        let mut queue = BlockQueue::default();
        for (bytes, is_kept) in [(1 << 20, true), (LARGE_BYTES, false)] {
            queue.push(0, 0, |out| out.resize(out.len() + bytes, 0));
            assert_eq!(queue.pull(&mut vec![0; 2 * LARGE_BYTES]), Pulled::Filled(BLOCK_HEADER_BYTES + bytes));
            assert_eq!(queue.memory_bytes() > 0, is_kept);
        }
    }
}
