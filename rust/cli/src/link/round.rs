//! The lines of the input, in pieces that are worked at once.

use std::io::BufRead;
use std::path::Path;

use anyhow::Context;

use crate::files::{self, Position};

/// Bytes of a round. Fixed, because the watermark steps from round to round: what is late must not
/// depend on the machine.
pub const ROUND_BYTES: usize = 4 << 20;
/// A longer line is an error: it has to be held in memory, and is no record of any topic.
const MAX_LINE_BYTES: usize = 64 << 20;

/// Where a line comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The position of its file among the inputs.
    pub file: u32,
    /// Its number in the file, from 1.
    pub line: u64,
}

/// Some lines, each with its end but perhaps the last.
#[derive(Debug, Default)]
pub struct Round {
    /// Their text.
    pub text: Vec<u8>,
    /// Where they come from.
    pub origins: Origins,
}

/// Where the lines of a [`Round`] come from.
#[derive(Debug)]
pub enum Origins {
    /// They follow each other from this one on.
    From(Origin),
    /// Each from somewhere else.
    Each(Vec<Origin>),
}

impl Origins {
    /// The origin of a line, given its position in the round.
    pub fn of(&self, position: usize) -> Origin {
        match self {
            Origins::From(first) => Origin { line: first.line + position as u64, ..*first },
            Origins::Each(origins) => origins[position],
        }
    }
}

impl Default for Origins {
    fn default() -> Self {
        Origins::Each(Vec::new())
    }
}

/// Reads one file in rounds.
pub struct Rounds {
    reader: Box<dyn BufRead + Send>,
    next: Origin,
    name: String,
    /// The beginning of a line whose end was not in the last round.
    rest: Vec<u8>,
    at_end: bool,
}

impl Rounds {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path, file: u32) -> anyhow::Result<(Self, Position)> {
        let (reader, position) = files::open_lines(path)?;
        let next = Origin { file, line: 1 };
        let name = path.display().to_string();
        Ok((Self { reader, next, name, rest: Vec::new(), at_end: false }, position))
    }

    /// The next round; `None` at the end.
    ///
    /// # Errors
    /// When the file cannot be read, or has a line that is none.
    pub fn next(&mut self) -> anyhow::Result<Option<Round>> {
        let mut text = Vec::with_capacity(ROUND_BYTES);
        text.append(&mut self.rest);
        loop {
            // There is no end of a line in what was read before.
            let read = text.len();
            self.fill(&mut text)?;
            if self.at_end {
                break;
            }
            // Not found: a line that is longer than a round.
            if let Some(end) = memchr::memrchr(b'\n', &text[read..]) {
                self.rest = text.split_off(read + end + 1);
                break;
            }
            anyhow::ensure!(
                text.len() < MAX_LINE_BYTES,
                "line {} of {} is longer than {} MiB: a file of JSON lines is wanted",
                self.next.line,
                self.name,
                MAX_LINE_BYTES >> 20
            );
        }
        if text.is_empty() {
            return Ok(None);
        }
        let origins = Origins::From(self.next);
        self.next.line += lines(&text).count() as u64;
        Ok(Some(Round { text, origins }))
    }

    /// Reads until `text` has another round's bytes.
    fn fill(&mut self, text: &mut Vec<u8>) -> anyhow::Result<()> {
        let wanted = (text.len() / ROUND_BYTES + 1) * ROUND_BYTES;
        while text.len() < wanted {
            let whole_lines = self.next.line - 1;
            let read = self.reader.fill_buf();
            let read = read.with_context(|| {
                let more = memchr::memchr_iter(b'\n', text).count() as u64;
                files::cannot_read_after(&self.name, whole_lines + more)
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

/// The lines of a text without their ends, be these LF or CR LF. What follows the last end is a line if it is not empty.
pub fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', rest);
        let line = files::without_carriage_return(&rest[..end.unwrap_or(rest.len())]);
        rest = end.map_or(&[], |end| &rest[end + 1..]);
        Some(line)
    })
}

/// Cuts a text into at most `parts` parts of whole lines and about the same length.
pub fn split(text: &[u8], parts: usize) -> Vec<&[u8]> {
    let mut rest = text;
    let mut split = Vec::new();
    for left in (1..=parts).rev() {
        let near = rest.len() / left;
        let end = memchr::memchr(b'\n', &rest[near..]).filter(|_| left > 1);
        let (part, tail) = rest.split_at(end.map_or(rest.len(), |end| near + end + 1));
        split.push(part);
        rest = tail;
    }
    split
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_file_is_read_in_rounds_of_whole_lines(lengths in prop::collection::vec(0usize..1_500_000, 0..20), ends in any::<bool>()) {
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
            let (mut rounds, position) = Rounds::open(&path, 3).unwrap();
            let (mut all, mut count) = (Vec::new(), 0);
            while let Some(round) = rounds.next().unwrap() {
                prop_assert_eq!(round.origins.of(0), Origin { file: 3, line: count + 1 });
                count += lines(&round.text).count() as u64;
                all.extend_from_slice(&round.text);
            }
            prop_assert_eq!(position.bytes(), text.len() as u64);
            prop_assert_eq!(count, lines(&text).count() as u64);
            prop_assert!(all == text);
        }

        #[test]
        fn parts_are_the_whole_text_cut_at_line_ends(text in "[ab\n]{0,60}", parts in 1usize..6) {
            let split = split(text.as_bytes(), parts);
            prop_assert_eq!(split.len(), parts);
            prop_assert_eq!(split.concat(), text.as_bytes());
            let counts: usize = split.iter().map(|part| lines(part).count()).sum();
            prop_assert_eq!(counts, lines(text.as_bytes()).count());
        }
    }

    #[test]
    fn an_empty_line_is_a_line() {
        let of = |text: &'static str| lines(text.as_bytes()).collect::<Vec<_>>();
        assert_eq!(of("a\n\nb\n"), [b"a".as_slice(), b"", b"b"]);
        assert_eq!(of("a\n\nb"), [b"a".as_slice(), b"", b"b"]);
        assert_eq!(of("a\r\n\r\nb\r"), [b"a".as_slice(), b"", b"b"]);
        assert_eq!(of("a\r\r\n"), [b"a\r".as_slice()]);
        assert!(of("").is_empty());
    }
}
