//! Chains against the rules as they are written.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use callweave_core::block::chain_calls::ChainCall;
use callweave_core::block::rooted;
use callweave_core::call_key::CallKey;
use proptest::prelude::*;
use serde_json::Value;

use crate::calls::AnyCall;
use crate::chains::{decided, lines, make, ChainSettings, Made};
use crate::common::Settings;
use crate::judged::judge_chains;
use crate::pipeline::calls;

fn settings() -> impl Strategy<Value = ChainSettings> {
    let window = prop_oneof![Just((7i64, 14i64, 7i64)), Just((1000, 5000, 1000)), Just((500, 1000, 3000))];
    (window, 1u32..20, 1u32..5, any::<bool>()).prop_map(
        |((bucket_ms, window_ms, look_ahead_ms), ip_groups, chain_groups, restarts)| ChainSettings {
            kernels: Settings { bucket_ms, ip_groups, ..Settings::default() },
            window_ms,
            look_ahead_ms,
            chain_groups,
            restarts,
            ..ChainSettings::default()
        },
    )
}

fn batches(calls: &[AnyCall], spelling: usize, batch: usize) -> Vec<Vec<Vec<u8>>> {
    let records: Vec<Vec<u8>> = calls.iter().map(|call| call.json(spelling)).collect();
    records.chunks(batch).map(<[_]>::to_vec).collect()
}

/// The chain of each call by the rule: from call to call upwards, looking 20 ms ahead of where the way began.
fn naive_roots(calls: &[ChainCall]) -> BTreeMap<CallKey, CallKey> {
    let mut calls: Vec<ChainCall> = calls.to_vec();
    calls.sort_by_key(|call| (call.start_ms, call.end_ms, call.key));
    let order: Vec<CallKey> = calls.iter().map(|call| call.key).collect();
    let mut calls: HashMap<CallKey, ChainCall> = calls.into_iter().map(|call| (call.key, call)).collect();
    let mut roots: BTreeMap<CallKey, CallKey> = BTreeMap::new();
    for first in order {
        let latest_ms = calls[&first].start_ms + 20;
        let mut way = vec![first];
        while !roots.contains_key(&way[way.len() - 1]) {
            let last = way[way.len() - 1];
            let parent = calls[&last].parent.and_then(|parent| calls.get(&parent)).copied();
            let parent = parent.filter(|call| roots.contains_key(&call.key) || call.start_ms <= latest_ms);
            let Some(parent) = parent else {
                calls.get_mut(&last).unwrap().parent = None;
                roots.insert(last, last);
                break;
            };
            if let Some(begin) = way.iter().position(|&key| key == parent.key) {
                let least = way[begin..].iter().min_by_key(|key| {
                    let call = calls[*key];
                    (call.confidence, call.start_ms, call.end_ms, call.key)
                });
                let least = *least.unwrap();
                calls.get_mut(&least).unwrap().parent = None;
                way = vec![first];
            } else {
                way.push(parent.key);
            }
        }
        for above in (1..way.len()).rev() {
            let (call, root) = (calls[&way[above - 1]], calls[&roots[&way[above]]]);
            let outlives = call.end_ms > root.end_ms + 1000;
            roots.insert(call.key, if outlives { call.key } else { root.key });
        }
    }
    roots
}

/// Without repeats.
fn distinct(calls: Vec<AnyCall>) -> Vec<AnyCall> {
    let mut kept: Vec<AnyCall> = Vec::new();
    for call in calls {
        if !kept.contains(&call) {
            kept.push(call);
        }
    }
    kept
}

