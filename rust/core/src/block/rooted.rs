//! Blocks from Root to Chain: calls with the chains that they belong to.
//!
//! ```text
//! calls (see the module `chain_calls`)   a chain for each, as a number: column
//! count of chains   keys of their roots: 16 bytes each
//! ```

use super::bits::{self, Column};
use super::bytes::put;
use super::chain_calls::{self, put_keys, ChainCall, ChainCalls, Keys};
use super::{begin, open, seal, Kind};
use crate::call_key::CallKey;
use crate::error::{Error, Result};

/// The versions that are read; the last is written.
pub const VERSIONS: [u8; 1] = [1];

/// Memory to reuse between blocks.
#[derive(Debug, Default)]
pub struct Scratch {
    chains: Vec<CallKey>,
    column: Vec<u32>,
}

impl Scratch {
    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.chains.capacity() * size_of::<CallKey>() + self.column.capacity() * 4
    }
}

/// Appends some of these calls as a block, with the key of the root of each.
pub fn encode(
    out: &mut Vec<u8>,
    calls: &ChainCalls,
    rows: &[ChainCall],
    roots: &[CallKey],
    scratch: &mut Scratch,
) {
    let Scratch { chains, column } = scratch;
    let start = begin(out, Kind::Rooted);
    chain_calls::write(out, calls, rows, column);
    chains.clear();
    chains.extend_from_slice(roots);
    chains.sort_unstable();
    chains.dedup();
    let number = |root: &CallKey| chains.partition_point(|chain| chain < root) as u64;
    bits::write(out, roots.iter().map(number), column);
    put(out, chains.len() as u64);
    put_keys(out, chains.iter().copied());
    seal(out, start);
}

/// Adds the calls of a block, and the key of the root of each.
pub fn decode(block: &[u8], calls: &mut ChainCalls, roots: &mut Vec<CallKey>) -> Result<()> {
    match open(block, Kind::Rooted)? {
        (1, mut reader) => {
            let first = calls.rows.len();
            chain_calls::read(&mut reader, calls)?;
            let numbers = Column::read(&mut reader, calls.rows.len() - first)?;
            let count = reader.count(crate::call_key::BYTES)?;
            let chains = Keys::read(&mut reader, count)?;
            for number in numbers.values() {
                let root = chains.get(number);
                roots.push(
                    root.ok_or_else(|| {
                        Error::corrupt(format!("a block refers to chain {number} of {count}"))
                    })?,
                );
            }
            reader.end()
        }
        (version, _) => Err(Kind::Rooted.unknown_version(version)),
    }
}
