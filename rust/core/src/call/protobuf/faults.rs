//! What is wrong with bytes that are no message of a call.

use std::fmt;

use prost::encoding::{decode_key, decode_varint, WireType};

use super::super::{invalid, malformed, Rejection};
use crate::protobuf::fields::{END_AT_MS, ID_INTEGER, LATENCY_MSEC, NAMES, START_AT_MS};

/// A field with its name, if that is known.
pub struct Field(pub u32);

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(field) = self;
        match NAMES.get(*field as usize - 1) {
            Some(name) => write!(f, "field {field} ({name})"),
            None => write!(f, "field {field}"),
        }
    }
}

/// A field that does not end within the record.
pub struct Cut<'a> {
    pub field: u32,
    /// Where its key begins.
    pub at: usize,
    pub record: &'a [u8],
}

impl fmt::Display for Cut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, at, record } = *self;
        write!(f, "{} at byte {at} ", Field(field))?;
        let mut rest = &record[at..];
        let wanted = match decode_key(&mut rest) {
            Ok((_, WireType::LengthDelimited)) => decode_varint(&mut rest).ok(),
            Ok((_, WireType::SixtyFourBit)) => Some(8),
            Ok((_, WireType::ThirtyTwoBit)) => Some(4),
            Ok((_, WireType::StartGroup | WireType::EndGroup)) => {
                return f.write_str("is a group that does not end")
            }
            _ => None,
        };
        match wanted {
            Some(wanted) => write!(f, "needs {wanted} bytes, {} are left", rest.len()),
            None => f.write_str("has no whole varint"),
        }
    }
}

/// The rejection of a record that is something else, which may be known.
#[cold]
pub fn no_message(record: &[u8], what: fmt::Arguments<'_>) -> Rejection {
    match record {
        [0, a, b, c, d, ..] => malformed(format!(
            "the record begins with the 5 bytes of a schema registry (0, then the id {} of a schema); \
             the message alone is wanted",
            u32::from_be_bytes([*a, *b, *c, *d])
        )),
        [b'{', ..] => malformed("the record looks like JSON, which --input-format json reads"),
        _ => malformed(format!("the record is no message: {what}")),
    }
}

/// The rejection of a record with a known field of another wire type than its own.
#[cold]
pub fn wrong_wire_type(field: u32, wire_type: WireType) -> Rejection {
    let wanted = match field {
        ID_INTEGER | START_AT_MS | END_AT_MS => WireType::Varint,
        LATENCY_MSEC => WireType::SixtyFourBit,
        _ => WireType::LengthDelimited,
    };
    let kind = match wanted {
        WireType::Varint => "an int64",
        WireType::SixtyFourBit => "a double",
        _ => "a string",
    };
    invalid(format!(
        "{} has wire type {}; {}, that of {kind}, is wanted",
        Field(field),
        wire_type as u8,
        wanted as u8
    ))
}
