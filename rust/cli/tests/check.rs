//! `callweave check` as a user calls it, without Kafka.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs::{read_to_string, File};
use std::path::Path;

use serde_json::Value;
use support::{callweave, callweave_with_input, command, path, text};

/// Simulates into a file of the folder; returns its path and the summary.
fn simulate(folder: &Path, name: &str, arguments: &[&str]) -> (String, String) {
    let path = folder.join(name).to_str().unwrap().to_owned();
    let begin = ["simulate", "--seed", "1", "--out", &path];
    let output = callweave(&[&begin, arguments].concat());
    assert!(output.status.success());
    (path, text(&output.stderr))
}

fn check(arguments: &[&str], exit_code: i32) -> String {
    let output = callweave(&[&["check"], arguments].concat());
    assert_eq!(output.status.code(), Some(exit_code), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn check_json(arguments: &[&str], exit_code: i32) -> Value {
    serde_json::from_str(&check(&[arguments, &["--json"]].concat(), exit_code)).unwrap()
}

/// The number that stands after the word.
fn number_after(text: &str, word: &str) -> u64 {
    let (_, rest) = text.split_once(&format!("{word} ")).unwrap();
    rest.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

/// Pairs of parent and child by the link rule.
fn count_links(path: &str) -> u64 {
    let field = |call: &Value, name: &str| call[name].as_i64();
    let calls: Vec<(String, String, i64, i64)> = read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| {
            let call: Value = serde_json::from_str(line).unwrap();
            let address = |name: &str| {
                let text = call[name].as_str().unwrap();
                text.parse().map_or_else(|_| text.to_lowercase(), |ip: std::net::IpAddr| ip.to_string())
            };
            let start_ms = call["start_at_ms"].as_f64().unwrap() as i64;
            let latency_ms = call["latency_msec"].as_f64();
            let end_ms = field(&call, "end_at_ms").unwrap_or_else(|| start_ms + latency_ms.unwrap() as i64);
            (address("src_ip"), address("dst_ip"), start_ms, end_ms)
        })
        .collect();
    let children = |parent: &(String, String, i64, i64)| {
        let covered = calls.iter().filter(|c| c.2 >= parent.2 && c.3 <= parent.3 && c.0 == parent.1);
        covered.count() as u64
    };
    calls.iter().map(children).sum()
}

#[test]
fn the_counts_by_reason_are_those_of_the_simulator() {
    let folder = tempfile::tempdir().unwrap();
    let shares = [
        "--malformed",
        "0.01",
        "--invalid",
        "0.02",
        "--inconsistent",
        "0.03",
        "--too-long",
        "0.04",
        "--future",
        "0.05",
        "--late",
        "0.06",
        "--duplicate",
        "0.07",
    ];
    let (path, summary) = simulate(folder.path(), "calls", &[&["--calls", "5000"], &shares[..]].concat());
    let facts = check_json(&[&path], 1);
    for reason in ["malformed", "invalid", "inconsistent", "too_long", "future", "late"] {
        let rejects = &facts["records"]["rejected_by_reason"][reason];
        assert_eq!(rejects["count"], number_after(&summary, reason), "{reason}");
        assert_eq!(rejects["examples"].as_array().unwrap().len(), 3);
    }
    let duplicates = number_after(&summary, "duplicates:");
    assert_eq!(facts["load"]["sample"]["repeats"], duplicates);
    assert_eq!(facts["records"]["accepted"], 5000 + duplicates);
    assert_eq!(facts["records"]["read"], number_after(&summary, "records:"));
}

#[test]
fn a_clean_input_is_exit_code_0_and_its_report_has_every_section() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = simulate(folder.path(), "calls", &["--calls", "2000", "--rate", "100"]);
    let report = check(&[&path], 0);
    for line in [
        "records of ",
        "\nlatency of 2000 calls, ms\n",
        "\ndisorder of 2000 calls, ",
        "\nadvice\n  set max-out-of-order-ms to ",
        " and leave max-latency-ms at 20000: no call is late, with reserve\n",
        "\nload of 2000 valid calls\n",
        "\nlinks of all valid calls\n",
    ] {
        assert!(report.contains(line), "{line}\n{report}");
    }
    assert!(!report.contains("partitions"), "a file is one partition");
}

#[test]
fn links_per_call_of_a_steady_stream_are_those_of_the_link_rule() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = simulate(folder.path(), "calls", &["--calls", "4000", "--rate", "200"]);
    let facts = check_json(&[&path], 0);
    let sample = &facts["load"]["sample"];
    assert_eq!(sample["is_whole"], true);
    let links = sample["links_per_call"].as_f64().unwrap() * 4000.0;
    assert!((links - count_links(&path) as f64).abs() < 0.5, "{links}");
}

