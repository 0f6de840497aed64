//! What Attribute knows of the addresses of a group, from window to window.
//!
//! ```text
//! count   hashes of the addresses: 8 bytes each   what is known of each: length and bytes
//! ```

use super::bytes::put;
use super::{begin, open, seal, Kind};
use crate::error::Result;

/// The versions that are read; the last is written.
pub const VERSIONS: [u8; 1] = [1];

/// Appends what is known of addresses, by their hashes, as a block.
pub fn encode<'a>(out: &mut Vec<u8>, models: impl ExactSizeIterator<Item = (u64, &'a [u8])>) {
    let start = begin(out, Kind::Models);
    put(out, models.len() as u64);
    for (address, model) in models {
        out.extend_from_slice(&address.to_le_bytes());
        put(out, model.len() as u64);
        out.extend_from_slice(model);
    }
    seal(out, start);
}

/// Hands what is known of each address to `take`, and stops at its first error.
pub fn decode(block: &[u8], mut take: impl FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
    match open(block, Kind::Models)? {
        (1, mut reader) => {
            for _ in 0..reader.count(9)? {
                let address = u64::from_le_bytes(reader.fixed()?);
                let bytes = reader.count(1)?;
                take(address, reader.take(bytes)?)?;
            }
            reader.end()
        }
        (version, _) => Err(Kind::Models.unknown_version(version)),
    }
}
