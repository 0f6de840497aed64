//! JSON objects, as they are written.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of a JSON object; the last of equal names wins.
pub struct Object<'a> {
    members: HashMap<String, &'a str>,
    /// Whether no name has half a surrogate pair. The members of such names are left out.
    pub has_unicode_names: bool,
}

impl<'a> Object<'a> {
    /// Reads an object, with or without a byte-order mark in front; `None` if it is none.
    pub fn read(value: &'a [u8]) -> Option<Self> {
        let value = value.strip_prefix(b"\xef\xbb\xbf").unwrap_or(value);
        serde_json::from_str(std::str::from_utf8(value).ok()?).ok()
    }

    /// The value of a member.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.members.get(name).copied()
    }

    /// The value of a member that may be missing, for which `null` is another way to say so.
    pub fn get_unless_null(&self, name: &str) -> Option<&'a str> {
        self.get(name).filter(|value| *value != "null")
    }

    /// All members, in any order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.members.iter().map(|(name, value)| (name.as_str(), *value))
    }

    /// Takes a member out.
    pub fn remove(&mut self, name: &str) -> Option<&'a str> {
        self.members.remove(name)
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut object = Object { members: HashMap::new(), has_unicode_names: true };
        while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            match serde_json::from_str(name.get()) {
                Ok(name) => _ = object.members.insert(name, value.get()),
                Err(_) => object.has_unicode_names = false,
            }
        }
        Ok(object)
    }
}