#[test]
fn a_file_is_checked_the_same_compressed_or_from_stdin() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--calls", "500", "--malformed", "0.1", "--end-at-ms", "1700000000000"];
    let mut expected = Value::Null;
    for name in ["calls", "calls.gz", "calls.zst"] {
        let (path, _) = simulate(folder.path(), name, &arguments);
        let mut facts = check_json(&[&path], 1);
        facts["inputs"].take();
        facts["partitions"].take();
        match &expected {
            Value::Null => expected = facts,
            expected => assert_eq!(*expected, facts),
        }
        let stdin = File::open(path).unwrap();
        let output = command(&["check", "-", "--json"]).stdin(stdin).output().unwrap();
        let mut facts: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(facts["inputs"].take()[0], "-");
        facts["partitions"].take();
        assert_eq!(expected, facts);
    }
}

#[test]
fn each_file_is_a_partition_and_named_with_its_lines() {
    let folder = tempfile::tempdir().unwrap();
    let (many, _) = simulate(folder.path(), "many", &["--calls", "300"]);
    let few = folder.path().join("few").to_str().unwrap().to_owned();
    std::fs::write(&few, "{\n").unwrap();
    let facts = check_json(&[&many, &few], 1);
    assert_eq!(facts["inputs"], serde_json::json!([many, few]));
    assert_eq!(facts["partitions"]["all"][1]["records"], 1);
    let example = &facts["records"]["rejected_by_reason"]["malformed"]["examples"][0];
    assert_eq!(example["place"], format!("{few}, line 1"));
    assert!(check(&[&many, &few], 1).contains("\npartitions: the largest has 1.99 times the mean\n"));
}

#[test]
fn show_and_top_say_how_much_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = simulate(folder.path(), "calls", &["--calls", "1000", "--invalid", "0.1"]);
    let facts = check_json(&[&path, "--show", "7", "--top", "2"], 1);
    assert_eq!(facts["records"]["rejected_by_reason"]["invalid"]["examples"].as_array().unwrap().len(), 7);
    assert_eq!(facts["load"]["hottest"].as_array().unwrap().len(), 2);
}

#[test]
fn the_options_of_the_job_decide() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = simulate(folder.path(), "calls", &["--calls", "1000"]);
    let count = |option: &str, value: &str, reason: &str| {
        let facts = check_json(&[&path, option, value], 1);
        facts["records"]["rejected_by_reason"][reason]["count"].as_u64().unwrap()
    };
    assert!(count("--max-out-of-order-ms", "1000", "late") > 10);
    assert!(count("--max-latency-ms", "100", "too_long") > 10);
    assert_eq!(count("--max-record-bytes", "10", "malformed"), 1000);
}

#[test]
fn the_json_object_has_these_parts() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = simulate(folder.path(), "calls", &["--calls", "100"]);
    let facts = check_json(&[&path], 0);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    let expected = [
        (
            "",
            "advice disorder findings inputs latency load max_latency_ms max_links max_out_of_order_ms \
             partitions records units",
        ),
        ("/advice", "accepted late max_latency_ms max_out_of_order_ms too_long"),
        ("/records", "accepted formats read rejected rejected_by_reason"),
        ("/latency", "below_300_ms calls long_without_end max_ms p50_ms p90_ms p99_9_ms p99_ms"),
        ("/disorder", "behind calls choices histogram needed"),
        ("/partitions", "all skew"),
        ("/partitions/all/0", "first_start_ms last_start_ms name records share"),
        (
            "/load",
            "addresses_untold called_addresses calling_addresses calls calls_per_s first_start_ms hottest \
             last_start_ms linking_addresses odd odd_calls parents_cost peak_at_ms peak_calls_per_s sample shared_address \
             top_called top_caller value_bytes",
        ),
        ("/load/hottest/0", "address calls calls_per_s links_per_call under_way"),
        (
            "/load/sample",
            "calls calls_above_max_links is_whole links_per_call most_parents mutual repeats result_bytes \
             shared_ids slice_ms slices",
        ),
        ("/load/sample/shared_ids", "calls ids of_several_addresses told_by_both_ends"),
    ];
    for (pointer, expected) in expected {
        assert_eq!(keys(facts.pointer(pointer).unwrap()), expected, "{pointer}");
    }
}

