//! Chains and windows in protobuf: with the content that they have in JSON.

use callweave_core::protobuf::v1::{call_id, series, CallId, Chain, Series};
use callweave_core::protobuf::RecordFormat;
use proptest::prelude::*;
use prost::Message;
use serde_json::{json, Value};

use crate::chains::ChainSettings;
use crate::edges::{make_in, WindowSettings};
use crate::pipeline::calls;

const SERVICES: &str = "10.0.0.1: front\n10.0.0.2: front\n*.example,\"the \\\"books\\\"\"\n";

fn id(id: &CallId) -> Value {
    match id.call_id.as_ref().unwrap() {
        call_id::CallId::Id(text) => Value::from(text.as_str()),
        call_id::CallId::IdInteger(integer) => Value::from(*integer),
        call_id::CallId::IdNumber(number) => panic!("{number}"),
    }
}

fn ids(ids: &[CallId]) -> Value {
    ids.iter().map(id).collect()
}

fn chain(bytes: &[u8]) -> Value {
    let chain = Chain::decode(bytes).unwrap();
    let hops = chain.hops.iter().map(|hop| {
        json!({
            "id": id(hop.id.as_ref().unwrap()), "parent": hop.parent.as_ref().map(id),
            "confidence": hop.confidence, "src_ip": hop.src_ip, "dst_ip": hop.dst_ip, "src": hop.src,
            "dst": hop.dst, "start_at_ms": hop.start_at_ms, "latency_msec": hop.latency_msec as i64,
            "end_at_ms": hop.end_at_ms, "depth": hop.depth, "offset_msec": hop.offset_msec,
            "self_msec": hop.self_msec, "critical_msec": hop.critical_msec,
        })
    });
    let trace_id: String = chain.trace_id.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut json = json!({
        "chain": id(chain.chain.as_ref().unwrap()), "trace_id": trace_id, "start_at_ms": chain.start_at_ms,
        "end_at_ms": chain.end_at_ms, "total_msec": chain.total_msec, "calls": chain.calls,
        "depth": chain.depth, "width": chain.width, "confidence": chain.confidence, "entry": chain.entry,
        "services": chain.services, "hops": hops.collect::<Value>(), "critical_path": ids(&chain.critical_path),
    });
    if chain.calls_omitted > 0 {
        json["calls_omitted"] = chain.calls_omitted.into();
    }
    json
}

/// As JSON rounds it.
fn rounded(value: f64, digits: usize) -> f64 {
    format!("{value:.digits$}").parse().unwrap()
}

fn window(bytes: &[u8]) -> Value {
    let series = Series::decode(bytes).unwrap();
    let mut json = json!({
        "window_start_ms": series.window_start_ms, "window_end_ms": series.window_end_ms, "count": series.count,
        "rate_per_s": rounded(series.rate_per_s, 3), "sum_msec": series.sum_msec,
        "mean_msec": rounded(series.mean_msec, 3), "sd_msec": rounded(series.sd_msec, 3),
        "min_msec": series.min_msec, "max_msec": series.max_msec, "p50_msec": series.p50_msec,
        "p90_msec": series.p90_msec, "p95_msec": series.p95_msec, "p99_msec": series.p99_msec,
        "exemplars": ids(&series.exemplars),
    });
    let own = match series.of.unwrap() {
        series::Of::Edge(edge) => json!({
            "kind": "edge", "src": edge.src, "dst": edge.dst, "without_parent": edge.without_parent,
            "at_latency_limit": edge.at_latency_limit,
        }),
        series::Of::Entry(entry) => json!({
            "kind": "entry", "entry": entry.entry, "mean_calls": rounded(entry.mean_calls, 3),
            "max_calls": entry.max_calls, "mean_depth": rounded(entry.mean_depth, 3), "max_depth": entry.max_depth,
        }),
        series::Of::Service(service) => json!({
            "kind": "service", "service": service.service, "critical_msec": service.critical_msec,
            "critical_share": rounded(service.critical_share, 6), "self_msec": service.self_msec,
        }),
    };
    let fields = own.as_object().unwrap().clone();
    json.as_object_mut().unwrap().extend(fields);
    if series.series_omitted > 0 {
        json["series_omitted"] = series.series_omitted.into();
    }
    json
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn chains_and_windows_say_in_protobuf_what_they_say_in_json(
        calls in calls(), max_chain_calls in 1u32..6, max_series in 1u32..4,
    ) {
        let settings = ChainSettings { max_chain_calls, ..ChainSettings::default() };
        let windows = WindowSettings { window_ms: 2_000, slide_ms: 1_000, max_series, services: SERVICES };
        let batches = [calls.iter().map(|call| call.json(1)).collect::<Vec<_>>()];
        let json = make_in(RecordFormat::Json, &settings, &windows, &batches);
        let messages = make_in(RecordFormat::Protobuf, &settings, &windows, &batches);
        for ((expected, found), read) in json.iter().zip(&messages).zip([chain, window]) {
            prop_assert_eq!(found.len(), expected.len());
            for ((key, json), (same_key, message)) in expected.iter().zip(found) {
                prop_assert_eq!(key, same_key);
                let expected: Value = serde_json::from_slice(json).unwrap();
                prop_assert_eq!(read(message), expected);
            }
        }
    }
}
