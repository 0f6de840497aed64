//! What tells a call from every other one in a few bytes.

use std::num::NonZeroU128;

use xxhash_rust::xxh3::xxh3_128;

use crate::id::Id;

/// A hash of all that makes a call itself: id, both addresses, start and end. Part of the state: the same in
/// every version and on every machine. Two different calls share one by a chance of 1 in 2^128 for each pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKey(NonZeroU128);

/// Bytes of a key.
pub const BYTES: usize = 16;

impl CallKey {
    /// The key of a call between the addresses with these [hashes](crate::address::Address::hash64). `scratch`
    /// is memory to reuse.
    pub fn new(id: Id<'_>, src: u64, dst: u64, start_ms: i64, end_ms: i64, scratch: &mut Vec<u8>) -> Self {
        scratch.clear();
        scratch.extend_from_slice(&src.to_le_bytes());
        scratch.extend_from_slice(&dst.to_le_bytes());
        scratch.extend_from_slice(&start_ms.to_le_bytes());
        scratch.extend_from_slice(&end_ms.to_le_bytes());
        // With its quotes: 7 and "7" are two ids.
        id.write(scratch);
        Self::of(xxh3_128(scratch))
    }

    /// The key with this value; that of 0, which has no meaning, is 1.
    pub fn of(value: u128) -> Self {
        Self(NonZeroU128::new(value).unwrap_or(NonZeroU128::MIN))
    }

    /// The value.
    pub fn value(self) -> u128 {
        self.0.get()
    }

    /// The group of the key among `groups`. Part of the state.
    pub fn group(self, groups: u32) -> u32 {
        (self.value() % u128::from(groups)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_never_change_because_state_depends_on_them() {
        let mut scratch = Vec::new();
        let key = CallKey::new(Id::of_string("call-1"), 1, 2, 1000, 1500, &mut scratch);
        assert_eq!((key.value(), key.group(1000)), (GOLDEN, (GOLDEN % 1000) as u32));
    }

    #[test]
    fn each_part_of_a_call_counts() {
        let mut scratch = Vec::new();
        let mut key = |id, src, dst, start, end| CallKey::new(id, src, dst, start, end, &mut scratch);
        let keys = [
            key(Id::of_string("7"), 1, 2, 3, 4),
            key(Id::of_integer("7"), 1, 2, 3, 4),
            key(Id::of_string("8"), 1, 2, 3, 4),
            key(Id::of_string("7"), 2, 1, 3, 4),
            key(Id::of_string("7"), 1, 2, 4, 4),
            key(Id::of_string("7"), 1, 2, 3, 5),
        ];
        for (at, one) in keys.iter().enumerate() {
            assert!(keys[at + 1..].iter().all(|other| other != one));
        }
    }

    const GOLDEN: u128 = 138_368_127_042_653_510_831_704_389_183_186_493_758;
}
