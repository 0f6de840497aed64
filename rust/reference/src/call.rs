//! Reads one call by the rules for input records, slowly and plainly.

use std::collections::BTreeMap;

use crate::address::Address;
use crate::integer::{read_integer, read_truncated};
use crate::object::Object;
use crate::rules::Rules;
use crate::unicode::is_unicode;

/// 2^53: up to here every integer is exact as a double.
const MAX_TIME_MS: i64 = 1 << 53;
/// Farther from the epoch there is no time that could be computed with.
const FARTHEST_TIME_MS: u64 = 1 << 62;
const MAX_ID_BYTES: usize = 256;
const FIELDS: [&str; 6] = ["id", "src_ip", "dst_ip", "start_at_ms", "latency_msec", "end_at_ms"];
/// Fields that the job itself adds; one of the same name in the input is not passed through.
pub const ADDED_FIELDS: [&str; 4] = ["parents", "children", "parents_omitted", "children_omitted"];

/// A valid call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The id as it is written in the JSON, with the quotes of a string.
    pub id: String,
    /// `src_ip` as it is written.
    pub src_text: String,
    /// `dst_ip` as it is written.
    pub dst_text: String,
    /// The caller.
    pub src: Address,
    /// The called.
    pub dst: Address,
    /// Start, ms of the epoch.
    pub start_ms: i64,
    /// End, ms of the epoch.
    pub end_ms: i64,
    /// The latency as it came, or `end - start`.
    pub latency_ms: f64,
    /// All other fields, as they are written.
    pub others: BTreeMap<String, String>,
}

/// Why a record is rejected whenever it comes, in the order in which the reasons are looked for.
/// `late` is not among them: that depends on when the job read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// No JSON object, or too large.
    Malformed,
    /// A field is wrong.
    Invalid,
    /// Start, end and latency disagree.
    Inconsistent,
    /// It took too long.
    TooLong,
    /// It starts in the future.
    Future,
}

impl Reason {
    /// The reason as the job writes it.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Malformed => "malformed",
            Reason::Invalid => "invalid",
            Reason::Inconsistent => "inconsistent",
            Reason::TooLong => "too_long",
            Reason::Future => "future",
        }
    }
}

/// The text of an id without the quotes of a string.
pub fn bare_id(id: &str) -> &str {
    let inner = id.strip_prefix('"').and_then(|id| id.strip_suffix('"'));
    inner.unwrap_or(id)
}

/// What two records of one call have in common, and two calls have not.
pub type Identity<'a> = (&'a str, &'a Address, &'a Address, i64, i64);

impl Call {
    /// What tells it from other calls.
    pub fn identity(&self) -> Identity<'_> {
        (&self.id, &self.src, &self.dst, self.start_ms, self.end_ms)
    }

    /// Reads a record value that was written to the topic at `written_ms`. `late` is not looked at.
    pub fn read(value: Option<&[u8]>, written_ms: Option<i64>, rules: &Rules) -> Result<Self, Reason> {
        let value = value.ok_or(Reason::Malformed)?;
        if value.len() > rules.max_record_bytes {
            return Err(Reason::Malformed);
        }
        let fields = Object::read(value).ok_or(Reason::Malformed)?;
        let (call, latency) = read_fields(&fields).ok_or(Reason::Invalid)?;
        if rules.pass_through
            && !(fields.has_unicode_names && call.others.values().all(|raw| is_unicode(raw)))
        {
            return Err(Reason::Invalid);
        }
        let measured = (i128::from(call.end_ms) - i128::from(call.start_ms)) as f64;
        // An end that was computed cannot disagree, however large the latency.
        if fields.get_unless_null("end_at_ms").is_some() && (measured - latency).abs() > 1.0 {
            return Err(Reason::Inconsistent);
        }
        if latency > rules.max_latency_ms as f64 {
            return Err(Reason::TooLong);
        }
        let skew = rules.max_future_skew_ms;
        if written_ms.is_some_and(|written| call.start_ms > written.saturating_add(skew)) {
            return Err(Reason::Future);
        }
        Ok(call)
    }
}

fn read_fields(fields: &Object<'_>) -> Option<(Call, f64)> {
    let raw = |name: &str| fields.get(name);
    let id = raw("id").filter(|id| is_id(id))?;
    let (src_text, dst_text) = (raw("src_ip")?, raw("dst_ip")?);
    let start_ms = read_time(raw("start_at_ms")?).filter(|start| (0..=MAX_TIME_MS).contains(start))?;
    let given_latency = match fields.get_unless_null("latency_msec") {
        Some(raw) => Some(read_latency(raw)?),
        None => None,
    };
    let given_end = match fields.get_unless_null("end_at_ms") {
        Some(raw) => Some(read_time(raw)?),
        None => None,
    };
    let (latency, end_ms) = match (given_latency, given_end) {
        (Some(latency), Some(end)) => (latency, end),
        (Some(latency), None) => (latency, start_ms.saturating_add(latency as i64)),
        (None, Some(end)) if end >= start_ms => ((end - start_ms) as f64, end),
        (None, _) => return None,
    };
    let is_other = |name: &str| !FIELDS.contains(&name) && !ADDED_FIELDS.contains(&name);
    let others = fields.iter().filter(|(name, _)| is_other(name));
    let call = Call {
        id: id.to_owned(),
        src: read_address(src_text)?,
        dst: read_address(dst_text)?,
        src_text: src_text.to_owned(),
        dst_text: dst_text.to_owned(),
        start_ms,
        end_ms,
        latency_ms: latency,
        others: others.map(|(name, raw)| (name.to_owned(), raw.to_owned())).collect(),
    };
    Some((call, latency))
}

fn is_id(raw: &str) -> bool {
    let is_double = || raw.parse::<f64>().is_ok_and(f64::is_finite);
    let is_right_type = raw.starts_with('"') || (read_integer(raw).is_some() && is_double());
    is_right_type && is_unicode(raw) && (1..=MAX_ID_BYTES).contains(&bare_id(raw).len())
}

/// The number of a JSON value: it is one, or a string of nothing but one.
fn read_number(raw: &str) -> Option<String> {
    let text = if raw.starts_with('"') { serde_json::from_str(raw).ok()? } else { raw.to_owned() };
    let is_blank = |c: char| c.is_ascii_whitespace();
    // Serde tells whether it is a number, but overlooks blanks around it.
    let number: serde_json::Result<&serde_json::value::RawValue> = serde_json::from_str(&text);
    let begins_right = text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    (number.is_ok() && begins_right && !text.ends_with(is_blank)).then_some(text)
}

/// A start or an end. The table gives a range for the start alone.
fn read_time(raw: &str) -> Option<i64> {
    read_truncated(&read_number(raw)?).filter(|time| time.unsigned_abs() <= FARTHEST_TIME_MS)
}

fn read_latency(raw: &str) -> Option<f64> {
    let text = read_number(raw)?;
    let nearest = text.parse::<f64>().ok()?;
    // Cut, never rounded up to a whole ms. A number too large for an integer has no fraction.
    let is_rounded_up = read_truncated(&text).is_some_and(|whole| (whole as f64) < nearest.floor());
    let number = if is_rounded_up { nearest.next_down() } else { nearest };
    (number.is_finite() && number >= 0.0).then_some(number)
}

fn read_address(raw: &str) -> Option<Address> {
    Address::parse(&serde_json::from_str::<String>(raw).ok()?)
}
