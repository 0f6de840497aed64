use std::collections::BTreeMap;

use serde_json::Value;

use super::Incidents;
use crate::{AddressKind, Limit, Settings, Simulation, Topology};

/// Client → a → (b → c, and d).
const TOPOLOGY: &str =
    "{services: [{name: Client}, {name: a}, {name: b, instances: 2}, {name: c}, {name: d}],
  client: Client, work: {constant: {ms: 10}}, root: {to: a, calls: [{to: b, calls: [{to: c}]}, {to: d}]}}";

fn parse(text: &str) -> anyhow::Result<Incidents> {
    Incidents::parse(text, &Topology::parse(TOPOLOGY)?, 1)
}

fn simulation(incidents: &str) -> Simulation {
    let settings = Settings {
        address: AddressKind::Ipv4,
        ip_pool_size: 1,
        interval_ms: 100.0,
        std_dev_ms: 0.0,
        begin_at_anchor: true,
        incidents: parse(incidents).unwrap(),
        ..Settings::new(1, Limit::Traces(500), 1.0).unwrap()
    };
    Simulation::new(settings, Topology::parse(TOPOLOGY).unwrap()).unwrap()
}

/// By second of the simulation and called address: the calls, and the longest of them, ms.
fn seconds(incidents: &str) -> BTreeMap<(i64, String), (u32, i64)> {
    let simulation = simulation(incidents);
    let begin_ms = simulation.settings().anchor_ms;
    let mut found = BTreeMap::new();
    for (_, value) in simulation.into_records() {
        let call: Value = serde_json::from_slice(&value.unwrap()).unwrap();
        let start_ms = call["start_at_ms"].as_i64().unwrap();
        let dst = call["dst_ip"].as_str().unwrap().to_owned();
        let seen: &mut (u32, i64) = found.entry(((start_ms - begin_ms) / 1000, dst)).or_default();
        seen.0 += 1;
        seen.1 = seen.1.max(call["latency_msec"].as_f64().map_or(0, |ms| ms as i64));
    }
    found
}

const B: [&str; 2] = ["10.2.0.0", "10.2.0.1"];
const C: &str = "10.3.0.0";

fn at(seen: &BTreeMap<(i64, String), (u32, i64)>, s: i64, address: &str) -> (u32, i64) {
    seen.get(&(s, address.to_owned())).copied().unwrap_or_default()
}

#[test]
fn an_edge_is_slower_for_a_while_and_so_is_who_waits_for_it() {
    let seen = seconds("[{at-s: 5, for-s: 10, slower: {src: b, dst: c, factor: 4}}]");
    for (s, c_ms, b_ms) in [(3, 10, 20), (8, 40, 50), (18, 10, 20)] {
        assert_eq!(at(&seen, s, C), (10, c_ms), "at {s} s");
        assert_eq!(at(&seen, s, B[0]).1, b_ms, "at {s} s");
    }
}

#[test]
fn the_other_instances_take_the_calls_of_one_that_is_gone() {
    let seen = seconds("[{at-s: 5, for-s: 10, gone: {service: b, instance: 0}}]");
    assert!((6..14).all(|s| at(&seen, s, B[0]).0 == 0 && at(&seen, s, B[1]).0 == 10));
    let both = |s| B.map(|address| at(&seen, s, address).0);
    assert!((20..30).all(|s| both(s).iter().sum::<u32>() == 10));
    assert!((20..30).map(|s| both(s)[0]).sum::<u32>() > 20);
}

#[test]
fn a_new_service_is_not_called_before_nor_what_it_calls() {
    let seen = seconds("[{at-s: 5, new: b}]");
    assert!((0..4).all(|s| at(&seen, s, C).0 == 0 && at(&seen, s, "10.1.0.0").0 == 10));
    assert!((6..20).all(|s| at(&seen, s, C).0 == 10));
}

#[test]
fn a_burst_has_more_traces_and_the_pace_is_as_before_behind_it() {
    let seen = seconds("[{at-s: 5, for-s: 4, burst: 2.5}]");
    let calls = |s| at(&seen, s, "10.1.0.0").0;
    assert_eq!(((3..5).map(calls).sum::<u32>(), (11..13).map(calls).sum::<u32>()), (20, 20));
    let burst: u32 = (5..9).map(calls).sum();
    assert!((85..=115).contains(&burst), "{burst}");
    let all: u32 = seen.values().map(|seen| seen.0).sum();
    assert_eq!(all, 2_000);
}

#[test]
fn what_is_simulated_is_the_same_without_incidents_and_with_one_that_never_comes() {
    assert_eq!(seconds("[]"), seconds("[{at-s: 100000, slower: {src: b, dst: c, factor: 4}}]"));
}

#[test]
fn the_truth_names_the_edges_at_which_an_incident_is_seen() {
    let simulation = simulation(
        "[{at-s: 9, for-s: 1, gone: {service: b, instance: 1}}, {at-s: 5, for-s: 10, slower: {src: b, dst: c, factor: 4}},
          {at-s: 12, new: c}, {at-s: 13, for-s: 1, burst: 2}]",
    );
    let topology = Topology::parse(TOPOLOGY).unwrap();
    let truth = simulation.settings().incidents.truth(&topology, simulation.writer(), 1_000_000);
    assert_eq!(
        truth,
        [
            r#"{"begin_ms":1005000,"edges":[["Client","a"],["a","b"],["b","c"]],"end_ms":1015000,"incident":0,"kind":"slower"}"#,
            r#"{"address":"10.2.0.1","begin_ms":1009000,"edges":[["a","b"],["b","c"]],"end_ms":1010000,"incident":1,"kind":"gone"}"#,
            r#"{"begin_ms":1012000,"edges":[["Client","a"],["a","b"],["b","c"]],"end_ms":null,"incident":2,"kind":"new"}"#,
            r#"{"begin_ms":1013000,"edges":[["Client","a"],["a","b"],["a","d"],["b","c"]],"end_ms":1014000,"incident":3,"kind":"burst"}"#,
        ]
    );
}

#[test]
fn what_is_wrong_in_a_file_is_told_with_its_place_and_what_is_right() {
    for (text, words) in [
        ("{at-s: 5}", "a list of incidents is wanted"),
        ("[{at-s: 5}]", "line 1, column 9: one of slower, gone, new and burst is wanted"),
        ("[{at-s: 5, burst: 2, new: c}]", "one of slower, gone, new and burst is wanted"),
        ("[{at-s: -5, burst: 2}]", "line 1, column 9: `at-s` is -5; 0 to 31536000 is wanted"),
        ("[{at-s: 5, burst: 0.5}]", "`burst` is 0.5; 1 to 1000 is wanted"),
        ("[{at-s: 5, burst: 2, fors: 3}]", "unknown field"),
        ("[{at-s: 5, new: x}]", "there is no service `x` in the topology; there are: Client, a, b, c, d"),
        ("[{at-s: 5, new: a}]", "every trace calls `a`"),
        ("[{at-s: 5, for-s: 3, new: b}]", "a new service stays: leave out for-s"),
        ("[{at-s: 5, slower: {src: c, dst: b, factor: 2}}]", "`c` does not call `b` in the topology"),
        ("[{at-s: 5, gone: {service: b, instance: 2}}]", "`instance` is 2, and `b` has 2"),
        ("[{at-s: 5, gone: {service: c, instance: 0}}]", "`instance` is 0, and `c` has 1"),
    ] {
        let wrong = parse(text).unwrap_err().to_string();
        assert!(wrong.contains(words) && !wrong.contains('\n'), "{text}: {wrong}");
    }
}
