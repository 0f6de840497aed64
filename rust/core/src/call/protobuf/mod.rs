//! A call in protobuf, as `proto/callweave.proto` has it.
//!
//! A field that is not known is skipped, as protobuf wants it, and as JSON's are: a newer producer may have more to
//! say. What is known is judged as in JSON, with the same reasons and words.

mod faults;
mod latency;
mod message;

use super::fast::Scanner;
use super::fields::quoted;
use super::times::{start_in_range, Times};
use super::{check_address, check_length, id, id_of_length, invalid, string, Call, Id, Limits, Rejection};
pub(super) use faults::no_message;
use message::{CallId, Message, Text};

/// Reads records one after the other. What it says of one does not depend on those before.
#[derive(Debug, Default)]
pub struct Reader {
    id: String,
    src: String,
    dst: String,
    latency: String,
}

impl Reader {
    /// Parses and validates one record.
    ///
    /// As with [`Parser`](super::Parser), the addresses of what it takes may be none:
    /// [`Call::check_addresses`] tells. Costs less than `Parser` does for the same call in JSON.
    ///
    /// ```
    /// use callweave_core::call::protobuf::Reader;
    /// use callweave_core::call::{Limits, Reason};
    /// use callweave_core::protobuf::v1::{call::CallId, Call};
    /// use prost::Message;
    /// let limits = Limits { max_record_bytes: 100, max_latency_ms: 100, latest_start_ms: 2000, pass_through: false };
    /// let record = Call {
    ///     call_id: Some(CallId::Id("a".into())),
    ///     src_ip: "10.0.0.1".into(),
    ///     dst_ip: "10.0.0.2".into(),
    ///     start_at_ms: Some(1000),
    ///     latency_msec: Some(39.7),
    ///     end_at_ms: None,
    /// };
    /// let mut record = record.encode_to_vec();
    /// let mut reader = Reader::default();
    /// assert_eq!(reader.parse(&record, &limits).unwrap().end_ms, 1039);
    /// record.pop();
    /// let rejection = reader.parse(&record, &limits).unwrap_err();
    /// assert_eq!(rejection.reason, Reason::Malformed);
    /// assert_eq!(
    ///     rejection.detail,
    ///     "the record is no message: field 7 (latency_msec) at byte 26 needs 8 bytes, 7 are left"
    /// );
    /// ```
    ///
    /// # Errors
    /// When the record is no message, or no valid call.
    pub fn parse<'a>(&'a mut self, record: &'a [u8], limits: &Limits) -> Result<Call<'a>, Rejection> {
        check_length(record, limits)?;
        let message = Message::read(record)?;
        let Reader { id, src, dst, latency } = self;
        let id = call_id(message.id, id)?;
        let src = json_text(message.src.ok_or_else(|| invalid("src_ip is missing"))?, src);
        let times = message.dst.ok_or_else(|| invalid("dst_ip is missing")).and_then(|text| {
            let dst = json_text(text, dst);
            let times = times(&message, limits).and_then(|times| times.check(limits).map(|()| times));
            // What is wrong is told of in the order of the fields.
            let times = times.or_else(|rejection| check_address("dst_ip", dst).and(Err(rejection)))?;
            Ok((dst, times))
        });
        let (dst, times) = times.or_else(|rejection| check_address("src_ip", src).and(Err(rejection)))?;
        Ok(Call {
            id,
            src,
            dst,
            start_ms: times.start_ms,
            end_ms: times.end_ms,
            latency: message.latency_ms.and_then(|ms| latency::text(ms, &times, latency)),
            extras: String::new(),
        })
    }

    /// Bytes that the last records have left behind.
    pub fn memory_bytes(&self) -> usize {
        self.id.capacity() + self.src.capacity() + self.dst.capacity() + self.latency.capacity()
    }
}

/// The inside of the JSON string for a text; `scratch` holds it where it is not the text itself.
#[inline]
fn json_text<'a>(text: Text<'a>, scratch: &'a mut String) -> &'a [u8] {
    match text {
        Text::Plain(bytes) => bytes,
        Text::Other(text) => {
            *scratch = quoted(text);
            string(scratch).unwrap_or_default().as_bytes()
        }
    }
}

fn call_id<'a>(value: Option<CallId<'a>>, scratch: &'a mut String) -> Result<Id<'a>, Rejection> {
    match value {
        None => Err(invalid("id is missing")),
        Some(CallId::Text(text)) => {
            let inside = json_text(text, scratch);
            id_of_length(Id::of_text(inside), inside.len())
        }
        Some(CallId::Integer(value)) => {
            scratch.clear();
            scratch.push_str(itoa::Buffer::new().format(value));
            Ok(Id::of_integer(scratch))
        }
        Some(CallId::Number(text)) => match Scanner::new(text).number() {
            Some(number) if number.len() == text.len() => id(Some(text)),
            _ => Err(invalid(format!("id_number is {text:?}; an integer is wanted, as JSON writes it"))),
        },
    }
}

#[inline]
fn times(message: &Message<'_>, limits: &Limits) -> Result<Times, Rejection> {
    let start = message.start_ms.ok_or_else(|| invalid("start_at_ms is missing"))?;
    let start = start_in_range(start, limits.latest_start_ms)?;
    if let Some(latency_ms) = message.latency_ms.filter(|ms| !(ms.is_finite() && *ms >= 0.0)) {
        return Err(invalid(format!(
            "latency_msec is {latency_ms}; a finite number of at least 0 is wanted"
        )));
    }
    if let Some(end_ms) = message.end_ms.filter(|ms| ms.unsigned_abs() > 1 << 62) {
        return Err(invalid(format!("end_at_ms is {end_ms}; 0 to 2^53 is allowed")));
    }
    Times::of(start, message.end_ms, message.latency_ms, limits)
}
