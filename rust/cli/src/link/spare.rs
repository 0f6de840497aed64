//! Memory that is used again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes that are kept for later: about what the outputs of one turn take.
const KEPT_BYTES: usize = 128 << 20;

/// Buffers that nobody uses. To give large ones back to the system and ask for them again costs more
/// than to fill them, so many are kept, but not those that a burst made larger than that. Clones share
/// the buffers.
#[derive(Clone, Debug, Default)]
pub struct Spare(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    buffers: Vec<Vec<u8>>,
    /// Of all buffers.
    bytes: usize,
}

impl Spare {
    /// An empty buffer.
    pub fn take(&self) -> Vec<u8> {
        let mut kept = self.kept();
        let buffer = kept.buffers.pop().unwrap_or_default();
        kept.bytes -= buffer.capacity();
        buffer
    }

    /// Takes a buffer back.
    pub fn give(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        let mut kept = self.kept();
        if kept.bytes + buffer.capacity() <= KEPT_BYTES {
            kept.bytes += buffer.capacity();
            kept.buffers.push(buffer);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_used_again_but_not_kept_beyond_a_limit() {
        let spare = Spare::default();
        let capacities = || std::iter::repeat_with(|| spare.take().capacity()).take_while(|&bytes| bytes > 0);
        (0..5).for_each(|_| spare.give(Vec::with_capacity(KEPT_BYTES / 4)));
        assert_eq!(capacities().sum::<usize>(), KEPT_BYTES);
        spare.give(Vec::with_capacity(KEPT_BYTES + 1));
        assert_eq!(capacities().count(), 0);
        spare.give(Vec::with_capacity(KEPT_BYTES));
        assert_eq!(capacities().sum::<usize>(), KEPT_BYTES);
    }
}
