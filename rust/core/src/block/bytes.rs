//! Integers and texts in the body of a block.

use crate::error::{Error, Result};

/// Appends an unsigned integer in LEB128: 1 byte below 128, 2 below 16,384.
#[inline]
pub fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a signed integer in zigzag LEB128.
pub fn put_signed(out: &mut Vec<u8>, value: i64) {
    put(out, ((value << 1) ^ (value >> 63)) as u64);
}

/// Reads the body of a block; no read goes beyond its end.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of these bytes.
    pub fn new(body: &'a [u8]) -> Self {
        Reader { rest: body }
    }

    /// The next byte.
    pub fn byte(&mut self) -> Result<u8> {
        let (&first, rest) = self.rest.split_first().ok_or_else(cut)?;
        self.rest = rest;
        Ok(first)
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        if count > self.rest.len() {
            return Err(cut());
        }
        let (taken, rest) = self.rest.split_at(count);
        self.rest = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub fn fixed<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (&bytes, rest) = self.rest.split_first_chunk().ok_or_else(cut)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// All that is not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// An unsigned integer.
    #[inline]
    pub fn unsigned(&mut self) -> Result<u64> {
        // Most take one byte.
        if let Some((&first, rest)) = self.rest.split_first() {
            if first < 0x80 {
                self.rest = rest;
                return Ok(u64::from(first));
            }
        }
        self.long_unsigned()
    }

    fn long_unsigned(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Error::corrupt("a block holds an integer of more than 64 bits"))
    }

    /// A signed integer.
    pub fn signed(&mut self) -> Result<i64> {
        let value = self.unsigned()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// The number of things that follow, each of at least `least` bytes.
    pub fn count(&mut self, least: usize) -> Result<usize> {
        let count = self.unsigned()?;
        let most = self.rest.len() / least.max(1);
        if count > most as u64 {
            return Err(Error::corrupt(format!(
                "a block claims {count} entries where at most {most} fit in the rest of it"
            )));
        }
        Ok(count as usize)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> Result<u32> {
        let number = self.unsigned()?;
        if number >= end as u64 {
            return Err(Error::corrupt(format!("a block refers to entry {number} of {end}")));
        }
        Ok(number as u32)
    }

    /// A text of this many bytes.
    pub fn text(&mut self, bytes: usize) -> Result<&'a str> {
        std::str::from_utf8(self.take(bytes)?)
            .map_err(|_| Error::corrupt("a block holds a text that is not UTF-8"))
    }

    /// Whether all was read; anything else is an error.
    pub fn end(&self) -> Result<()> {
        match self.rest.len() {
            0 => Ok(()),
            bytes => Err(Error::corrupt(format!("{bytes} bytes follow the end of a block's body"))),
        }
    }
}

fn cut() -> Error {
    Error::corrupt("the body of a block ends in the middle of an entry")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn integers_come_back_as_they_were_put(values: Vec<(u64, i64)>) {
            let mut out = Vec::new();
            for &(unsigned, signed) in &values {
                put(&mut out, unsigned);
                put_signed(&mut out, signed);
            }
            let mut reader = Reader::new(&out);
            for &(unsigned, signed) in &values {
                prop_assert_eq!(reader.unsigned().unwrap(), unsigned);
                prop_assert_eq!(reader.signed().unwrap(), signed);
            }
            prop_assert!(reader.end().is_ok());
        }
    }

    #[test]
    fn a_count_that_cannot_be_true_is_refused_before_anything_is_allocated() {
        let mut out = Vec::new();
        put(&mut out, u64::MAX);
        assert!(Reader::new(&out).count(1).unwrap_err().to_string().contains("claims"));
    }
}
