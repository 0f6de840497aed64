//! OTLP: the part of its messages that spans of chains need, in protobuf and in its JSON.

use prost::{Message, Oneof};
use serde::{Serialize, Serializer};

use super::ids::{hex, Side, TRACE_ID_BYTES};
use super::span::{Span as Given, Value};
use crate::seeded::SeededMap;

/// What wrote the spans.
const SCOPE: &str = "callweave";
const NS_PER_US: u64 = 1_000;

#[derive(Clone, PartialEq, Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct TracesData {
    #[prost(message, repeated, tag = "1")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct ScopeSpans {
    #[prost(message, optional, tag = "1")]
    scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    spans: Vec<Span>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct Scope {
    #[prost(string, tag = "1")]
    name: String,
}

#[derive(Clone, PartialEq, Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct Span {
    #[prost(bytes = "vec", tag = "1")]
    #[serde(serialize_with = "as_hex")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    #[serde(serialize_with = "as_hex")]
    span_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    #[serde(serialize_with = "as_hex", skip_serializing_if = "Vec::is_empty")]
    parent_span_id: Vec<u8>,
    #[prost(string, tag = "5")]
    name: String,
    #[prost(enumeration = "Kind", tag = "6")]
    kind: i32,
    #[prost(fixed64, tag = "7")]
    #[serde(serialize_with = "as_text")]
    start_time_unix_nano: u64,
    #[prost(fixed64, tag = "8")]
    #[serde(serialize_with = "as_text")]
    end_time_unix_nano: u64,
    #[prost(message, repeated, tag = "9")]
    attributes: Vec<KeyValue>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
enum Kind {
    Unspecified = 0,
    Server = 2,
    Client = 3,
}

#[derive(Clone, PartialEq, Message, Serialize)]
struct KeyValue {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
#[serde(transparent)]
struct AnyValue {
    #[prost(oneof = "AnyOf", tags = "1, 3, 4")]
    value: Option<AnyOf>,
}

#[derive(Clone, PartialEq, Oneof, Serialize)]
enum AnyOf {
    #[prost(string, tag = "1")]
    #[serde(rename = "stringValue")]
    Text(String),
    #[prost(int64, tag = "3")]
    #[serde(rename = "intValue", serialize_with = "as_text")]
    Integer(i64),
    #[prost(double, tag = "4")]
    #[serde(rename = "doubleValue")]
    Fraction(f64),
}

/// Appends the spans of a trace in protobuf.
pub fn write(out: &mut Vec<u8>, trace_id: [u8; TRACE_ID_BYTES], spans: &[Given<'_>]) {
    // Room in a `Vec` does not run out.
    _ = traces_data(trace_id, spans).encode(out);
}

/// Appends the spans of a trace as one line of OTLP's JSON: ids in hexadecimal digits, 64-bit integers as texts.
pub fn write_json(out: &mut Vec<u8>, trace_id: [u8; TRACE_ID_BYTES], spans: &[Given<'_>]) {
    // Writing to a `Vec` cannot fail, and there is no map with odd keys.
    _ = serde_json::to_writer(out, &traces_data(trace_id, spans));
}

/// The spans by service, in the order in which services come first.
fn traces_data(trace_id: [u8; TRACE_ID_BYTES], spans: &[Given<'_>]) -> TracesData {
    let mut places = SeededMap::<&str, usize>::default();
    let mut by_service: Vec<(&str, Vec<Span>)> = Vec::new();
    for given in spans {
        let service = given.own.service.as_ref();
        let place = *places.entry(service).or_insert_with(|| {
            by_service.push((service, Vec::new()));
            by_service.len() - 1
        });
        by_service[place].1.push(span(trace_id, given));
    }
    let resource_spans = by_service.into_iter().map(|(service, spans)| ResourceSpans {
        resource: Some(Resource {
            attributes: vec![attribute("service.name", AnyOf::Text(service.to_owned()))],
        }),
        scope_spans: vec![ScopeSpans { scope: Some(Scope { name: SCOPE.to_owned() }), spans }],
    });
    TracesData { resource_spans: resource_spans.collect() }
}

fn span(trace_id: [u8; TRACE_ID_BYTES], given: &Given<'_>) -> Span {
    let kind = match given.side {
        Side::Client => Kind::Client,
        Side::Server => Kind::Server,
    };
    // Times beyond the year 2554 have no nanoseconds in 64 bits.
    let start_ns = given.start_us.saturating_mul(NS_PER_US);
    Span {
        trace_id: trace_id.to_vec(),
        span_id: given.id.to_be_bytes().to_vec(),
        parent_span_id: given.parent.map(|id| id.to_be_bytes().to_vec()).unwrap_or_default(),
        name: given.name.clone().into_owned(),
        kind: kind.into(),
        start_time_unix_nano: start_ns,
        end_time_unix_nano: start_ns.saturating_add(given.duration_us.saturating_mul(NS_PER_US)),
        attributes: given
            .attributes
            .iter()
            .map(|(key, value)| {
                let value = match value {
                    Value::Text(text) => AnyOf::Text(text.clone()),
                    Value::Integer(integer) => AnyOf::Integer(*integer),
                    Value::Confidence(confidence) => AnyOf::Fraction(confidence.probability()),
                };
                attribute(key, value)
            })
            .collect(),
    }
}

fn attribute(key: &str, value: AnyOf) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }) }
}

fn as_hex<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex(bytes))
}

fn as_text<S: Serializer>(number: &impl ToString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&number.to_string())
}
