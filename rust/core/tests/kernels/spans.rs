//! Spans of chains, read back by what others have written for their formats.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use callweave_core::chain::{Chain, ChainConfig};
use callweave_core::protobuf::RecordFormat;
use callweave_core::spans::{SpanStyle, SpansConfig, SpansFormat};
use callweave_core::wire::frames::{records, OfChain};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::{span::SpanKind, Span, TracesData};
use proptest::prelude::*;
use prost::Message;
use serde_json::Value;

use crate::chains::{attribute, legs, root, ChainSettings};
use crate::common::fire_all;

const SERVICES: &str = "10.0.0.2: shop\n10.0.0.3: cart\n*.example: päy \"now\"\n";

/// What Chain gives: chains by their trace ids, and spans by their keys.
#[derive(Debug, Default, PartialEq)]
struct Made {
    chains: BTreeMap<String, Value>,
    spans: BTreeMap<String, Vec<u8>>,
}

fn make(settings: &ChainSettings, config: SpansConfig, batches: &[Vec<Vec<u8>>], with_chains: bool) -> Made {
    let rooted = root(settings, &attribute(settings, &legs(settings, batches)));
    let mut chain = Chain::new(ChainConfig {
        max_chain_calls: settings.max_chain_calls,
        services: SERVICES.to_owned(),
        windows: None,
        spans: Some(config),
        records: with_chains,
        format: RecordFormat::Json,
    })
    .unwrap();
    let (given, mut made) = (fire_all(&mut chain, &rooted, settings.chain_groups), Made::default());
    for frame in records(&given) {
        match OfChain::read(frame.unwrap()).unwrap() {
            OfChain::Chain(record) => {
                let chain: Value = serde_json::from_slice(record.value).unwrap();
                let former = made.chains.insert(chain["trace_id"].as_str().unwrap().to_owned(), chain);
                assert_eq!(former, None);
            }
            OfChain::Spans(record) => {
                let key = String::from_utf8(record.key.to_vec()).unwrap();
                assert_eq!(made.spans.insert(key, record.value.to_vec()), None);
            }
            OfChain::Sums { .. } => panic!("nobody asked for sums"),
        }
    }
    made
}

const OTLP: SpansConfig = SpansConfig { format: SpansFormat::Otlp, style: SpanStyle::Server };
const PAIRS: SpansConfig = SpansConfig { format: SpansFormat::Otlp, style: SpanStyle::Pair };
const ZIPKIN: SpansConfig = SpansConfig { format: SpansFormat::Zipkin, style: SpanStyle::Server };

fn call(id: &str, src: &str, dst: &str, start_ms: i64, end_ms: i64) -> Vec<u8> {
    let call = serde_json::json!({
        "id": id, "src_ip": src, "dst_ip": dst, "start_at_ms": start_ms, "end_at_ms": end_ms,
    });
    call.to_string().into_bytes()
}

/// A chain of four calls, one of them without length, from and to whatever address.
fn shop() -> Vec<Vec<u8>> {
    vec![
        call("a", "10.0.0.1:50123", "10.0.0.2:80", 1_000, 1_500),
        call("b \"x\"\n\u{1f600}", "::ffff:10.0.0.2", "10.0.0.3", 1_100, 1_300),
        call("c", "10.0.0.3", "[fd00::1]:80", 1_120, 1_220),
        call("d", "10.0.0.2", "Pay.example.", 1_310, 1_310),
    ]
}

fn otlp(bytes: &[u8]) -> Vec<(String, Span)> {
    let traces = TracesData::decode(bytes).unwrap();
    let mut spans = Vec::new();
    let mut services = BTreeSet::new();
    for of_resource in traces.resource_spans {
        let resource = of_resource.resource.unwrap();
        let [name] = resource.attributes.as_slice() else { panic!("{resource:?}") };
        assert_eq!(name.key, "service.name");
        let Some(Any::StringValue(service)) = name.value.clone().unwrap().value else { panic!("{name:?}") };
        assert!(services.insert(service.clone()), "{service} comes twice");
        for of_scope in of_resource.scope_spans {
            assert_eq!(of_scope.scope.unwrap().name, "callweave");
            spans.extend(of_scope.spans.into_iter().map(|span| (service.clone(), span)));
        }
    }
    spans
}