fn roots(made: &Made) -> Vec<(CallKey, CallKey)> {
    let (mut calls, mut roots) = (Default::default(), Vec::new());
    made.rooted.values().flatten().for_each(|block| rooted::decode(block, &mut calls, &mut roots).unwrap());
    calls.rows.iter().map(|call| call.key).zip(roots).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_call_is_in_the_chain_that_its_parents_lead_to(
        calls in calls(),
        settings in settings(),
        batch in 1usize..20,
    ) {
        let made = make(&settings, &batches(&calls, 0, batch));
        let mut decisions = decided(&made.attributed).rows;
        decisions.sort_by_key(|call| call.key);
        let expected = naive_roots(&decisions);
        let given = roots(&made);
        prop_assert_eq!(given.len(), distinct(calls).len());
        prop_assert_eq!(given.into_iter().collect::<BTreeMap<_, _>>(), expected);
    }

    #[test]
    fn chains_do_not_depend_on_arrival_groups_batches_or_restarts(
        calls in calls(),
        settings in settings(),
        other in (1u32..20, 1u32..5, any::<bool>(), 1usize..20),
        shuffled in any::<u64>(),
    ) {
        let expected = lines(&make(&settings, &batches(&calls, 0, 7)));
        let mut calls = calls;
        let mut random = shuffled | 1;
        calls.sort_by_cached_key(|_| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            random >> 33
        });
        let (ip_groups, chain_groups, restarts, batch) = other;
        let kernels = Settings { ip_groups, ..settings.kernels };
        let other = ChainSettings { kernels, chain_groups, restarts, ..settings };
        prop_assert_eq!(lines(&make(&other, &batches(&calls, 0, batch))), expected);
    }

    #[test]
    fn the_record_of_a_chain_keeps_its_rules(
        calls in calls(),
        settings in settings(),
        max_chain_calls in prop_oneof![Just(10_000u32), 1u32..6],
    ) {
        let settings = ChainSettings { max_chain_calls, ..settings };
        let made = make(&settings, &batches(&calls, 0, 10));
        let mut seen = BTreeMap::new();
        for (key, value) in &made.chains {
            let chain: Value = serde_json::from_str(value).unwrap();
            prop_assert_eq!(key, value[9..].split(",\"trace_id\"").next().unwrap().trim_matches('"'));
            let hops = check_chain(&chain, max_chain_calls as usize);
            *seen.entry("calls").or_insert(0) += hops;
        }
        prop_assert_eq!(seen.get("calls").copied().unwrap_or(0), distinct(calls).len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_independent_judge_finds_no_fault_with_chains(
        calls in calls(),
        settings in settings(),
        spelling in 0usize..4,
        repeats in any::<bool>(),
        max_chain_calls in prop_oneof![Just(10_000u32), 1u32..6],
    ) {
        let settings = ChainSettings { max_chain_calls, ..settings };
        let mut batches = batches(&calls, spelling, 10);
        if repeats {
            batches.extend(self::batches(&calls, spelling + 1, 7));
        }
        let report = judge_chains(&settings, &batches);
        prop_assert!(report.is_same(), "{:?} {:?}", report.chains, report.differences);
    }
}

/// Checks a record; returns how many calls it stands for.
fn check_chain(chain: &Value, most: usize) -> usize {
    let hops = chain["hops"].as_array().unwrap();
    let int = |value: &Value| value.as_i64().unwrap();
    let root = hops.iter().find(|hop| hop["depth"] == 1).unwrap();
    assert_eq!(chain["calls"], hops.len());
    assert_eq!((&chain["chain"], &chain["entry"]), (&root["id"], &root["dst_ip"]));
    assert_eq!((&chain["start_at_ms"], &chain["end_at_ms"]), (&root["start_at_ms"], &root["end_at_ms"]));
    let omitted = chain.get("calls_omitted").map_or(0, int) as usize;
    assert!(hops.len() <= most && (omitted == 0 || hops.len() == most));
    let last = hops.iter().map(|hop| int(&hop["end_at_ms"])).max().unwrap();
    assert_eq!(int(&chain["total_msec"]), last - int(&chain["start_at_ms"]));
    let duration = int(&root["end_at_ms"]) - int(&root["start_at_ms"]);
    let critical: i64 = hops.iter().map(|hop| int(&hop["critical_msec"])).sum();
    assert_eq!(critical, duration.max(0));
    let places: Vec<_> = hops.iter().map(|hop| (int(&hop["start_at_ms"]), int(&hop["depth"]))).collect();
    assert!(places.is_sorted());
    assert_eq!(int(&chain["depth"]), places.iter().map(|&(_, depth)| depth).max().unwrap());
    let ids: BTreeSet<String> = hops.iter().map(|hop| hop["id"].to_string()).collect();
    for hop in hops {
        assert_eq!(int(&hop["offset_msec"]), int(&hop["start_at_ms"]) - int(&root["start_at_ms"]));
        assert!(int(&hop["end_at_ms"]) <= int(&root["end_at_ms"]) + 1000);
        assert_eq!(hop["parent"].is_null(), int(&hop["depth"]) == 1);
        assert!(hop["parent"].is_null() || ids.contains(&hop["parent"].to_string()));
    }
    let blamed = hops.iter().filter(|hop| int(&hop["critical_msec"]) > 0).map(|hop| &hop["id"]);
    assert!(chain["critical_path"].as_array().unwrap().iter().eq(blamed));
    hops.len() + omitted
}

fn call(id: &str, src: usize, dst: usize, start_ms: i64, end_ms: i64) -> AnyCall {
    AnyCall { id: format!("\"{id}\""), src, dst, start_ms, end_ms }
}

#[test]
fn a_linear_chain_is_written_as_the_record_says() {
    let calls =
        [call("msg_1", 0, 1, 1000, 1500), call("msg_2", 1, 5, 1100, 1300), call("msg_3", 5, 2, 1120, 1220)];
    let made = make(&ChainSettings::default(), &batches(&calls, 0, 1));
    let hop = |id: &str, parent: &str, rest: &str| {
        let confidence = ["0.998", "0.9849", "0.9925"][id[4..].parse::<usize>().unwrap() - 1];
        format!(r#"{{"id":"{id}","parent":{parent},"confidence":{confidence},{rest}}}"#)
    };
    let hops = [
        hop(
            "msg_1",
            "null",
            r#""src_ip":"10.0.0.1","dst_ip":"10.0.0.2","src":"10.0.0.1","dst":"10.0.0.2","start_at_ms":1000,"latency_msec":500,"end_at_ms":1500,"depth":1,"offset_msec":0,"self_msec":300,"critical_msec":300"#,
        ),
        hop(
            "msg_2",
            "\"msg_1\"",
            r#""src_ip":"10.0.0.2","dst_ip":"10.0.0.3","src":"10.0.0.2","dst":"10.0.0.3","start_at_ms":1100,"latency_msec":200,"end_at_ms":1300,"depth":2,"offset_msec":100,"self_msec":100,"critical_msec":100"#,
        ),
        hop(
            "msg_3",
            "\"msg_2\"",
            r#""src_ip":"10.0.0.3","dst_ip":"::1","src":"10.0.0.3","dst":"::1","start_at_ms":1120,"latency_msec":100,"end_at_ms":1220,"depth":3,"offset_msec":120,"self_msec":100,"critical_msec":100"#,
        ),
    ];
    // Half of the SHA-256 of 5 "trace" 5 "msg_1" 4 "1000" 8 "10.0.0.1" 8 "10.0.0.2", as another tool gives it.
    let trace_id = "ab837c9bd48f0c71626660ba5edae6c8";
    let expected = format!(
        r#"{{"chain":"msg_1","trace_id":"{trace_id}","start_at_ms":1000,"end_at_ms":1500,"total_msec":500,"calls":3,"depth":3,"width":1,"confidence":0.9775,"entry":"10.0.0.2","services":3,"hops":[{}],"critical_path":["msg_1","msg_2","msg_3"]}}"#,
        hops.join(",")
    );
    assert_eq!(made.chains, [("msg_1".to_string(), expected)]);
}

#[test]
fn a_call_that_outlives_the_root_by_more_than_a_second_starts_a_chain_of_its_own() {
    let chains = |end_ms| {
        let calls = [call("a", 0, 1, 1000, 1500), call("b", 1, 2, 1010, end_ms), call("c", 2, 5, 1020, 1030)];
        make(&ChainSettings::default(), &batches(&calls, 0, 3)).chains.len()
    };
    // By its end the call is a child of the other no more: 20 ms are the most that clocks differ.
    assert_eq!((chains(1520), chains(2600)), (1, 2));
}
