//! What a record is, by its fields.

use std::borrow::Cow;

use callweave_core::number::{integer, Integer};
use serde::de::IgnoredAny;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::compare::linked::read_object;
use crate::printable::printable;
use crate::show::Chain;

/// How nearly all records of chains begin: they need not be looked through for other kinds.
const CHAIN: &[u8] = b"{\"chain\":";
/// Characters of what is wrong with a record.
const WRONG_CHARS: usize = 200;

/// A record of a kind that the page is made of.
#[derive(Debug)]
pub enum Record<'a> {
    /// A call with its links.
    Linked(Linked<'a>),
    /// A chain.
    Chain(Chain<'a>),
    /// How an edge, an entry or a service was doing in a window.
    Window(Window<'a>),
    /// What became no result.
    Reject(Reject<'a>),
}

/// What is needed of a call with its links.
#[derive(Debug)]
pub struct Linked<'a> {
    /// The address of the caller.
    pub src_ip: Cow<'a, str>,
    /// The address of the called.
    pub dst_ip: Cow<'a, str>,
    /// Start, ms of the epoch.
    pub start_ms: i64,
    /// End less start, ms.
    pub latency_ms: u32,
    /// How many calls can have caused it.
    pub parents: u64,
    /// Whether a list of its links was cut.
    pub is_cut: bool,
}

/// A series in a window.
#[derive(Debug, Deserialize)]
pub struct Window<'a> {
    /// Of which kind it is.
    #[serde(borrow)]
    pub kind: Cow<'a, str>,
    /// Of an edge, who called.
    #[serde(borrow)]
    pub src: Option<Cow<'a, str>>,
    /// Of an edge, who was called.
    #[serde(borrow)]
    pub dst: Option<Cow<'a, str>>,
    /// Of a service, its name.
    #[serde(borrow)]
    pub service: Option<Cow<'a, str>>,
    /// The first moment, ms of the epoch.
    pub window_start_ms: i64,
    /// The first moment after it.
    pub window_end_ms: i64,
    /// Calls.
    pub count: u64,
    /// All their latencies, ms.
    pub sum_msec: u64,
    /// The shortest.
    pub min_msec: u32,
    /// The longest.
    pub max_msec: u32,
    /// Percentiles of latency, ms.
    pub p50_msec: u32,
    /// As above.
    pub p90_msec: u32,
    /// As above.
    pub p95_msec: u32,
    /// As above.
    pub p99_msec: u32,
    /// Of an edge, calls that no call can have caused.
    #[serde(default)]
    pub without_parent: u64,
    /// Of a service, the time that its calls are to blame for, ms.
    #[serde(default)]
    pub critical_msec: u64,
    /// Of a service, the time in which its calls waited for no other, ms.
    #[serde(default)]
    pub self_msec: u64,
    /// Of what is summed above a limit, how many series.
    pub series_omitted: Option<u64>,
}

/// A record that was rejected.
#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
pub struct Reject<'a> {
    /// Why, in a word.
    #[serde(borrow)]
    pub reason: Cow<'a, str>,
    /// Why, in a sentence.
    #[serde(borrow, default)]
    pub detail: Cow<'a, str>,
    /// The file that it stood in.
    #[serde(borrow)]
    pub file: Option<Cow<'a, str>>,
    /// Its line there.
    pub line: Option<u64>,
    /// The record.
    #[serde(borrow)]
    pub value: Option<Cow<'a, str>>,
}

/// The fields that tell the kinds apart, and those of a linked call. They may say anything: other fields of a call
/// are passed on if that is wanted.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    chain: Option<&'a RawValue>,
    hops: Option<IgnoredAny>,
    #[serde(borrow)]
    kind: Option<&'a RawValue>,
    window_start_ms: Option<IgnoredAny>,
    #[serde(borrow)]
    reason: Option<&'a RawValue>,
    #[serde(borrow)]
    file: Option<&'a RawValue>,
    #[serde(borrow)]
    src_ip: Option<&'a RawValue>,
    #[serde(borrow)]
    dst_ip: Option<&'a RawValue>,
    #[serde(borrow)]
    start_at_ms: Option<&'a RawValue>,
    #[serde(borrow)]
    end_at_ms: Option<&'a RawValue>,
    #[serde(borrow)]
    parents: Option<&'a RawValue>,
    #[serde(borrow)]
    children: Option<&'a RawValue>,
    #[serde(borrow)]
    parents_omitted: Option<&'a RawValue>,
    #[serde(borrow)]
    children_omitted: Option<&'a RawValue>,
}

