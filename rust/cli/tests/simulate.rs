//! The flags and environment variables of `callweave simulate`.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::{BTreeSet, HashSet};
use std::fs::{read_to_string, write};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use support::{path, text};

fn command(arguments: &[&str]) -> Command {
    support::command(&[&["simulate"], arguments].concat())
}

/// Stdout of a run that must succeed.
fn stdout_of(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// 2000 calls that are always the same.
const FIXED: [&str; 9] =
    ["--debug", "--calls", "2000", "--seed", "1", "--end-at-ms", "1700000000000", "--rate", "1000"];

/// The records of a run of 2000 calls, always the same ones.
fn records_with(arguments: &[&str]) -> String {
    stdout_of(command(&FIXED).args(arguments))
}

fn calls_in(records: &str) -> Vec<Value> {
    records.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn addresses_of<'a>(calls: &'a [Value], field: &str) -> BTreeSet<&'a str> {
    calls.iter().map(|call| call[field].as_str().unwrap()).collect()
}

fn refused(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let stderr = text(&stderr);
    assert_eq!(status.code(), Some(2), "{stderr}");
    assert!(stdout.is_empty());
    stderr
}

#[test]
fn debug_prints_the_records_and_needs_no_broker() {
    let mut command = command(&["--calls", "20", "--debug"]);
    let records = stdout_of(command.env("KAFKA_BOOTSTRAP", "127.0.0.1:1"));
    assert_eq!(calls_in(&records).len(), 20);
}

#[test]
fn records_are_printed_once_wherever_else_they_go() {
    let folder = tempfile::tempdir().unwrap();
    let out = path(folder.path(), "calls");
    let printed = records_with(&[]);
    for arguments in [&["--print-msg"][..], &["--out", "-"], &["--out", "-", "--print-msg"], &["--out", &out]]
    {
        assert_eq!(records_with(arguments), printed, "{arguments:?}");
    }
    assert_eq!(read_to_string(out).unwrap(), printed);
    let print = ["--count", "3", "--out", "/dev/null", "--print-msg"];
    assert!(calls_in(&stdout_of(&mut command(&print))).len() >= 12);
}

#[test]
fn a_file_is_compressed_as_its_name_says() {
    let folder = tempfile::tempdir().unwrap();
    let printed = records_with(&[]);
    for name in ["calls.gz", "calls.jsonl.zst"] {
        let out = path(folder.path(), name);
        records_with(&["--out", &out]);
        assert!(std::fs::metadata(&out).unwrap().len() < printed.len() as u64 / 2);
        let mut plain = String::new();
        callweave::files::open(out.as_ref()).unwrap().read_to_string(&mut plain).unwrap();
        assert_eq!(plain, printed);
    }
}

#[test]
fn count_is_a_number_of_traces_and_interval_lies_between_them() {
    let run = |std_dev: &str| -> Vec<i64> {
        let flags =
            ["--count", "10", "--interval", "1000", "--std-dev", std_dev, "--address", "ipv4", "--debug"];
        let calls = calls_in(&stdout_of(&mut command(&flags)));
        let first_calls = calls.iter().filter(|call| call["src_ip"].as_str().unwrap().starts_with("10.0."));
        let mut starts: Vec<i64> = first_calls.map(|call| call["start_at_ms"].as_i64().unwrap()).collect();
        starts.sort_unstable();
        starts.windows(2).map(|pair| pair[1] - pair[0]).collect()
    };
    assert_eq!(run("0"), [1000; 9]);
    let uneven = run("100");
    assert!(uneven.len() == 9 && uneven.iter().collect::<HashSet<_>>().len() > 1);
}

#[test]
fn rate_is_in_calls_per_second() {
    let calls = calls_in(&records_with(&["--address", "ipv4"]));
    let starts = || calls.iter().map(|call| call["start_at_ms"].as_i64().unwrap());
    let span_ms = starts().max().unwrap() - starts().min().unwrap();
    assert!((1_900..25_000).contains(&span_ms), "{span_ms}");
    let first_calls = calls.iter().filter(|call| call["src_ip"].as_str().unwrap().starts_with("10.0."));
    let starts: Vec<i64> = first_calls.map(|call| call["start_at_ms"].as_i64().unwrap()).collect();
    let span_ms = starts.iter().max().unwrap() - starts.iter().min().unwrap();
    assert!((1_950..2_050).contains(&span_ms), "2000 calls at 1000 a second: {span_ms} ms");
}

