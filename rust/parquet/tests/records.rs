//! What the kernels write, as rows and back.

#![allow(clippy::unwrap_used)]

use std::io::Write;

use callweave_parquet::{Rows, Table, Writer};
use proptest::prelude::*;
use serde_json::{json, Value};

const LINKED: &str = include_str!("../../core/tests/golden/linked-v1.jsonl");
const CHAINS: &str = include_str!("../../core/tests/golden/chains-v1.jsonl");
const WINDOWS: &str = include_str!("../../core/tests/golden/windows-v1.jsonl");
const ALERTS: &str = concat!(
    r#"{"kind":"alert","rule":"new","state":"firing","of":"edge","src":"shop","dst":"cart","since_ms":1700000040000,"#,
    r#""window_start_ms":1700000160000,"window_end_ms":1700000220000,"figure":"count","expected":0,"seen":210,"#,
    r#""count":210,"exemplars":["a",7]}"#,
    "\n",
    r#"{"kind":"alert","rule":"without-parent","state":"resolved","why":"usual","of":"entry","all":true,"#,
    r#""since_ms":0,"window_start_ms":60000,"window_end_ms":120000,"figure":"without_parent","expected":0.0125,"#,
    r#""seen":0.5000,"count":1,"exemplars":[]}"#,
    "\n",
);
const REJECTS: &str = concat!(
    r#"{"reason":"late","detail":"it came\nlate","source":"calls","split":3,"position":9007199254740993,"value":"{\"id\":1}"}"#,
    "\n",
    r#"{"reason":"malformed","detail":"","source":"calls","split":0,"position":0,"value":null}"#,
    "\n",
    r#"{"reason":"malformed","detail":"not UTF-8","source":"calls","split":0,"position":1,"value_base64":"/w=="}"#,
    "\n",
);
const REJECTED_LINES: &str =
    "{\"reason\":\"invalid\",\"detail\":\"id\",\"file\":\"a.jsonl\",\"line\":12,\"value\":\"{}\"}\n";

fn file_of(table: Table, pieces: &[&[u8]]) -> std::fs::File {
    let mut writer = Writer::new(table).unwrap();
    let mut file = tempfile::tempfile().unwrap();
    for piece in pieces {
        writer.push(piece).unwrap();
        file.write_all(&writer.take()).unwrap();
    }
    writer.finish().unwrap();
    file.write_all(&writer.take()).unwrap();
    file
}

fn read(file: std::fs::File) -> String {
    let mut rows = Rows::open(file).unwrap();
    let mut lines = Vec::new();
    while let Some(more) = rows.next().unwrap() {
        lines.extend_from_slice(&more);
    }
    assert_eq!(rows.read(), rows.count());
    String::from_utf8(lines).unwrap()
}

/// A record as it is read back: ids are texts, what is null is left out, numbers have no spelling.
fn as_read(value: &Value, is_id: bool) -> Value {
    const IDS: [&str; 7] = ["id", "parent", "parents", "children", "chain", "critical_path", "exemplars"];
    match value {
        Value::Number(number) if is_id => json!(number.to_string()),
        Value::Number(number) if !number.is_i64() => match number.as_f64() {
            Some(number) if number.fract() == 0.0 => json!(number as i64),
            _ => value.clone(),
        },
        Value::Array(items) => items.iter().map(|item| as_read(item, is_id)).collect(),
        Value::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), as_read(value, IDS.contains(&name.as_str()))))
            .collect(),
        _ => value.clone(),
    }
}

fn records(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| as_read(&serde_json::from_str(line).unwrap(), false)).collect()
}

#[test]
fn every_field_that_is_written_comes_back() {
    let all = [
        (Table::Links, LINKED),
        (Table::Chains, CHAINS),
        (Table::Edges, WINDOWS),
        (Table::Alerts, ALERTS),
        (Table::Rejects, REJECTS),
        (Table::RejectedLines, REJECTED_LINES),
    ];
    for (table, lines) in all {
        let mut wanted = records(lines);
        if table == Table::Links {
            // One has a field that was passed through, which has no column.
            let passed = wanted.iter_mut().filter_map(|record| record.as_object_mut()?.remove("tag"));
            assert_eq!(passed.count(), 1);
        }
        let found = records(&read(file_of(table, &[lines.as_bytes()])));
        assert!(!found.is_empty());
        assert_eq!(found, wanted, "{table:?}");
    }
}

#[test]
fn fields_without_a_column_are_left_out_whatever_they_hold() {
    let line =
        br#"{"more":{"id":"x","list":[{"}":"]"},1e400,-0.5E+3]},"id":"\u00fc\ud83d\ude00\"","z":[true,{}]}"#;
    assert_eq!(records(&read(file_of(Table::Links, &[line]))), [json!({"id": "ü😀\""})]);
}

#[test]
fn integers_as_ids_keep_all_their_digits() {
    let lines = b"{\"id\":123456789012345678901234567890}\n{\"id\":-7}\n{\"id\":\"007\"}\n";
    let ids = [json!({"id": "123456789012345678901234567890"}), json!({"id": "-7"}), json!({"id": "007"})];
    assert_eq!(records(&read(file_of(Table::Links, &[lines]))), ids);
}

#[test]
fn a_file_without_records_has_no_rows() {
    assert_eq!(read(file_of(Table::Edges, &[])), "");
}

#[test]
fn what_is_no_row_is_refused_with_the_name_of_the_field() {
    for (line, says) in [
        (r#"{"id":"a","start_at_ms":"soon"}"#, "start_at_ms"),
        (r#"{"id":"a","parents":"b"}"#, "parents"),
        ("[1]", "Links"),
        (r#"{"id":"#, "Links"),
    ] {
        let mut writer = Writer::new(Table::Links).unwrap();
        let result = writer.push(line.as_bytes()).and_then(|()| writer.finish());
        let error = result.unwrap_err().to_string();
        assert!(
            error.starts_with("a record of Links is no row of its columns") && error.contains(says),
            "{error}"
        );
    }
}

#[test]
fn a_file_that_was_cut_or_is_another_is_refused() {
    let bytes = |file: std::fs::File| {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut { file }, &mut bytes).unwrap();
        bytes
    };
    let mut whole = file_of(Table::Links, &[LINKED.as_bytes()]);
    std::io::Seek::rewind(&mut whole).unwrap();
    let whole = bytes(whole);
    for text in [&whole[..whole.len() - 1], &whole[..6], b"{\"id\":\"a\"}\n", b""] {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text).unwrap();
        let error = Rows::open(file).err().unwrap().to_string();
        assert!(error.starts_with("it is no whole Parquet file"), "{error}");
    }
}

proptest! {
    #[test]
    fn rows_are_those_of_the_lines_wherever_a_push_ends(ends in prop::collection::vec(0usize..LINKED.len(), 0..9)) {
        let mut ends = ends;
        ends.sort_unstable();
        let mut pieces = Vec::new();
        let mut begin = 0;
        for end in ends.into_iter().chain([LINKED.len()]) {
            pieces.push(&LINKED.as_bytes()[begin..end]);
            begin = end;
        }
        prop_assert_eq!(read(file_of(Table::Links, &pieces)), read(file_of(Table::Links, &[LINKED.as_bytes()])));
    }
}
