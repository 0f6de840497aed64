//! A call in protobuf, as `proto/callweave.proto` has it.
//!
//! A field that is not known is skipped, as protobuf wants it, and as JSON's are: a newer producer may have more to
//! say. What is known is judged as in JSON, with the same reasons and words.

use std::borrow::Cow;
use std::fmt::{self, Write};

use prost::bytes::Buf;
use prost::encoding::{decode_key, decode_varint, skip_field, DecodeContext, WireType};

use super::fast::Scanner;
use super::fields::quoted;
use super::times::{start_in_range, Times};
use super::{
    check_address, check_length, id, id_of_length, invalid, malformed, string, Call, Id, Limits, Rejection,
};
use crate::protobuf::fields::{
    DST_IP, END_AT_MS, ID, ID_INTEGER, ID_NUMBER, LATENCY_MSEC, NAMES, SRC_IP, START_AT_MS,
};

/// Reads records one after the other. What it says of one does not depend on those before.
#[derive(Debug, Default)]
pub struct Reader {
    id: String,
    src: String,
    dst: String,
    latency: String,
}

/// The fields of a message, each as it came last.
#[derive(Default)]
struct Message<'a> {
    id: Option<CallId<'a>>,
    src: Option<&'a str>,
    dst: Option<&'a str>,
    start_ms: Option<i64>,
    latency_ms: Option<f64>,
    end_ms: Option<i64>,
    /// The first known field with another wire type than its own.
    wrong: Option<(u32, WireType)>,
}

#[derive(Clone, Copy)]
enum CallId<'a> {
    Text(&'a str),
    Integer(i64),
    Number(&'a str),
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
        let message = read(record)?;
        if let Some((field, wire_type)) = message.wrong {
            return Err(wrong_wire_type(field, wire_type));
        }
        let Reader { id, src, dst, latency } = self;
        let id = call_id(message.id, id)?;
        let src = json_text(message.src.ok_or_else(|| invalid("src_ip is missing"))?, src);
        let times = message.dst.ok_or_else(|| invalid("dst_ip is missing")).and_then(|text| {
            let dst = json_text(text, dst);
            let times = times(&message, limits).and_then(|times| times.check(limits).map(|()| times));
            // What is wrong is told of in the order of the fields.
            let times =
                times.or_else(|rejection| check_address("dst_ip", dst.as_bytes()).and(Err(rejection)))?;
            Ok((dst, times))
        });
        let (dst, times) =
            times.or_else(|rejection| check_address("src_ip", src.as_bytes()).and(Err(rejection)))?;
        Ok(Call {
            id,
            src: src.as_bytes(),
            dst: dst.as_bytes(),
            start_ms: times.start_ms,
            end_ms: times.end_ms,
            latency: message.latency_ms.and_then(|ms| latency_text(ms, &times, latency)),
            extras: String::new(),
        })
    }

    /// Bytes that the last records have left behind.
    pub fn memory_bytes(&self) -> usize {
        self.id.capacity() + self.src.capacity() + self.dst.capacity() + self.latency.capacity()
    }
}

/// The fields of a record.
fn read(record: &[u8]) -> Result<Message<'_>, Rejection> {
    let mut message = Message::default();
    let mut rest = record;
    if record.is_empty() {
        return Err(malformed("the record is empty"));
    }
    while !rest.is_empty() {
        let at = record.len() - rest.len();
        let broken = |what: fmt::Arguments<'_>| Err(no_message(record, what));
        let Ok((field, wire_type)) = decode_key(&mut rest) else {
            return broken(format_args!("no field begins at byte {at}"));
        };
        match (field, wire_type) {
            (ID | ID_NUMBER | SRC_IP | DST_IP, WireType::LengthDelimited) => {
                let Some(bytes) = delimited(&mut rest) else {
                    return broken(format_args!("{}", Cut { field, at, record }));
                };
                let Ok(text) = std::str::from_utf8(bytes) else {
                    return broken(format_args!("{} at byte {at} is not UTF-8", Field(field)));
                };
                match field {
                    ID => message.id = Some(CallId::Text(text)),
                    ID_NUMBER => message.id = Some(CallId::Number(text)),
                    SRC_IP => message.src = Some(text),
                    _ => message.dst = Some(text),
                }
            }
            (ID_INTEGER | START_AT_MS | END_AT_MS, WireType::Varint) => {
                let Ok(value) = decode_varint(&mut rest) else {
                    return broken(format_args!("{} at byte {at} has no whole varint", Field(field)));
                };
                // Negative numbers have all 64 bits.
                let value = value as i64;
                match field {
                    ID_INTEGER => message.id = Some(CallId::Integer(value)),
                    START_AT_MS => message.start_ms = Some(value),
                    _ => message.end_ms = Some(value),
                }
            }
            (LATENCY_MSEC, WireType::SixtyFourBit) => {
                let Ok(value) = rest.try_get_f64_le() else {
                    return broken(format_args!("{}", Cut { field, at, record }));
                };
                message.latency_ms = Some(value);
            }
            _ => {
                if field as usize <= NAMES.len() {
                    message.wrong = message.wrong.or(Some((field, wire_type)));
                }
                if skip_field(wire_type, field, &mut rest, DecodeContext::default()).is_err() {
                    return broken(format_args!("{}", Cut { field, at, record }));
                }
            }
        }
    }
    Ok(message)
}

