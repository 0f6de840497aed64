//! What is written is JSON that every reader takes, whatever was read.

use crate::common::{run, Settings};
use proptest::prelude::*;
use serde_json::Value;

/// JSON strings with escapes, half characters among them.
fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z0-9 .:/%-]{1,3}",
        "\\PC",
        Just(r"\ud800".to_owned()),
        Just(r"\udc00".to_owned()),
        Just(r"\ud83d\ude00".to_owned()),
        Just(r#"\""#.to_owned()),
        Just(r"\\".to_owned()),
        Just(r"\u0000".to_owned()),
        Just("\u{7f}".to_owned()),
        Just("\t".to_owned()),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

/// Numbers by JSON's grammar and beside it. A number beyond an f64 is JSON, too, but [`Value`] has none.
fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?(0|[1-9][0-9]{0,4})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?",
        "[-+0-9.eE]{1,5}",
        "1[0-9]{3}",
        Just("NaN".to_owned()),
        Just("Infinity".to_owned()),
    ]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        string(),
        number(),
        number().prop_map(|number| format!("\"{number}\"")),
        Just("null".to_owned()),
        (string(), string(), number()).prop_map(|(a, b, c)| format!("[{{{a}:[{b},{c}]}}, true ]")),
    ]
}

/// A record that is mostly nearly a call.
fn record() -> impl Strategy<Value = Vec<u8>> {
    let often = |usual: &'static str| prop_oneof![3 => Just(usual.to_owned()), 1 => value()];
    let known = (
        prop_oneof![string(), number()],
        prop_oneof![Just(r#""a""#.to_owned()), string()],
        prop_oneof![Just(r#""a""#.to_owned()), string()],
        often("1000"),
        often("40"),
        often("1040"),
    );
    let others = prop::collection::vec((string(), value()), 0..3);
    let front = prop_oneof![4 => Just(""), 1 => Just("\u{feff}")];
    (front, known, others).prop_map(|(front, (id, src, dst, start, latency, end), others)| {
        let others: String = others.iter().map(|(name, value)| format!(",{name}:{value}")).collect();
        format!(
            r#"{front}{{"id":{id},"src_ip":{src},"dst_ip":{dst},"start_at_ms":{start},"latency_msec":{latency},"end_at_ms":{end}{others}}}"#
        )
        .into_bytes()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_call_that_is_written_is_json_for_a_strict_reader(
        records in prop::collection::vec(record(), 1..12),
        pass_through: bool,
    ) {
        let settings = Settings { pass_through, ..Settings::default() };
        for (key, value) in run(&settings, &[records]) {
            let call: Value = match serde_json::from_str(&value) {
                Ok(call) => call,
                Err(error) => return Err(TestCaseError::fail(format!("{error}: {value}"))),
            };
            prop_assert!(call["start_at_ms"].is_i64() && call["end_at_ms"].is_i64(), "{}", value);
            prop_assert!(call["latency_msec"].is_number(), "{}", value);
            let id = value.strip_prefix("{\"id\":").unwrap_or_default();
            prop_assert!(id.trim_start_matches('"').starts_with(&key), "{} of {}", key, value);
        }
    }
}

#[test]
fn numbers_in_strings_come_out_as_numbers() {
    let record = r#"{"id":"1","src_ip":"a:80","dst_ip":"b.","start_at_ms":"1000.9","latency_msec":"39.7","end_at_ms":"1040.2"}"#;
    for latency in ["39.7", "40", "41", "4e1"] {
        let records: Vec<Vec<u8>> = [record, record.replace("\"1\"", "\"2\"").as_str()]
            .map(|record| record.replace("39.7", latency).into_bytes())
            .into();
        for (_, value) in run(&Settings::default(), &[records]) {
            let times = format!(
                r#""src_ip":"a:80","dst_ip":"b.","start_at_ms":1000,"latency_msec":{latency},"end_at_ms":1040,"#
            );
            assert!(value.contains(&times), "{value}");
        }
    }
}
