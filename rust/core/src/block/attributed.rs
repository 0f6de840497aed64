//! Blocks from Attribute to Root: calls with the parents that were decided for them.
//!
//! ```text
//! calls (see the module `chain_calls`)
//! ```

use super::chain_calls::{self, ChainCall, ChainCalls};
use super::{begin, open, seal, Kind};
use crate::error::Result;

/// The versions that are read; the last is written.
pub const VERSIONS: [u8; 1] = [1];

/// Appends some of these calls as a block.
pub fn encode(out: &mut Vec<u8>, calls: &ChainCalls, rows: &[ChainCall], scratch: &mut Vec<u32>) {
    let start = begin(out, Kind::Attributed);
    chain_calls::write(out, calls, rows, scratch);
    seal(out, start);
}

/// Adds the calls of a block.
pub fn decode(block: &[u8], calls: &mut ChainCalls) -> Result<()> {
    match open(block, Kind::Attributed)? {
        (1, mut reader) => {
            chain_calls::read(&mut reader, calls)?;
            reader.end()
        }
        (version, _) => Err(Kind::Attributed.unknown_version(version)),
    }
}
