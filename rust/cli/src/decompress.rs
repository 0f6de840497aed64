//! The plain text of a file that may be compressed.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::GzDecoder;

use crate::compression::{Compression, GZIP_MAGIC, LONGEST_MAGIC};
use crate::plain_lines::PlainLines;

const BUFFER_BYTES: usize = 1 << 20;

/// What `file` holds, and how it was compressed.
///
/// # Errors
/// When its beginning cannot be read. What is read later fails with a sentence that says whether the
/// compressed bytes are cut or damaged.
pub fn decompress(
    file: impl BufRead + Send + 'static,
) -> io::Result<(Box<dyn BufRead + Send>, Option<Compression>)> {
    let mut file = peek(file, LONGEST_MAGIC);
    file.error.take().map_or(Ok(()), Err)?;
    let Some(compression) = Compression::of(file.head()) else {
        let plain = BufReader::with_capacity(BUFFER_BYTES, PlainLines::of(file));
        return Ok((Box::new(plain), None));
    };
    let plain: Box<dyn Read + Send> = match compression {
        Compression::Gzip => Box::new(GzipMembers { member: Some(GzDecoder::new(file)) }),
        Compression::Zstd => Box::new(zstd::Decoder::with_buffer(file)?),
    };
    let plain = BufReader::with_capacity(BUFFER_BYTES, Explained { plain, compression });
    Ok((Box::new(plain), Some(compression)))
}

/// A reader whose first bytes were read before. Where they could not be read, it fails behind those that
/// could.
pub struct Peeked<R> {
    head: Cursor<Vec<u8>>,
    error: Option<io::Error>,
    file: R,
}

/// Reads the first bytes, up to `bytes` of them. Waits for them if the file is a pipe.
pub fn peek<R: BufRead>(mut file: R, bytes: usize) -> Peeked<R> {
    let mut head = Vec::new();
    let error = file.by_ref().take(bytes as u64).read_to_end(&mut head).err();
    Peeked { head: Cursor::new(head), error, file }
}

impl<R> Peeked<R> {
    /// The first bytes.
    pub fn head(&self) -> &[u8] {
        self.head.get_ref()
    }

    /// Whether more could not be read.
    pub fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    fn is_in_head(&self) -> bool {
        self.head.position() < self.head.get_ref().len() as u64
    }
}

impl<R: BufRead> Read for Peeked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_in_head() {
            return self.head.read(buffer);
        }
        self.error.take().map_or(Ok(()), Err)?;
        self.file.read(buffer)
    }
}

impl<R: BufRead> BufRead for Peeked<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.is_in_head() {
            return self.head.fill_buf();
        }
        self.error.take().map_or(Ok(()), Err)?;
        self.file.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        if self.is_in_head() {
            self.head.consume(bytes);
        } else {
            self.file.consume(bytes);
        }
    }
}

/// The members of a gzip file one after the other. Zero bytes between and behind them are padding, as
/// tapes and block devices leave it.
struct GzipMembers<R> {
    /// `None` behind the last one.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let file = self.member.take().map(GzDecoder::into_inner);
            self.member = file.map(next_member).transpose()?.flatten();
        }
        Ok(0)
    }
}

fn next_member<R: BufRead>(mut file: R) -> io::Result<Option<GzDecoder<R>>> {
    loop {
        let begin = file.fill_buf()?;
        if begin.is_empty() {
            return Ok(None);
        }
        let zeros = begin.iter().take_while(|&&byte| byte == 0).count();
        if zeros == 0 && begin[0] != GZIP_MAGIC[0] {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "other bytes follow"));
        }
        if zeros == 0 {
            return Ok(Some(GzDecoder::new(file)));
        }
        file.consume(zeros);
    }
}

/// Fails with what a user can do about it.
struct Explained<R> {
    plain: R,
    compression: Compression,
}

impl<R: Read> Read for Explained<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.plain.read(buffer).map_err(|error| explain(error, self.compression))
    }
}

