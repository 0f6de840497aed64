//! The kernels together: any calls against the independent reference, and worked examples.

use std::collections::BTreeMap;

use crate::calls::AnyCall;
use crate::common::{ids, run, Settings};
use crate::judged::judge_run;
use proptest::prelude::*;
use serde_json::Value;

fn id() -> impl Strategy<Value = String> {
    prop_oneof![
        (0u32..30).prop_map(|n| n.to_string()),
        (0u32..30).prop_map(|n| format!("\"{n}\"")),
        "[a-c]{1,3}".prop_map(|text| format!("\"{text}\"")),
        "[é\u{10348}x]{1,60}".prop_map(|text| format!("\"{text}\"")),
        r"(\\n|\\u00e9|[a-b]){1,8}".prop_map(|text| format!("\"{text}\"")),
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}".prop_map(|text| format!("\"{text}\"")),
        Just(format!("\"{}\"", "i".repeat(256))),
    ]
}

prop_compose! {
    fn call(addresses: usize, span_ms: i64)(
        id in id(),
        src in 0..addresses,
        dst in 0..addresses,
        start_ms in 5_000i64..5_000 + span_ms,
        // -1: by rounding, an end can lie 1 ms before the start.
        latency_ms in prop_oneof![-1i64..20, 0i64..3_000, Just(20_000)],
    ) -> AnyCall {
        AnyCall { id, src, dst, start_ms, end_ms: start_ms + latency_ms }
    }
}

pub fn calls() -> impl Strategy<Value = Vec<AnyCall>> {
    prop_oneof![
        prop::collection::vec(call(6, 3_000), 0..60),
        // Hot: few addresses, many equal bounds, many calls of an address to itself.
        prop::collection::vec(call(2, 12), 0..80),
        // Many buckets, few calls.
        prop::collection::vec(call(3, 60_000), 0..40),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_call_comes_out_once_as_the_reference_writes_it(
        calls in calls(),
        spelling in 0usize..4,
        repeats in any::<bool>(),
        batch in 1usize..20,
        bucket_ms in prop_oneof![Just(7i64), Just(1000), Just(100_000)],
        ip_groups in 1u32..20,
        id_groups in 1u32..5,
        max_links in prop_oneof![Just(1u32), Just(3), Just(1000)],
    ) {
        let settings = Settings { bucket_ms, ip_groups, id_groups, max_links, ..Settings::default() };
        let mut records: Vec<Vec<u8>> = calls.iter().map(|call| call.json(spelling)).collect();
        if repeats {
            records.extend(calls.iter().map(|call| call.json(spelling + 1)));
        }
        let batches: Vec<_> = records.chunks(batch).map(<[_]>::to_vec).collect();
        let report = judge_run(&settings, &batches);
        prop_assert!(report.is_same() && report.rejected == 0, "{report:?}");
    }
}

/// `(parents, children)` by id, of calls written as `id src dst start end` with hosts by one letter.
fn links(lines: &[&str]) -> BTreeMap<String, (Vec<String>, Vec<String>)> {
    let records: Vec<Vec<u8>> = lines
        .iter()
        .map(|line| {
            let f: Vec<&str> = line.split(' ').collect();
            format!(
                r#"{{"id":"{}","src_ip":"10.0.0{}","dst_ip":"10.0.0{}","start_at_ms":{},"end_at_ms":{}}}"#,
                f[0], f[1], f[2], f[3], f[4]
            )
            .into_bytes()
        })
        .collect();
    run(&Settings::default(), &[records])
        .iter()
        .map(|(key, text)| {
            let value: Value = serde_json::from_str(text).unwrap();
            (key.clone(), (ids(&value, "parents"), ids(&value, "children")))
        })
        .collect()
}

fn list(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| format!("\"{id}\"")).collect()
}

#[test]
fn a_linear_chain_links_each_call_to_the_next_only() {
    let links = links(&["id1 .1 .2 1000 1500", "id2 .2 .3 1100 1300", "id3 .3 .4 1120 1220"]);
    assert_eq!(links["id1"], (list(&[]), list(&["id2"])));
    assert_eq!(links["id2"], (list(&["id1"]), list(&["id3"])));
    assert_eq!(links["id3"], (list(&["id2"]), list(&[])));
}

#[test]
fn a_branch_gives_one_parent_two_children() {
    let links = links(&["id1 .1 .2 1000 1500", "id2 .2 .3 1100 1300", "id3 .2 .4 1200 1400"]);
    assert_eq!(links["id1"], (list(&[]), list(&["id2", "id3"])));
    assert_eq!(links["id2"], (list(&["id1"]), list(&[])));
    assert_eq!(links["id3"], (list(&["id1"]), list(&[])));
}

#[test]
fn a_call_can_have_many_parents() {
    let links = links(&["id1 .1 .3 1000 1400", "id2 .2 .3 1050 1400", "id3 .3 .4 1200 1300"]);
    assert_eq!(links["id3"], (list(&["id1", "id2"]), list(&[])));
}

#[test]
fn a_rounded_end_one_ms_before_the_start_is_a_valid_interval() {
    let record = |id: &str, src: &str, dst: &str| {
        format!(r#"{{"id":"{id}","src_ip":"{src}","dst_ip":"{dst}","start_at_ms":3000,"latency_msec":0.4,"end_at_ms":2999.0}}"#)
            .replace("0.4", "0")
            .into_bytes()
    };
    let out = run(&Settings::default(), &[vec![record("p", "a", "b"), record("c", "b", "c")]]);
    let child: Value = serde_json::from_str(&out.iter().find(|(key, _)| key == "c").unwrap().1).unwrap();
    assert_eq!(ids(&child, "parents"), ["\"p\""]);
    assert_eq!(child["end_at_ms"], 2999);
}

#[test]
fn a_child_may_start_a_bucket_after_its_parent_ended() {
    let parent = br#"{"id":"p","src_ip":"a","dst_ip":"b","start_at_ms":999,"end_at_ms":999}"#;
    let child =
        br#"{"id":"c","src_ip":"b","dst_ip":"c","start_at_ms":1000,"latency_msec":0,"end_at_ms":999}"#;
    let out = run(&Settings::default(), &[vec![parent.to_vec(), child.to_vec()]]);
    let lists = |key: &str, name: &str| {
        let (_, text) = out.iter().find(|(id, _)| id == key).unwrap();
        ids(&serde_json::from_str(text).unwrap(), name)
    };
    assert_eq!(lists("p", "children"), ["\"c\""]);
    assert_eq!(lists("c", "parents"), ["\"p\""]);
}

#[test]
fn other_fields_pass_through_unchanged_when_asked_for() {
    let record = br#"{"tag":{"a":[1, 2]},"id":7,"src_ip":"a","dst_ip":"b","parents":"mine","start_at_ms":1e3,"latency_msec":39.70,"t\u0061g":1.50,"end_at_ms":1040}"#;
    let settings = Settings { pass_through: true, ..Settings::default() };
    let out = run(&settings, &[vec![record.to_vec()]]);
    let expected = r#"{"id":7,"src_ip":"a","dst_ip":"b","start_at_ms":1000,"latency_msec":39.70,"end_at_ms":1040,"parents":[],"children":[],"tag":1.50}"#;
    assert_eq!(out, [("7".to_string(), expected.to_string())]);
    let out = run(&Settings::default(), &[vec![record.to_vec()]]);
    assert!(!out[0].1.contains("tag"));
}