#[test]
fn an_input_that_is_not_lines_of_json_is_named_with_its_cure_and_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let line = r#"{"id":1,"src_ip":"a","dst_ip":"b","start_at_ms":1700000000000,"latency_msec":5}"#;
    let file = path(folder.path(), "calls.json");
    std::fs::write(&file, format!("[{line},{line}]")).unwrap();
    for arguments in [&["check", &file][..], &["link", &file, "-o", "-"], &["compare", &file, &file]] {
        let output = callweave(arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        let says = format!("error: {file} is a JSON array; one call a line is wanted: `jq -c '.[]' {file}`");
        assert!(stderr.lines().count() == 1 && stderr.starts_with(&says), "{stderr}");
        assert!(output.stdout.is_empty());
    }
    let output = callweave_with_input(&["check", "-"], format!("{line},\n").as_bytes());
    let says = "error: the standard input is JSON with a comma at the end; one call a line is wanted: `sed";
    assert!(text(&output.stderr).starts_with(says), "{}", text(&output.stderr));
}

#[test]
fn what_is_found_beside_rejects_is_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let file = path(folder.path(), "seconds.jsonl");
    let line = r#"{"id":1,"src_ip":"a","dst_ip":"b","start_at_ms":1700000000,"latency_msec":0.5}"#;
    std::fs::write(&file, line).unwrap();
    let report = check(&[&file], 1);
    assert!(report.contains("\n  accepted                              1  100.00 %\n"), "{report}");
    assert!(report.contains("\nfound\n  start_at_ms looks like seconds, "), "{report}");
}

#[test]
fn a_folder_and_a_file_that_is_cut_are_one_clear_line() {
    let folder = tempfile::tempdir().unwrap();
    let folder_path = folder.path().to_str().unwrap().to_owned();
    let mut expected = vec![(folder_path.clone(), format!("{folder_path} is a folder; files are wanted"))];
    for (name, kind) in [("calls.gz", "gzip"), ("calls.zst", "zstd")] {
        let (file, _) = simulate(folder.path(), name, &["--calls", "3000"]);
        let whole = std::fs::read(&file).unwrap();
        std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
        expected.push((file, format!(": the file ends in the middle of its {kind} data")));
    }
    for (file, says) in expected {
        for arguments in [&["check", &file][..], &["link", &file, "-o", "-"]] {
            let output = callweave(arguments);
            let stderr = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{stderr}");
            assert!(stderr.lines().count() == 1 && stderr.contains(&says), "{stderr}");
        }
    }
}

#[test]
fn an_empty_file_has_nothing_to_check_and_nothing_to_link() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (path(folder.path(), "empty"), path(folder.path(), "linked"));
    std::fs::write(&file, "").unwrap();
    let checked = callweave(&["check", &file]);
    assert_eq!(checked.status.code(), Some(2));
    assert_eq!(
        text(&checked.stderr),
        format!("error: {file} has no records: there is nothing to check; give an input with calls\n")
    );
    let linked = callweave(&["link", &file, "-o", &out]);
    assert_eq!(linked.status.code(), Some(0));
    assert!(text(&linked.stderr).ends_with("\nthe input is empty: there was nothing to link\n"));
    assert_eq!(std::fs::read(&out).unwrap(), b"");
}

#[test]
fn link_says_so_where_no_line_is_a_call() {
    let folder = tempfile::tempdir().unwrap();
    let file = path(folder.path(), "lines");
    for lines in ["[1,2]\n", "null\nnull\n", "hello\nworld\n", "{}\r\n"] {
        std::fs::write(&file, lines).unwrap();
        let linked = callweave(&["link", &file, "-o", "-"]);
        assert_eq!((linked.status.code(), text(&linked.stdout)), (Some(0), String::new()));
        let stderr = text(&linked.stderr);
        assert!(stderr.contains("no line of the input is a call that can be linked"), "{stderr}");
    }
}

#[test]
fn errors_are_one_line_and_exit_code_2() {
    for (arguments, says) in [
        (&["check", "/nowhere/calls"][..], "cannot read /nowhere/calls"),
        (&["check", "/dev/null"], "/dev/null has no records"),
        (&["check", "kafka:calls", "--bootstrap", "127.0.0.1:1"], "no Kafka broker answers at 127.0.0.1:1"),
    ] {
        let output = callweave(arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.starts_with("error: ") && stderr.contains(says), "{stderr}");
        assert!(output.stdout.is_empty());
    }
    for arguments in [&["check"][..], &["check", "-", "--show", "1001"], &["check", "-", "--bucket-ms", "0"]]
    {
        assert_eq!(callweave(arguments).status.code(), Some(2));
    }
}

#[test]
fn help_tells_examples_sections_and_exit_codes() {
    let output = callweave(&["check", "--help"]);
    for part in ["Examples:", "Sections of the report:", "How it judges:", "Memory:", "Exit codes: 0 "] {
        assert!(text(&output.stdout).contains(part), "{part}");
    }
}