#[test]
fn stream_wins_over_count_and_ends_quietly_when_nobody_reads() {
    let flags = ["--stream", "--count", "1", "--rate", "2000", "--delay-scale-ms", "1", "--debug"];
    let mut child = command(&flags).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.by_ref().take(50).filter(Result::is_ok).count(), 50);
    drop(lines);
    assert_eq!(child.wait().unwrap().code(), Some(141));
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert!(!stderr.contains("error"), "{stderr}");
}

#[test]
fn a_pool_is_the_number_of_addresses_of_a_service() {
    for (size, expected) in [("1", 4), ("7", 28)] {
        let calls = calls_in(&records_with(&["--ip-pool-size", size, "--address", "ipv4"]));
        assert_eq!(addresses_of(&calls, "dst_ip").len(), expected);
    }
    refused(&mut command(&["--ip-pool-size", "0", "--debug"]));
}

#[test]
fn addresses_look_as_asked_for() {
    for (kind, prefixes) in [
        ("ipv4", &["10."][..]),
        ("ipv6", &["fd00::", "FD00:"]),
        ("host", &["node", "Node"]),
        ("mixed", &["10.", "fd00::", "FD00:", "node", "Node"]),
    ] {
        let calls = calls_in(&records_with(&["--address", kind]));
        let addresses = addresses_of(&calls, "dst_ip");
        assert!(addresses.iter().all(|address| prefixes.iter().any(|prefix| address.starts_with(prefix))));
        assert!(prefixes.iter().all(|prefix| addresses.iter().any(|address| address.starts_with(prefix))));
    }
    assert_eq!(records_with(&["--address", "mixed"]), records_with(&[]));
}

#[test]
fn a_variable_says_the_same_as_its_flag_and_the_flag_wins() {
    let default = records_with(&[]);
    for (flag, variable, value) in [
        ("--delay-chisq-df", "SIMPY_DELAY_CHISQ_DF", "9"),
        ("--delay-scale-ms", "SIMPY_DELAY_SCALE_MS", "50"),
        ("--max-delay-ms", "SIMPY_MAX_DELAY_MS", "100"),
    ] {
        let by_flag = records_with(&[flag, value]);
        assert_ne!(by_flag, default);
        assert_eq!(stdout_of(command(&FIXED).env(variable, value)), by_flag, "{variable}");
        assert_eq!(stdout_of(command(&FIXED).env(variable, "7").args([flag, value])), by_flag, "{variable}");
        assert!(refused(command(&FIXED).env(variable, "much")).contains(variable));
    }
}

#[test]
fn a_broker_that_is_not_there_is_named() {
    let error = refused(command(&["--calls", "1"]).env("KAFKA_BOOTSTRAP", "127.0.0.1:1"));
    assert!(error.contains("127.0.0.1:1"), "{error}");
}

#[test]
fn partitions_out_of_range_are_refused() {
    for count in ["0", "10001", "five"] {
        let error = refused(&mut command(&["--partitions", count, "--debug"]));
        assert!(error.contains("--partitions"), "{error}");
    }
    records_with(&["--partitions", "7"]);
}

#[test]
fn the_share_of_a_hot_partition_that_is_no_share_is_refused() {
    for share in ["-0.1", "1.1", "most"] {
        let share = format!("--hot-partition={share}");
        let error = refused(&mut command(&[&share, "--debug"]));
        assert!(error.contains("--hot-partition") && error.contains("from 0 to 1"), "{error}");
    }
}

#[test]
fn the_printed_topology_read_back_gives_the_same_records() {
    let folder = tempfile::tempdir().unwrap();
    let file = path(folder.path(), "topology.yaml");
    let printed = stdout_of(&mut command(&["--print-topology"]));
    write(&file, &printed).unwrap();
    assert_eq!(records_with(&["--topology", &file]), records_with(&[]));
    let mut child = command(&["--topology", "-", "--calls", "10", "--debug"]);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(printed.as_bytes()).unwrap();
    assert_eq!(text(&child.wait_with_output().unwrap().stdout).lines().count(), 10);
}

