//! Finished blocks that wait to be pulled.

use crate::kernel::Pulled;
use crate::memory::LARGE_BYTES;

/// Bytes of a frame before its block: cell, calls, length.
const FRAME_HEADER_BYTES: usize = 16;

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
        self.frames.extend_from_slice(&cell.to_le_bytes());
        self.frames.extend_from_slice(&calls.to_le_bytes());
        self.frames.extend_from_slice(&[0; 4]);
        let block = self.frames.len();
        encode(&mut self.frames);
        let length = (self.frames.len() - block) as u32;
        self.frames[block - 4..block].copy_from_slice(&length.to_le_bytes());
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
        while let Some(bytes) = first_frame(&waiting[end..]) {
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

/// Bytes of the first frame.
fn first_frame(frames: &[u8]) -> Option<usize> {
    let header: &[u8; FRAME_HEADER_BYTES] = frames.first_chunk()?;
    let [.., a, b, c, d] = *header;
    Some(FRAME_HEADER_BYTES + u32::from_le_bytes([a, b, c, d]) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(queue.pull(&mut vec![0; 2 * LARGE_BYTES]), Pulled::Filled(FRAME_HEADER_BYTES + bytes));
            assert_eq!(queue.memory_bytes() > 0, is_kept);
        }
    }
}
