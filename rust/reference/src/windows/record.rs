//! A record of the edges topic.

use std::collections::BTreeMap;

use crate::object::Object;
use crate::record::Record;

/// A series in a window: the window's start, the kind, and the names; none for all series above the limit.
pub type Key = (i64, &'static str, Vec<String>);

/// A series in a window as the job has written it.
#[derive(Debug)]
pub struct Written<'a> {
    kind: &'static str,
    names: Vec<String>,
    /// All fields that are numbers.
    pub numbers: BTreeMap<String, f64>,
    /// The ids of the slowest calls, as they stand in the JSON.
    pub exemplars: Vec<&'a str>,
}

/// The kinds, and the fields with the names of each.
const KINDS: [(&str, &[&str]); 3] =
    [("edge", &["src", "dst"]), ("entry", &["entry"]), ("service", &["service"])];

impl<'a> Written<'a> {
    /// Reads a record, or tells what is wrong with it.
    pub fn read(record: &'a Record) -> Result<Self, String> {
        let value = record.value.as_deref().ok_or("a null record")?;
        let mut fields = Object::read(value).ok_or("no JSON object")?;
        let mut text = |name: &str| {
            let raw = fields.remove(name).ok_or_else(|| format!("{name} is missing"))?;
            serde_json::from_str::<String>(raw).map_err(|_| format!("{name} is {raw}, which is no string"))
        };
        let kind = text("kind")?;
        let (kind, name_fields) = KINDS
            .into_iter()
            .find(|(name, _)| *name == kind)
            .ok_or_else(|| format!("there is no kind {kind}"))?;
        let names = name_fields.iter().map(|name| text(name)).collect::<Result<Vec<_>, _>>()?;
        let exemplars = fields.remove("exemplars").ok_or("exemplars is missing")?;
        let exemplars = serde_json::from_str::<Vec<&serde_json::value::RawValue>>(exemplars)
            .map_err(|_| format!("exemplars is {exemplars}, which is no list"))?;
        let number = |(name, raw): (&str, &str)| {
            let number = raw.parse::<f64>().map_err(|_| format!("{name} is {raw}, which is no number"))?;
            Ok((name.to_owned(), number))
        };
        let written = Self {
            kind,
            names,
            numbers: fields.iter().map(number).collect::<Result<_, String>>()?,
            exemplars: exemplars.into_iter().map(|id| id.get()).collect(),
        };
        written.check_key(record.key.as_deref())?;
        Ok(written)
    }

    /// The record key is the kind and the names; of all series above the limit it is the kind alone.
    fn check_key(&self, key: Option<&[u8]>) -> Result<(), String> {
        let (_, kind, names) = self.key();
        let right: Vec<&str> = std::iter::once(kind).chain(names.iter().map(String::as_str)).collect();
        let read = key.and_then(|key| serde_json::from_slice::<Vec<String>>(key).ok());
        match read {
            Some(key) if key == right => Ok(()),
            _ => Err(format!("the record key is {key:?}, {right:?} is right")),
        }
    }

    /// Which series it is of.
    pub fn key(&self) -> Key {
        let is_other = self.numbers.contains_key("series_omitted");
        let names = if is_other { Vec::new() } else { self.names.clone() };
        (self.numbers.get("window_start_ms").copied().unwrap_or(f64::NAN) as i64, self.kind, names)
    }
}
