//! Blocks that Root keeps: of the calls that may get children yet, what it has to know of each.
//!
//! ```text
//! count   keys: 16 bytes each   last moments at which a child starts, ms: column
//! a chain for each, as a number: column
//! count of chains   keys of their roots: 16 bytes each   ends of their roots plus 1, ms: column
//! ```

use super::bits::{self, Column};
use super::bytes::put;
use super::chain_calls::{put_keys, Keys};
use super::rows::FAR_MS;
use super::{begin, open, seal, Kind};
use crate::call_key::{self, CallKey};
use crate::error::{Error, Result};

/// The versions that are read; the last is written.
pub const VERSIONS: [u8; 1] = [1];

/// The chain of a call: its root, and when that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChainRef {
    /// The key of the root.
    pub root: CallKey,
    /// The end of the root, ms since the epoch.
    pub root_end_ms: i64,
}

/// A call that may get children yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenCall {
    /// Its key.
    pub key: CallKey,
    /// The last moment at which a child of it can start, ms since the epoch.
    pub last_ms: i64,
    /// Its chain.
    pub chain: ChainRef,
}

/// Appends calls as a block.
pub fn encode(out: &mut Vec<u8>, calls: &[OpenCall]) {
    let start = begin(out, Kind::OpenCalls);
    let column = &mut Vec::new();
    let mut chains: Vec<ChainRef> = calls.iter().map(|call| call.chain).collect();
    chains.sort_unstable();
    chains.dedup();
    put(out, calls.len() as u64);
    put_keys(out, calls.iter().map(|call| call.key));
    bits::write(out, calls.iter().map(|call| call.last_ms as u64), column);
    let number = |call: &OpenCall| chains.partition_point(|chain| *chain < call.chain) as u64;
    bits::write(out, calls.iter().map(number), column);
    put(out, chains.len() as u64);
    put_keys(out, chains.iter().map(|chain| chain.root));
    bits::write(out, chains.iter().map(|chain| (chain.root_end_ms + 1) as u64), column);
    seal(out, start);
}

/// Hands the calls of a block to `take`. After an error it may have been given some of them.
pub fn decode(block: &[u8], mut take: impl FnMut(OpenCall)) -> Result<()> {
    match open(block, Kind::OpenCalls)? {
        (1, mut reader) => {
            let count = reader.count(call_key::BYTES)?;
            let keys = Keys::read(&mut reader, count)?;
            let last = Column::read(&mut reader, count)?;
            let numbers = Column::read(&mut reader, count)?;
            let count = reader.count(call_key::BYTES)?;
            let roots = Keys::read(&mut reader, count)?;
            let ends = Column::read(&mut reader, count)?;
            if last.most() > FAR_MS || ends.most() > FAR_MS {
                return Err(Error::corrupt("a block holds a time that no valid call has"));
            }
            let ends: Vec<u64> = ends.values().collect();
            for ((key, last), number) in keys.iter().zip(last.values()).zip(numbers.values()) {
                let (Some(root), Some(end)) = (roots.get(number), ends.get(number as usize)) else {
                    return Err(Error::corrupt(format!("a block refers to chain {number} of {count}")));
                };
                let chain = ChainRef { root, root_end_ms: *end as i64 - 1 };
                take(OpenCall { key, last_ms: last as i64, chain });
            }
            reader.end()
        }
        (version, _) => Err(Kind::OpenCalls.unknown_version(version)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn calls_come_back_as_they_were_kept(
            calls in prop::collection::vec((1u128.., 0i64..1 << 40, 1u128..5, -1i64..1 << 40), 0..40)
        ) {
            let calls: Vec<OpenCall> = calls
                .into_iter()
                .map(|(key, last_ms, root, root_end_ms)| OpenCall {
                    key: CallKey::of(key),
                    last_ms,
                    chain: ChainRef { root: CallKey::of(root), root_end_ms },
                })
                .collect();
            let mut block = Vec::new();
            encode(&mut block, &calls);
            let mut back = Vec::new();
            decode(&block, |call| back.push(call)).unwrap();
            prop_assert_eq!(back, calls);
        }
    }
}
