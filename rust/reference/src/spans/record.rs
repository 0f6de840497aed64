//! A record of the spans topic, as its readers understand it: by Zipkin's JSON or by OTLP.

use std::collections::BTreeMap;
use std::fmt::Display;

use prost::Message;
use serde::Deserialize;

use super::otlp::{AnyOf, KeyValue, TracesData, CLIENT, SERVER};
use crate::rules::SpansFormat;

/// A span, whatever its format.
#[derive(Debug)]
pub struct Span {
    /// The trace, in hexadecimal digits.
    pub trace_id: String,
    /// Its id, likewise.
    pub id: String,
    /// That of the span above it.
    pub parent: Option<String>,
    /// Whether it is the caller's.
    pub is_client: bool,
    /// The service whose span it is.
    pub service: String,
    /// Start, µs of the epoch.
    pub start_us: u64,
    /// Duration, µs.
    pub duration_us: u64,
    /// What else is said of it, as texts.
    pub attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ZipkinSpan {
    trace_id: String,
    id: String,
    parent_id: Option<String>,
    kind: String,
    timestamp: u64,
    duration: u64,
    local_endpoint: Endpoint,
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Endpoint {
    service_name: String,
}

/// Reads a record value, or tells what is wrong with it.
pub fn read(value: Option<&[u8]>, format: SpansFormat) -> Result<Vec<Span>, String> {
    let value = value.ok_or("a null record")?;
    match format {
        SpansFormat::Zipkin => read_zipkin(value),
        SpansFormat::Otlp => read_otlp(value),
    }
}

fn read_zipkin(value: &[u8]) -> Result<Vec<Span>, String> {
    let spans: Vec<ZipkinSpan> = serde_json::from_slice(value).map_err(|wrong| wrong.to_string())?;
    let read = |span: ZipkinSpan| {
        Ok(Span {
            is_client: is_client(&*span.kind, ["CLIENT", "SERVER"])?,
            trace_id: span.trace_id,
            id: span.id,
            parent: span.parent_id,
            service: span.local_endpoint.service_name,
            start_us: span.timestamp,
            duration_us: span.duration,
            attributes: span.tags,
        })
    };
    spans.into_iter().map(read).collect()
}

fn read_otlp(value: &[u8]) -> Result<Vec<Span>, String> {
    let traces = TracesData::decode(value).map_err(|wrong| wrong.to_string())?;
    let mut spans = Vec::new();
    for of_resource in traces.resource_spans {
        let resource = of_resource.resource.ok_or("spans without a resource")?;
        let mut resource = texts(resource.attributes)?;
        let service = resource.remove("service.name").ok_or("a resource without service.name")?;
        for span in of_resource.scope_spans.into_iter().flat_map(|of_scope| of_scope.spans) {
            if !span.links.is_empty() {
                return Err("a span with links, which readers take for parents".to_owned());
            }
            spans.push(Span {
                trace_id: digits(&span.trace_id),
                id: digits(&span.span_id),
                parent: (!span.parent_span_id.is_empty()).then(|| digits(&span.parent_span_id)),
                is_client: is_client(span.kind, [CLIENT, SERVER])?,
                service: service.clone(),
                start_us: span.start_time_unix_nano / 1_000,
                duration_us: span.end_time_unix_nano.saturating_sub(span.start_time_unix_nano) / 1_000,
                attributes: texts(span.attributes)?,
            });
        }
    }
    Ok(spans)
}

fn is_client<T: PartialEq + Display>(kind: T, [client, server]: [T; 2]) -> Result<bool, String> {
    if kind == client || kind == server {
        Ok(kind == client)
    } else {
        Err(format!("a span of the kind {kind}, not {client} or {server}"))
    }
}

fn texts(attributes: Vec<KeyValue>) -> Result<BTreeMap<String, String>, String> {
    let text = |KeyValue { key, value }: KeyValue| {
        let text = match value.and_then(|value| value.value) {
            Some(AnyOf::Text(text)) => text,
            Some(AnyOf::Integer(integer)) => integer.to_string(),
            Some(AnyOf::Fraction(number)) => format!("{number:?}"),
            other => return Err(format!("the attribute {key} is {other:?}")),
        };
        Ok((key, text))
    };
    attributes.into_iter().map(text).collect()
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
