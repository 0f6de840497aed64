//! What stands on the page, against what is computed plainly.

use callweave_core::chain::services::Services;
use proptest::prelude::*;
use serde_json::{json, Value};

use super::args::Args;
use super::figures::{Figures, Kinds};
use super::page;
use crate::show::tests::record::{call, chain, with};
use crate::source::{Place, SourceRecord};

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

fn args(more: &[&str]) -> Args {
    let line = [&["report", "in", "-o", "out"], more].concat();
    <Line as clap::Parser>::try_parse_from(line).unwrap().args
}

fn taken(services: &str, records: &[String]) -> (Figures, Kinds) {
    let mut figures = Figures::new(Services::read(services).unwrap(), 20);
    let mut kinds = Kinds::default();
    for (number, record) in (1..).zip(records) {
        let place = Place::Line(number);
        let record =
            SourceRecord { place, written_ms: None, value: Some(record.as_bytes()), rejection: None };
        figures.take(record, &mut kinds).unwrap();
    }
    (figures, kinds)
}

/// What is embedded in the page of these records.
fn data(more: &[&str], services: &str, records: &[String]) -> Value {
    let (figures, kinds) = taken(services, records);
    let data = page::shape::shape(&args(more), figures, &[("in".to_owned(), kinds)]).unwrap();
    serde_json::to_value(&data).unwrap()
}

fn linked(src: &str, dst: &str, start_ms: i64, end_ms: i64, parents: usize) -> String {
    let parents: Vec<usize> = (0..parents).collect();
    json!({"id": 1, "src_ip": src, "dst_ip": dst, "start_at_ms": start_ms, "latency_msec": end_ms - start_ms,
        "end_at_ms": end_ms, "parents": parents, "children": []})
    .to_string()
}

fn window(kind: &str, names: &Value, start_ms: i64, width_ms: i64, latency_ms: u32, count: u64) -> String {
    let mut window = json!({"kind": kind, "window_start_ms": start_ms, "window_end_ms": start_ms + width_ms,
        "count": count, "rate_per_s": 1.0, "sum_msec": u64::from(latency_ms) * count, "mean_msec": latency_ms,
        "sd_msec": 0.0, "min_msec": latency_ms, "max_msec": latency_ms, "p50_msec": latency_ms,
        "p90_msec": latency_ms, "p95_msec": latency_ms, "p99_msec": latency_ms, "exemplars": []});
    for (name, value) in names.as_object().unwrap() {
        window[name] = value.clone();
    }
    window.to_string()
}

/// Names of both ends of the edges, in order.
fn edges(data: &Value) -> Vec<(String, String, u64)> {
    let name = |place: &Value| data["names"][place.as_u64().unwrap() as usize].as_str().unwrap().to_owned();
    let edges = data["edges"].as_array().unwrap().iter();
    edges
        .map(|edge| (name(&edge["src"]), name(&edge["dst"]), edge["latency"]["count"].as_u64().unwrap()))
        .collect()
}

fn edge(src: &str, dst: &str, calls: u64) -> (String, String, u64) {
    (src.to_owned(), dst.to_owned(), calls)
}

/// The latency that so many percent do not exceed.
fn percentile(sorted: &[i64], percent: usize) -> i64 {
    sorted[(sorted.len() * percent).div_ceil(100) - 1]
}

