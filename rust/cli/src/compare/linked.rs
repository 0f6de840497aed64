//! A record of a result: a call with the ids of its parents and children.

use std::borrow::Cow;
use std::cmp::Ordering;

use callweave_core::address::Address;
use callweave_core::number::{integer, Integer};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::bytes::{put, Reader};
use super::identity::Identity;
use crate::source::Place;

/// The fields of a record as they stand there. A field that is none of these may say anything.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    src_ip: Cow<'a, str>,
    #[serde(borrow)]
    dst_ip: Cow<'a, str>,
    #[serde(borrow)]
    start_at_ms: &'a RawValue,
    #[serde(borrow)]
    latency_msec: &'a RawValue,
    #[serde(borrow)]
    end_at_ms: &'a RawValue,
    #[serde(borrow)]
    parents: Vec<&'a RawValue>,
    #[serde(borrow)]
    children: Vec<&'a RawValue>,
    #[serde(default)]
    parents_omitted: u64,
    #[serde(default)]
    children_omitted: u64,
}

/// A call with its links.
#[derive(Debug)]
pub struct Linked<'a> {
    /// Which call.
    pub identity: Identity<'a>,
    /// Its parents.
    pub parents: IdList<'a>,
    /// Its children.
    pub children: IdList<'a>,
}

/// The ids of a list, in order of their bytes, whatever their order in the record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdList<'a> {
    /// Ids as they are written in the JSON.
    pub ids: Vec<&'a str>,
    /// How many more there are.
    pub omitted: u64,
}

impl<'a> Linked<'a> {
    /// Reads a record value, or tells what is wrong with it. Costs one pass over the text, and
    /// sorts the lists.
    pub fn read(value: Option<&'a [u8]>) -> Result<Self, String> {
        let fields: Fields<'a> = read_object(value)?;
        if !is_number(fields.latency_msec.get()) {
            return Err(format!("latency_msec is {}; a number is wanted", fields.latency_msec));
        }
        let identity = Identity {
            id: read_id(fields.id)?,
            src: read_address("src_ip", &fields.src_ip)?,
            dst: read_address("dst_ip", &fields.dst_ip)?,
            start_ms: read_time("start_at_ms", fields.start_at_ms)?,
            end_ms: read_time("end_at_ms", fields.end_at_ms)?,
        };
        let parents = IdList::read(&fields.parents, fields.parents_omitted)?;
        let children = IdList::read(&fields.children, fields.children_omitted)?;
        Ok(Self { identity, parents, children })
    }

    /// Appends the place and the lists. Those of two records are equal if their bytes are.
    pub fn encode_links(&self, place: Place, body: &mut Vec<u8>) {
        encode_place(place, body);
        self.parents.encode(body);
        self.children.encode(body);
    }
}

/// Where a record stood, and the lists of its links, each as its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Links<'a> {
    /// Where.
    pub place: Place,
    /// An encoded [`IdList`].
    pub parents: &'a [u8],
    /// An encoded [`IdList`].
    pub children: &'a [u8],
}

impl<'a> Links<'a> {
    /// Reads what [`Linked::encode_links`] has written.
    ///
    /// # Errors
    /// When it is something else.
    pub fn decode(body: &'a [u8]) -> anyhow::Result<Self> {
        let mut body = Reader::new(body);
        Ok(Self { place: decode_place(&mut body)?, parents: body.bytes()?, children: body.bytes()? })
    }
}

impl<'a> IdList<'a> {
    /// The ids of a JSON list.
    pub fn read(ids: &[&'a RawValue], omitted: u64) -> Result<Self, String> {
        let mut ids = ids.iter().map(|id| read_id(id)).collect::<Result<Vec<_>, _>>()?;
        ids.sort_unstable();
        Ok(Self { ids, omitted })
    }

    /// Appends the list behind its length.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let ids: usize = self.ids.iter().map(|id| id.len() + 4).sum();
        // As `put` would, without a copy of the list.
        out.extend_from_slice(&((8 + ids) as u32).to_le_bytes());
        out.extend_from_slice(&self.omitted.to_le_bytes());
        for id in &self.ids {
            put(out, id.as_bytes());
        }
    }

