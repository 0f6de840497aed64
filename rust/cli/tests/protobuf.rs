//! Messages in files, as a user reads and writes them.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs::{read, read_to_string, write};

use callweave_core::protobuf::v1::{linked_call, Call, LinkedCall};
use prost::Message;
use support::{callweave, path, text};

/// Simulated calls with all kinds of faults.
fn simulate(out: &str, more: &[&str]) {
    let faults = ["--malformed", "0.05", "--invalid", "0.2", "--inconsistent", "0.05", "--duplicate", "0.05"];
    let arguments =
        ["simulate", "--calls", "2000", "--seed", "7", "--end-at-ms", "1700000000000", "--id", "counter"];
    let output = callweave(&[&arguments[..], &faults, &["--out", out], more].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
}

fn messages<M: Message + Default>(file: &str) -> Vec<M> {
    let bytes = read(file).unwrap();
    let mut rest = bytes.as_slice();
    let mut messages = Vec::new();
    while !rest.is_empty() {
        messages.push(M::decode_length_delimited(&mut rest).unwrap());
    }
    messages
}

/// The summary of a link without its time.
fn summary(stderr: &[u8]) -> String {
    let said = text(stderr);
    let line = said.lines().find(|line| line.starts_with("read ")).unwrap();
    line.split(';').next().unwrap().to_owned()
}

#[test]
fn messages_of_the_users_own_are_read_by_a_map_and_a_descriptor_set() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| path(folder.path(), name);
    let set = protox::compile(["callweave.proto"], ["../../proto"]).unwrap();
    write(file("calls.desc"), set.encode_to_vec()).unwrap();
    let arguments = ["--calls", "2000", "--seed", "7", "--end-at-ms", "1700000000000", "--out"];
    let output = callweave(&[&["simulate"], &arguments[..], &[&file("calls.pb")]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let message = format!("{}:callweave.v1.Call", file("calls.desc"));
    let map = "id=id,src_ip=src_ip,dst_ip=dst_ip,start_at_ms=start_at_ms,latency_msec=latency_msec,end_at_ms=end_at_ms";
    let own = ["--input-message", &message, "--map", map];
    for order in [&["--sort"][..], &[]] {
        for (out, how) in [("own.jsonl", &own[..]), ("built-in.jsonl", &[])] {
            let output = callweave(&[&["link", &file("calls.pb"), "-o", &file(out)], order, how].concat());
            assert!(output.status.success(), "{}", text(&output.stderr));
        }
        let linked = read_to_string(file("own.jsonl")).unwrap();
        assert!(linked.lines().count() == 2000 && linked == read_to_string(file("built-in.jsonl")).unwrap());
    }
    let checked = callweave(&[&["check", &file("calls.pb")], &own[..]].concat());
    assert!(checked.status.success(), "{}", text(&checked.stdout));
    let refused = |message: &str, map: &str| {
        let how = ["--input-message", message, "--map", map];
        let output = callweave(&[&["link", &file("calls.pb"), "-o", "/dev/null"], &how[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{message} {map}");
        text(&output.stderr).to_owned()
    };
    let unknown = map.replace("id=id", "id=span");
    for (said, says) in [
        (refused("calls.desc", map), "FILE:NAME is wanted"),
        (refused("/nowhere/calls.desc:a.B", map), "cannot read /nowhere/calls.desc"),
        (
            refused(&message.replace("Call", "Span"), map),
            "names the message callweave.v1.Span, which is not in",
        ),
        (refused(&message, &unknown), "--map reads span, which callweave.v1.Call has not; it has dst_ip, "),
    ] {
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn calls_in_protobuf_are_linked_as_the_same_calls_in_json() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| path(folder.path(), name);
    simulate(&file("calls.jsonl"), &[]);
    simulate(&file("calls.pb.zst"), &[]);
    for (input, out) in [
        ("calls.jsonl", "linked.jsonl"),
        ("calls.pb.zst", "linked.pb"),
        ("calls.pb.zst", "from-messages.jsonl"),
        ("calls.jsonl", "to-messages.pb.gz"),
    ] {
        let output = callweave(&["link", "--sort", &file(input), "-o", &file(out)]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let expected = callweave(&["link", "--sort", &file("calls.jsonl"), "-o", "/dev/null"]);
        assert_eq!(summary(&output.stderr), summary(&expected.stderr), "{out}");
        let compared = callweave(&["compare", &file("linked.jsonl"), &file(out)]);
        assert_eq!(compared.status.code(), Some(0), "{out}: {}", text(&compared.stdout));
    }
    let linked: Vec<LinkedCall> = messages(&file("linked.pb"));
    assert!(linked.iter().any(|call| !call.parents.is_empty() && !call.children.is_empty()));
    assert!(linked.iter().any(|call| matches!(call.call_id, Some(linked_call::CallId::IdInteger(_)))));
    // What was linked can be linked again.
    let again = callweave(&["link", "--sort", &file("linked.pb"), "-o", &file("again.pb")]);
    assert!(again.status.success(), "{}", text(&again.stderr));
    assert_eq!(callweave(&["compare", &file("linked.pb"), &file("again.pb")]).status.code(), Some(0));
}

#[test]
fn check_says_of_messages_what_it_says_of_json() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| path(folder.path(), name);
    let records = |input: &str, more: &[&str]| {
        let output = callweave(&[&["check", &file(input), "--json"], more].concat());
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        let facts: serde_json::Value = serde_json::from_str(&text(&output.stdout)).unwrap();
        let count = |reason: &str| facts["records"]["rejected_by_reason"][reason]["count"].as_u64().unwrap();
        let reasons = ["malformed", "invalid", "inconsistent", "late"].map(count);
        (
            facts["records"]["read"].as_u64(),
            reasons,
            facts["latency"].to_string(),
            facts["load"]["links"].to_string(),
        )
    };
    simulate(&file("calls.jsonl"), &[]);
    simulate(&file("calls.pb"), &[]);
    simulate(&file("calls"), &["--output-format", "protobuf"]);
    assert_eq!(records("calls.pb", &[]), records("calls.jsonl", &[]));
    assert_eq!(records("calls", &["--input-format", "protobuf"]), records("calls.jsonl", &[]));
}

#[test]
fn rejected_messages_keep_their_bytes_and_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| path(folder.path(), name);
    let call = Call { src_ip: "10.0.0.1".to_owned(), ..Call::default() };
    let mut bytes = call.encode_length_delimited_to_vec();
    bytes.extend([3, 0x22, 9, b'a']);
    write(file("calls.pb"), &bytes).unwrap();
    let output = callweave(&["link", &file("calls.pb"), "-o", &file("out"), "--rejects", &file("rejects")]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let rejects = read_to_string(file("rejects")).unwrap();
    let rejects: Vec<serde_json::Value> =
        rejects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&rejects[0]["detail"], &rejects[0]["line"]), (&"id is missing".into(), &1.into()));
    let cut = "the record is no message: field 4 (src_ip) at byte 0 needs 9 bytes, 1 are left";
    assert_eq!((&rejects[1]["detail"], &rejects[1]["line"]), (&cut.into(), &2.into()));
    assert_eq!(rejects[1]["value"], "\"\ta");
}

#[test]
fn a_file_that_ends_within_a_message_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = path(folder.path(), "calls.pb");
    let whole = Call::default().encode_length_delimited_to_vec();
    write(&file, [&whole[..], &[5, 1, 2]].concat()).unwrap();
    for arguments in [&["check", &file][..], &["link", &file, "-o", "-"]] {
        let output = callweave(arguments);
        assert_eq!(output.status.code(), Some(2));
        let said =
            format!("error: {file} ends within message 2: messages are wanted, each behind its length");
        assert!(text(&output.stderr).contains(&said), "{}", text(&output.stderr));
    }
}

#[test]
fn json_that_is_read_as_messages_is_told_to_be_json() {
    let folder = tempfile::tempdir().unwrap();
    let file = path(folder.path(), "calls");
    write(&file, "{\"id\":1,\"src_ip\":\"10.0.0.1\"}\n").unwrap();
    let output = callweave(&["link", &file, "-o", "-", "--input-format", "protobuf"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--input-format json reads"), "{}", text(&output.stderr));
}

#[test]
fn what_messages_cannot_have_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| path(folder.path(), name);
    for name in ["a.pb", "b.jsonl"] {
        write(file(name), "").unwrap();
    }
    for (arguments, says) in [
        (&["link", "a.pb", "-o", "/dev/null", "--map", "zipkin"][..], "--map reads JSON"),
        (&["link", "a.pb", "-o", "/dev/null", "--pass-through"], "--pass-through passes on"),
        (&["link", "b.jsonl", "-o", "c.pb", "--pass-through"], "--pass-through passes on"),
        (&["link", "a.pb", "b.jsonl", "-o", "/dev/null"], "some of the inputs are protobuf by their names"),
        (&["check", "a.pb", "b.jsonl"], "some of the inputs are protobuf by their names"),
        (&["show", "a.pb"], "a.pb has messages, by its name, and JSON lines are wanted"),
        (&["report", "b.jsonl", "a.pb", "-o", "c.html"], "a.pb has messages, by its name"),
    ] {
        let output = support::command(arguments).current_dir(folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(says), "{arguments:?}: {}", text(&output.stderr));
    }
}
