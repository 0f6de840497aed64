//! A file is compressed as a whole, or not at all: one that was put together of parts of both kinds is an
//! error, since its compressed lines would count as so many broken ones.

use std::io::{self, Read};

use memchr::memmem::Finder;

use crate::compression::Compression;

/// No magic number is longer.
const MAX_MAGIC_BYTES: usize = 4;

/// The lines of a file that is not compressed, up to where compressed data begin instead of a line.
pub struct PlainLines<R> {
    plain: R,
    finders: [Finder<'static>; 2],
    /// The last bytes that were read, in which the beginning of compressed data may have begun.
    last: Vec<u8>,
    /// What has begun behind the lines that were read.
    member: Option<Compression>,
}

/// Finds the end of a line with the beginning of compressed data behind it. Neither magic number can be in
/// a line that is UTF-8.
fn member_finder(compression: Compression) -> Finder<'static> {
    Finder::new(&[b"\n", compression.magic()].concat()).into_owned()
}

impl<R: Read> PlainLines<R> {
    /// Reads the lines of `plain`.
    pub fn of(plain: R) -> Self {
        Self { plain, finders: Compression::ALL.map(member_finder), last: Vec::new(), member: None }
    }

    /// How many of these bytes are plain lines.
    fn look_through(&mut self, read: &[u8]) -> usize {
        let longest = MAX_MAGIC_BYTES;
        let begun_before = self.last.len();
        self.last.extend_from_slice(&read[..read.len().min(longest)]);
        let mut plain = read.len();
        for (finder, compression) in self.finders.iter().zip(Compression::ALL) {
            let straddles = finder.find(&self.last).is_some_and(|found| found < begun_before);
            let end = if straddles { Some(0) } else { finder.find(&read[..plain]).map(|found| found + 1) };
            if let Some(end) = end {
                plain = end;
                self.member = Some(compression);
            }
        }
        if read.len() >= longest {
            self.last.clear();
            self.last.extend_from_slice(&read[read.len() - longest..]);
        } else {
            self.last.drain(..self.last.len().saturating_sub(longest));
        }
        plain
    }
}

impl<R: Read> Read for PlainLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut plain = 0;
        if self.member.is_none() {
            let read = self.plain.read(buffer)?;
            plain = self.look_through(&buffer[..read]);
        }
        match self.member {
            Some(compression) if plain == 0 => Err(mixed(compression)),
            _ => Ok(plain),
        }
    }
}

fn mixed(compression: Compression) -> io::Error {
    let command = compression.command();
    // Not damaged: it has advice of its own.
    io::Error::new(
        io::ErrorKind::Unsupported,
        format!(
            "{command} data follow plain lines; a file is compressed as a whole or not at all: `{command} -dc` \
             the compressed parts before they are put together"
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use super::*;

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn compressed_data_behind_plain_lines_are_told_wherever_a_read_ends() {
        /// Gives so many bytes at once.
        struct Pieces(Cursor<Vec<u8>>, usize);
        impl Read for Pieces {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let most = buffer.len().min(self.1);
                self.0.read(&mut buffer[..most])
            }
        }
        for (command, member) in
            [("gzip", gzip("two\n")), ("zstd", zstd::encode_all(b"two\n".as_slice(), 0).unwrap())]
        {
            for piece in 1..12 {
                let bytes = [b"{1}\n{2}\n", member.as_slice(), b"\n{3}\n"].concat();
                let mut lines = PlainLines::of(Pieces(Cursor::new(bytes), piece));
                let mut text = Vec::new();
                let error = lines.read_to_end(&mut text).unwrap_err();
                assert!(text.starts_with(b"{1}\n{2}\n") && text.len() < 8 + 4, "{piece}: {text:?}");
                let says = format!("{command} data follow plain lines");
                assert!(error.to_string().starts_with(&says), "{error}");
            }
        }
    }

    #[test]
    fn bytes_of_a_magic_number_within_a_line_are_its_own() {
        let bytes = [
            b"{\"a\":1}".as_slice(),
            Compression::Gzip.magic(),
            b"\n",
            &Compression::Zstd.magic()[..3],
            b"\n",
        ]
        .concat();
        let mut lines = PlainLines::of(Cursor::new(bytes.clone()));
        let mut text = Vec::new();
        lines.read_to_end(&mut text).unwrap();
        assert_eq!(text, bytes);
    }
}
