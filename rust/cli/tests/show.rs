//! `callweave show` as a user calls it, without Kafka.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs::{read, write};
use std::path::Path;

use support::{callweave, callweave_with_input, path, text};

/// A chain of two calls, with a name that a terminal would act on.
fn chain(id: &str, total_ms: i64) -> String {
    let hop = |id: &str, parent: &str, depth: u32, dst: &str| {
        format!(
            r#"{{"id":{id},"parent":{parent},"confidence":0.85,"src":"client","dst":"{dst}","start_at_ms":1000,"end_at_ms":{},"depth":{depth},"self_msec":1,"critical_msec":1}}"#,
            1000 + total_ms
        )
    };
    let hops = [hop(id, "null", 1, "ma\\u001b[2Jin"), hop("\"child\"", id, 2, "grüße\u{9b}")].join(",");
    format!(
        r#"{{"chain":{id},"start_at_ms":1000,"total_msec":{total_ms},"calls":2,"depth":2,"width":1,"confidence":0.85,"hops":[{hops}]}}"#
    )
}

fn file(folder: &Path, lines: &[String]) -> String {
    let file = path(folder, "chains.jsonl");
    write(&file, lines.join("\n")).unwrap();
    file
}

fn five(folder: &Path) -> String {
    let ids = [("\"a\"", 10), ("\"b\"", 50), ("7", 30), ("\"7\"", 20), ("\"e\"", 40)];
    file(folder, &ids.map(|(id, total_ms)| chain(id, total_ms)))
}

/// The ids of the chains that are drawn, in order.
fn drawn(arguments: &[&str]) -> Vec<String> {
    let output = callweave(&[&["show"], arguments].concat());
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    let heads = text(&output.stdout);
    let ids = heads.lines().filter_map(|line| line.strip_prefix("chain "));
    ids.map(|line| line.split("  ").next().unwrap().to_owned()).collect()
}

#[test]
fn the_slowest_chains_are_drawn_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let five = five(folder.path());
    assert_eq!(drawn(&[&five]), ["b", "e", "7"]);
    assert_eq!(drawn(&[&five, "--slowest", "1"]), ["b"]);
    assert_eq!(drawn(&[&five, "--slowest", "9"]), ["b", "e", "7", "\"7\"", "a"]);
    let output = text(&callweave(&["show", &five]).stdout);
    assert!(output.ends_with("the 3 slowest of 5 chains; --slowest N shows more\n"), "{output}");
}

#[test]
fn the_chains_with_a_call_are_found_by_its_id_as_text_or_in_quotes() {
    let folder = tempfile::tempdir().unwrap();
    let five = five(folder.path());
    assert_eq!(drawn(&[&five, "--id", "a"]), ["a"]);
    assert_eq!(drawn(&[&five, "--id", "7"]), ["7", "\"7\""]);
    assert_eq!(drawn(&[&five, "--id", "\"7\""]), ["\"7\""]);
    assert_eq!(drawn(&[&five, "--id", "child"]).len(), 5);
    let missing = callweave(&["show", &five, "--id", "nobody"]);
    assert_eq!(missing.status.code(), Some(1));
    assert_eq!(text(&missing.stderr), format!("{five} has no chain with a call of this id\n"));
}

#[test]
fn chains_are_read_compressed_and_from_stdin() {
    let folder = tempfile::tempdir().unwrap();
    let five = five(folder.path());
    let plain = callweave(&["show", &five]).stdout;
    let compressed = path(folder.path(), "chains.zst");
    write(&compressed, zstd::encode_all(&*read(&five).unwrap(), 0).unwrap()).unwrap();
    assert_eq!(callweave(&["show", &compressed]).stdout, plain);
    assert_eq!(callweave_with_input(&["show", "-"], &read(&five).unwrap()).stdout, plain);
}

#[test]
fn no_control_character_reaches_the_terminal_and_colours_only_where_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let five = five(folder.path());
    let output = text(&callweave(&["show", &five]).stdout);
    assert!(output.contains("ma\\u{1b}[2Jin") && output.contains("grüße\\u{9b}"), "{output}");
    assert!(!output.chars().any(|char| char.is_control() && char != '\n'), "{output:?}");
    let ascii = text(&callweave(&["show", &five, "--ascii"]).stdout);
    assert!(ascii.is_ascii() && ascii.contains("client -> ma"), "{ascii}");
    let colored = text(&callweave(&["show", &five, "--color", "always"]).stdout);
    assert!(colored.contains("\x1b[1;33m") && !colored.contains("\x1b[2J"), "{colored:?}");
}

#[test]
fn records_that_are_no_chain_are_counted_and_an_input_without_a_chain_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mixed = file(folder.path(), &[chain("\"a\"", 10), "{\"id\":7}".into(), "7".into()]);
    let output = callweave(&["show", &mixed]);
    let stderr = text(&output.stderr);
    assert_eq!((output.status.code(), stderr.lines().count()), (Some(0), 1), "{stderr}");
    assert!(stderr.contains("2 records are no chain; the first: line 2: missing field `chain`"), "{stderr}");
    let none = file(folder.path(), &["{\"id\":7}".into()]);
    let output = callweave(&["show", &none]);
    let stderr = text(&output.stderr);
    assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
    assert!(stderr.contains("has no chain; line 1: missing field `chain`"), "{stderr}");
    let empty = callweave(&["show", "/dev/null"]);
    assert_eq!((empty.status.code(), text(&empty.stderr)), (Some(1), "/dev/null has no chain\n".into()));
}