impl<'a> Record<'a> {
    /// Reads a record value, or tells what is wrong with it, in characters that may be printed. Costs a pass over
    /// the text, a second one where it is neither a linked call nor a chain.
    pub fn read(value: Option<&'a [u8]>) -> Result<Self, String> {
        if value.is_some_and(|value| value.starts_with(CHAIN)) {
            if let Ok(chain) = Chain::read(value) {
                return Ok(Self::Chain(chain));
            }
        }
        Self::of(value).map_err(|wrong| printable(wrong.as_bytes(), WRONG_CHARS))
    }

    fn of(value: Option<&'a [u8]>) -> Result<Self, String> {
        let fields: Fields<'a> = read_object(value)?;
        match &fields {
            Fields { parents: Some(_), children: Some(_), src_ip: Some(_), .. } => {
                Linked::of(&fields).map(Self::Linked)
            }
            Fields { chain: Some(_), hops: Some(_), .. } => Chain::read(value).map(Self::Chain),
            Fields { kind: Some(_), window_start_ms: Some(_), .. } => read_object(value).map(Self::Window),
            Fields { reason: Some(_), file: Some(_), .. } => read_object(value).map(Self::Reject),
            Fields { src_ip: Some(_), dst_ip: Some(_), .. } => {
                Err("a call without its links, which `callweave link` finds".to_owned())
            }
            _ => Err("neither a linked call nor a chain, a window or a reject".to_owned()),
        }
    }
}

impl<'a> Linked<'a> {
    fn of(fields: &Fields<'a>) -> Result<Self, String> {
        let start_ms = read_time("start_at_ms", fields.start_at_ms)?;
        let latency_ms = read_time("end_at_ms", fields.end_at_ms)?.saturating_sub(start_ms);
        let omitted = |field: Option<&RawValue>| {
            field.map_or(0, |field| serde_json::from_str::<u64>(field.get()).unwrap_or_default())
        };
        let parents_omitted = omitted(fields.parents_omitted);
        Ok(Self {
            src_ip: read_text("src_ip", fields.src_ip)?,
            dst_ip: read_text("dst_ip", fields.dst_ip)?,
            start_ms,
            latency_ms: as_latency(latency_ms),
            parents: count("parents", fields.parents)?.saturating_add(parents_omitted),
            is_cut: parents_omitted > 0 || omitted(fields.children_omitted) > 0,
        })
    }
}

/// A latency in whole ms. By rounding, an end may lie 1 ms before the start.
pub fn as_latency(ms: i64) -> u32 {
    ms.clamp(0, u32::MAX.into()) as u32
}

fn read_time(name: &str, field: Option<&RawValue>) -> Result<i64, String> {
    let text = field.map_or("missing", RawValue::get);
    let is_number = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    match is_number.then(|| integer(text)) {
        Some(Integer::Value(time_ms)) => Ok(time_ms),
        _ => Err(format!("{name} is {text}; an integer of 64 bits is wanted")),
    }
}

fn read_text<'a>(name: &str, field: Option<&'a RawValue>) -> Result<Cow<'a, str>, String> {
    let text = field.map_or("missing", RawValue::get);
    match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(inner) if !inner.contains('\\') => Ok(Cow::Borrowed(inner)),
        _ => serde_json::from_str(text).map_err(|_| format!("{name} is {text}; a text is wanted")),
    }
}

/// How many values a list has.
fn count(name: &str, field: Option<&RawValue>) -> Result<u64, String> {
    let text = field.map_or("missing", RawValue::get);
    // Most lists have no id or one.
    if text == "[]" {
        return Ok(0);
    }
    let list: Result<Vec<IgnoredAny>, _> = serde_json::from_str(text);
    list.map(|list| list.len() as u64).map_err(|_| format!("{name} is no list of ids"))
}
