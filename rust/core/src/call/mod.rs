//! One call: parse and validate a record, in JSON or in protobuf, also with names and messages of its own.

mod extras;
mod fast;
mod fields;
mod layout;
pub mod map;
pub mod protobuf;
mod times;
mod unit;

use std::borrow::Cow;

use crate::address::{is_usual, NoAddress, Spelling};
pub use crate::id::Id;
use crate::id::MAX_ID_BYTES;
use crate::json_text::is_well_formed;
use crate::number::{integer, Integer};
#[cfg(test)]
pub(crate) use fast::Scanner;
use fields::Fields;
pub use layout::Parser;
use times::Times;
pub(crate) use unit::unit_hint;
pub use unit::{guess_latency_unit, guess_unit, Unit};

/// The latest time that a call may carry, ms since the epoch: 2^53, so that every JSON reader
/// reads it exactly.
pub(crate) const MAX_TIME_MS: i64 = 1 << 53;

/// Why a record does not become a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Reason {
    /// Not UTF-8, not JSON, not an object, no message of protobuf, or too large.
    Malformed = 0,
    /// A field is missing, of another type or out of range.
    Invalid = 1,
    /// End, start and latency disagree by more than 1 ms.
    Inconsistent = 2,
    /// The latency is above the limit.
    TooLong = 3,
    /// The start is too far ahead of the wall clock.
    Future = 4,
    /// The window that the call belongs to is closed.
    Late = 5,
}

impl Reason {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 6] =
        [Self::Malformed, Self::Invalid, Self::Inconsistent, Self::TooLong, Self::Future, Self::Late];

    /// As it is written in the header of a reject.
    pub fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Invalid => "invalid",
            Self::Inconsistent => "inconsistent",
            Self::TooLong => "too_long",
            Self::Future => "future",
            Self::Late => "late",
        }
    }
}

/// A record that is no call: the reason, and what is wrong and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The reason.
    pub reason: Reason,
    /// At most [`Rejection::MAX_DETAIL_BYTES`] long.
    pub detail: String,
}

impl Rejection {
    /// The longest detail, bytes.
    pub const MAX_DETAIL_BYTES: usize = 256;

    /// A rejection with this detail, cut to the longest allowed.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        let mut detail = detail.into();
        if detail.len() > Self::MAX_DETAIL_BYTES {
            let mut end = Self::MAX_DETAIL_BYTES - '…'.len_utf8();
            while !detail.is_char_boundary(end) {
                end -= 1;
            }
            detail.truncate(end);
            detail.push('…');
        }
        Rejection { reason, detail }
    }
}

/// What is allowed of one record by itself.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest record, bytes.
    pub max_record_bytes: usize,
    /// Longest latency, ms.
    pub max_latency_ms: i64,
    /// Latest start, ms since the epoch.
    pub latest_start_ms: i64,
    /// Whether fields without a meaning here are kept.
    pub pass_through: bool,
}

impl Limits {
    /// The same for a record that [`map::Mapping::rewrite`] has written, which has judged the length.
    pub fn of_rewritten(self) -> Self {
        Limits { max_record_bytes: usize::MAX, ..self }
    }
}

/// A valid call. Texts are those of the record, without the quotes of a JSON string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call<'a> {
    /// `id`
    pub id: Id<'a>,
    /// `src_ip`: the inside of the JSON string, UTF-8, which [`Spelling::parse`] reads.
    pub src: &'a [u8],
    /// `dst_ip`, likewise.
    pub dst: &'a [u8],
    /// `start_at_ms`
    pub start_ms: i64,
    /// `end_at_ms`, or start plus latency, rounded down.
    pub end_ms: i64,
    /// `latency_msec` as written, without quotes, unless it is missing or what end minus start is
    /// written as.
    pub latency: Option<Cow<'a, str>>,
    /// Other fields as `"name":value,…`; empty without `pass_through`.
    pub extras: String,
}

impl Call<'_> {
    /// Rejects the call if its addresses are none, as [`parse`] does. To be asked of the calls of a
    /// [`Parser`]. Costs about as much as `parse`.
    pub fn check_addresses(&self) -> Result<(), Rejection> {
        check_address("src_ip", self.src)?;
        check_address("dst_ip", self.dst)
    }
}

/// Parses and validates one record.
///
/// Checks in the order of [`Reason`], but for [`Reason::Late`], which is the caller's. Costs one pass over the
/// text.
///
/// ```
/// use callweave_core::call::{parse, Limits, Reason};
/// let limits = Limits {
///     max_record_bytes: 65_536,
///     max_latency_ms: 20_000,
///     latest_start_ms: 1_700_000_010_000,
///     pass_through: false,
/// };
/// let record = br#"{"id":7,"src_ip":"10.0.0.1","dst_ip":"api.example","start_at_ms":1000,"latency_msec":39.7}"#;
/// let call = parse(record, &limits).unwrap();
/// assert_eq!((call.start_ms, call.end_ms, call.latency.as_deref()), (1000, 1039, Some("39.7")));
/// assert_eq!(parse(b"{}", &limits).unwrap_err().reason, Reason::Invalid);
/// ```
pub fn parse<'a>(record: &'a [u8], limits: &Limits) -> Result<Call<'a>, Rejection> {
    let fields = read_fields(record, limits)?;
    let id = id(fields.id)?;
    let src = address_text("src_ip", fields.src)?.as_bytes();
    let dst = address_text("dst_ip", fields.dst)?.as_bytes();
    let times = Times::read(&fields, limits)?;
    times.check(limits)?;
    let latency = times.latency_text(fields.latency);
    let extras = fields.extras.json();
    Ok(Call { id, src, dst, start_ms: times.start_ms, end_ms: times.end_ms, latency, extras })
}

