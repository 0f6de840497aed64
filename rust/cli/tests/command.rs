//! The command as a user calls it, without Kafka.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::HashSet;
use std::fs::read_to_string;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{callweave, path, text};

#[test]
fn simulates_into_a_file_with_its_truth() {
    let folder = tempfile::tempdir().unwrap();
    let (out, truth) = (path(folder.path(), "calls"), path(folder.path(), "truth"));
    let output = callweave(&[
        "simulate",
        "--calls",
        "1000",
        "--seed",
        "1",
        "--duplicate",
        "0.1",
        "--out",
        &out,
        "--truth",
        &truth,
    ]);
    let stderr = text(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(stderr.contains("1000 valid calls"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1);
    let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].to_string();
    let calls = read_to_string(out).unwrap();
    assert!(calls.lines().count() > 1050);
    let ids: HashSet<String> = calls.lines().map(id).collect();
    let truth = read_to_string(truth).unwrap();
    assert_eq!(truth.lines().map(id).collect::<HashSet<_>>(), ids);
    for line in truth.lines() {
        let call: Value = serde_json::from_str(line).unwrap();
        let parents = call["parents"].as_array().unwrap();
        assert_eq!(parents.is_empty(), call["src"] == "Client");
        assert!(parents.iter().all(|parent| ids.contains(&parent.to_string())));
    }
}

#[test]
fn the_same_seed_and_end_give_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str| {
        let out = path(folder.path(), name);
        let output = callweave(&[
            "simulate",
            "--count",
            "300",
            "--seed",
            "5",
            "--end-at-ms",
            "1700000000000",
            "--invalid",
            "0.1",
            "--id",
            "counter",
            "--out",
            &out,
        ]);
        assert!(output.status.success());
        read_to_string(out).unwrap()
    };
    assert_eq!(make("a"), make("b"));
}

#[test]
fn prints_records_if_asked() {
    let output = callweave(&["simulate", "--calls", "20", "--out", "/dev/null", "--print-msg"]);
    assert_eq!(text(&output.stdout).lines().count(), 20);
}

#[test]
fn realtime_takes_its_time() {
    let begin = Instant::now();
    let output = callweave(&[
        "simulate",
        "--calls",
        "40",
        "--rate",
        "40",
        "--realtime",
        "--delay-scale-ms",
        "1",
        "--out",
        "/dev/null",
    ]);
    assert!(output.status.success());
    assert!(begin.elapsed() > Duration::from_millis(800));
}

#[test]
fn errors_are_one_line_and_exit_code_2() {
    for arguments in [
        &["simulate", "--calls", "1", "--bootstrap", "127.0.0.1:1"][..],
        &["verify", "--bootstrap", "127.0.0.1:1"],
        &["simulate", "--calls", "1", "--out", "/nowhere/file"],
        &["simulate", "--rate", "0", "--out", "/dev/null"],
    ] {
        let begin = Instant::now();
        let output = callweave(arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.starts_with("error: "), "{stderr}");
        assert!(begin.elapsed() < Duration::from_secs(10));
    }
    for arguments in [
        &["simulate", "--late", "1.5"][..],
        &["simulate", "--calls", "1", "--count", "1"],
        &["verify", "--bucket-ms", "0"],
        &["nothing"],
    ] {
        assert_eq!(callweave(arguments).status.code(), Some(2));
    }
}

#[test]
fn numbers_beyond_all_reason_are_errors_and_no_panics() {
    let most = u64::MAX.to_string();
    for (option, value) in [
        ("--count", &*most),
        ("--calls", &most),
        ("--interval", "1e300"),
        ("--interval", "NaN"),
        ("--rate", "1e-300"),
        ("--rate", "inf"),
        ("--std-dev", "1e300"),
        ("--end-at-ms", "0"),
        ("--end-at-ms", "9223372036854775807"),
        ("--delay-scale-ms", "inf"),
        ("--max-delay-ms", "NaN"),
        ("--delay-chisq-df", "-1"),
    ] {
        let output = callweave(&["simulate", "--debug", option, value]);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{option} {value}: {stderr}");
        assert!(stderr.starts_with("error: ") && !stderr.contains("fault of callweave"), "{stderr}");
    }
    for arguments in
        [&["--max-delay-ms", "1e300"][..], &["--delay-scale-ms", "1e300"], &["--end-at-ms", "1700000000000"]]
    {
        let output = callweave(&[&["simulate", "--calls", "20", "--debug"], arguments].concat());
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    }
    for arguments in [
        &["verify", "--timeout", &most][..],
        &["verify", "--show", &most],
        &["compare", "a", "b", "--memory-mib", &most],
    ] {
        assert_eq!(callweave(arguments).status.code(), Some(2), "{arguments:?}");
    }
    let output = callweave(&["check", "/dev/null", "--top", &most]);
    assert!(text(&output.stderr).contains("no records"), "{}", text(&output.stderr));
}

#[test]
fn an_error_says_what_would_be_right() {
    let folder = tempfile::tempdir().unwrap();
    let cut = path(folder.path(), "cut.gz");
    std::fs::write(&cut, [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1]).unwrap();
    for (arguments, right) in [
        (&["link", "/nowhere/calls", "-o", "-"][..], "give the path of what is there"),
        (&["check", "/"], "is a folder; files are wanted"),
        (&["link", &cut, "-o", "-"], "make or fetch it again"),
        (&["simulate", "--calls", "2000", "--out", "/dev/full"], "make room"),
        (&["check", "/dev/null"], "give an input with calls"),
    ] {
        let output = callweave(arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(right) && stderr.lines().count() == 1, "{arguments:?}: {stderr}");
    }
}

#[test]
fn help_has_examples() {
    for command in ["simulate", "link", "check", "verify", "show", "report"] {
        let output = callweave(&[command, "--help"]);
        assert!(text(&output.stdout).contains("Examples:"));
    }
}
