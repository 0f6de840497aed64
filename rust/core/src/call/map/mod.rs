//! Records with names and units of their own: a map says where each field of a call stands.
//!
//! A record is read in one pass; its values are written as a record of the built-in form, which the
//! built-in parser then judges. So both say the same of the same call, in the same words.
//!
//! `text` reads how a map is written, `tree` finds the values, `units` makes milliseconds of times, `ready`
//! has the maps of other programs, `own_message` makes JSON of records in protobuf.

mod own_message;
mod ready;
mod text;
mod tree;
mod units;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::extras::Extras;
use super::fields::{is_written, quoted};
use super::times::{number, start};
use super::{address_text, id, invalid, malformed_object, string, text_of, Limits, Rejection, MAX_TIME_MS};
use crate::json_text::unescape;
use crate::number::nanoseconds;
use own_message::Reader;
pub use own_message::{OwnMessage, OwnMessageConfig};
pub use ready::{Ready, ALL as READY};
use text::{Alternative, Entries, Part, END, FIELDS, ID, LATENCY, START};
use tree::{is_text, Path, Tree, Values};
use units::{Quantity, Unit};

/// Most places of a map.
const MAX_PLACES: usize = 64;
const NANOS_PER_MS: i128 = 1_000_000;

/// Where the fields of a call stand in a record.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// What records are, if they are not JSON.
    message: Option<Reader>,
    tree: Tree,
    /// Each with where it may come from, the first that is there.
    fields: [Option<Vec<Place>>; FIELDS.len()],
    /// The names of a record's own fields that are the value of one of a call.
    taken: Vec<String>,
}

/// Where a field may come from.
#[derive(Debug, Clone)]
struct Place {
    parts: Vec<Source>,
    unit: Unit,
    /// The number of a place, and what has to stand there.
    only_if: Option<(usize, String)>,
}

#[derive(Debug, Clone)]
enum Source {
    /// The number of a place.
    Record(usize),
    /// A JSON string.
    Constant(String),
}

/// A JSON value of a field, if there is one.
type Value<'a> = Option<Cow<'a, str>>;
/// Those of a call, in order.
type Fields<'a> = [Value<'a>; FIELDS.len()];

impl Mapping {
    /// Reads a map, or the name of a ready one, as `docs/mapping.md` has it.
    ///
    /// ```
    /// use callweave_core::call::map::Mapping;
    /// assert!(Mapping::read("id=id,src_ip=from.ip,dst_ip=to.ip,start_at_ms=at:s,latency_msec=took:us").is_ok());
    /// assert!(Mapping::read("zipkin,id=id").is_ok());
    /// let wrong = Mapping::read("id=id,src=from.ip").unwrap_err();
    /// assert!(wrong.starts_with("is wrong at character 7: 'src' is no field of a call; "), "{wrong}");
    /// ```
    ///
    /// # Errors
    /// What is wrong, where, and what would be right; to follow the name of the option.
    pub fn read(text: &str) -> Result<Self, String> {
        let entries = text::read(text)?;
        let tree = Tree::new(paths(&entries));
        if tree.places() > MAX_PLACES {
            return Err(format!(
                "reads {} places of a record; at most {MAX_PLACES} are allowed",
                tree.places()
            ));
        }
        let taken = entries.iter().flatten().flatten().flat_map(|one| &one.parts).filter_map(whole_field);
        let taken = taken.map(str::to_owned).collect();
        let fields = entries.map(|entry| {
            entry.map(|alternatives| alternatives.into_iter().filter_map(|one| place(one, &tree)).collect())
        });
        Ok(Mapping { message: None, tree, fields, taken })
    }

    /// The same for records that are such a message.
    ///
    /// # Errors
    /// When it reads what the message does not have; to follow the name of the option.
    pub fn of_message(self, message: &OwnMessage) -> Result<Self, String> {
        Ok(Self { message: Some(message.reader(&self.tree)?), ..self })
    }

