//! `--map` as a user calls it.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs::{read_to_string, write};

use support::{callweave, path, text};

/// Two calls of which one is within the other, as spans of Zipkin.
fn spans() -> String {
    let span = |id: &str, from: &str, to: &str, start_us: i64, length_us: i64| {
        format!(
            r#"{{"traceId":"7","id":"{id}","kind":"CLIENT","timestamp":{start_us},"duration":{length_us},"localEndpoint":{{"ipv4":"{from}"}},"remoteEndpoint":{{"ipv4":"{to}"}}}}"#
        )
    };
    let outer = span("a", "10.0.0.1", "10.0.0.2", 1_700_000_000_000_900, 10_200);
    let inner = span("b", "10.0.0.2", "10.0.0.3", 1_700_000_000_005_000, 6_000);
    format!("{inner}\n{outer}\n{{\"traceId\":\"7\",\"id\":\"c\"}}\n")
}

#[test]
fn calls_of_another_form_are_linked_and_rejects_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| path(folder.path(), name);
    let (input, out, rejects) = (file("spans"), file("out"), file("rejects"));
    write(&input, spans()).unwrap();
    for order in [&["--sort"][..], &[]] {
        let arguments = ["link", &input, "-o", &out, "--rejects", &rejects, "--map", "zipkin"];
        let output = callweave(&[&arguments[..], order].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        let linked = read_to_string(&out).unwrap();
        // By whole milliseconds alone the outer call would end one earlier, before the inner one.
        let outer = r#"{"id":"7/a","src_ip":"10.0.0.1","dst_ip":"10.0.0.2","start_at_ms":1700000000000,"latency_msec":10.2,"end_at_ms":1700000000011,"parents":[],"children":["7/b"]}"#;
        assert!(linked.lines().any(|line| line == outer), "{linked}");
        let rejected = read_to_string(&rejects).unwrap();
        assert!(rejected.contains(r#""detail":"src_ip is missing""#), "{rejected}");
        assert!(rejected.contains(r#""value":"{\"traceId\":\"7\",\"id\":\"c\"}""#), "{rejected}");
    }
}

#[test]
fn check_judges_by_the_map_and_names_one_that_would_fit() {
    let folder = tempfile::tempdir().unwrap();
    let input = path(folder.path(), "spans");
    write(&input, spans()).unwrap();
    let output = callweave(&["check", &input, "--map", "zipkin", "--json"]);
    let facts: serde_json::Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    assert_eq!(facts["records"]["accepted"], 2, "{facts}");
    assert_eq!(facts["records"]["rejected"], 1);

    let output = callweave(&["check", &input]);
    assert_eq!(output.status.code(), Some(2));
    let said = "each line is a span of Zipkin: --map zipkin reads it";
    assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));

    // Among calls of the job's own form.
    let call = r#"{"id":1,"src_ip":"a","dst_ip":"b","start_at_ms":1700000000000,"latency_msec":0}"#;
    write(&input, format!("{call}\n{}", spans())).unwrap();
    let output = callweave(&["check", &input]);
    let said = "2 rejects are each a span of Zipkin (first: line 2): --map zipkin reads it";
    assert!(text(&output.stdout).contains(said), "{}", text(&output.stdout));
}

#[test]
fn a_map_that_is_wrong_is_refused_in_one_line() {
    for command in [&["check", "-"][..], &["link", "-", "-o", "-"]] {
        let output = callweave(&[command, &["--map", "id=a,src=b"]].concat());
        assert_eq!(output.status.code(), Some(2));
        let said = "error: --map is wrong at character 6: 'src' is no field of a call; id, src_ip, dst_ip, \
                    start_at_ms, latency_msec or end_at_ms is wanted";
        assert!(text(&output.stderr).starts_with(said), "{}", text(&output.stderr));
    }
}