proptest! {
    #[test]
    fn figures_of_linked_calls_are_those_of_a_plain_computation(
        calls in prop::collection::vec((0..4u8, 0..4u8, 0..200_000i64, 0..5_000i64, 0..9usize), 1..80),
    ) {
        let records: Vec<String> = calls
            .iter()
            .map(|(src, dst, start, took, parents)| {
                linked(&format!("10.0.0.{src}"), &format!("10.0.0.{dst}:80"), *start, start + took, *parents)
            })
            .collect();
        let data = data(&[], "", &records);
        let starts = || calls.iter().map(|call| call.2);
        let (from, to) = (starts().min().unwrap(), starts().max().unwrap());
        let seconds = (to - from).max(1000) as f64 / 1000.0;
        prop_assert_eq!(&data["calls"]["from"], &json!(from));
        prop_assert_eq!(&data["calls"]["latency"]["count"], &json!(calls.len()));
        let mut parents = [0; 6];
        calls.iter().for_each(|call| parents[call.4.min(5)] += 1);
        prop_assert_eq!(&data["parents"], &json!(parents));
        for edge in data["edges"].as_array().unwrap() {
            let name = |end: &str| data["names"][edge[end].as_u64().unwrap() as usize].as_str().unwrap().to_owned();
            let (src, dst) = (name("src"), name("dst"));
            let of_edge: Vec<_> = calls
                .iter()
                .filter(|call| (format!("10.0.0.{}", call.0), format!("10.0.0.{}", call.1)) == (src.clone(), dst.clone()))
                .collect();
            let mut took: Vec<i64> = of_edge.iter().map(|call| call.3).collect();
            took.sort_unstable();
            let latency = &edge["latency"];
            prop_assert_eq!(&latency["count"], &json!(took.len()));
            prop_assert_eq!(&latency["max"], &json!(took[took.len() - 1]));
            let mean = took.iter().sum::<i64>() as f64 / took.len() as f64;
            prop_assert!((latency["mean"].as_f64().unwrap() - mean).abs() <= 0.051);
            prop_assert!((edge["rate"].as_f64().unwrap() - took.len() as f64 / seconds).abs() <= 0.00051);
            for percent in [50, 90, 95, 99] {
                let (found, exact) = (latency[format!("p{percent}")].as_i64().unwrap(), percentile(&took, percent));
                prop_assert!((found - exact).abs() * 100 <= exact, "p{}: {} {}", percent, found, exact);
            }
            let several = of_edge.iter().filter(|call| call.4 > 1).count();
            prop_assert_eq!(&edge["several_parents"], &json!(several));
            let in_histogram: u64 =
                edge["histogram"].as_array().unwrap().iter().map(|range| range[1].as_u64().unwrap()).sum();
            prop_assert_eq!(in_histogram as usize, took.len());
        }
        let over_time: u64 =
            data["calls"]["over_time"]["count"].as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).sum();
        prop_assert_eq!(over_time as usize, calls.len());
    }
}

#[test]
fn points_of_a_sparkline_are_means_of_the_calls_that_start_there() {
    let records = [
        linked("10.0.0.1", "10.0.0.2", 1_000, 1_010, 0),
        linked("10.0.0.1", "10.0.0.2", 1_999, 2_029, 0),
        linked("10.0.0.1", "10.0.0.2", 3_500, 3_507, 0),
        linked("10.0.0.1", "10.0.0.3", 4_000, 4_001, 0),
    ];
    let data = data(&[], "", &records);
    assert_eq!(data["calls"]["step"], 1000);
    assert_eq!(data["edges"][0]["spark"], json!([20.0, null, 7.0, null]));
    assert_eq!(data["calls"]["over_time"]["count"], json!([2, 0, 1, 1]));
    assert_eq!(data["calls"]["over_time"]["p95"], json!([30, null, 7, 1]));
}

/// A call of a chain with addresses and what it is to blame for.
fn hop(id: &str, parent: Option<(&str, u32)>, times: (i64, i64), names: [&str; 2], critical: i64) -> Value {
    let fields = json!({"src": names[0], "dst": names[1], "src_ip": format!("ip-of-{}", names[0]),
        "dst_ip": format!("ip-of-{}", names[1]), "critical_msec": critical, "self_msec": critical, "confidence": 0.75});
    with(call(id, parent, times.0, times.1), &fields)
}

fn two_calls() -> String {
    chain(&[
        hop("a", None, (0, 100), ["client", "shop"], 25),
        hop("b", Some(("a", 1)), (10, 85), ["shop", "cart"], 75),
    ])
}