    /// Writes the record of the built-in form that a record stands for into `out`, which is cleared. What is
    /// missing or wrong in it is left to the built-in parser to tell, which has no need to look at its length.
    ///
    /// Costs one pass over the record, and one more over each object or array that a path goes into.
    ///
    /// ```
    /// use callweave_core::call::{map::Mapping, Limits};
    /// let map = Mapping::read("id=n,src_ip=a.ip,dst_ip='b.example',start_at_ms=at:us,latency_msec=took:us")?;
    /// let record = br#"{"n":7,"a":{"ip":"10.0.0.1"},"at":1000900,"took":39700}"#;
    /// let limits = Limits { max_record_bytes: 100, max_latency_ms: 0, latest_start_ms: 0, pass_through: false };
    /// let mut call = Vec::new();
    /// map.rewrite(record, &limits, &mut call).unwrap();
    /// assert_eq!(
    ///     String::from_utf8_lossy(&call),
    ///     r#"{"id":7,"src_ip":"10.0.0.1","dst_ip":"b.example","start_at_ms":1000.9,"latency_msec":39.7,"end_at_ms":1040}"#
    /// );
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// When the record is longer than `limits` allow, is no JSON object or no such message, or has a time or id that is not what
    /// the map says.
    pub fn rewrite(&self, record: &[u8], limits: &Limits, out: &mut Vec<u8>) -> Result<(), Rejection> {
        out.clear();
        let mut json = Vec::new();
        let (record, limits) = match &self.message {
            Some(message) => {
                message.to_json(record, limits, &mut json)?;
                (&json[..], &limits.of_rewritten())
            }
            None => (record, limits),
        };
        let text = text_of(record, limits)?;
        let mut values = [None; MAX_PLACES];
        let values = &mut values[..self.tree.places()];
        let mut others = Extras::default();
        let field = |name, value| {
            if limits.pass_through {
                self.keep(name, value, &mut others);
            }
        };
        self.tree.read(text, values, field).map_err(malformed_object)?;
        let fields = self.call(values, limits)?;
        let mut separator = b'{';
        let mut write = |name: &str, value: &str| {
            out.push(separator);
            out.extend_from_slice(name.as_bytes());
            out.push(b':');
            out.extend_from_slice(value.as_bytes());
            separator = b',';
        };
        for (name, value) in QUOTED.iter().zip(&fields) {
            if let Some(value) = value {
                write(name, value);
            }
        }
        others.iter().for_each(|(name, value)| write(name, value));
        if separator == b'{' {
            out.push(b'{');
        }
        out.push(b'}');
        Ok(())
    }

    /// Keeps a field of the record, its name with quotes, that is none of a call nor would stand for one.
    fn keep<'a>(&self, name: &'a str, value: &'a str, others: &mut Extras<'a>) {
        let plain = string(name).and_then(unescape);
        let is_known = |plain: &str| {
            is_written(plain) || FIELDS.contains(&plain) || self.taken.iter().any(|taken| taken == plain)
        };
        match plain {
            Some(plain) if is_known(&plain) => {}
            // Of two spellings of a name one must stand.
            Some(Cow::Owned(plain)) => others.set(Cow::Owned(quoted(&plain)), value),
            // What is not well-formed stays so.
            _ => others.set(Cow::Borrowed(name), value),
        }
    }

    /// The fields of a call, in order.
    fn call<'a>(&'a self, values: &Values<'a>, limits: &Limits) -> Result<Fields<'a>, Rejection> {
        let mut fields = Fields::default();
        let mut wrong = None;
        let mut units = [Unit::Ms; FIELDS.len()];
        for (field, places) in self.fields.iter().enumerate() {
            let Some((place, value)) = places.as_ref().and_then(|places| found(places, values)) else {
                continue;
            };
            units[field] = place.unit;
            let value = match (field, value) {
                (ID, Found::Joined(parts)) => joined(&parts).map(Cow::Owned),
                (_, Found::Joined(_)) => continue,
                (START..=END, Found::One(value)) => {
                    let quantity = if field == LATENCY { Quantity::Duration } else { Quantity::Time };
                    // What may be missing may be null.
                    match value {
                        "null" => Ok(Cow::Borrowed(value)),
                        value => place.unit.in_ms(FIELDS[field], quantity, value),
                    }
                }
                (_, Found::One(value)) => Ok(Cow::Borrowed(value)),
            };
            match value {
                Ok(value) => fields[field] = Some(value),
                Err(rejection) => wrong = wrong.or(Some((field, rejection))),
            }
        }
        if let Some((field, rejection)) = wrong {
            // The first field that is wrong is told of, as the built-in parser does.
            check_addresses_before(field, &fields)?;
            if field > START && self.fields[START].is_some() {
                start(fields[START].as_deref(), limits.latest_start_ms)?;
            }
            return Err(rejection);
        }
        self.derive(&mut fields, units[START])?;
        Ok(fields)
    }

    /// Derives the start where the map has none, and the end of a start that may be finer than milliseconds.
    fn derive(&self, fields: &mut Fields<'_>, start_unit: Unit) -> Result<(), Rejection> {
        if self.fields[START].is_none() {
            for field in [LATENCY, END] {
                if given(&fields[field]).is_none() {
                    check_addresses_before(START, fields)?;
                    return Err(invalid(format!(
                        "{} is missing; start_at_ms is end_at_ms less latency_msec by the map",
                        FIELDS[field]
                    )));
                }
            }
            let start_ms = reckoned(&fields[END], &fields[LATENCY], |end, latency| end - latency);
            // An end or latency out of range is told of for what it is.
            fields[START] = start_ms.or_else(|| fields[END].clone());
        } else if given(&fields[END]).is_none() && start_unit != Unit::Ms && is_exact(&fields[LATENCY]) {
            fields[END] = reckoned(&fields[START], &fields[LATENCY], |start, latency| start + latency);
        }
        Ok(())
    }
}

/// The names of the fields with their quotes.
const QUOTED: [&str; FIELDS.len()] =
    ["\"id\"", "\"src_ip\"", "\"dst_ip\"", "\"start_at_ms\"", "\"latency_msec\"", "\"end_at_ms\""];