fn attribute_of(span: &Span, key: &str) -> Option<String> {
    let value = span.attributes.iter().find(|attribute| attribute.key == key)?.value.clone()?.value?;
    Some(match value {
        Any::StringValue(text) => text,
        Any::IntValue(integer) => integer.to_string(),
        Any::DoubleValue(fraction) => format!("{fraction:?}"),
        odd => panic!("{odd:?}"),
    })
}

/// The parents of calls by their ids, as the spans have them.
fn tree_of(spans: &[(String, Span)]) -> BTreeMap<String, Option<String>> {
    let calls: HashMap<&[u8], String> = spans
        .iter()
        .map(|(_, span)| (span.span_id.as_slice(), attribute_of(span, "callweave.id").unwrap()))
        .collect();
    assert_eq!(calls.len(), spans.len(), "two spans have the same id");
    let mut tree = BTreeMap::new();
    for (_, span) in spans {
        assert!(span.links.is_empty());
        assert_eq!(span.span_id.len(), 8);
        assert_ne!(span.span_id, [0; 8]);
        let parent = (!span.parent_span_id.is_empty()).then(|| calls[span.parent_span_id.as_slice()].clone());
        let own = calls[span.span_id.as_slice()].clone();
        if parent.as_ref() != Some(&own) {
            assert_eq!(tree.insert(own, parent), None);
        }
    }
    tree
}

/// The same of the record of the chain.
fn tree_of_chain(chain: &Value) -> BTreeMap<String, Option<String>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    chain["hops"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hop| (text(&hop["id"]).unwrap(), text(&hop["parent"])))
        .collect()
}

#[test]
fn a_chain_is_a_trace_of_one_server_span_a_call() {
    let made = make(&ChainSettings::default(), OTLP, &[shop()], true);
    let (trace_id, bytes) = made.spans.first_key_value().unwrap();
    let spans = otlp(bytes);
    assert_eq!(tree_of(&spans), tree_of_chain(&made.chains[trace_id]));
    let services: Vec<&str> = spans.iter().map(|(service, _)| service.as_str()).collect();
    assert_eq!(services, ["shop", "cart", "fd00::1", "päy \"now\""]);
    for (service, span) in &spans {
        assert_eq!((span.kind(), &span.name), (SpanKind::Server, service));
        let digits: String = span.trace_id.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(&digits, trace_id);
    }
    let seen: Vec<Vec<Option<String>>> = spans
        .iter()
        .map(|(_, span)| {
            ["callweave.id", "peer.service", "service.peer.name", "server.address", "callweave.critical_ms"]
                .map(|key| attribute_of(span, key))
                .to_vec()
        })
        .collect();
    let expected = [
        ["a", "10.0.0.1", "10.0.0.1", "10.0.0.2", "300"],
        ["b \"x\"\n\u{1f600}", "shop", "shop", "10.0.0.3", "100"],
        ["c", "cart", "cart", "fd00::1", "100"],
        ["d", "shop", "shop", "pay.example", "0"],
    ];
    assert_eq!(seen, expected.map(|row| row.map(|text| Some(text.to_owned())).to_vec()));
    let times: Vec<(u64, u64)> =
        spans.iter().map(|(_, span)| (span.start_time_unix_nano, span.end_time_unix_nano)).collect();
    let ms = 1_000_000;
    assert_eq!(times[0], (1_000 * ms, 1_500 * ms));
    assert_eq!(times[3], (1_310 * ms, 1_310 * ms));
    assert!(spans.iter().all(|(_, span)| attribute_of(span, "callweave.confidence").is_some()));
    let candidates: Vec<_> =
        spans.iter().map(|(_, span)| attribute_of(span, "callweave.candidates").unwrap()).collect();
    assert_eq!(candidates, ["0", "1", "1", "1"]);
}

#[test]
fn of_a_pair_the_callers_span_stands_above_that_of_the_callee() {
    let made = make(&ChainSettings::default(), PAIRS, &[shop()], true);
    let (trace_id, bytes) = made.spans.first_key_value().unwrap();
    let spans = otlp(bytes);
    assert_eq!(spans.len(), 8);
    assert_eq!(tree_of(&spans), tree_of_chain(&made.chains[trace_id]));
    let by_id: HashMap<&[u8], &(String, Span)> =
        spans.iter().map(|span| (span.1.span_id.as_slice(), span)).collect();
    for (service, span) in &spans {
        let parent = by_id.get(span.parent_span_id.as_slice());
        match span.kind() {
            SpanKind::Server => {
                let (caller, client) = parent.unwrap();
                assert_eq!(client.kind(), SpanKind::Client);
                assert_eq!(attribute_of(span, "peer.service").as_ref(), Some(caller));
                assert_eq!(attribute_of(client, "peer.service").as_ref(), Some(service));
                assert_eq!(attribute_of(client, "callweave.id"), attribute_of(span, "callweave.id"));
                assert_eq!(attribute_of(client, "callweave.critical_ms"), None);
            }
            SpanKind::Client => {
                assert!(parent
                    .is_none_or(|(above, span)| { span.kind() == SpanKind::Server && above == service }))
            }
            odd => panic!("{odd:?}"),
        }
    }
}

