//! The output of kernels: frames of `cell: i64, calls: u32, length: u32, block`, or of
//! `key length: u32, value length: u32, key, value`. A block among records is one without key, which no record of
//! an output is, whose value is `cell: i64, block`. Spans among chains have a key that begins with a zero byte, which no
//! text of JSON does.

use super::{entries, take, take_array, take_u32};
use crate::error::Result;

/// Bytes of a frame before its block.
pub(crate) const BLOCK_HEADER_BYTES: usize = 16;
/// Bytes of a frame before the key of its record.
pub(crate) const RECORD_HEADER_BYTES: usize = 8;
/// What the key of spans begins with.
pub(crate) const SPANS_MARK: u8 = 0;
const WHAT: &str = "the output of a kernel";

/// A block and the cell that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockFrame<'a> {
    /// The cell.
    pub cell: i64,
    /// Calls in the block in their role as a child: each call is one of them at each stage.
    pub calls: u32,
    /// The block.
    pub block: &'a [u8],
}

/// A record for an output, with its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordFrame<'a> {
    /// The key.
    pub key: &'a [u8],
    /// The value.
    pub value: &'a [u8],
}

/// Appends a frame with the block that `encode` appends.
///
/// ```
/// use callweave_core::wire::frames::{blocks, write_block, BlockFrame};
/// let mut frames = Vec::new();
/// write_block(&mut frames, 7, 2, |out| out.extend_from_slice(b"block"));
/// let read: Vec<BlockFrame> = blocks(&frames).collect::<Result<_, _>>().unwrap();
/// assert_eq!(read, [BlockFrame { cell: 7, calls: 2, block: b"block" }]);
/// ```
pub fn write_block(frames: &mut Vec<u8>, cell: i64, calls: u32, encode: impl FnOnce(&mut Vec<u8>)) {
    frames.extend_from_slice(&cell.to_le_bytes());
    frames.extend_from_slice(&calls.to_le_bytes());
    frames.extend_from_slice(&[0; 4]);
    let block = frames.len();
    encode(frames);
    let length = (frames.len() - block) as u32;
    frames[block - 4..block].copy_from_slice(&length.to_le_bytes());
}

/// Appends a frame with a block among records, which [`OfChain`] reads.
pub(crate) fn write_block_record(frames: &mut Vec<u8>, cell: i64, block: &[u8]) {
    let begin = frames.len();
    frames.resize(begin + RECORD_HEADER_BYTES, 0);
    frames.extend_from_slice(&cell.to_le_bytes());
    frames.extend_from_slice(block);
    let value_bytes = frames.len() - begin - RECORD_HEADER_BYTES;
    write_record_header(&mut frames[begin..], 0, value_bytes);
}

/// What Chain gives in the frame of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfChain<'a> {
    /// A chain.
    Chain(RecordFrame<'a>),
    /// The spans of a chain.
    Spans(RecordFrame<'a>),
    /// Sums of a window.
    Sums {
        /// The window.
        window: i64,
        /// The block of them.
        block: &'a [u8],
    },
}

impl<'a> OfChain<'a> {
    /// Reads the frame of a record.
    ///
    /// # Errors
    /// When the frame is cut.
    pub fn read(frame: RecordFrame<'a>) -> Result<Self> {
        match frame.key {
            [] => {
                let mut block = frame.value;
                let window = i64::from_le_bytes(take_array(&mut block, WHAT)?);
                Ok(OfChain::Sums { window, block })
            }
            [SPANS_MARK, key @ ..] => Ok(OfChain::Spans(RecordFrame { key, ..frame })),
            _ => Ok(OfChain::Chain(frame)),
        }
    }
}

/// Bytes of the first frame of a block; `None` if there is none.
pub(crate) fn first_block_bytes(frames: &[u8]) -> Option<usize> {
    let header: &[u8; BLOCK_HEADER_BYTES] = frames.first_chunk()?;
    let [.., a, b, c, d] = *header;
    Some(BLOCK_HEADER_BYTES + u32::from_le_bytes([a, b, c, d]) as usize)
}

/// Writes the lengths of a frame into its first [`RECORD_HEADER_BYTES`]; key and value follow.
#[inline]
pub(crate) fn write_record_header(frame: &mut [u8], key_bytes: usize, value_bytes: usize) {
    frame[..4].copy_from_slice(&(key_bytes as u32).to_le_bytes());
    frame[4..RECORD_HEADER_BYTES].copy_from_slice(&(value_bytes as u32).to_le_bytes());
}

/// The frames of a kernel that gives blocks. After an error there are none.
pub fn blocks(frames: &[u8]) -> impl Iterator<Item = Result<BlockFrame<'_>>> {
    entries(frames, |rest| {
        let cell = i64::from_le_bytes(take_array(rest, WHAT)?);
        let calls = take_u32(rest, WHAT)?;
        let length = take_u32(rest, WHAT)? as usize;
        Ok(BlockFrame { cell, calls, block: take(rest, length, WHAT)? })
    })
}

/// The frames of a kernel that gives records. After an error there are none.
pub fn records(frames: &[u8]) -> impl Iterator<Item = Result<RecordFrame<'_>>> {
    entries(frames, |rest| {
        let key = take_u32(rest, WHAT)? as usize;
        let value = take_u32(rest, WHAT)? as usize;
        Ok(RecordFrame { key: take(rest, key, WHAT)?, value: take(rest, value, WHAT)? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_are_cut_anywhere_are_refused() {
        let mut frames = Vec::new();
        write_block(&mut frames, -1, 1, |out| out.extend_from_slice(b"block"));
        let mut record = vec![0; RECORD_HEADER_BYTES];
        write_record_header(&mut record, 3, 5);
        record.extend_from_slice(b"keyvalue");
        assert_eq!(records(&record).next().unwrap().unwrap(), RecordFrame { key: b"key", value: b"value" });
        for length in 1..frames.len() {
            assert!(blocks(&frames[..length]).next().unwrap().is_err());
        }
        for length in 1..record.len() {
            assert!(records(&record[..length]).next().unwrap().is_err());
        }
    }
}
