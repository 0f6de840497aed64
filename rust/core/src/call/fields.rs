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
    /// A name, with its quotes, that would have to be kept and is not well-formed Unicode.
    pub ill_formed_name: Option<&'a str>,
}

impl<'a> Fields<'a> {
    /// Takes in a field, in place of an earlier one of that name, which is given as it is and as a JSON
    /// string.
    pub fn set(&mut self, name: &str, quoted: Cow<'a, str>, value: &'a str, keep_extras: bool) {
        match name {
            "id" => self.id = Some(value),
            "src_ip" => self.src = Some(value),
            "dst_ip" => self.dst = Some(value),
            "start_at_ms" => self.start = Some(value),
            "latency_msec" => self.latency = Some(value),
            "end_at_ms" => self.end = Some(value),
            _ if is_written(name) => {}
            _ if keep_extras => self.extras.set(quoted, value),
            _ => {}
        }
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
            match string(quoted).and_then(unescape) {
                Some(Cow::Borrowed(name)) => {
                    fields.set(name, Cow::Borrowed(quoted), value.get(), self.keep_extras);
                }
                // Of two spellings of a name one must stand.
                Some(Cow::Owned(name)) => {
                    fields.set(&name, Cow::Owned(self::quoted(&name)), value.get(), self.keep_extras);
                }
                None if self.keep_extras => fields.ill_formed_name = Some(quoted),
                None => {}
            }
        }
        Ok(fields)
    }
}
