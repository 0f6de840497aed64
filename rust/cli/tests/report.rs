//! `callweave report` as a user calls it, without Kafka and without a browser: `scripts/report-check` has one.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs::{read_to_string, write};
use std::path::Path;

use serde_json::Value;
use support::{callweave, callweave_with_input, path, text};

/// Calls of a simulation, linked, with all that `link` writes beside.
fn linked(folder: &Path) -> [String; 4] {
    let [calls, linked, chains, edges, rejected] =
        ["calls", "linked", "chains.zst", "edges", "rejected.gz"].map(|name| path(folder, name));
    let simulate = ["--calls", "3000", "--seed", "1", "--invalid", "0.02", "--end-at-ms", "1700000000000"];
    let output = callweave(&[&["simulate", "--out", &calls], &simulate[..]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let output = callweave(&[
        "link",
        &calls,
        "-o",
        &linked,
        "--chains",
        &chains,
        "--edges",
        &edges,
        "--rejects",
        &rejected,
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    [linked, chains, edges, rejected]
}

/// The page, and what is embedded in it.
fn page(folder: &Path, arguments: &[&str]) -> (String, Value) {
    let out = path(folder, "report.html");
    let output = callweave(&[&["report", "-o", &out], arguments].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let page = read_to_string(out).unwrap();
    let data = page.split_once(r#"id="data">"#).unwrap().1.split_once("</script>").unwrap().0;
    let data = serde_json::from_str(data).unwrap();
    (page, data)
}

#[test]
fn a_page_is_made_of_all_kinds_of_records_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let [linked, chains, edges, rejected] = linked(folder.path());
    let (page, data) = page(folder.path(), &[&rejected, &chains, &edges, &linked, "--title", "A & B"]);
    assert!(page.starts_with("<!doctype html>") && page.contains("<h1>A &amp; B</h1>"));
    assert_eq!(data["calls"]["source"], "linked calls");
    let calls = read_to_string(&linked).unwrap().lines().count();
    assert_eq!(data["calls"]["latency"]["count"], calls);
    let slowest = data["chains"]["slowest"].as_array().unwrap();
    assert_eq!(slowest.len(), 20);
    assert!(slowest.windows(2).all(|pair| pair[0]["total"].as_i64() >= pair[1]["total"].as_i64()));
    let confidence: u64 =
        data["chains"]["confidence"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(confidence, calls as u64, "each call is in one chain");
    assert!(data["rejects"].as_u64().unwrap() > 10);
    let blame: f64 =
        data["services"].as_array().unwrap().iter().map(|service| service["blame"].as_f64().unwrap()).sum();
    assert!((blame - 1.0).abs() < 0.01, "{blame}");
}

#[test]
fn each_kind_of_records_makes_a_page_alone_and_edges_are_the_same_whatever_kind_they_come_from() {
    let folder = tempfile::tempdir().unwrap();
    let [linked, chains, edges, rejected] = linked(folder.path());
    let counts = |input: &str| {
        let (_, data) = page(folder.path(), &[input]);
        let name =
            |place: &Value| data["names"][place.as_u64().unwrap() as usize].as_str().unwrap().to_owned();
        let edges = data["edges"].as_array().unwrap().iter();
        edges
            .map(|edge| (name(&edge["src"]), name(&edge["dst"]), edge["latency"]["count"].as_u64().unwrap()))
            .collect::<Vec<_>>()
    };
    let of_linked = counts(&linked);
    assert!(of_linked.len() > 3);
    assert_eq!(counts(&chains), of_linked);
    assert_eq!(counts(&edges), of_linked);
    assert!(counts(&rejected).is_empty());
}

#[test]
fn no_name_title_or_record_gets_out_of_where_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = r#"</script><script>alert(1)</script><img src=x onerror=alert(1)>\u202e"#;
    let records = [
        format!(
            r#"{{"id":1,"src_ip":"a","dst_ip":"{hostile}","start_at_ms":1,"latency_msec":1,"end_at_ms":2,"parents":[],"children":[]}}"#
        ),
        format!(
            r#"{{"reason":"{hostile}","detail":"{hostile}","file":"{hostile}","line":1,"value":"{hostile}"}}"#
        ),
    ];
    let input = path(folder.path(), "records");
    write(&input, records.join("\n")).unwrap();
    let title = "</title><script>alert(1)</script>";
    let (page, data) = page(folder.path(), &[&input, "--title", title]);
    assert_eq!(page.matches("<script").count(), 4, "the page's own");
    assert!(!page.contains("<img") && !page.contains('\u{202e}') && !page.contains("<script>alert"));
    assert!(page.contains("default-src 'none'") && !page.contains("unsafe-inline"));
    let shown = hostile.replace(r"\u202e", r"\u{202e}");
    assert_eq!(data["names"][1].as_str().unwrap(), shown);
    assert_eq!(data["reasons"][0]["details"][0][0], shown);
}

#[test]
fn services_are_named_by_their_table_and_a_wrong_line_of_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (input, services) = (path(folder.path(), "linked"), path(folder.path(), "services"));
    let call = r#"{"id":1,"src_ip":"10.0.0.1:99","dst_ip":"10.0.0.2","start_at_ms":1,"latency_msec":1,"end_at_ms":2,"parents":[],"children":[]}"#;
    write(&input, call).unwrap();
    write(&services, "10.0.0.0/24,shop\n10.0.0.2: cart\n").unwrap();
    let (_, data) = page(folder.path(), &[&input, "--services", &services]);
    assert_eq!(data["names"], serde_json::json!(["shop", "cart"]));
    write(&services, "10.0.0.0\n").unwrap();
    let output = callweave(&["report", &input, "-o", "/dev/null", "--services", &services]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("line 1 of the services"), "{}", text(&output.stderr));
}

#[test]
fn a_page_goes_to_stdout_and_records_come_from_stdin() {
    let folder = tempfile::tempdir().unwrap();
    let [linked, ..] = linked(folder.path());
    let output = callweave_with_input(&["report", "-", "-o", "-"], &std::fs::read(&linked).unwrap());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).trim_end().ends_with("</html>"));
    let summary = text(&output.stderr);
    assert!(summary.starts_with("-: ") && summary.lines().count() == 1, "{summary}");
}

#[test]
fn an_input_without_a_record_for_the_page_is_an_error_that_says_what_would_be_right() {
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (path(folder.path(), "in"), path(folder.path(), "out"));
    let call = r#"{"id":1,"src_ip":"a","dst_ip":"b","start_at_ms":1,"latency_msec":1,"end_at_ms":2}"#;
    for (records, right) in [
        (call, "line 1: a call without its links, which `callweave link` finds"),
        (r#"{"a":1}"#, "line 1: neither a linked call nor a chain"),
        ("", "no input has a record; give linked calls"),
    ] {
        write(&input, records).unwrap();
        let output = callweave(&["report", &input, "-o", &out]);
        let stderr = text(&output.stderr);
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
        assert!(stderr.contains(right), "{stderr}");
        assert!(!Path::new(&out).exists());
    }
    for arguments in
        [&["report", "-o", "x"][..], &["report", "x"], &["report", "x", "-o", "y", "--slowest", "101"]]
    {
        assert_eq!(callweave(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn records_of_no_kind_are_counted_and_the_first_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let [linked, ..] = linked(folder.path());
    let input = path(folder.path(), "mixed");
    write(&input, format!("{}7\n{{}}\n", read_to_string(&linked).unwrap())).unwrap();
    let output = callweave(&["report", &input, "-o", &path(folder.path(), "page")]);
    let stderr = text(&output.stderr);
    assert!(output.status.success());
    assert!(
        stderr.contains("2 records are left out; the first: line ") && stderr.contains("not a JSON object"),
        "{stderr}"
    );
}
