//! Fields of messages, appended one by one.

use prost::encoding::{encode_key, encode_varint, encoded_len_varint, key_len, WireType};

use super::fields::{ID, ID_INTEGER, ID_NUMBER};
use crate::json_text::unescape;

/// Appends a field of bytes or text.
pub fn text(out: &mut Vec<u8>, field: u32, text: &[u8]) {
    encode_key(field, WireType::LengthDelimited, out);
    encode_varint(text.len() as u64, out);
    out.extend_from_slice(text);
}

/// Appends a text that is the inside of a JSON string, UTF-8.
pub fn json_text(out: &mut Vec<u8>, field: u32, inside: &[u8]) {
    if !inside.contains(&b'\\') {
        return text(out, field, inside);
    }
    let plain = std::str::from_utf8(inside).ok().and_then(unescape);
    text(out, field, plain.as_ref().map_or(inside, |plain| plain.as_bytes()));
}

/// Appends an integer of type `int64` or `uint64`.
pub fn integer(out: &mut Vec<u8>, field: u32, value: i64) {
    encode_key(field, WireType::Varint, out);
    encode_varint(value as u64, out);
}

/// Appends a `double`.
pub fn double(out: &mut Vec<u8>, field: u32, value: f64) {
    encode_key(field, WireType::SixtyFourBit, out);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends an id: what stands between the quotes of a JSON string, or a JSON integer.
pub fn id(out: &mut Vec<u8>, json: &[u8], is_string: bool) {
    match (is_string, integer_of(json)) {
        (true, _) => json_text(out, ID, json),
        (false, Some(value)) => integer(out, ID_INTEGER, value),
        (false, None) => text(out, ID_NUMBER, json),
    }
}

/// Appends an id as a message of its own.
pub fn id_message(out: &mut Vec<u8>, field: u32, json: &[u8], is_string: bool) {
    encode_key(field, WireType::LengthDelimited, out);
    let integer = if is_string { None } else { integer_of(json) };
    let bytes = match integer {
        Some(value) => key_len(ID_INTEGER) + encoded_len_varint(value as u64),
        None if json.contains(&b'\\') => {
            // Rare: how long it is only shows once it is written.
            let mut message = Vec::new();
            id(&mut message, json, is_string);
            encode_varint(message.len() as u64, out);
            return out.extend_from_slice(&message);
        }
        None => key_len(ID) + encoded_len_varint(json.len() as u64) + json.len(),
    };
    encode_varint(bytes as u64, out);
    id(out, json, is_string);
}

/// The integer that a JSON integer is, if it has 64 bits and is spelt as integers are.
pub fn integer_of(json: &[u8]) -> Option<i64> {
    let value = std::str::from_utf8(json).ok()?.parse::<i64>().ok()?;
    (itoa::Buffer::new().format(value).as_bytes() == json).then_some(value)
}
