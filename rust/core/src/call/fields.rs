//! The fields of a record as JSON has them, whatever its spelling.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::extras::Extras;
use super::string;
use crate::json_text::unescape;

/// The JSON values of a record, as written.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fields<'a> {
    /// `id`
    pub id: Option<&'a str>,
    /// `src_ip`
    pub src: Option<&'a str>,
    /// `dst_ip`
    pub dst: Option<&'a str>,
    /// `start_at_ms`
    pub start: Option<&'a str>,
    /// `latency_msec`
    pub latency: Option<&'a str>,
    /// `end_at_ms`
    pub end: Option<&'a str>,
    /// All others that are kept.
    pub extras: Extras<'a>,
}

impl<'a> Fields<'a> {
    /// Takes in a field that has a meaning, in place of an earlier one of that name. `false` for every
    /// other name.
    pub fn set(&mut self, name: &str, value: &'a str) -> bool {
        match name {
            "id" => self.id = Some(value),
            "src_ip" => self.src = Some(value),
            "dst_ip" => self.dst = Some(value),
            "start_at_ms" => self.start = Some(value),
            "latency_msec" => self.latency = Some(value),
            "end_at_ms" => self.end = Some(value),
            _ => return is_written(name),
        }
        true
    }
}

/// Whether a field is one that the job itself writes: the input's would stand there twice.
pub fn is_written(name: &str) -> bool {
    matches!(name, "parents" | "children" | "parents_omitted" | "children_omitted")
}

/// A name as a JSON string.
pub fn quoted(name: &str) -> String {
    // A JSON string of any text can be written.
    serde_json::Value::from(name).to_string()
}

/// Reads the fields of any JSON object.
pub fn read(text: &str, keep_extras: bool) -> serde_json::Result<Fields<'_>> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let fields = deserializer.deserialize_any(FieldsVisitor { keep_extras })?;
    deserializer.end()?;
    Ok(fields)
}

struct FieldsVisitor {
    keep_extras: bool,
}

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Fields::default();
        while let Some(name) = map.next_key::<&RawValue>()? {
            let value: &RawValue = map.next_value()?;
            let quoted = name.get();
            let name = string(quoted).and_then(unescape);
            if !name.as_ref().is_some_and(|name| fields.set(name, value.get())) && self.keep_extras {
                let quoted = match name {
                    // Of two spellings of a name one must stand.
                    Some(Cow::Owned(name)) => Cow::Owned(self::quoted(&name)),
                    // What is not well-formed stays so.
                    _ => Cow::Borrowed(quoted),
                };
                fields.extras.set(quoted, value.get());
            }
        }
        Ok(fields)
    }
}
