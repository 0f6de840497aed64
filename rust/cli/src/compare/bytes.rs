//! How an entry is laid out in memory and in temporary files.

use anyhow::Context;

/// Appends bytes behind their length.
pub fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    // A record is at most 64 MiB long, so no part of it comes near 4 GiB.
    out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    out.extend_from_slice(bytes);
}

/// Reads what was put, from the front.
///
/// All errors mean that a temporary file does not give back what was written into it.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Begins at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether all is read.
    pub fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> anyhow::Result<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk().context(DAMAGED)?;
        self.0 = rest;
        Ok(*array)
    }

    /// What [`put`] has written.
    pub fn bytes(&mut self) -> anyhow::Result<&'a [u8]> {
        let len = u32::from_le_bytes(self.array()?) as usize;
        let (bytes, rest) = self.0.split_at_checked(len).context(DAMAGED)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// The same, as the text that it was.
    pub fn text(&mut self) -> anyhow::Result<&'a str> {
        std::str::from_utf8(self.bytes()?).context(DAMAGED)
    }
}

const DAMAGED: &str = "a temporary file does not hold what was written into it";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_read_back_and_what_is_cut_off_is_an_error() {
        let mut out = vec![7];
        put(&mut out, "ä".as_bytes());
        put(&mut out, b"");
        let mut reader = Reader::new(&out);
        assert_eq!(reader.array().unwrap(), [7]);
        assert_eq!(reader.text().unwrap(), "ä");
        assert_eq!(reader.bytes().unwrap(), b"");
        assert!(reader.is_at_end());
        assert_eq!(reader.bytes().unwrap_err().to_string(), DAMAGED);
        let mut cut = Reader::new(&out[1..6]);
        assert_eq!(cut.text().unwrap_err().to_string(), DAMAGED);
    }
}
