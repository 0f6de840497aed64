//! Chains as spans of OpenTelemetry or Zipkin, for the tools in which people look at traces.
//!
//! A call becomes a server span, or a pair of a client span with a server span below it; the spans of a chain are
//! one record. No times are looked at but those of the calls, so the same chain makes the same bytes.

pub mod ids;
mod otlp;
mod span;
mod zipkin;

use serde::Deserialize;

use crate::chain::services::Services;
use crate::chain::tree::Tree;
use crate::wire::frames::{write_record_header, RECORD_HEADER_BYTES, SPANS_MARK};
use span::spans_of;

pub use span::SpanStyle;

/// How spans are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpansFormat {
    /// A `TracesData` of OTLP in protobuf.
    Otlp,
    /// A `TracesData` of OTLP in JSON.
    OtlpJson,
    /// A list of spans in Zipkin's JSON, version 2.
    Zipkin,
}

/// What spans are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpansConfig {
    /// How they are written.
    pub format: SpansFormat,
    /// Which a call becomes.
    pub style: SpanStyle,
}

/// Appends the frame of the spans of a chain: its key is [`SPANS_MARK`] and the digits of the trace id. Costs some
/// allocations per call.
pub(crate) fn write(out: &mut Vec<u8>, tree: &Tree<'_>, services: &Services, config: SpansConfig) {
    let trace_id = ids::trace_id(&tree.members[tree.root]);
    let spans = spans_of(tree, services, config.style);
    let begin = out.len();
    out.resize(begin + RECORD_HEADER_BYTES, 0);
    out.push(SPANS_MARK);
    out.extend_from_slice(ids::hex(&trace_id).as_bytes());
    let value = out.len();
    match config.format {
        SpansFormat::Otlp => otlp::write(out, trace_id, &spans),
        SpansFormat::OtlpJson => otlp::write_json(out, trace_id, &spans),
        SpansFormat::Zipkin => zipkin::write(out, trace_id, &spans),
    }
    let (key_bytes, value_bytes) = (value - begin - RECORD_HEADER_BYTES, out.len() - value);
    write_record_header(&mut out[begin..], key_bytes, value_bytes);
}
