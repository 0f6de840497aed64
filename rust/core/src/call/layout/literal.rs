//! The bytes between the values of a record.

use super::window;

/// Bytes that are compared at once.
const CHUNK: usize = 16;

/// Bytes that are expected, compared at once if they are no more than a chunk.
#[derive(Debug, PartialEq, Eq)]
pub struct Literal {
    chunk: Masked,
    length: u32,
    bytes: Vec<u8>,
}

/// Bytes that are expected at the end of a record.
#[derive(Debug, PartialEq, Eq)]
pub struct Tail {
    chunk: Masked,
    bytes: Vec<u8>,
}

/// The value of some bytes of a chunk, and which these are.
#[derive(Debug, PartialEq, Eq)]
struct Masked {
    value: u128,
    mask: u128,
}

impl Masked {
    /// What no chunk has.
    const NEVER: Self = Masked { value: 1, mask: 0 };

    /// These bytes at this place of a chunk.
    fn of(bytes: &[u8], place: usize) -> Self {
        let (mut value, mut mask) = ([0; CHUNK], [0; CHUNK]);
        value[place..place + bytes.len()].copy_from_slice(bytes);
        mask[place..place + bytes.len()].fill(u8::MAX);
        Masked { value: u128::from_le_bytes(value), mask: u128::from_le_bytes(mask) }
    }

    #[inline(always)]
    fn is_in(&self, chunk: &[u8; CHUNK]) -> bool {
        u128::from_le_bytes(*chunk) & self.mask == self.value
    }
}

impl Literal {
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes().to_vec();
        let chunk = if bytes.len() > CHUNK { Masked::NEVER } else { Masked::of(&bytes, 0) };
        Literal { chunk, length: bytes.len() as u32, bytes }
    }

    /// The place behind these bytes, if `record` has them at `at`.
    #[inline(always)]
    pub fn skip(&self, record: &[u8], at: u32) -> Option<u32> {
        match window(record, at) {
            Some(chunk) if self.chunk.is_in(chunk) => Some(at + self.length),
            _ => self.skip_slowly(record, at),
        }
    }

    /// The same near the end of a record, and for literals longer than a chunk.
    #[inline(never)]
    fn skip_slowly(&self, record: &[u8], at: u32) -> Option<u32> {
        record.get(at as usize..)?.starts_with(&self.bytes).then_some(at + self.length)
    }
}

impl Tail {
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes().to_vec();
        let chunk = match CHUNK.checked_sub(bytes.len()) {
            Some(place) => Masked::of(&bytes, place),
            None => Masked::NEVER,
        };
        Tail { chunk, bytes }
    }

    /// Whether `record` has these bytes at `at`, and nothing behind them.
    #[inline(always)]
    pub fn ends(&self, record: &[u8], at: u32) -> bool {
        if record.len() != at as usize + self.bytes.len() {
            return false;
        }
        record.last_chunk().is_some_and(|chunk| self.chunk.is_in(chunk)) || record.ends_with(&self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_literal_is_found_where_it_stands_and_a_tail_at_the_end(
            before in "[ab]{0,3}", text in "[ab]{0,40}", other in "[ab]{0,3}", after in "[ab]{0,20}", whole: bool,
        ) {
            let middle = if whole { &text } else { &other };
            let record = format!("{before}{middle}{after}");
            for at in 0..=record.len() {
                let rest = &record[at..];
                let end = rest.starts_with(&text).then_some((at + text.len()) as u32);
                prop_assert_eq!(Literal::new(&text).skip(record.as_bytes(), at as u32), end);
                prop_assert_eq!(Tail::new(&text).ends(record.as_bytes(), at as u32), rest == text);
            }
        }
    }
}
