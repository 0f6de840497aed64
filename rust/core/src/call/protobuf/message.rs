//! The fields of a message, as its bytes have them.

use std::fmt;

use prost::bytes::Buf;
use prost::encoding::{decode_key, decode_varint, skip_field, DecodeContext, WireType};

use super::super::{malformed, Rejection};
use super::faults::{no_message, wrong_wire_type, Cut, Field};
use crate::json_text;
use crate::protobuf::fields::{
    DST_IP, END_AT_MS, ID, ID_INTEGER, ID_NUMBER, LATENCY_MSEC, NAMES, SRC_IP, START_AT_MS,
};

/// The fields of a message, each as it came last.
#[derive(Default)]
pub struct Message<'a> {
    pub id: Option<CallId<'a>>,
    pub src: Option<Text<'a>>,
    pub dst: Option<Text<'a>>,
    pub start_ms: Option<i64>,
    pub latency_ms: Option<f64>,
    pub end_ms: Option<i64>,
    /// The first known field with another wire type than its own.
    wrong: Option<(u32, WireType)>,
}

#[derive(Clone, Copy)]
pub enum CallId<'a> {
    Text(Text<'a>),
    Integer(i64),
    Number(&'a str),
}

/// A text, UTF-8.
#[derive(Clone, Copy)]
pub enum Text<'a> {
    /// One that a JSON string has between its quotes as it is.
    Plain(&'a [u8]),
    /// Any other, and some that are plain.
    Other(&'a str),
}

const ID_KEY: u8 = key(ID, WireType::LengthDelimited);
const ID_INTEGER_KEY: u8 = key(ID_INTEGER, WireType::Varint);
const SRC_KEY: u8 = key(SRC_IP, WireType::LengthDelimited);
const DST_KEY: u8 = key(DST_IP, WireType::LengthDelimited);
const START_KEY: u8 = key(START_AT_MS, WireType::Varint);
const LATENCY_KEY: u8 = key(LATENCY_MSEC, WireType::SixtyFourBit);
const END_KEY: u8 = key(END_AT_MS, WireType::Varint);

/// The one byte that a field of a number below 16 begins with.
const fn key(field: u32, wire_type: WireType) -> u8 {
    (field << 3) as u8 | wire_type as u8
}

impl<'a> Message<'a> {
    /// The fields of a record.
    ///
    /// # Errors
    /// When it is no message, or a field that is known has not its type.
    #[inline]
    pub fn read(record: &'a [u8]) -> Result<Self, Rejection> {
        if record.is_empty() {
            return Err(malformed("the record is empty"));
        }
        let mut message = Message::default();
        let mut rest = record;
        while !rest.is_empty() {
            rest = match message.take_usual(rest) {
                Some(behind) => behind,
                None => message.take(record, rest)?,
            };
        }
        match message.wrong {
            Some((field, wire_type)) => Err(wrong_wire_type(field, wire_type)),
            None => Ok(message),
        }
    }

    /// Takes in the field that `rest` begins with if it is written as nearly all are; what is behind it.
    #[inline(always)]
    fn take_usual(&mut self, rest: &'a [u8]) -> Option<&'a [u8]> {
        let (&key, rest) = rest.split_first()?;
        match key {
            ID_KEY | SRC_KEY | DST_KEY => {
                // A length below 128: one byte, and not negative.
                let (&length, rest) = rest.split_first().filter(|(&length, _)| length < 0x80)?;
                let (bytes, rest) = rest.split_at_checked(usize::from(length))?;
                let text = json_text::is_plain(bytes).then_some(Text::Plain(bytes))?;
                match key {
                    ID_KEY => self.id = Some(CallId::Text(text)),
                    SRC_KEY => self.src = Some(text),
                    _ => self.dst = Some(text),
                }
                Some(rest)
            }
            START_KEY | END_KEY | ID_INTEGER_KEY => {
                let (value, rest) = short_varint(rest)?;
                match key {
                    START_KEY => self.start_ms = Some(value),
                    END_KEY => self.end_ms = Some(value),
                    _ => self.id = Some(CallId::Integer(value)),
                }
                Some(rest)
            }
            LATENCY_KEY => {
                let (bytes, rest) = rest.split_first_chunk()?;
                self.latency_ms = Some(f64::from_le_bytes(*bytes));
                Some(rest)
            }
            _ => None,
        }
    }

    /// Takes in the field that `rest`, the end of `record`, begins with, whatever it is; what is behind it.
    #[inline(never)]
    fn take(&mut self, record: &'a [u8], mut rest: &'a [u8]) -> Result<&'a [u8], Rejection> {
        let at = record.len() - rest.len();
        let broken = |what: fmt::Arguments<'_>| Err(no_message(record, what));
        let Ok((field, wire_type)) = decode_key(&mut rest) else {
            return broken(format_args!("no field begins at byte {at}"));
        };
        match (field, wire_type) {
            (ID | ID_NUMBER | SRC_IP | DST_IP, WireType::LengthDelimited) => {
                let Some(bytes) = delimited(&mut rest) else {
                    return broken(format_args!("{}", Cut { field, at, record }));
                };
                let Ok(text) = std::str::from_utf8(bytes) else {
                    return broken(format_args!("{} at byte {at} is not UTF-8", Field(field)));
                };
                match field {
                    ID => self.id = Some(CallId::Text(Text::Other(text))),
                    ID_NUMBER => self.id = Some(CallId::Number(text)),
                    SRC_IP => self.src = Some(Text::Other(text)),
                    _ => self.dst = Some(Text::Other(text)),
                }
            }
            (ID_INTEGER | START_AT_MS | END_AT_MS, WireType::Varint) => {
                let Ok(value) = decode_varint(&mut rest) else {
                    return broken(format_args!("{} at byte {at} has no whole varint", Field(field)));
                };
                // Negative numbers have all 64 bits.
                let value = value as i64;
                match field {
                    ID_INTEGER => self.id = Some(CallId::Integer(value)),
                    START_AT_MS => self.start_ms = Some(value),
                    _ => self.end_ms = Some(value),
                }
            }
            (LATENCY_MSEC, WireType::SixtyFourBit) => {
                let Ok(value) = rest.try_get_f64_le() else {
                    return broken(format_args!("{}", Cut { field, at, record }));
                };
                self.latency_ms = Some(value);
            }
            _ => {
                if field as usize <= NAMES.len() {
                    self.wrong = self.wrong.or(Some((field, wire_type)));
                }
                if skip_field(wire_type, field, &mut rest, DecodeContext::default()).is_err() {
                    return broken(format_args!("{}", Cut { field, at, record }));
                }
            }
        }
        Ok(rest)
    }
}

/// The bytes behind a length; `None` where there are fewer.
fn delimited<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(decode_varint(rest).ok()?).ok()?;
    let (bytes, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(bytes)
}

/// The number that `rest` begins with if it has at most eight bytes; what is behind it.
#[inline(always)]
fn short_varint(rest: &[u8]) -> Option<(i64, &[u8])> {
    if let Some((value, behind)) = rest.split_first_chunk().and_then(|(six, rest)| Some((time(six)?, rest))) {
        return Some((value, behind));
    }
    let mut value = 0;
    for (place, &byte) in rest.iter().take(8).enumerate() {
        value |= i64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            return Some((value, &rest[place + 1..]));
        }
    }
    None
}

/// The number of just six bytes, as a time in ms has them from 1971 to 2109.
#[inline(always)]
fn time(&[a, b, c, d, e, f]: &[u8; 6]) -> Option<i64> {
    let word = u64::from_le_bytes([a, b, c, d, e, f, 0, 0]);
    if word & 0x8080_8080_8080 != 0x0080_8080_8080 {
        return None;
    }
    // Seven bits of each byte, then fourteen of each two, then all.
    let sevens = word & 0x7f7f_7f7f_7f7f;
    let fourteens = sevens & 0x007f_007f_007f | (sevens & 0x7f00_7f00_7f00) >> 1;
    let value = fourteens & 0x3fff | (fourteens & 0x3fff_0000) >> 2 | (fourteens & 0x3fff_0000_0000) >> 4;
    Some(value as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_is_read_as_prost_writes_it(bits in 0u32..64, value: u64, more: [u8; 3]) {
            let value = value >> bits;
            let mut bytes = Vec::new();
            prost::encoding::encode_varint(value, &mut bytes);
            let length = bytes.len();
            bytes.extend(more);
            match short_varint(&bytes) {
                Some(found) => prop_assert_eq!(found, (value as i64, &more[..])),
                None => prop_assert!(length > 8),
            }
            prop_assert!(short_varint(&bytes[..length - 1]).is_none());
        }
    }
}
