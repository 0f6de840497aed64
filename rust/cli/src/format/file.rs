//! Recognises a file by its beginning.

use std::net::IpAddr;

use serde_json::{Deserializer, Value};

use super::record::is_line_of_call;
use super::table::Format;
use super::{meant_field, HEAD_BYTES};
use crate::framing::lines;

/// How a line of chains begins, which may be longer than what is looked at: those are read, too.
const CHAIN: &[u8] = b"{\"chain\":";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// How files of other programs begin.
const MAGIC: [(&[u8], Format); 8] = [
    (&callweave_parquet::MAGIC, Format::Parquet),
    (b"BZh", Format::Bzip2),
    (b"\xfd7zXZ\0", Format::Xz),
    (b"\x04\x22\x4d\x18", Format::Lz4),
    (b"\x02\x21\x4c\x18", Format::Lz4),
    (b"PK\x03\x04", Format::Zip),
    (b"PK\x05\x06", Format::Zip),
    (b"PK\x07\x08", Format::Zip),
];
/// What the header of a tar archive holds, and where.
const TAR: (usize, &[u8]) = (257, b"ustar");
/// So many names of fields make a line the head of a table.
const MIN_COLUMNS: usize = 2;

impl Format {
    /// What a file is that begins with `head`, unless it has lines of JSON objects. One line that is
    /// a call is enough to take the file: others are then judged by themselves. `head` is at most
    /// [`HEAD_BYTES`] long; a shorter one is the whole file.
    pub fn of_file(head: &[u8]) -> Option<Self> {
        if let Some((_, format)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
            return Some(format.clone());
        }
        if head.get(TAR.0..).is_some_and(|rest| rest.starts_with(TAR.1)) {
            return Some(Self::Tar);
        }
        if let Some(wide) = Self::of_wide_text(head) {
            return Some(wide);
        }
        let is_whole = head.len() < HEAD_BYTES;
        let text = from_first_object(head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head));
        let first = lines(text).next()?;
        if first.starts_with(b"[") && !is_json(first) {
            return is_array_begin(first).then_some(Self::JsonArray);
        }
        if lines(text).any(|line| line.starts_with(CHAIN) || is_line_of_call(line)) {
            return None;
        }
        let of_first = Self::of_record(first).filter(|format| !is_left_out(format));
        of_first
            .map(|format| format.with_names_of(text))
            .or_else(|| is_pretty_printed(first, text, is_whole).then_some(Self::PrettyPrinted))
            .or_else(|| separator_of_names(first).map(Self::Table))
            .or_else(|| separator_of_values(first).map(Self::Values))
    }
}

impl Format {
    /// Other names are those of all lines.
    fn with_names_of(self, text: &[u8]) -> Self {
        let Self::OtherNames(mut names) = self else {
            return self;
        };
        for line in lines(text) {
            if let Some(Self::OtherNames(more)) = Self::of_record(line) {
                names.extend(more);
            }
        }
        names.sort_unstable();
        names.dedup();
        Self::OtherNames(names)
    }
}

/// The text without the blank lines and comments in front.
fn from_first_object(text: &[u8]) -> &[u8] {
    let mut rest = text;
    loop {
        let length = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        let left_out = Format::of_record(&rest[..length]).is_some_and(|format| is_left_out(&format));
        if !left_out || length == rest.len() {
            return rest;
        }
        rest = &rest[length + 1..];
    }
}

/// Whether calls may come behind lines of this format.
fn is_left_out(format: &Format) -> bool {
    matches!(format, Format::Blank | Format::Comment)
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()
}

/// Tells an array from a log line such as `[2023-11-14] started`.
fn is_array_begin(line: &[u8]) -> bool {
    matches!(line[1..].trim_ascii_start().first(), None | Some(b'{'))
}

fn is_pretty_printed(first: &[u8], text: &[u8], is_whole: bool) -> bool {
    if !first.starts_with(b"{") || !text.contains(&b'\n') {
        return false;
    }
    let is_cut = |text| serde_json::from_slice::<Value>(text).is_err_and(|error| error.is_eof());
    is_cut(first)
        && match Deserializer::from_slice(text).into_iter::<Value>().next() {
            Some(Ok(_)) => true,
            Some(Err(error)) => error.is_eof() && !is_whole,
            None => false,
        }
}

/// What separates the names of fields in the first line of a table.
fn separator_of_names(first: &[u8]) -> Option<char> {
    separator(first, |cells| cells.iter().copied().filter_map(meant_field).count() >= MIN_COLUMNS)
}

/// What separates the values of a call: two addresses stand side by side, and the times.
fn separator_of_values(first: &[u8]) -> Option<char> {
    let is_ip = |cell: &&str| cell.parse::<IpAddr>().is_ok();
    let is_number = |cell: &&&str| cell.parse::<f64>().is_ok_and(f64::is_finite);
    separator(first, |cells| {
        let has_addresses = cells.windows(2).any(|pair| pair.iter().all(is_ip));
        has_addresses && cells.iter().filter(is_number).count() >= MIN_COLUMNS
    })
}

fn separator(first: &[u8], is_row: impl Fn(&[&str]) -> bool) -> Option<char> {
    let first = std::str::from_utf8(first).ok()?;
    [',', ';', '\t'].into_iter().find(|&separator| {
        is_row(&first.split(separator).map(|cell| cell.trim().trim_matches('"')).collect::<Vec<_>>())
    })
}
