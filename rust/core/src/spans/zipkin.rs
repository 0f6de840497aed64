//! Zipkin's JSON, version 2.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Serialize, Serializer};

use super::ids::{hex, Side, TRACE_ID_BYTES};
use super::span::{End, Span as Given, Value};
use crate::address::Address;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Span<'a> {
    trace_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<String>,
    id: String,
    kind: &'static str,
    name: &'a str,
    /// µs of the epoch.
    timestamp: u64,
    /// µs, at least 1: Zipkin takes 0 for unknown.
    duration: u64,
    local_endpoint: Endpoint<'a>,
    remote_endpoint: Endpoint<'a>,
    #[serde(serialize_with = "tags")]
    tags: &'a [(&'static str, Value)],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Endpoint<'a> {
    service_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ipv4: Option<Ipv4Addr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ipv6: Option<Ipv6Addr>,
}

/// Appends the spans of a trace as a list.
pub fn write(out: &mut Vec<u8>, trace_id: [u8; TRACE_ID_BYTES], spans: &[Given<'_>]) {
    let trace_id = hex(&trace_id);
    let spans: Vec<Span<'_>> = spans.iter().map(|given| span(&trace_id, given)).collect();
    // Writing to a `Vec` cannot fail, and there is no map with odd keys.
    _ = serde_json::to_writer(out, &spans);
}

fn span<'a>(trace_id: &'a str, given: &'a Given<'_>) -> Span<'a> {
    Span {
        trace_id,
        parent_id: given.parent.map(|id| hex(&id.to_be_bytes())),
        id: hex(&given.id.to_be_bytes()),
        kind: match given.side {
            Side::Client => "CLIENT",
            Side::Server => "SERVER",
        },
        name: &given.name,
        timestamp: given.start_us.max(1),
        duration: given.duration_us.max(1),
        local_endpoint: endpoint(&given.own),
        remote_endpoint: endpoint(&given.peer),
        tags: &given.attributes,
    }
}

fn endpoint<'a>(end: &'a End<'_>) -> Endpoint<'a> {
    let (ipv4, ipv6) = match end.address {
        Some(Address::V4(ip)) => (Some(ip), None),
        Some(Address::V6(ip)) => (None, Some(ip)),
        _ => (None, None),
    };
    Endpoint { service_name: &end.service, ipv4, ipv6 }
}

/// Values of tags are texts.
fn tags<S: Serializer>(tags: &[(&'static str, Value)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(tags.iter().map(|(key, value)| {
        let text = match value {
            Value::Text(text) => text.clone(),
            Value::Integer(integer) => integer.to_string(),
            Value::Confidence(confidence) => format!("{:?}", confidence.probability()),
        };
        (key, text)
    }))
}
