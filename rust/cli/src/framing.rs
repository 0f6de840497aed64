//! How records follow each other in a file: as lines, or as messages behind their lengths.

use std::path::Path;

use callweave_core::protobuf::RecordFormat;
use prost::encoding::{decode_varint, encode_varint};

/// How a file of messages is called, before it is compressed.
const PROTOBUF_EXTENSION: &str = "pb";

/// What stands between the records of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// The end of a line behind each.
    #[default]
    Lines,
    /// The length of each as a varint before it, as protobuf's `writeDelimitedTo` and `parseDelimitedFrom` have it.
    Delimited,
}

impl From<RecordFormat> for Framing {
    fn from(format: RecordFormat) -> Self {
        match format {
            RecordFormat::Json => Self::Lines,
            RecordFormat::Protobuf => Self::Delimited,
        }
    }
}

/// What a name ends in, without what says how the file is compressed.
pub fn plain_extension(path: &Path) -> Option<String> {
    let is = |wanted: &str| path.extension().is_some_and(|extension| extension == wanted);
    let plain = if is("gz") || is("zst") { path.with_extension("") } else { path.to_owned() };
    plain.extension().map(|extension| extension.to_string_lossy().into_owned())
}

/// The format of the records of a file by its name: `calls.pb`, `calls.pb.gz` and `calls.pb.zst` have messages.
pub fn format_by_name(path: &Path) -> RecordFormat {
    match plain_extension(path).as_deref() {
        Some(PROTOBUF_EXTENSION) => RecordFormat::Protobuf,
        _ => RecordFormat::Json,
    }
}

impl Framing {
    /// The records of a text of whole records.
    pub fn records(self, text: &[u8]) -> impl Iterator<Item = &[u8]> {
        let (as_lines, as_messages) = match self {
            Self::Lines => (text, &[][..]),
            Self::Delimited => (&[][..], text),
        };
        lines(as_lines).chain(messages(as_messages).map(|(_, message)| message))
    }

    /// What a record is called, and what a file of them has.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Lines => ("line", "JSON lines"),
            Self::Delimited => ("message", "messages, each behind its length as a varint,"),
        }
    }

    /// Appends a record with what stands before or behind it.
    pub fn append(self, record: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Lines => {
                out.extend_from_slice(record);
                out.push(b'\n');
            }
            Self::Delimited => {
                encode_varint(record.len() as u64, out);
                out.extend_from_slice(record);
            }
        }
    }

    /// Where the last whole record of a text ends, which may break off in another; no line ends before `searched`.
    /// `None` if it has no whole record.
    pub fn end_of_whole(self, text: &[u8], searched: usize) -> Option<usize> {
        match self {
            Self::Lines => memchr::memrchr(b'\n', &text[searched..]).map(|end| searched + end + 1),
            Self::Delimited => messages(text).last().map(|(end, _)| end),
        }
    }

    /// Cuts a text of whole records into at most `parts` parts of about the same length.
    pub fn split(self, text: &[u8], parts: usize) -> Vec<&[u8]> {
        let mut rest = text;
        let mut split = Vec::new();
        for left in (1..=parts).rev() {
            let near = rest.len() / left;
            let end = match self {
                _ if left == 1 => None,
                Self::Lines => memchr::memchr(b'\n', &rest[near..]).map(|end| near + end + 1),
                Self::Delimited => messages(rest).map(|(end, _)| end).find(|&end| end >= near),
            };
            let (part, tail) = rest.split_at(end.unwrap_or(rest.len()));
            split.push(part);
            rest = tail;
        }
        split
    }
}

/// The lines of a text without their ends, be these LF or CR LF. What follows the last end is a line if it
/// is not empty.
pub fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', rest);
        let line = &rest[..end.unwrap_or(rest.len())];
        rest = end.map_or(&[], |end| &rest[end + 1..]);
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    })
}

/// The whole messages that a text begins with, each with the place behind it.
fn messages(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut message = rest;
        let length = usize::try_from(decode_varint(&mut message).ok()?).ok()?;
        (message, rest) = message.split_at_checked(length)?;
        Some((text.len() - rest.len(), message))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn records_come_back_from_any_part_of_a_text_that_has_them_whole(
            records in prop::collection::vec("[a-c]{0,200}", 0..30), parts in 1usize..6, delimited: bool,
        ) {
            let framing = if delimited { Framing::Delimited } else { Framing::Lines };
            let (mut text, mut ends) = (Vec::new(), vec![0]);
            for record in &records {
                framing.append(record.as_bytes(), &mut text);
                ends.push(text.len());
            }
            let found: Vec<&[u8]> = framing.records(&text).collect();
            prop_assert_eq!(&found, &records.iter().map(String::as_bytes).collect::<Vec<_>>());
            let split = framing.split(&text, parts);
            prop_assert_eq!(split.len(), parts);
            prop_assert_eq!(split.concat(), text.clone());
            prop_assert_eq!(split.iter().flat_map(|part| framing.records(part)).collect::<Vec<_>>(), found);
            for end in 0..text.len() {
                let whole = ends.iter().copied().filter(|&whole| whole <= end).max().filter(|&whole| whole > 0);
                prop_assert_eq!(framing.end_of_whole(&text[..end], 0), whole);
            }
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

    #[test]
    fn the_name_of_a_file_says_that_it_has_messages() {
        for (name, format) in [
            ("calls.pb", RecordFormat::Protobuf),
            ("a/calls.pb.zst", RecordFormat::Protobuf),
            ("calls.pb.gz", RecordFormat::Protobuf),
            ("calls.jsonl.gz", RecordFormat::Json),
            ("calls.pb.old", RecordFormat::Json),
            ("-", RecordFormat::Json),
        ] {
            assert_eq!(format_by_name(Path::new(name)), format, "{name}");
        }
    }
}