/// The bytes behind a length; `None` where there are fewer.
#[inline]
fn delimited<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(decode_varint(rest).ok()?).ok()?;
    let (bytes, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(bytes)
}

/// A field with its name, if that is known.
struct Field(u32);

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(field) = self;
        match NAMES.get(*field as usize - 1) {
            Some(name) => write!(f, "field {field} ({name})"),
            None => write!(f, "field {field}"),
        }
    }
}

/// A field that does not end within the record.
struct Cut<'a> {
    field: u32,
    at: usize,
    record: &'a [u8],
}

impl fmt::Display for Cut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, at, record } = *self;
        write!(f, "{} at byte {at} ", Field(field))?;
        let mut rest = &record[at..];
        let wanted = match decode_key(&mut rest) {
            Ok((_, WireType::LengthDelimited)) => decode_varint(&mut rest).ok(),
            Ok((_, WireType::SixtyFourBit)) => Some(8),
            Ok((_, WireType::ThirtyTwoBit)) => Some(4),
            Ok((_, WireType::StartGroup | WireType::EndGroup)) => {
                return f.write_str("is a group that does not end")
            }
            _ => None,
        };
        match wanted {
            Some(wanted) => write!(f, "needs {wanted} bytes, {} are left", rest.len()),
            None => f.write_str("has no whole varint"),
        }
    }
}

/// The rejection of a record that is something else, which may be known.
#[cold]
fn no_message(record: &[u8], what: fmt::Arguments<'_>) -> Rejection {
    match record {
        [0, a, b, c, d, ..] => malformed(format!(
            "the record begins with the 5 bytes of a schema registry (0, then the id {} of a schema); \
             the message alone is wanted",
            u32::from_be_bytes([*a, *b, *c, *d])
        )),
        [b'{', ..] => malformed("the record looks like JSON, which --input-format json reads"),
        _ => malformed(format!("the record is no message: {what}")),
    }
}

fn wrong_wire_type(field: u32, wire_type: WireType) -> Rejection {
    let wanted = match field {
        ID_INTEGER | START_AT_MS | END_AT_MS => WireType::Varint,
        LATENCY_MSEC => WireType::SixtyFourBit,
        _ => WireType::LengthDelimited,
    };
    let kind = match wanted {
        WireType::Varint => "an int64",
        WireType::SixtyFourBit => "a double",
        _ => "a string",
    };
    invalid(format!(
        "{} has wire type {}; {}, that of {kind}, is wanted",
        Field(field),
        wire_type as u8,
        wanted as u8
    ))
}

/// The inside of the JSON string for a text; `scratch` holds it where it is not the text itself.
#[inline]
fn json_text<'a>(text: &'a str, scratch: &'a mut String) -> &'a str {
    let is_odd = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    // Without a branch in it, some bytes are looked at together.
    if !text.bytes().fold(false, |odd, byte| odd | is_odd(byte)) {
        return text;
    }
    *scratch = quoted(text);
    string(scratch).unwrap_or_default()
}

fn call_id<'a>(value: Option<CallId<'a>>, scratch: &'a mut String) -> Result<Id<'a>, Rejection> {
    match value {
        None => Err(invalid("id is missing")),
        Some(CallId::Text(text)) => {
            let inside = json_text(text, scratch);
            id_of_length(Id::of_string(inside), inside.len())
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

/// The latency as JSON writes it, unless it is what end minus start is written as.
#[inline]
fn latency_text<'a>(latency_ms: f64, times: &Times, text: &'a mut String) -> Option<Cow<'a, str>> {
    if latency_ms == times.length_ms() as f64 {
        return None;
    }
    text.clear();
    // Writing to a text does not fail. Zero may have a sign, and few digits stay few.
    _ = match latency_ms {
        0.0 => write!(text, "0"),
        ms if ms < 1e-6 => write!(text, "{ms:e}"),
        ms => write!(text, "{ms}"),
    };
    Some(Cow::Borrowed(text))
}