#[test]
fn a_topology_of_ones_own_decides_who_calls_whom() {
    let folder = tempfile::tempdir().unwrap();
    let (file, truth) = (path(folder.path(), "topology.json"), path(folder.path(), "truth"));
    let topology = r#"{"services": [{"name": "user \"u\""}, {"name": "shop", "instances": 3}],
        "client": "user \"u\"",
        "work": {"constant": {"ms": 4}}, "root": {"to": "shop", "calls": [{"to": "shop"}]}}"#;
    write(&file, topology).unwrap();
    let flags = ["--topology", &file, "--truth", &truth, "--address", "ipv4", "--clock-skew", "20"];
    let calls = calls_in(&records_with(&flags));
    assert_eq!(addresses_of(&calls, "dst_ip").len(), 3);
    let links = calls_in(&read_to_string(truth).unwrap());
    assert_eq!(links.len(), 2000);
    for link in links {
        let is_first = link["parents"].as_array().unwrap().is_empty();
        assert_eq!(link["src"], if is_first { "user \"u\"" } else { "shop" });
    }
}

#[test]
fn a_wrong_topology_is_refused_in_one_line_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (path(folder.path(), "wrong.yaml"), path(folder.path(), "calls"));
    let many: String = (0..300).map(|number| format!("{{name: s{number}}}, ")).collect();
    let many = format!("{many}{{name: a, instances: 65536}}");
    for (services, to, expected) in [
        ("{name: a}", "b", "wrong.yaml: line 3, column 12: unknown service `b`"),
        ("{name: a", "a", "--print-topology prints one that is right"),
        (many.as_str(), "a", "service `a` has 65536 instances: beside 301 services, at most 32768"),
    ] {
        let work = "{constant: {ms: 1}}";
        let topology = format!("services: [{services}]\nclient: a\nroot: {{to: {to}}}\nwork: {work}\n");
        write(&file, topology).unwrap();
        let error = refused(&mut command(&["--topology", &file, "--calls", "1", "--out", &out]));
        assert!(error.starts_with("error: ") && error.contains(expected), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(!Path::new(&out).exists());
    }
    assert!(
        refused(&mut command(&["--topology", "/nowhere/x", "--debug"])).contains("cannot read /nowhere/x")
    );
}

#[test]
fn what_cannot_be_is_refused() {
    assert!(refused(&mut command(&["--debug", "--truth", "-"])).contains("would mix"));
    refused(&mut command(&["--debug", "--clock-skew", "4501"]));
    refused(&mut command(&["--debug", "--address", "ipx"]));
    refused(&mut command(&["--print-topology", "--topology", "x"]));
    for flags in
        [&["--stream"][..], &["--malformed", "0.1"], &["--invalid", "0.1"], &["--output-format", "protobuf"]]
    {
        let refusal = refused(&mut command(&[&["--out", "/nowhere/calls.csv.gz"], flags].concat()));
        assert!(
            refusal.contains("calls.csv.gz has rows of calls") && refusal.contains(flags[0]),
            "{refusal}"
        );
    }
}

#[test]
fn the_long_help_has_examples_exit_codes_and_every_variable() {
    let help = stdout_of(&mut command(&["--help"]));
    for expected in
        ["A client starts traces", "Examples:", "Exit codes:", "Environment:", "Structure of the traces:"]
    {
        assert!(help.contains(expected), "{expected}");
    }
    for variable in [
        "KAFKA_BOOTSTRAP",
        "KAFKA_TOPIC",
        "SIMPY_DELAY_CHISQ_DF",
        "SIMPY_DELAY_SCALE_MS",
        "SIMPY_MAX_DELAY_MS",
    ] {
        assert!(help.contains(&format!("[env: {variable}=")), "{variable}");
    }
}

#[test]
fn records_that_are_there_stay_where_the_truth_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = path(folder.path(), "calls");
    write(&out, "before").unwrap();
    let truth = path(folder.path(), "missing/truth");
    let output = command(&["--calls", "3", "--out", &out, "--truth", &truth]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert_eq!(read_to_string(&out).unwrap(), "before");
}