fn explain(error: io::Error, compression: Compression) -> io::Error {
    let command = compression.command();
    match error.kind() {
        // The system's own errors are not those of the decoder.
        _ if error.raw_os_error().is_some() => error,
        kind @ io::ErrorKind::UnexpectedEof => io::Error::new(
            kind,
            format!(
                "the file ends in the middle of its {command} data: it was cut, or is still being written"
            ),
        ),
        kind => io::Error::new(
            kind,
            format!("its {command} data are damaged ({error}); `{command} -t` tests a file"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::write::GzEncoder;

    use super::*;

    fn read(bytes: Vec<u8>) -> io::Result<String> {
        let (mut plain, _) = decompress(Cursor::new(bytes))?;
        let mut text = String::new();
        plain.read_to_string(&mut text)?;
        Ok(text)
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(text: &str) -> Vec<u8> {
        zstd::encode_all(text.as_bytes(), 0).unwrap()
    }

    /// Text that compresses badly, so that a file of it can be cut in its middle.
    fn long_text() -> String {
        (0u64..20_000).map(|n| format!("{:x}\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect()
    }

    #[test]
    fn frames_that_are_to_be_skipped_are_skipped() {
        let skipped =
            |digit: u8| [&[0x50 + digit, 0x2a, 0x4d, 0x18, 4, 0, 0, 0], b"abcd".as_slice()].concat();
        for digit in [0, 0xf] {
            let frames = [skipped(digit), zstd("one\n"), skipped(digit), zstd("two\n")].concat();
            assert_eq!(read(frames).unwrap(), "one\ntwo\n");
        }
    }

    #[test]
    fn zeros_around_the_members_of_a_gzip_file_are_padding() {
        let zeros = vec![0; 1000];
        let members = [gzip("one\n"), zeros.clone(), gzip("two\n"), zeros].concat();
        assert_eq!(read(members).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn what_follows_a_gzip_member_and_is_none_is_damage() {
        let error = read([gzip("one\n"), b"text".to_vec()].concat()).unwrap_err();
        let says = "its gzip data are damaged (other bytes follow)";
        assert!(error.to_string().starts_with(says), "{error}");
    }

    #[test]
    fn a_file_that_cannot_be_read_on_still_gives_what_was_before() {
        let whole = gzip(&long_text());
        let (plain, _) = decompress(Cursor::new(whole[..whole.len() / 2].to_vec())).unwrap();
        let mut peeked = peek(plain, 1 << 20);
        assert!(peeked.has_failed());
        let length = peeked.head().len();
        let mut text = Vec::new();
        assert!(peeked.read_to_end(&mut text).is_err());
        assert!(text.len() == length && long_text().as_bytes().starts_with(&text));
    }

    #[test]
    fn a_file_that_was_cut_says_so() {
        for (command, bytes) in [("gzip", gzip(&long_text())), ("zstd", zstd(&long_text()))] {
            for length in [5, bytes.len() / 2, bytes.len() - 1] {
                let error = read(bytes[..length].to_vec()).unwrap_err().to_string();
                assert!(
                    error.starts_with(&format!("the file ends in the middle of its {command} data")),
                    "{error}"
                );
            }
        }
    }

    #[test]
    fn a_damaged_file_says_so() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 0).unwrap();
        encoder.include_checksum(true).unwrap();
        encoder.write_all(b"one\n").unwrap();
        for (command, mut bytes) in [("gzip", gzip("one\n")), ("zstd", encoder.finish().unwrap())] {
            // The checksum: the last four bytes with zstd, the four before with gzip.
            let checksum = bytes.len() - if command == "gzip" { 8 } else { 4 };
            bytes[checksum] ^= 1;
            let error = read(bytes).unwrap_err().to_string();
            assert!(error.starts_with(&format!("its {command} data are damaged (")), "{error}");
        }
    }

    #[test]
    fn a_text_shorter_than_any_magic_number_is_plain() {
        for text in ["", "a", "{}\n", "P*M"] {
            assert_eq!(read(text.into()).unwrap(), text);
        }
    }
}