    /// Reads an encoded list, without its length.
    ///
    /// # Errors
    /// When it is none.
    pub fn decode(list: &'a [u8]) -> anyhow::Result<Self> {
        let mut list = Reader::new(list);
        let omitted = u64::from_le_bytes(list.array()?);
        let mut ids = Vec::new();
        while !list.is_at_end() {
            ids.push(list.text()?);
        }
        Ok(Self { ids, omitted })
    }

    /// Without repetitions: a link is there or not.
    pub fn distinct(mut self) -> Self {
        self.ids.dedup();
        self
    }

    /// The ids that only this list has, and those that only the other has. An id that stands twice
    /// here and once there is once among the first.
    pub fn differences(&self, other: &Self) -> (Vec<&'a str>, Vec<&'a str>) {
        let (mut here, mut there) = (self.ids.as_slice(), other.ids.as_slice());
        let (mut only_here, mut only_there) = (Vec::new(), Vec::new());
        while let ([first, rest @ ..], [other_first, other_rest @ ..]) = (here, there) {
            let order = first.cmp(other_first);
            if order.is_lt() {
                only_here.push(*first);
            }
            if order.is_gt() {
                only_there.push(*other_first);
            }
            here = if order == Ordering::Greater { here } else { rest };
            there = if order == Ordering::Less { there } else { other_rest };
        }
        only_here.extend(here);
        only_there.extend(there);
        (only_here, only_there)
    }
}

/// Reads a record value as a JSON object.
pub fn read_object<'a, T: Deserialize<'a>>(value: Option<&'a [u8]>) -> Result<T, String> {
    let value = value.ok_or("a null record")?;
    let text = std::str::from_utf8(value).map_err(|e| format!("not UTF-8 at byte {}", e.valid_up_to()))?;
    // Without this, a list of as many values would pass for an object.
    if !text.trim_ascii_start().starts_with('{') {
        return Err("not a JSON object".to_owned());
    }
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        // The line in the message is that of the record, always the first.
        let what = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
        format!("{what}, at byte {}", error.column())
    })
}

/// The text of an id, with the quotes of a string.
pub fn read_id(raw: &RawValue) -> Result<&str, String> {
    let text = raw.get();
    let is_id = text.starts_with('"') || is_number(text);
    is_id.then_some(text).ok_or_else(|| format!("the id {text} is neither a string nor a number"))
}

/// Of a JSON value, whose first byte tells what it is.
fn is_number(raw: &str) -> bool {
    raw.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

fn read_time(name: &str, raw: &RawValue) -> Result<i64, String> {
    match is_number(raw.get()).then(|| integer(raw.get())) {
        Some(Integer::Value(time_ms)) => Ok(time_ms),
        _ => Err(format!("{name} is {raw}; an integer of 64 bits is wanted")),
    }
}

fn read_address(name: &str, text: &str) -> Result<Address, String> {
    Address::parse_written(text).map_err(|why| format!("{name} {why}: {text:?}"))
}

/// Appends a place; the bytes of places in one source are in order of the places.
pub fn encode_place(place: Place, out: &mut Vec<u8>) {
    let (kind, partition, number) = match place {
        Place::Line(number) => (0, 0, number),
        Place::Offset { partition, offset } => (1, partition, offset as u64),
    };
    out.push(kind);
    out.extend_from_slice(&partition.to_be_bytes());
    out.extend_from_slice(&number.to_be_bytes());
}

/// Reads what [`encode_place`] has written.
///
/// # Errors
/// When it is something else.
pub fn decode_place(body: &mut Reader<'_>) -> anyhow::Result<Place> {
    let [kind] = body.array()?;
    let partition = i32::from_be_bytes(body.array()?);
    let number = u64::from_be_bytes(body.array()?);
    Ok(match kind {
        0 => Place::Line(number),
        _ => Place::Offset { partition, offset: number as i64 },
    })
}