fn malformed(detail: impl Into<String>) -> Rejection {
    Rejection::new(Reason::Malformed, detail)
}

fn invalid(detail: impl Into<String>) -> Rejection {
    Rejection::new(Reason::Invalid, detail)
}

fn read_fields<'a>(record: &'a [u8], limits: &Limits) -> Result<Fields<'a>, Rejection> {
    let text = text_of(record, limits)?;
    if let Some(fields) = fast::read(text, limits.pass_through) {
        return Ok(fields);
    }
    let fields = fields::read(text, limits.pass_through).map_err(malformed_object)?;
    check_unicode(&fields)?;
    Ok(fields)
}

fn malformed_object(error: serde_json::Error) -> Rejection {
    malformed(format!("the record is not a JSON object: {error}"))
}

/// The text of a record, without a byte-order mark.
#[inline]
fn text_of<'a>(record: &'a [u8], limits: &Limits) -> Result<&'a str, Rejection> {
    check_length(record, limits)?;
    let text = std::str::from_utf8(record).map_err(|error| not_utf8(record, error))?;
    let text = text.strip_prefix(fast::BYTE_ORDER_MARK).unwrap_or(text);
    if text.trim_ascii().is_empty() {
        return Err(malformed("the record is blank"));
    }
    Ok(text)
}

#[inline]
fn check_length(record: &[u8], limits: &Limits) -> Result<(), Rejection> {
    if record.len() <= limits.max_record_bytes {
        return Ok(());
    }
    Err(malformed(format!(
        "the record has {} bytes; max-record-bytes allows {}",
        record.len(),
        limits.max_record_bytes
    )))
}

fn not_utf8(record: &[u8], error: std::str::Utf8Error) -> Rejection {
    if record.starts_with(b"\xff\xfe") || record.starts_with(b"\xfe\xff") {
        return malformed("the record begins with the byte-order mark of UTF-16; UTF-8 is wanted");
    }
    malformed(format!("the record is not UTF-8 at byte {}", error.valid_up_to()))
}

/// Rejects half a surrogate pair in what would be written: no strict reader would take the record, nor
/// those of other calls that name this one. Only the full parser reads escapes, so only its fields are
/// looked at; addresses are anyway.
fn check_unicode(fields: &Fields<'_>) -> Result<(), Rejection> {
    if let Some(id) = fields.id.filter(|id| !is_well_formed(id)) {
        return Err(invalid(format!("id has half a surrogate pair: {id}")));
    }
    for (name, value) in fields.extras.iter() {
        if !is_well_formed(name) {
            return Err(invalid(format!("the name of a field has half a surrogate pair: {name}")));
        }
        if !is_well_formed(value) {
            return Err(invalid(format!("the field {name} has half a surrogate pair: {value}")));
        }
    }
    Ok(())
}

/// The JSON type that a value begins as.
fn kind(value: &str) -> &'static str {
    match value.as_bytes().first() {
        Some(b'"') => "a string",
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

fn is_number(value: &str) -> bool {
    kind(value) == "a number"
}

/// The inside of a JSON string.
fn string(value: &str) -> Option<&str> {
    value.strip_prefix('"')?.strip_suffix('"')
}

fn id(value: Option<&str>) -> Result<Id<'_>, Rejection> {
    let value = value.ok_or_else(|| invalid("id is missing"))?;
    let (id, bytes) = match string(value) {
        Some(text) => (Id::of_string(text), text.len()),
        None if is_number(value) && integer(value) != Integer::Fraction => {
            // Most readers take numbers for doubles, and refuse the whole record for one that is none.
            if value.parse::<f64>().is_ok_and(f64::is_infinite) {
                return Err(invalid(format!(
                    "id is {value}, a number that JSON readers do not hold; a string holds it"
                )));
            }
            (Id::of_integer(value), value.len())
        }
        None => {
            return Err(invalid(format!("id is {} ({value}); a string or an integer is wanted", kind(value))))
        }
    };
    id_of_length(id, bytes)
}

/// An id, if its text has a length that is allowed.
#[inline]
fn id_of_length(id: Id<'_>, bytes: usize) -> Result<Id<'_>, Rejection> {
    match bytes {
        0 => Err(invalid("id is empty")),
        1..=MAX_ID_BYTES => Ok(id),
        bytes => Err(invalid(format!("id has {bytes} bytes; at most {MAX_ID_BYTES} are allowed"))),
    }
}

fn address_text<'a>(name: &str, value: Option<&'a str>) -> Result<&'a str, Rejection> {
    let value = value.ok_or_else(|| invalid(format!("{name} is missing")))?;
    let text =
        string(value).ok_or_else(|| invalid(format!("{name} is {}; a string is wanted", kind(value))))?;
    if !is_usual(text) {
        check_address(name, text.as_bytes())?;
    }
    Ok(text)
}

/// Of the inside of a JSON string.
fn check_address(name: &str, json_text: &[u8]) -> Result<(), Rejection> {
    let spelling = std::str::from_utf8(json_text).map_err(|_| NoAddress::IllFormed).and_then(Spelling::parse);
    spelling.map(|_| ()).map_err(|why| no_address(name, json_text, why))
}

/// The rejection of a call for the inside of a JSON string that is no address.
pub(crate) fn no_address(name: &str, json_text: &[u8], why: NoAddress) -> Rejection {
    invalid(format!("{name} {why}: \"{}\"", String::from_utf8_lossy(json_text)))
}
