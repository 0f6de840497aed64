//! The fields of a record as JSON has them, whatever its spelling.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

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
    /// All others that are kept, names with their quotes.
    pub extras: Vec<(String, &'a str)>,
}

impl<'a> Fields<'a> {
    /// Takes in a field, in place of an earlier one of that name. `name` is without quotes.
    pub fn set(&mut self, name: &str, value: &'a str, keep_extras: bool) {
        match name {
            "id" => self.id = Some(value),
            "src_ip" => self.src = Some(value),
            "dst_ip" => self.dst = Some(value),
            "start_at_ms" => self.start = Some(value),
            "latency_msec" => self.latency = Some(value),
            "end_at_ms" => self.end = Some(value),
            _ if is_written(name) => {}
            _ if keep_extras => self.keep_extra(name, value),
            _ => {}
        }
    }

    /// A duplicate name replaces the earlier one, in its place.
    fn keep_extra(&mut self, name: &str, value: &'a str) {
        let quoted = quoted(name);
        match self.extras.iter_mut().find(|(known, _)| *known == quoted) {
            Some(known) => known.1 = value,
            None => self.extras.push((quoted, value)),
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
        while let Some(Name(name)) = map.next_key()? {
            let value: &RawValue = map.next_value()?;
            fields.set(&name, value.get(), self.keep_extras);
        }
        Ok(fields)
    }
}

/// The name of a field, borrowed from the record where it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(name)))
            }
            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(name.into())))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}
