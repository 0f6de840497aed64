//! A record of the chains topic, read strictly: every field once, with its type, and no others.

use serde::de::{Deserializer, Error};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::address::Address;
use crate::call::{Call, Identity};
use crate::integer::read_integer;

/// A chain as the job has written it; ids and texts as they stand in the JSON.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain<'a> {
    /// The id of its root.
    #[serde(deserialize_with = "id")]
    pub chain: &'a str,
    /// Names the chain in tracing systems.
    pub trace_id: String,
    /// Start of the root, ms of the epoch.
    pub start_at_ms: i64,
    /// End of the root, ms of the epoch.
    pub end_at_ms: i64,
    /// From the root's start to the last end.
    pub total_msec: i64,
    /// Calls that are listed.
    pub calls: usize,
    /// The greatest depth of a call.
    pub depth: usize,
    /// The most calls at work at once.
    pub width: usize,
    /// The product over the links.
    #[serde(deserialize_with = "probability")]
    pub confidence: f64,
    /// `dst_ip` of the root.
    #[serde(deserialize_with = "text")]
    pub entry: &'a str,
    /// How many services were called.
    pub services: usize,
    /// Calls that are not listed.
    #[serde(default, deserialize_with = "omitted")]
    pub calls_omitted: usize,
    /// The calls that are listed.
    #[serde(borrow)]
    pub hops: Vec<Hop<'a>>,
    /// Ids of the calls with a share in the root's time.
    #[serde(borrow, deserialize_with = "ids")]
    pub critical_path: Vec<&'a str>,
}

/// A call of a chain.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hop<'a> {
    /// Its id.
    #[serde(deserialize_with = "id")]
    pub id: &'a str,
    /// The id of the call that caused it.
    #[serde(borrow, deserialize_with = "id_or_null")]
    pub parent: Option<&'a str>,
    /// The probability that the parent is right.
    #[serde(deserialize_with = "probability")]
    pub confidence: f64,
    /// The caller.
    #[serde(borrow, deserialize_with = "spelled")]
    pub src_ip: Spelled<'a>,
    /// The called.
    #[serde(borrow, deserialize_with = "spelled")]
    pub dst_ip: Spelled<'a>,
    /// The name of the caller.
    #[serde(deserialize_with = "text")]
    pub src: &'a str,
    /// The name of the called.
    #[serde(deserialize_with = "text")]
    pub dst: &'a str,
    /// Start, ms of the epoch.
    pub start_at_ms: i64,
    /// Latency.
    pub latency_msec: f64,
    /// End, ms of the epoch.
    pub end_at_ms: i64,
    /// The root's is 1.
    pub depth: usize,
    /// How long after the root it started.
    pub offset_msec: i64,
    /// Its time during which none of its children is under way.
    pub self_msec: i64,
    /// The part of the root's time that it is to blame for.
    pub critical_msec: i64,
}

/// An address and how it is written.
#[derive(Debug)]
pub struct Spelled<'a> {
    /// As it stands in the JSON.
    pub text: &'a str,
    /// What it stands for.
    pub address: Address,
}

impl<'a> Chain<'a> {
    /// Reads a record value, or tells what is wrong with it.
    pub fn read(value: Option<&'a [u8]>) -> Result<Self, String> {
        let value = value.ok_or("a null record")?;
        let json = std::str::from_utf8(value).map_err(|_| "not UTF-8")?;
        serde_json::from_str(json).map_err(|wrong| wrong.to_string())
    }
}

impl Hop<'_> {
    /// What tells the call from others.
    pub fn identity(&self) -> Identity<'_> {
        (self.id, &self.src_ip.address, &self.dst_ip.address, self.start_at_ms, self.end_at_ms)
    }

    /// Whether it is written like this record of the input.
    pub fn has_fields_of(&self, call: &Call) -> bool {
        self.src_ip.text == call.src_text
            && self.dst_ip.text == call.dst_text
            && self.latency_msec == call.latency_ms
    }
}

fn raw<'de, D: Deserializer<'de>>(from: D) -> Result<&'de str, D::Error> {
    <&RawValue>::deserialize(from).map(RawValue::get)
}

fn text<'de, D: Deserializer<'de>>(from: D) -> Result<&'de str, D::Error> {
    let text = raw(from)?;
    let is_text = text.starts_with('"');
    is_text.then_some(text).ok_or_else(|| D::Error::custom(format!("{text} is no string")))
}

fn id<'de, D: Deserializer<'de>>(from: D) -> Result<&'de str, D::Error> {
    as_id(raw(from)?)
}

fn id_or_null<'de, D: Deserializer<'de>>(from: D) -> Result<Option<&'de str>, D::Error> {
    match raw(from)? {
        "null" => Ok(None),
        raw => as_id(raw).map(Some),
    }
}

fn ids<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<&'de str>, D::Error> {
    let ids = Vec::<&RawValue>::deserialize(from)?;
    ids.into_iter().map(|id| as_id(id.get())).collect()
}

fn as_id<E: Error>(raw: &str) -> Result<&str, E> {
    let is_id = raw.starts_with('"') || read_integer(raw).is_some();
    is_id.then_some(raw).ok_or_else(|| E::custom(format!("{raw} is no id")))
}

fn spelled<'de, D: Deserializer<'de>>(from: D) -> Result<Spelled<'de>, D::Error> {
    let text = raw(from)?;
    let address = serde_json::from_str::<String>(text).ok().and_then(|text| Address::parse(&text));
    let address = address.ok_or_else(|| D::Error::custom(format!("{text} is no address")))?;
    Ok(Spelled { text, address })
}

fn probability<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let number = f64::deserialize(from)?;
    let is_one = (0.0..=1.0).contains(&number);
    is_one.then_some(number).ok_or_else(|| D::Error::custom(format!("the confidence {number} is not 0 to 1")))
}

fn omitted<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    match usize::deserialize(from)? {
        0 => Err(D::Error::custom("calls_omitted is 0; it is missing where no call is omitted")),
        omitted => Ok(omitted),
    }
}
