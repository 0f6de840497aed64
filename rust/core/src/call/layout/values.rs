//! The values of a record whose layout is known.

use std::borrow::Cow;

use super::window;
use crate::address::MAX_HOST_NAME_BYTES;
use crate::call::fast::{plain_length, Scanner};
use crate::call::times::Times;
use crate::call::{Call, Limits};
use crate::digits::{self, integer};
use crate::id::{Id, MAX_ID_BYTES};
use crate::json_text::odd;
use crate::number::nearest_below_next_integer;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A string with its quotes, or an integer: streams may have both.
    Id,
    Src,
    Dst,
    Start,
    End,
    Latency,
    ExtraString,
    ExtraNumber,
}

/// The values of a record. Those that its layout does not have stay as they are.
pub struct Values<'a> {
    id: Id<'a>,
    src: &'a [u8],
    dst: &'a [u8],
    start_ms: i64,
    end_ms: i64,
    latency: Latency<'a>,
    extras: String,
}

/// A latency, and as it was written.
struct Latency<'a> {
    ms: f64,
    /// The same where it is written as a plain integer.
    integer_ms: Option<i64>,
    text: &'a [u8],
}

impl<'a> Values<'a> {
    #[inline(always)]
    pub fn new() -> Self {
        Values {
            id: Id::Integer(&[]),
            src: &[],
            dst: &[],
            start_ms: 0,
            end_ms: 0,
            latency: Latency { ms: 0.0, integer_ms: None, text: &[] },
            extras: String::new(),
        }
    }

    /// Reads the value at `at`; returns the place behind it.
    #[inline(always)]
    pub fn read(&mut self, meaning: Meaning, record: &'a [u8], at: u32) -> Option<u32> {
        match meaning {
            Meaning::Id => {
                let (id, end) = id(record, at)?;
                self.id = id;
                Some(end)
            }
            Meaning::Src => address(&mut self.src, record, at),
            Meaning::Dst => address(&mut self.dst, record, at),
            Meaning::Start => time(&mut self.start_ms, record, at),
            Meaning::End => time(&mut self.end_ms, record, at),
            Meaning::Latency => {
                self.latency = latency(record, at)?;
                Some(at + self.latency.text.len() as u32)
            }
            Meaning::ExtraString => Some(at + string(record, at)?.len() as u32),
            Meaning::ExtraNumber => Some(at + number(record.get(at as usize..)?)?.len() as u32),
        }
    }

    /// Passes through a value, UTF-8, under this name, which has quotes and colon.
    pub fn pass_through(&mut self, name: &str, value: &[u8], is_string: bool) -> Option<()> {
        let value = std::str::from_utf8(value).ok()?;
        let quote = if is_string { "\"" } else { "" };
        let comma = if self.extras.is_empty() { "" } else { "," };
        for piece in [comma, name, quote, value, quote] {
            self.extras.push_str(piece);
        }
        Some(())
    }

    /// The call that has these values, of which end or latency may be missing; `None` where it is rejected.
    #[inline(always)]
    pub fn call(self, has_end: bool, has_latency: bool, limits: &Limits) -> Option<Call<'a>> {
        let end_ms = has_end.then_some(self.end_ms);
        let latency_ms = has_latency.then_some(self.latency.ms);
        let times =
            Times::complete(self.start_ms, end_ms, latency_ms).filter(|times| times.are_sound(limits))?;
        let latency = match has_latency && self.latency.integer_ms != Some(times.length_ms()) {
            true => Some(Cow::Borrowed(std::str::from_utf8(self.latency.text).ok()?)),
            false => None,
        };
        Some(Call {
            id: self.id,
            src: self.src,
            dst: self.dst,
            start_ms: times.start_ms,
            end_ms: times.end_ms,
            latency,
            extras: self.extras,
        })
    }
}

/// The id at `at`, and the place behind it.
#[inline(always)]
fn id(record: &[u8], at: u32) -> Option<(Id<'_>, u32)> {
    if *record.get(at as usize)? != b'"' {
        let rest = record.get(at as usize..)?;
        let short = rest.first_chunk().and_then(|&bytes| digits::short_length(u64::from_le_bytes(bytes)));
        let length = short.or_else(|| Some(integer(rest)?.1))?;
        return Some((Id::Integer(rest.get(..length)?), at + length as u32));
    }
    let text = string(record, at + 1)?;
    let end = at as usize + 1 + text.len();
    let is_one = (1..=MAX_ID_BYTES).contains(&text.len()) && record.get(end) == Some(&b'"');
    is_one.then(|| (Id::of_text(text), end as u32 + 1))
}

/// The inside of the string that `at` is in, UTF-8; what follows begins with its quote.
#[inline(always)]
fn string(record: &[u8], at: u32) -> Option<&[u8]> {
    let mut end = at;
    while let Some(bytes) = window(record, end) {
        let word = u64::from_le_bytes(*bytes);
        let stop = odd(bytes).trailing_zeros() & !7;
        if stop < 64 {
            end += stop / 8;
            return match (word >> stop) as u8 {
                b'"' => record.get(at as usize..end as usize),
                _ => any_string(record, at),
            };
        }
        end += 8;
    }
    any_string(record, at)
}

/// The same, whatever is in it.
#[inline(never)]
fn any_string(record: &[u8], at: u32) -> Option<&[u8]> {
    let rest = record.get(at as usize..)?;
    let (length, is_ascii) = plain_length(rest);
    let inside = &rest[..length];
    (is_ascii || std::str::from_utf8(inside).is_ok()).then_some(inside)
}

#[inline(always)]
fn address<'a>(to: &mut &'a [u8], record: &'a [u8], at: u32) -> Option<u32> {
    *to = string(record, at)?;
    (1..=MAX_HOST_NAME_BYTES).contains(&to.len()).then_some(at + to.len() as u32)
}

#[inline(always)]
fn time(to: &mut i64, record: &[u8], at: u32) -> Option<u32> {
    if let Some(value) = window(record, at).and_then(digits::thirteen) {
        *to = value;
        return Some(at + 13);
    }
    let (value, length) = integer(record.get(at as usize..)?)?;
    *to = value;
    Some(at + length as u32)
}

#[inline(always)]
fn latency(record: &[u8], at: u32) -> Option<Latency<'_>> {
    let decimal = window(record, at).and_then(|bytes| digits::decimal(u64::from_le_bytes(*bytes)));
    let Some(decimal) = decimal else { return any_latency(record.get(at as usize..)?) };
    let text = record.get(at as usize..at as usize + decimal.length)?;
    Some(Latency { ms: decimal.value(), integer_ms: decimal.integer(), text })
}

#[inline(never)]
fn any_latency(rest: &[u8]) -> Option<Latency<'_>> {
    let (value, length) = integer(rest)?;
    if matches!(rest.get(length), Some(b'.' | b'e' | b'E')) {
        let text = number(rest)?;
        let ms = nearest_below_next_integer(std::str::from_utf8(text).ok()?)?;
        return Some(Latency { ms, integer_ms: None, text });
    }
    // Exact: an f64 holds every integer of 15 digits.
    Some(Latency { ms: value as f64, integer_ms: Some(value), text: &rest[..length] })
}

/// A number by JSON's grammar.
fn number(rest: &[u8]) -> Option<&[u8]> {
    // All that numbers are made of; the scanner says how much of it is one.
    let most = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
    let text = std::str::from_utf8(&rest[..most.count()]).ok()?;
    let length = Scanner::new(text).number()?.len();
    Some(&rest[..length])
}
