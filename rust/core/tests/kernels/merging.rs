//! Calls that both of their ends have told of, against the independent reference.

use crate::calls::AnyCall;
use crate::common::{ids, run, Settings};
use crate::judged::judge_run;
use proptest::prelude::*;
use serde_json::Value;

prop_compose! {
    /// A call with the reports of it: few ids, so that those of several calls meet.
    fn told()(
        id in 0u32..6,
        src in 0usize..3,
        dst in 0usize..3,
        start_ms in 5_000i64..9_000,
        latency_ms in prop_oneof![0i64..120, 0i64..3_000, Just(20_000)],
        others in prop::collection::vec((-80i64..200, -80i64..200), 0..3),
    ) -> Vec<AnyCall> {
        let end_ms = start_ms + latency_ms;
        let report = |start_ms, end_ms| AnyCall { id: id.to_string(), src, dst, start_ms, end_ms };
        let other = |(begins_ms, ends_ms): (i64, i64)| {
            let start_ms = start_ms + begins_ms;
            // 1 ms before the start at the earliest, and not above max-latency-ms.
            report(start_ms, (end_ms - ends_ms).clamp(start_ms - 1, start_ms + 20_000))
        };
        std::iter::once(report(start_ms, end_ms)).chain(others.into_iter().map(other)).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn calls_that_were_told_of_twice_come_out_once_as_the_reference_writes_them(
        calls in prop::collection::vec(told(), 0..30),
        batch in 1usize..20,
        spelling in 0usize..3,
        bucket_ms in prop_oneof![Just(7i64), Just(60), Just(1000), Just(100_000)],
        ip_groups in 1u32..5,
    ) {
        let settings = Settings { bucket_ms, ip_groups, merge_reports: true, ..Settings::default() };
        let records: Vec<Vec<u8>> = (spelling..).zip(calls.iter().flatten()).map(|(n, call)| call.json(n)).collect();
        let batches: Vec<_> = records.chunks(batch).map(<[_]>::to_vec).collect();
        let report = judge_run(&settings, &batches);
        prop_assert!(report.is_same() && report.rejected == 0, "{report:?}");
    }
}

#[test]
fn what_client_and_server_tell_of_a_call_is_one_call_with_the_times_of_the_longer_report() {
    let report = |id: &str, src: u8, start_ms: i64, latency_ms: i64| {
        format!(
            r#"{{"id":"{id}","src_ip":"10.0.0.{src}","dst_ip":"10.0.0.{}","start_at_ms":{start_ms},"latency_msec":{latency_ms}}}"#,
            src + 1
        )
        .into_bytes()
    };
    // The second pair lies across a border of buckets, and the server's clock is behind.
    let records = vec![
        report("a", 1, 1_000, 1_500),
        report("a", 1, 1_002, 1_496),
        report("b", 2, 1_990, 100),
        report("b", 2, 2_010, 20),
        report("c", 2, 2_010, 20),
        report("c", 2, 1_970, 19),
    ];
    let linked =
        run(&Settings { merge_reports: true, ..Settings::default() }, std::slice::from_ref(&records));
    let mut linked: Vec<Value> = linked.iter().map(|(_, json)| serde_json::from_str(json).unwrap()).collect();
    linked.sort_by_key(|call| call["id"].as_str().unwrap().to_owned());
    let starts: Vec<&Value> = linked.iter().map(|call| &call["start_at_ms"]).collect();
    assert_eq!(starts, [1_000, 1_990, 2_010]);
    assert_eq!(ids(&linked[0], "children"), [r#""b""#, r#""c""#]);
    assert_eq!(ids(&linked[1], "parents"), [r#""a""#]);
    assert_eq!(run(&Settings::default(), &[records]).len(), 6);
}