#[test]
fn chains_alone_give_edges_blame_confidence_and_waterfalls() {
    let data = data(&[], "", &[two_calls()]);
    assert_eq!(data["calls"]["source"], "calls of chains");
    assert_eq!(edges(&data), [edge("client", "shop", 1), edge("shop", "cart", 1)]);
    assert_eq!(data["parents"], Value::Null);
    let blame: Vec<f64> =
        data["services"].as_array().unwrap().iter().map(|s| s["blame"].as_f64().unwrap()).collect();
    assert_eq!(blame, [0.0, 0.25, 0.75], "client, shop, cart");
    assert_eq!(data["chains"]["confidence"], json!([0, 0, 0, 0, 0, 0, 0, 2, 0, 0]));
    assert_eq!(data["edges"][1]["expected_wrong"], 0.25);
    let slowest = &data["chains"]["slowest"][0];
    assert_eq!((slowest["id"].as_str(), slowest["hidden"].as_u64()), (Some("a"), Some(0)));
    let hops = slowest["hops"].as_array().unwrap();
    assert_eq!(
        (&hops[1]["depth"], &hops[1]["offset"], &hops[1]["critical"]),
        (&json!(1), &json!(10), &json!(75))
    );
}

#[test]
fn linked_calls_beside_chains_are_counted_once_and_have_the_names_of_the_chains() {
    let records = [
        linked("ip-of-client", "ip-of-shop", 1_000, 1_100, 0),
        linked("ip-of-shop", "ip-of-cart:80", 1_010, 1_085, 2),
        two_calls(),
    ];
    let data = data(&[], "", &records);
    assert_eq!(data["calls"]["source"], "linked calls");
    assert_eq!(edges(&data), [edge("client", "shop", 1), edge("shop", "cart", 1)]);
    let of_cart = &data["edges"][1];
    assert_eq!((&of_cart["several_parents"], &of_cart["expected_wrong"]), (&json!(1), &json!(0.25)));
    assert_eq!(data["services"][2]["blame"], 0.75);
}

#[test]
fn the_table_of_services_names_linked_calls_chains_and_windows_alike() {
    let services = "ip-of-client: web\nip-of-shop: store\n";
    let records = [linked("ip-of-client", "ip-of-shop", 1_000, 1_100, 0)];
    assert_eq!(edges(&data(&[], services, &records)), [edge("web", "store", 1)]);
    assert_eq!(
        edges(&data(&[], services, &[two_calls()])),
        [edge("store", "cart", 1), edge("web", "store", 1)]
    );
    let records = [window("edge", &json!({"src": "ip-of-client", "dst": "Cart"}), 0, 60_000, 10, 3)];
    assert_eq!(edges(&data(&[], services, &records)), [edge("web", "Cart", 3)]);
}

#[test]
fn windows_alone_give_edges_and_blame_and_those_that_overlap_count_once() {
    let names = json!({"src": "shop", "dst": "cart"});
    let mut records: Vec<String> =
        (0..6).map(|at| window("edge", &names, at * 20_000, 60_000, 40 + at as u32, 90)).collect();
    let service = |name: &str, critical: u64| {
        let fields = json!({"service": name, "critical_msec": critical, "self_msec": critical});
        window("service", &fields, 0, 60_000, 40, 90)
    };
    records.extend([
        service("cart", 300),
        service("shop", 100),
        window("entry", &json!({"entry": "shop"}), 0, 60_000, 1, 1),
    ]);
    let data = data(&[], "", &records);
    assert_eq!(
        (data["calls"]["source"].as_str(), &data["calls"]["is_rough"]),
        (Some("windows"), &json!(true))
    );
    assert_eq!(edges(&data), [edge("shop", "cart", 180)], "of those from 0 and from 60 s");
    assert_eq!(
        (&data["edges"][0]["latency"]["p50"], &data["edges"][0]["latency"]["max"]),
        (&json!(40), &json!(43))
    );
    assert_eq!(data["edges"][0]["rate"], 1.5, "180 calls in two minutes");
    let blame: Vec<_> =
        data["services"].as_array().unwrap().iter().map(|service| &service["blame"]).collect();
    assert_eq!(blame, [0.25, 0.75]);
}

