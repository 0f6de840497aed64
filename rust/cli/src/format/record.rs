//! Recognises a line, or the value of a record.

use callweave_core::call::map::Ready;
use serde_json::{Deserializer, Map, Value};

use super::table::Format;
use super::{meant_field, FIELDS, HEAD_BYTES, NEEDED_FIELDS};

/// The fields in which shippers of logs put the line that a program has written.
const LOG_FIELDS: [&str; 4] = ["log", "message", "msg", "MESSAGE"];
/// A zero byte and the number of a schema.
const REGISTRY_PREFIX_BYTES: usize = 5;
const RECORD_SEPARATOR: u8 = 0x1e;

impl Format {
    /// What a rejected line or record is, where that is certain. Looks at its beginning only.
    pub fn of_record(value: &[u8]) -> Option<Self> {
        let value = &value[..value.len().min(HEAD_BYTES)];
        if let Some(wide) = Self::of_wide_text(value) {
            return Some(wide);
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

    /// UTF-32 and UTF-16 by their byte-order marks, or by what JSON begins with in them.
    pub(super) fn of_wide_text(text: &[u8]) -> Option<Self> {
        match text {
            [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some(Self::Utf32),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(Self::Utf16),
            [b'{' | b'[', 0, _, 0, ..] => Some(Self::Utf16Le),
            [0, b'{' | b'[', 0, _, ..] => Some(Self::Utf16Be),
            _ => None,
        }
    }
}

/// Whether a line holds a call, as far as its names say.
pub fn is_line_of_call(line: &[u8]) -> bool {
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
    if let Some(ready) = Ready::of_names(|path| has(object, path)) {
        return Some(Format::Ready(ready));
    }
    if let Some(envelope) = object.iter().find_map(|(name, value)| of_field(name, value)) {
        return Some(envelope);
    }
    let other_names = object.keys().filter(|name| !FIELDS.contains(&name.as_str()));
    let meant = other_names.filter_map(|name| Some((name.clone(), meant_field(name)?)));
    let meant: Vec<_> = meant.filter(|(_, field)| !object.contains_key(*field)).collect();
    (!meant.is_empty()).then_some(Format::OtherNames(meant))
}

/// Whether there is something at a dotted path.
fn has(object: &Map<String, Value>, path: &str) -> bool {
    let mut names = path.split('.');
    let first = names.next().and_then(|name| object.get(name));
    names.try_fold(first, |value, name| value.map(|value| value.get(name))).flatten().is_some()
}

/// Of an object with this field.
fn of_field(name: &str, value: &Value) -> Option<Format> {
    let is_call = |value: &Value| value.as_object().is_some_and(has_needed_fields);
    match value {
        // Names go into a program of jq and into a shell's quotes.
        _ if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.bytes().all(is_of_name) => None,
        Value::Object(_) if is_call(value) => Some(Format::ObjectInField(name.to_owned())),
        Value::Array(items) if items.first().is_some_and(is_call) => {
            Some(Format::ArrayInField(name.to_owned()))
        }
        Value::String(text) => {
            let is_log = || LOG_FIELDS.contains(&name) && holds_object(text);
            (is_line_of_call(text.as_bytes()) || is_log()).then(|| Format::JsonInField(name.to_owned()))
        }
        _ => None,
    }
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn holds_object(text: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(text).is_ok()
}
