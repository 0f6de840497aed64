//! Many short pieces of bytes in one piece of memory.

/// Bytes that are copied at once: a copy of a fixed size costs a fraction of any other, and most ids
/// are no longer.
pub const CHUNK: usize = 16;

/// Of a copy of a length above a chunk: the JSON of a UUID.
const LONG_CHUNK: usize = 3 * CHUNK;

/// Copies the first `length` bytes of `from` to the beginning of `to`, the faster where one chunk or three stand there
/// on both sides: then what lies behind them in `to` is written over.
#[inline(always)]
pub fn copy_piece(to: &mut [u8], from: &[u8], length: usize) {
    if !(copy_chunk::<CHUNK>(to, from, length) || copy_chunk::<LONG_CHUNK>(to, from, length)) {
        to[..length].copy_from_slice(&from[..length]);
    }
}

#[inline(always)]
fn copy_chunk<const N: usize>(to: &mut [u8], from: &[u8], length: usize) -> bool {
    match (from.first_chunk::<N>(), to.first_chunk_mut::<N>()) {
        (Some(chunk), Some(room)) if length <= N => {
            *room = *chunk;
            true
        }
        _ => false,
    }
}

/// Many short pieces of bytes, each known by where it begins. What is read of a piece may go on for a
/// [`CHUNK`] behind it.
#[derive(Debug, Default)]
pub struct Arena {
    /// Ends in a chunk, at least, that is not in use.
    bytes: Vec<u8>,
    used: usize,
}

impl Arena {
    /// Appends the first `length` bytes of `from`, the faster where a chunk stands there.
    #[inline]
    pub fn push(&mut self, from: &[u8], length: usize) {
        copy_piece(self.room(length), from, length);
        self.used += length;
    }

    /// Appends what `write` puts at the beginning of a room for `most` bytes and a chunk; it returns the length.
    #[inline]
    pub fn push_by(&mut self, most: usize, write: impl FnOnce(&mut [u8]) -> usize) {
        self.used += write(self.room(most)).min(most);
    }

    /// Memory for `length` bytes and a chunk.
    #[inline]
    fn room(&mut self, length: usize) -> &mut [u8] {
        let end = self.used + length + CHUNK;
        if self.bytes.len() < end {
            self.bytes.resize(end.next_power_of_two(), 0);
        }
        &mut self.bytes[self.used..end]
    }

    /// Bytes in use: where the next piece begins.
    pub fn len(&self) -> usize {
        self.used
    }

    /// The piece that begins there, of this length.
    #[inline]
    pub fn piece(&self, begin: usize, length: usize) -> &[u8] {
        &self.bytes[begin..begin + length]
    }

    /// All from there on, a chunk at least.
    #[inline]
    pub fn from(&self, begin: usize) -> &[u8] {
        &self.bytes[begin..]
    }

    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.used = 0;
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.bytes.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_come_back_as_they_were_pushed(pieces in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..40), 0usize..40), 0..30)) {
            let mut arena = Arena::default();
            let mut begins = Vec::new();
            for (from, length) in &pieces {
                begins.push(arena.len());
                arena.push(from, (*length).min(from.len()));
            }
            for ((from, length), begin) in pieces.iter().zip(begins) {
                let length = (*length).min(from.len());
                prop_assert_eq!(arena.piece(begin, length), &from[..length]);
                prop_assert!(arena.from(begin).len() >= length + CHUNK);
            }
        }
    }
}
