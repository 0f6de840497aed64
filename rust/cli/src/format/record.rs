//! Recognises a line, or the value of a record.

use serde_json::{Deserializer, Map, Value};

use super::file::HEAD_BYTES;
use super::table::Format;
use super::{meant_field, FIELDS, NEEDED_FIELDS};

/// The fields in which shippers of logs put the line that a program has written.
const LOG_FIELDS: [&str; 4] = ["log", "message", "msg", "MESSAGE"];
/// A zero byte and the number of a schema.
const REGISTRY_PREFIX_BYTES: usize = 5;
const RECORD_SEPARATOR: u8 = 0x1e;

impl Format {
    /// What a rejected line or record is, where that is certain. Looks at its beginning only.
    pub fn of_record(value: &[u8]) -> Option<Self> {
        let value = &value[..value.len().min(HEAD_BYTES)];
        if let Some(utf16) = Self::of_utf16(value) {
            return Some(utf16);
        }
        if value.first() == Some(&0) && value.get(REGISTRY_PREFIX_BYTES) == Some(&b'{') {
            return Some(Self::SchemaRegistry);
        }
        let text = value.trim_ascii();
        match text.first() {
            None | Some(b'#') => Some(if text.is_empty() { Self::Blank } else { Self::Comment }),
            Some(b'/') if text.starts_with(b"//") => Some(Self::Comment),
            Some(&RECORD_SEPARATOR) => Some(Self::TextSequence),
            Some(b'[') => {
                serde_json::from_slice::<Vec<Map<String, Value>>>(text).ok().map(|_| Self::JsonArray)
            }
            Some(b'"') => {
                let inside = serde_json::from_slice::<String>(text).ok()?;
                holds_object(&inside).then_some(Self::JsonInString)
            }
            Some(b'{') => of_object(text),
            _ => None,
        }
    }

    /// UTF-16 by its byte-order mark, or by what JSON begins with in it.
    pub(super) fn of_utf16(text: &[u8]) -> Option<Self> {
        match text {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(Self::Utf16),
            [b'{' | b'[', 0, _, 0, ..] => Some(Self::Utf16Le),
            [0, b'{' | b'[', 0, _, ..] => Some(Self::Utf16Be),
            _ => None,
        }
    }
}

/// Whether a line holds a call, as far as its names say.
pub fn is_call(line: &[u8]) -> bool {
    serde_json::from_slice::<Map<String, Value>>(line).is_ok_and(|object| has_needed_fields(&object))
}

fn has_needed_fields(object: &Map<String, Value>) -> bool {
    NEEDED_FIELDS.iter().all(|&field| object.contains_key(field))
}

/// Of a text that begins like an object.
fn of_object(text: &[u8]) -> Option<Format> {
    let mut values = Deserializer::from_slice(text).into_iter::<Map<String, Value>>();
    match values.next() {
        Some(Ok(object)) => match text[values.byte_offset()..].trim_ascii_start() {
            [] => of_names(&object),
            [b'{', ..] => Some(Format::Concatenated),
            [b','] => Some(Format::TrailingComma),
            _ => None,
        },
        _ => text[1..].trim_ascii_start().starts_with(b"'").then_some(Format::PythonRepr),
    }
}

/// Of an object whose fields have these names.
fn of_names(object: &Map<String, Value>) -> Option<Format> {
    if has_needed_fields(object) {
        return None;
    }
    if object.get("payload").is_some_and(Value::is_object) {
        return Some(Format::Payload);
    }
    let holds = |field: &&str| object.get(*field).and_then(Value::as_str).is_some_and(holds_object);
    if let Some(field) = LOG_FIELDS.into_iter().find(holds) {
        return Some(Format::JsonInField(field));
    }
    let other_names = object.keys().filter(|name| !FIELDS.contains(&name.as_str()));
    let meant = other_names.filter_map(|name| Some((name.clone(), meant_field(name)?)));
    let meant: Vec<_> = meant.filter(|(_, field)| !object.contains_key(*field)).collect();
    (!meant.is_empty()).then_some(Format::OtherNames(meant))
}

fn holds_object(text: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(text).is_ok()
}