#[test]
fn zipkin_gets_a_list_with_both_endpoints_and_no_duration_of_zero() {
    let made = make(&ChainSettings::default(), ZIPKIN, &[shop()], true);
    let (trace_id, bytes) = made.spans.first_key_value().unwrap();
    let spans: Value = serde_json::from_slice(bytes).unwrap();
    let spans = spans.as_array().unwrap();
    let seen: Vec<(&Value, &Value, &Value)> =
        spans.iter().map(|span| (&span["timestamp"], &span["duration"], &span["parentId"])).collect();
    let (a, b) = (&spans[0]["id"], &spans[1]["id"]);
    let number = |number: i64| Value::from(number);
    assert_eq!(
        seen,
        [
            (&number(1_000_000), &number(500_000), &Value::Null),
            (&number(1_100_000), &number(200_000), a),
            (&number(1_120_000), &number(100_000), b),
            (&number(1_310_000), &number(1), a),
        ]
    );
    for span in spans {
        assert_eq!(
            (span["traceId"].as_str(), span["kind"].as_str()),
            (Some(trace_id.as_str()), Some("SERVER"))
        );
        let id = span["id"].as_str().unwrap();
        assert!(id.len() == 16 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{id}");
        assert!(span["tags"].as_object().unwrap().values().all(Value::is_string));
    }
    let ends: Vec<String> =
        spans.iter().map(|span| format!("{} {}", span["remoteEndpoint"], span["localEndpoint"])).collect();
    assert_eq!(
        ends,
        [
            r#"{"ipv4":"10.0.0.1","serviceName":"10.0.0.1"} {"ipv4":"10.0.0.2","serviceName":"shop"}"#,
            r#"{"ipv4":"10.0.0.2","serviceName":"shop"} {"ipv4":"10.0.0.3","serviceName":"cart"}"#,
            r#"{"ipv4":"10.0.0.3","serviceName":"cart"} {"ipv6":"fd00::1","serviceName":"fd00::1"}"#,
            r#"{"ipv4":"10.0.0.2","serviceName":"shop"} {"serviceName":"päy \"now\""}"#,
        ]
    );
}

#[test]
fn the_json_of_otlp_says_what_its_protobuf_says() {
    let of = |format| make(&ChainSettings::default(), SpansConfig { format, ..PAIRS }, &[shop()], false);
    let (proto, json) = (of(SpansFormat::Otlp), of(SpansFormat::OtlpJson));
    for (key, bytes) in &proto.spans {
        let expected = TracesData::decode(bytes.as_slice()).unwrap();
        let line = std::str::from_utf8(&json.spans[key]).unwrap();
        assert!(!line.contains('\n'));
        assert_eq!(serde_json::from_str::<TracesData>(line).unwrap(), expected);
        // Its reader takes numbers, too; by the specification, integers of 64 bits are texts.
        assert!(line.contains(r#""startTimeUnixNano":"1000000000""#), "{line}");
        assert!(line.contains(&format!(r#""traceId":"{key}""#)), "{line}");
    }
}

#[test]
fn spans_come_without_the_records_of_chains_where_only_they_are_asked_for() {
    let settings = ChainSettings::default();
    let (both, alone) = (make(&settings, OTLP, &[shop()], true), make(&settings, OTLP, &[shop()], false));
    assert_eq!((both.chains.len(), alone.chains.len()), (1, 0));
    assert_eq!(both.spans, alone.spans);
}

#[test]
fn calls_that_differ_in_their_end_alone_have_spans_of_their_own() {
    let calls = vec![
        call("a", "10.0.0.1", "10.0.0.2", 1_000, 1_500),
        call("x", "10.0.0.2", "10.0.0.2", 1_010, 1_400),
        call("x", "10.0.0.2", "10.0.0.2", 1_010, 1_300),
        call("x", "10.0.0.2", "10.0.0.2", 1_010, 1_200),
    ];
    for config in [OTLP, PAIRS] {
        let made = make(&ChainSettings::default(), config, std::slice::from_ref(&calls), true);
        let spans: Vec<_> = made.spans.values().flat_map(|bytes| otlp(bytes)).collect();
        let ids: BTreeSet<&[u8]> = spans.iter().map(|(_, span)| span.span_id.as_slice()).collect();
        assert_eq!(ids.len(), spans.len());
        assert!(spans.iter().all(|(_, span)| span.parent_span_id != span.span_id));
    }
}

#[test]
fn the_spans_of_a_chain_that_was_cut_are_one_tree_and_say_how_many_calls_are_missing() {
    let settings = ChainSettings { max_chain_calls: 2, ..ChainSettings::default() };
    for config in [OTLP, PAIRS] {
        let made = make(&settings, config, &[shop()], true);
        let (trace_id, bytes) = made.spans.first_key_value().unwrap();
        let spans = otlp(bytes);
        assert_eq!(tree_of(&spans), tree_of_chain(&made.chains[trace_id]));
        let omitted: Vec<_> =
            spans.iter().filter_map(|(_, span)| attribute_of(span, "callweave.calls_omitted")).collect();
        assert_eq!(omitted, ["2"]);
    }
}

#[test]
fn a_latency_with_fractions_is_the_duration() {
    let calls = [
        r#"{"id":"a","src_ip":"x","dst_ip":"y","start_at_ms":1000,"latency_msec":0.7}"#,
        r#"{"id":"b","src_ip":"x","dst_ip":"z","start_at_ms":1000,"end_at_ms":1039,"latency_msec":39.75}"#,
    ];
    let made =
        make(&ChainSettings::default(), OTLP, &[calls.map(|call| call.as_bytes().to_vec()).to_vec()], false);
    let mut ns: Vec<u64> = made
        .spans
        .values()
        .flat_map(|bytes| otlp(bytes))
        .map(|(_, span)| span.end_time_unix_nano - span.start_time_unix_nano)
        .collect();
    ns.sort_unstable();
    assert_eq!(ns, [700_000, 39_750_000]);
}

/// Calls among a few addresses, with ids and names that nobody would choose.
fn calls() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let address = prop_oneof![
        "10\\.0\\.0\\.[1-4]",
        "10\\.0\\.0\\.[1-4]:[1-9][0-9]",
        "[a-c]\\.example",
        Just("::1".to_owned()),
        Just("bücher.example".to_owned()),
    ];
    let call_of = ("\\PC{1,8}|[0-3]", address.clone(), address, 0i64..4_000, 0i64..900).prop_map(
        |(id, src, dst, start_ms, length_ms)| call(&id, &src, &dst, start_ms, start_ms + length_ms),
    );
    prop::collection::vec(call_of, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_comes_in_whatever_order_makes_the_same_bytes_and_whole_trees(
        calls in calls(),
        turn in any::<prop::sample::Index>(),
        restarts: bool,
        is_pair: bool,
    ) {
        let config = if is_pair { PAIRS } else { OTLP };
        let settings = ChainSettings::default();
        let made = make(&settings, config, std::slice::from_ref(&calls), true);
        let mut turned = calls.clone();
        turned.rotate_left(turn.index(calls.len()));
        let (first, second) = turned.split_at(turned.len() / 2);
        let batches = [first.to_vec(), second.to_vec()];
        let again = make(&ChainSettings { restarts, ..settings }, config, &batches, true);
        prop_assert_eq!(&made, &again);
        prop_assert_eq!(made.spans.keys().collect::<Vec<_>>(), made.chains.keys().collect::<Vec<_>>());
        for (trace_id, bytes) in &made.spans {
            let spans = otlp(bytes);
            let ids: BTreeSet<&[u8]> = spans.iter().map(|(_, span)| span.span_id.as_slice()).collect();
            let hops = made.chains[trace_id]["hops"].as_array().unwrap().len();
            prop_assert_eq!(ids.len(), if is_pair { 2 * hops } else { hops });
            let roots = spans.iter().filter(|(_, span)| span.parent_span_id.is_empty()).count();
            prop_assert_eq!(roots, 1);
            for (_, span) in &spans {
                let parent = span.parent_span_id.as_slice();
                prop_assert!(parent.is_empty() || ids.contains(parent) && parent != span.span_id);
                prop_assert!(span.start_time_unix_nano <= span.end_time_unix_nano);
            }
        }
    }
}