#[test]
fn rejects_alone_are_counted_by_reason_with_their_details() {
    let reject = |reason: &str, detail: &str, line: u32| {
        json!({"reason": reason, "detail": detail, "file": "calls", "line": line, "value": "{\"id\":7}"})
            .to_string()
    };
    let records = [reject("late", "", 3), reject("invalid", "no id", 4), reject("invalid", "no id", 5)];
    let data = data(&[], "", &records);
    assert_eq!((&data["rejects"], &data["calls"]), (&json!(3), &Value::Null));
    assert_eq!(data["reasons"][0]["reason"], "invalid");
    assert_eq!(data["reasons"][0]["details"], json!([["no id", 2]]));
    assert_eq!(data["reasons"][0]["examples"][1], json!(["calls, line 5", "{\"id\":7}"]));
}

#[test]
fn fields_that_a_call_has_beside_its_own_do_not_make_it_another_kind() {
    let mut call: Value = serde_json::from_str(&linked("10.0.0.1", "10.0.0.2", 0, 9, 0)).unwrap();
    for name in ["kind", "reason", "file", "chain", "hops", "window_start_ms", "detail"] {
        call[name] = json!({"any": [1]});
    }
    let (_, kinds) = taken("", &[call.to_string()]);
    assert_eq!(kinds, Kinds { linked: 1, ..Kinds::default() });
}

#[test]
fn edges_beyond_those_on_the_page_are_counted_with_their_calls() {
    let records: Vec<String> = (0..10u8)
        .flat_map(|dst| (0..=dst).map(move |_| linked("10.0.0.1", &format!("10.0.1.{dst}"), 0, 9, 0)))
        .collect();
    let data = data(&["--edges", "2"], "", &records);
    assert_eq!(edges(&data), [edge("10.0.0.1", "10.0.1.9", 10), edge("10.0.0.1", "10.0.1.8", 9)]);
    assert_eq!((&data["calls"]["edges"], &data["calls"]["calls_omitted"]), (&json!(10), &json!(36)));
    assert_eq!(data["services"][0]["out_rate"], 55.0, "of all its calls");
}

#[test]
fn of_a_long_chain_the_critical_path_and_the_longest_calls_are_on_the_page() {
    let mut hops = vec![hop("root", None, (0, 10_000), ["client", "shop"], 9_999)];
    hops.extend((0..2_000).map(|at| {
        let critical = i64::from(at == 1_999);
        hop(&format!("call-{at}"), Some(("root", 1)), (at, at + 2_001 - at), ["shop", "cart"], critical)
    }));
    let data = data(&[], "", &[chain(&hops)]);
    let slowest = &data["chains"]["slowest"][0];
    let ids: Vec<&str> =
        slowest["hops"].as_array().unwrap().iter().map(|hop| hop["id"].as_str().unwrap()).collect();
    assert_eq!((ids.len(), slowest["hidden"].as_u64()), (500, Some(1_501)));
    assert_eq!((ids[0], ids[1], ids[499]), ("root", "call-0", "call-1999"));
}

#[test]
fn the_largest_page_stays_below_five_megabytes() {
    let long = "n".repeat(200);
    let mut records: Vec<String> = (0..4_000)
        .flat_map(|number| {
            let (src, dst) = (format!("{long}{number}"), format!("10.0.{}.{}", number / 250, number % 250));
            let at = move |start: i64| linked(&src, &dst, start, start + 123, 3);
            (0..80).step_by(40).map(move |second| at(second * 1000))
        })
        .collect();
    let hops: Vec<Value> = std::iter::once(hop("r", None, (0, 9_000), [&long, &long], 9))
        .chain((0..200).map(|at| hop(&format!("{long}{at}"), Some(("r", 1)), (at, 8_000), [&long, &long], 1)))
        .collect();
    records.extend(std::iter::repeat_n(chain(&hops), 100));
    let args = args(&["--slowest", "100", "--edges", "3000"]);
    let (figures, kinds) = taken("", &records);
    let page = page::make(&args, figures, &[("in".to_owned(), kinds)]).unwrap();
    assert!(page.text.len() < 5_000_000, "{}", page.text.len());
}
