//! Files of rows, of Parquet and CSV, as a user of the command has them.

#![allow(clippy::unwrap_used)]

mod support;

use std::io::BufRead;
use std::path::Path;
use std::process::Output;

use serde_json::Value;
use support::{callweave, path, text};

fn succeeded(arguments: &[&str]) -> Output {
    let output = callweave(arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    output
}

/// The rows of a Parquet file, or the lines of one of JSON, by what they say.
fn records(path: &str) -> Vec<Value> {
    let lines = callweave::files::open(Path::new(path)).unwrap().lines();
    lines.map(|line| plain(serde_json::from_str(&line.unwrap()).unwrap())).collect()
}

/// Without what is null, and with numbers that have one spelling.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().map_or(Value::Null, Value::from),
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, plain(value)))
            .collect(),
        _ => value,
    }
}

#[test]
fn simulated_calls_are_the_same_as_lines_and_as_rows() {
    let folder = tempfile::tempdir().unwrap();
    let written = |name: &str| {
        let out = path(folder.path(), name);
        let flags =
            ["--end-at-ms", "1795000000000", "--calls", "300", "--seed", "5", "--late", "0.1", "--out"];
        succeeded(&[&["simulate"], &flags[..], &[&out]].concat());
        out
    };
    let (lines, parquet, csv) = (written("c.jsonl"), written("c.parquet"), written("c.csv.zst"));
    let calls = records(&lines);
    assert!(calls.len() > 300);
    assert_eq!(records(&parquet), calls);
    let csv =
        callweave::files::open(Path::new(&csv)).unwrap().lines().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(csv[0], "id,src_ip,dst_ip,start_at_ms,latency_msec,end_at_ms");
    assert_eq!(csv.len(), 1 + calls.len());
    for (row, call) in csv[1..].iter().zip(&calls) {
        assert!(row.starts_with(&format!("{},", call["id"].as_str().unwrap())), "{row}");
        // One of a call's end and latency may be missing.
        let end = call["end_at_ms"].as_f64().map_or_else(String::new, |end| end.to_string());
        assert_eq!(row.rsplit(',').next(), Some(end.as_str()));
    }
}

#[test]
fn parquet_has_the_records_that_json_lines_have_and_its_rows_are_calls() {
    let folder = tempfile::tempdir().unwrap();
    let calls = path(folder.path(), "calls.jsonl");
    let troubles = ["--invalid", "0.01", "--too-long", "0.01", "--duplicate", "0.01"];
    let simulate = ["simulate", "--calls", "2000", "--rate", "500", "--seed", "3", "--out", &calls];
    succeeded(&[&simulate[..], &troubles].concat());
    let outputs = ["linked", "chains", "edges", "rejected"];
    let file = |output: &str, ending: &str| path(folder.path(), &format!("{output}.{ending}"));
    for ending in ["jsonl", "parquet"] {
        let [linked, chains, edges, rejected] = outputs.map(|output| file(output, ending));
        succeeded(&[
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
    }
    for output in outputs {
        assert!(std::fs::read(file(output, "parquet")).unwrap().starts_with(b"PAR1"), "{output}");
        let (lines, rows) = (records(&file(output, "jsonl")), records(&file(output, "parquet")));
        assert!(!lines.is_empty() && lines == rows, "{output}");
    }
    let (lines, rows) = (file("linked", "jsonl"), file("linked", "parquet"));
    succeeded(&["compare", &lines, &rows]);
    // What it finds is no error.
    let checked = callweave(&["check", &rows]);
    assert!(text(&checked.stdout).contains(&records(&rows).len().to_string()), "{}", text(&checked.stderr));
    let truth = path(folder.path(), "truth.jsonl");
    succeeded(&[&simulate[..], &["--truth", &truth], &troubles].concat());
    let measured = ["jsonl", "parquet"].map(|ending| {
        text(&succeeded(&["compare", "--truth", &truth, &file("chains", ending)]).stdout).replace(ending, "")
    });
    assert!(measured[0] == measured[1] && !measured[0].is_empty(), "{measured:?}");
    let again = file("again", "jsonl");
    succeeded(&["link", "--sort", &rows, "-o", &again]);
    succeeded(&["compare", &lines, &again]);
    let drawn = succeeded(&["show", &file("chains", "parquet")]);
    assert!(text(&drawn.stdout).starts_with("chain "), "{}", text(&drawn.stdout));
}

#[test]
fn columns_of_parquet_with_other_names_are_read_by_a_map() {
    let folder = tempfile::tempdir().unwrap();
    let rejected = path(folder.path(), "rejected.parquet");
    let broken = path(folder.path(), "broken.jsonl");
    std::fs::write(&broken, "a 10.0.0.1\n").unwrap();
    succeeded(&["link", &broken, "-o", "-", "--rejects", &rejected]);
    // No traffic, but columns that a map can name.
    let map = "id=value,src_ip=reason,dst_ip=reason,start_at_ms=line,end_at_ms=line";
    let output = succeeded(&["link", &rejected, "-o", "-", "--map", map]);
    let linked: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&linked["id"], &linked["start_at_ms"]), (&"a 10.0.0.1".into(), &1.into()));
}

#[test]
fn messages_are_no_rows_of_parquet() {
    let output = callweave(&["link", "-", "-o", "x.parquet", "--output-format", "protobuf"]);
    assert_eq!(output.status.code(), Some(2));
    let says = "--output-format protobuf writes messages, which x.parquet has no columns for";
    assert!(text(&output.stderr).contains(says), "{}", text(&output.stderr));
}

#[test]
fn the_rows_of_csv_are_calls_and_the_same_ones_give_the_same_links() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| path(folder.path(), name);
    let (calls, first, rows, again) =
        (file("calls.jsonl"), file("linked.jsonl"), file("linked.csv.gz"), file("again.jsonl"));
    succeeded(&["simulate", "--calls", "1000", "--rate", "500", "--seed", "4", "--out", &calls]);
    succeeded(&["link", &calls, "-o", &first, "--sort"]);
    succeeded(&["link", &calls, "-o", &rows, "--sort"]);
    // Links are no fields of a call: they are made anew.
    succeeded(&["link", &rows, "-o", &again, "--sort"]);
    succeeded(&["compare", &first, &again]);
    let check = succeeded(&["check", &rows]);
    assert!(text(&check.stdout).contains("1000"), "{}", text(&check.stdout));
}