/// All paths of a map.
fn paths(entries: &Entries) -> impl Iterator<Item = &Path> {
    let alternatives = entries.iter().flatten().flatten();
    alternatives.flat_map(|Alternative { parts, only_if, .. }| {
        let of_parts = parts.iter().filter_map(|part| match part {
            Part::Path(path) => Some(path),
            Part::Constant(_) => None,
        });
        of_parts.chain(only_if.as_ref().map(|(path, _)| path))
    })
}

/// The name of the record's field that a part is the value of.
fn whole_field(part: &Part) -> Option<&str> {
    match part {
        Part::Path(path) => match path.as_slice() {
            [tree::Step::Name(name)] => Some(name),
            _ => None,
        },
        Part::Constant(_) => None,
    }
}

/// `None` never: all paths are of the tree.
fn place(alternative: Alternative, tree: &Tree) -> Option<Place> {
    let Alternative { parts, unit, only_if } = alternative;
    let source = |part| match part {
        Part::Path(path) => tree.place(&path).map(Source::Record),
        Part::Constant(value) => Some(Source::Constant(value)),
    };
    let parts = parts.into_iter().map(source).collect::<Option<_>>()?;
    let only_if = match only_if {
        Some((path, value)) => Some((tree.place(&path)?, value)),
        None => None,
    };
    Some(Place { parts, unit, only_if })
}

/// What was found for a field.
enum Found<'a> {
    One(&'a str),
    Joined(Vec<&'a str>),
}

/// The first place that has something. If none has, `null` or an empty string that stands in one.
fn found<'a>(places: &'a [Place], values: &Values<'a>) -> Option<(&'a Place, Found<'a>)> {
    let mut empty = None;
    for place in places {
        if let Some((guard, wanted)) = &place.only_if {
            if !values[*guard].is_some_and(|value| is_text(value, wanted)) {
                continue;
            }
        }
        let value = |source: &'a Source| match source {
            Source::Record(place) => values[*place],
            Source::Constant(value) => Some(value.as_str()),
        };
        let is_empty = |value: &str| value == "null" || value == "\"\"";
        if let [source] = place.parts.as_slice() {
            match value(source) {
                Some(value) if !is_empty(value) => return Some((place, Found::One(value))),
                Some(value) => empty = empty.or(Some((place, Found::One(value)))),
                None => {}
            }
        } else {
            let parts: Vec<&str> = place.parts.iter().filter_map(value).collect();
            if parts.len() == place.parts.len() && !parts.iter().any(|part| is_empty(part)) {
                return Some((place, Found::Joined(parts)));
            }
        }
    }
    empty
}

/// The id that is joined of these JSON values: their texts with a slash between, in which a tilde is written
/// `~0` and a slash `~1`, as in a JSON pointer. So two ids are equal only if all their parts are.
fn joined(parts: &[&str]) -> Result<String, Rejection> {
    let mut text = String::from("\"");
    for (number, part) in parts.iter().enumerate() {
        id(Some(part))?;
        if number > 0 {
            text.push('/');
        }
        let inside = string(part).unwrap_or(part);
        match unescape(inside) {
            Some(Cow::Borrowed(plain)) => push_escaped(&mut text, plain),
            Some(Cow::Owned(plain)) => {
                let mut escaped = String::new();
                push_escaped(&mut escaped, &plain);
                text.push_str(string(&quoted(&escaped)).unwrap_or_default());
            }
            // Half a surrogate pair: the parser tells of it.
            None => text.push_str(inside),
        }
    }
    text.push('"');
    Ok(text)
}

fn push_escaped(to: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '~' => to.push_str("~0"),
            '/' => to.push_str("~1"),
            other => to.push(other),
        }
    }
}

/// Rejects a call for what is wrong in its id or addresses, if they stand before this field.
fn check_addresses_before(field: usize, fields: &Fields<'_>) -> Result<(), Rejection> {
    if field >= START {
        id(fields[ID].as_deref())?;
        address_text(FIELDS[1], fields[1].as_deref())?;
        address_text(FIELDS[2], fields[2].as_deref())?;
    }
    Ok(())
}

/// `null` is as good as nothing for a time.
fn given<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    value.as_deref().filter(|&value| value != "null")
}

/// Whether a double, which the built-in parser reads a latency as, is as fine as an end that is reckoned from it.
/// For a longer one the parser reckons the end itself, so that the two never disagree.
fn is_exact(latency: &Value<'_>) -> bool {
    let nanos = given(latency).and_then(|latency| nanoseconds(&number(FIELDS[LATENCY], latency).ok()?));
    nanos.is_some_and(|nanos| nanos <= i128::from(MAX_TIME_MS) * NANOS_PER_MS)
}

/// A time made of two that are given in ms, exact to the nanosecond and then cut to whole ms; `None` where
/// they are none.
fn reckoned<'a>(time: &Value<'_>, latency: &Value<'_>, with: fn(i128, i128) -> i128) -> Value<'a> {
    let exact = |name: &str, value: &Value<'_>| nanoseconds(&number(name, given(value)?).ok()?);
    let nanos = with(exact(FIELDS[START], time)?, exact(FIELDS[LATENCY], latency)?);
    Some(Cow::Owned(nanos.div_euclid(NANOS_PER_MS).to_string()))
}
