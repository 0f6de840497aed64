//! Every way in which spans can be wrong is found, in both formats and styles.

use prost::Message;
use serde_json::{json, Value};
use sha2::{Digest, Sha256};

use super::chains::{call, inputs, record, right_chain, ChainCall};
use super::INPUT_TOPIC;
use crate::spans::otlp::{
    AnyOf, AnyValue, KeyValue, Resource, ResourceSpans, ScopeSpans, Span, TracesData, CLIENT, SERVER,
};
use crate::{
    compare, count_span_calls, judge, Difference, Output, Record, Report, Rules, SpanRules, SpansFormat,
};

/// a calls b, b calls c.
fn calls() -> Vec<ChainCall> {
    vec![
        call("a", 1, 2, 1000, 1500, None),
        call("b", 2, 3, 1100, 1300, Some(0)),
        call("c", 3, 4, 1120, 1220, Some(1)),
    ]
}

fn span_id(hop: &Value, side: &str) -> String {
    let start = hop["start_at_ms"].to_string();
    let text = |field: &str| hop[field].as_str().unwrap();
    let mut bytes = Vec::new();
    for text in ["span", text("id"), &start, text("src_ip"), text("dst_ip"), side] {
        bytes.extend((text.len() as u32).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    Sha256::digest(bytes)[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the job has to write of the chain for Zipkin.
fn zipkin(chain: &Value, is_pair: bool) -> Value {
    let hops = chain["hops"].as_array().unwrap();
    let mut spans = Vec::new();
    for hop in hops {
        let cause = hops.iter().find(|other| other["id"] == hop["parent"]);
        let cause = cause.map(|cause| span_id(cause, "server"));
        let client = is_pair.then(|| span_id(hop, "client"));
        let mut add = |side: &str, id: String, parent: Option<String>, own: &str, peer: &str| {
            let mut tags = json!({"callweave.id": hop["id"], "peer.service": hop[peer]});
            if side == "server" {
                tags["callweave.confidence"] = "0.9".into();
                tags["callweave.critical_ms"] = hop["critical_msec"].to_string().into();
                tags["callweave.self_ms"] = hop["self_msec"].to_string().into();
            }
            let mut span = json!({
                "traceId": chain["trace_id"], "id": id, "kind": side.to_uppercase(), "name": hop["dst"],
                "timestamp": hop["start_at_ms"].as_i64().unwrap() * 1000,
                "duration": hop["latency_msec"].as_i64().unwrap() * 1000,
                "localEndpoint": {"serviceName": hop[own]}, "tags": tags,
            });
            if let Some(parent) = parent {
                span["parentId"] = parent.into();
            }
            spans.push(span);
        };
        if let Some(id) = client.clone() {
            add("client", id, cause.clone(), "src", "dst");
        }
        add("server", span_id(hop, "server"), client.or(cause), "dst", "src");
    }
    spans.into()
}

/// The same as OTLP has it.
fn otlp(spans: &Value) -> Vec<u8> {
    let bytes = |text: &Value| -> Vec<u8> {
        let text = text.as_str().unwrap_or_default();
        (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
    };
    let attribute = |key: &str, value: AnyOf| KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
    };
    let resource_spans = spans.as_array().unwrap().iter().map(|span| {
        let tags = span["tags"].as_object().unwrap().iter().map(|(key, value)| {
            let text = value.as_str().unwrap();
            let value = match &**key {
                "callweave.confidence" => AnyOf::Fraction(text.parse().unwrap()),
                "callweave.critical_ms" | "callweave.self_ms" => AnyOf::Integer(text.parse().unwrap()),
                _ => AnyOf::Text(text.to_owned()),
            };
            attribute(key, value)
        });
        let start_ns = span["timestamp"].as_u64().unwrap() * 1000;
        let service = span["localEndpoint"]["serviceName"].as_str().unwrap().to_owned();
        ResourceSpans {
            resource: Some(Resource { attributes: vec![attribute("service.name", AnyOf::Text(service))] }),
            scope_spans: vec![ScopeSpans {
                spans: vec![Span {
                    trace_id: bytes(&span["traceId"]),
                    span_id: bytes(&span["id"]),
                    parent_span_id: bytes(&span["parentId"]),
                    kind: if span["kind"] == "CLIENT" { CLIENT } else { SERVER },
                    start_time_unix_nano: start_ns,
                    end_time_unix_nano: start_ns + span["duration"].as_u64().unwrap() * 1000,
                    attributes: tags.collect(),
                    links: Vec::new(),
                }],
            }],
        }
    });
    TracesData { resource_spans: resource_spans.collect() }.encode_to_vec()
}

/// A record of spans in the format of the rules.
fn spans_record(spans: &Value, rules: SpanRules) -> Record {
    let value = match rules.format {
        SpansFormat::Zipkin => spans.to_string().into_bytes(),
        SpansFormat::Otlp => otlp(spans),
    };
    let key = right_chain(&calls())["trace_id"].as_str().unwrap().as_bytes().to_vec();
    Record { key: Some(key), value: Some(value), ..Record::default() }
}

fn check(spans: &[Record], span_rules: SpanRules) -> Report {
    let (input, rules) = (inputs(&calls()), Rules { spans: span_rules, ..Rules::default() });
    let chains = [record(&right_chain(&calls()))];
    let output = Output { chains: Some(&chains), spans: Some(spans), ..Output::default() };
    compare(INPUT_TOPIC, &input, &judge(&input, &rules), output, &rules)
}

/// All ways to write spans.
fn all_rules() -> impl Iterator<Item = SpanRules> {
    let styles = |format| [false, true].map(|is_pair| SpanRules { format, is_pair });
    [SpansFormat::Otlp, SpansFormat::Zipkin].into_iter().flat_map(styles)
}

/// That there are so many differences of one kind, and no others.
fn assert_only(report: &Report, kind: Difference, count: u64, what: &str) {
    let differences = &report.differences;
    assert_eq!((differences.of(kind), differences.total()), (count, count), "{what}: {differences:?}");
    assert!(!report.is_same(), "{what}");
}

#[test]
fn the_right_spans_are_let_pass() {
    for rules in all_rules() {
        let right = spans_record(&zipkin(&right_chain(&calls()), rules.is_pair), rules);
        let report = check(std::slice::from_ref(&right), rules);
        assert!(report.is_same(), "{rules:?}: {:?}", report.differences);
        assert_eq!((report.span_calls, count_span_calls(&right, rules.format)), (Some(3), 3));
    }
}

#[test]
fn a_trace_that_is_missing_there_twice_or_of_no_chain_is_found() {
    for rules in all_rules() {
        let right = spans_record(&zipkin(&right_chain(&calls()), rules.is_pair), rules);
        assert_only(&check(&[], rules), Difference::MissingSpans, 1, "none");
        assert_only(&check(&[right.clone(), right.clone()], rules), Difference::SpansTwice, 1, "twice");
        let other = Record { key: Some(b"0123".to_vec()), ..right.clone() };
        assert_only(&check(&[right.clone(), other], rules), Difference::UnexpectedSpans, 1, "another");
        let broken = Record { value: Some(b"{\"".to_vec()), ..right.clone() };
        assert_only(&check(&[right, broken], rules), Difference::UnreadableSpans, 1, "broken");
    }
}

#[test]
fn whatever_of_a_span_is_not_that_of_its_call_is_found() {
    let changes: [(&str, Value); 10] = [
        ("/1/id", "00000000000000aa".into()),
        ("/1/parentId", "00000000000000aa".into()),
        ("/1/traceId", "ab837c9bd48f0c71626660ba5edae6c8".into()),
        ("/1/kind", "CLIENT".into()),
        ("/1/timestamp", 1_100_001.into()),
        ("/1/duration", 199_999.into()),
        ("/1/localEndpoint/serviceName", "10.0.0.9".into()),
        ("/1/tags/callweave.id", "a".into()),
        ("/1/tags/callweave.confidence", "0.8".into()),
        ("/1/tags/callweave.self_ms", "7".into()),
    ];
    for format in [SpansFormat::Otlp, SpansFormat::Zipkin] {
        let rules = SpanRules { format, is_pair: false };
        for (pointer, value) in &changes {
            let mut spans = zipkin(&right_chain(&calls()), false);
            *spans.pointer_mut(pointer).unwrap() = value.clone();
            let report = check(&[spans_record(&spans, rules)], rules);
            assert_only(&report, Difference::WrongSpans, 1, pointer);
        }
    }
}

#[test]
fn a_span_too_many_or_too_few_and_another_style_are_found() {
    for rules in all_rules() {
        let right = zipkin(&right_chain(&calls()), rules.is_pair);
        let (mut less, mut more) = (right.clone(), right.clone());
        less.as_array_mut().unwrap().pop();
        more.as_array_mut().unwrap().push(right[0].clone());
        let other = zipkin(&right_chain(&calls()), !rules.is_pair);
        for spans in [less, more, other] {
            let report = check(&[spans_record(&spans, rules)], rules);
            assert_only(&report, Difference::WrongSpans, 1, &spans.to_string());
        }
    }
}
