//! The records of a file, read in pieces of whole records.

use std::fmt::Display;
use std::io::BufRead;
use std::path::Path;

use anyhow::Context;

use crate::files;
use crate::format::Names;
use crate::framing::Framing;
use crate::position::Position;

/// A longer line is an error: it has to be held in memory, and is no record of any topic.
const MAX_LINE_BYTES: usize = 64 << 20;

/// Some records of a file, each framed, but perhaps for the end of the last line.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    /// Their text.
    pub text: Vec<u8>,
    /// The number of the first, from 1.
    pub first: u64,
}

/// Reads a file of JSON lines or of messages, compressed or not, in pieces of about the same length. A "line" is
/// a record of either.
pub struct LineReader {
    reader: Box<dyn BufRead + Send>,
    name: String,
    framing: Framing,
    piece_bytes: usize,
    /// The number of the line with which the next piece begins.
    next: u64,
    /// The beginning of a line whose end was not in the last piece.
    rest: Vec<u8>,
    at_end: bool,
}

impl LineReader {
    /// Opens a file, `-` for stdin. Pieces have `piece_bytes`, more only where a line is longer; where they
    /// end depends on the file alone.
    ///
    /// # Errors
    /// When it cannot be opened, or its beginning shows that it has no lines of JSON objects.
    pub fn open(path: &Path, piece_bytes: usize, names: Names) -> anyhow::Result<(Self, Position)> {
        let (reader, position) = files::open_lines(path, names)?;
        let name = path.display().to_string();
        let framing = names.framing();
        Ok((Self { reader, name, framing, piece_bytes, next: 1, rest: Vec::new(), at_end: false }, position))
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When the file cannot be read, or has a line that is none.
    pub fn next(&mut self) -> anyhow::Result<Option<Piece>> {
        let mut text = Vec::with_capacity(self.piece_bytes);
        text.append(&mut self.rest);
        loop {
            // There is no end of a line in what was read before.
            let read = text.len();
            self.fill(&mut text)?;
            if self.at_end {
                break;
            }
            // Not found: a line that is longer than a piece.
            if let Some(end) = self.framing.end_of_whole(&text, read) {
                self.rest = text.split_off(end);
                break;
            }
            let (record, wanted) = self.framing.words();
            anyhow::ensure!(
                text.len() < MAX_LINE_BYTES,
                "{record} {} of {} is longer than {} MiB: a file of {wanted} is wanted",
                self.next,
                self.name,
                MAX_LINE_BYTES >> 20
            );
        }
        if text.is_empty() {
            return Ok(None);
        }
        let first = self.next;
        self.next += self.framing.records(&text).count() as u64;
        self.check_whole(&text)?;
        Ok(Some(Piece { text, first }))
    }

    /// Refuses the last piece of a file that ends within a message. A line needs no end.
    fn check_whole(&self, text: &[u8]) -> anyhow::Result<()> {
        let whole = self.framing.end_of_whole(text, 0).unwrap_or(0);
        // Hardly any message begins so: one of 123 bytes whose first field is src_ip.
        let hint = match text.starts_with(b"{\"") {
            true => "; this looks like JSON lines, which --input-format json reads",
            false => "",
        };
        anyhow::ensure!(
            self.framing == Framing::Lines || whole == text.len(),
            "{} ends within message {}: messages are wanted, each behind its length as a varint{hint}",
            self.name,
            self.next
        );
        Ok(())
    }

    /// Reads until `text` has another piece's bytes.
    fn fill(&mut self, text: &mut Vec<u8>) -> anyhow::Result<()> {
        let wanted = (text.len() / self.piece_bytes + 1) * self.piece_bytes;
        while text.len() < wanted {
            let read = self.reader.fill_buf();
            let read = read.with_context(|| {
                let more = memchr::memchr_iter(b'\n', text).count() as u64;
                cannot_read_after(&self.name, self.next - 1 + more)
            })?;
            if read.is_empty() {
                self.at_end = true;
                return Ok(());
            }
            let taken = read.len().min(wanted - text.len());
            text.extend_from_slice(&read[..taken]);
            self.reader.consume(taken);
        }
        Ok(())
    }
}

/// Says that a file cannot be read on, behind so many whole lines.
fn cannot_read_after(name: impl Display, whole_lines: u64) -> String {
    match whole_lines {
        0 => format!("cannot read {name}, in line 1"),
        whole => format!("cannot read {name}, after line {whole}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framing::lines;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_file_is_read_in_pieces_of_whole_lines(
            lengths in prop::collection::vec(prop_oneof![0usize..20, 0usize..2_000], 0..40),
            ends in any::<bool>(),
            piece_bytes in prop_oneof![1usize..10, 1usize..3_000],
        ) {
            let mut text: Vec<u8> = Vec::new();
            for length in &lengths {
                text.extend(std::iter::repeat_n(b'x', *length));
                text.push(b'\n');
            }
            if !ends {
                text.pop();
            }
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("lines");
            std::fs::write(&path, &text).unwrap();
            let (mut reader, position) = LineReader::open(&path, piece_bytes, Names::BuiltIn).unwrap();
            let (mut all, mut count) = (Vec::new(), 0);
            while let Some(piece) = reader.next().unwrap() {
                prop_assert_eq!(piece.first, count + 1);
                prop_assert!(piece.text.ends_with(b"\n") || all.len() + piece.text.len() == text.len());
                count += lines(&piece.text).count() as u64;
                all.extend_from_slice(&piece.text);
            }
            prop_assert_eq!(position.bytes(), text.len() as u64);
            prop_assert_eq!(count, lines(&text).count() as u64);
            prop_assert!(all == text);
        }
    }

    #[test]
    fn a_line_that_never_ends_is_refused_with_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        let file = std::fs::File::create(&path).unwrap();
        std::io::Write::write_all(&mut &file, b"{}\n").unwrap();
        // A hole: it takes no room on the disk.
        file.set_len(3 + MAX_LINE_BYTES as u64).unwrap();
        let (mut reader, _) = LineReader::open(&path, 1 << 20, Names::BuiltIn).unwrap();
        assert_eq!(reader.next().unwrap(), Some(Piece { text: b"{}\n".to_vec(), first: 1 }));
        let error = reader.next().unwrap_err().to_string();
        assert!(error.starts_with("line 2 of ") && error.contains(" is longer than 64 MiB"), "{error}");
    }
}
