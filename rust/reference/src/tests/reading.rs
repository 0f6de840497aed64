//! Which records are calls, and why the others are not.

use super::{address, call_json, input, WRITTEN_MS};
use crate::integer::{read_integer, read_truncated, Integer};
use crate::{judge, Address, Call, Reason, Rules};

fn read(json: &str) -> Result<Call, Reason> {
    Call::read(Some(json.as_bytes()), Some(WRITTEN_MS), &Rules::default())
}

/// A good call with one field replaced, or left out if `json` is empty.
fn with(field: &str, json: &str) -> String {
    let mut fields = vec![
        ("id", "\"a\""),
        ("src_ip", "\"10.0.0.1\""),
        ("dst_ip", "\"10.0.0.2\""),
        ("start_at_ms", "1000"),
        ("latency_msec", "40"),
        ("end_at_ms", "1040"),
    ];
    fields.retain(|(name, _)| *name != field);
    fields.push((field, json));
    let members: Vec<String> = fields
        .iter()
        .filter(|(_, json)| !json.is_empty())
        .map(|(name, json)| format!("\"{name}\":{json}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

#[test]
fn addresses_are_compared_by_what_they_mean() {
    assert_eq!(address("::1"), address("0:0:0:0:0:0:0:1"));
    assert_eq!(address("::ffff:1.2.3.4"), address("1.2.3.4"));
    assert_eq!(address("Main.Example"), address("main.example"));
    assert_ne!(address("1.2.3.4"), address("1.2.3.5"));
    for (a, b) in [
        ("ÄB", "äb"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("main.example.", "main.example:443"),
        ("10.0.0.2", "10.0.0.2:8080"),
        ("10.0.0.2", "10.0.0.2/32"),
        ("10.0.0.2", "10.0.0.2."),
        ("::1", "[::1]:80"),
        ("::1", "::1/128"),
        ("fe80::1", "[fe80::1%eth0]"),
        ("my_service", "My_Service"),
    ] {
        assert_eq!(address(a), address(b));
    }
}

#[test]
fn what_stands_for_no_address_is_none() {
    for text in [
        "-",
        "Unknown",
        "none",
        "null",
        "N/A",
        "0.0.0.0",
        "::",
        "[::]:80",
        "-:80",
        "",
        ".",
        " ",
        "a b",
        "10.0.0.0/8",
        "::1/32",
        "http://a",
        "a:b",
        "a:",
        "[10.0.0.1]",
        "a%eth0",
        "10.0.0.1%eth0",
        "::1%",
        "a:80:80",
        "[::1]80",
    ] {
        assert_eq!(Address::parse(text), None, "{text}");
    }
}

#[test]
fn usual_and_unusual_spellings_are_valid() {
    for (field, json) in [
        ("id", "7"),
        ("id", "-1e300"),
        ("id", "\"\\u00e9\""),
        ("src_ip", "\"\\u0031.2.3.4\""),
        ("dst_ip", "\"a-host\""),
        ("start_at_ms", "1000.0"),
        ("start_at_ms", "1e3"),
        ("start_at_ms", "\"1000\""),
        ("start_at_ms", "1000.5"),
        ("latency_msec", "\"39.7\""),
        ("latency_msec", "null"),
        ("end_at_ms", "null"),
        ("end_at_ms", "1040.9"),
        ("end_at_ms", "\"\\u0031040\""),
        ("latency_msec", "40.0"),
        ("latency_msec", "39.7"),
        ("latency_msec", "41"),
        ("latency_msec", "39"),
        ("latency_msec", ""),
        ("end_at_ms", ""),
        ("other", "[{}]"),
    ] {
        assert!(read(&with(field, json)).is_ok(), "{field} {json}");
    }
}

#[test]
fn integers_are_read_exactly() {
    let value = |raw| match read_integer(raw) {
        Some(Integer::Value(value)) => Some(value),
        _ => None,
    };
    for (raw, number) in [
        ("40", 40),
        ("-40.0", -40),
        ("1.7e12", 1_700_000_000_000),
        ("1700E-2", 17),
        ("9007199254740993", 9_007_199_254_740_993),
        ("9007199254740993.0", 9_007_199_254_740_993),
        ("0e99999999999999999999", 0),
        ("-0.0", 0),
    ] {
        assert_eq!(value(raw), Some(number), "{raw}");
    }
    for raw in ["39.7", "1e-1", "9007199254740992.5", "1e-99999999999999999999", "\"1\"", "null", "-"] {
        assert_eq!(read_integer(raw), None, "{raw}");
    }
    for (raw, number) in [
        ("39.7", Some(39)),
        ("-39.7", Some(-39)),
        ("1e-1", Some(0)),
        ("123456e-3", Some(123)),
        ("1.23456e2", Some(123)),
        ("0.5e-99999999999999999999", Some(0)),
        ("9223372036854775808.5", None),
        ("-", None),
        ("null", None),
    ] {
        assert_eq!(read_truncated(raw), number, "{raw}");
    }
    for raw in ["1e19", "9223372036854775808", "1e99999999999999999999"] {
        assert_eq!(read_integer(raw), Some(Integer::OutOfRange), "{raw}");
    }
}

#[test]
fn every_rule_of_the_table_is_checked() {
    let long_id = format!("\"{}\"", "x".repeat(257));
    let long_host = format!("\"{}\"", "x".repeat(256));
    for (field, json) in [
        ("id", ""),
        ("id", "\"\""),
        ("id", "1.5"),
        ("id", "1E400"),
        ("id", "null"),
        ("id", "[]"),
        ("id", long_id.as_str()),
        ("src_ip", ""),
        ("src_ip", "5"),
        ("src_ip", "\"\""),
        ("dst_ip", ""),
        ("dst_ip", "null"),
        ("dst_ip", long_host.as_str()),
        ("start_at_ms", ""),
        ("id", "\"\\ud800\""),
        ("src_ip", "\"\\ud800\""),
        ("start_at_ms", "\"1000 \""),
        ("start_at_ms", "\" 1000\""),
        ("start_at_ms", "\"\""),
        ("start_at_ms", "\"NaN\""),
        ("start_at_ms", "\"01000\""),
        ("start_at_ms", "null"),
        ("start_at_ms", "-1"),
        ("start_at_ms", "9007199254740993"),
        ("start_at_ms", "true"),
        ("latency_msec", "-1"),
        ("latency_msec", "1e999"),
        ("latency_msec", "\"Infinity\""),
        ("end_at_ms", "\"x\""),
        ("end_at_ms", "1e99"),
    ] {
        assert_eq!(read(&with(field, json)), Err(Reason::Invalid), "{field} {json}");
    }
}

#[test]
fn what_is_no_json_object_is_malformed() {
    let cut = &call_json("a", 1, 2, 1000, 1040)[..30];
    for text in ["", "[]", "7", "{", cut, "{}{}"] {
        assert_eq!(read(text), Err(Reason::Malformed), "{text}");
    }
    let rules = Rules::default();
    assert_eq!(Call::read(None, None, &rules), Err(Reason::Malformed));
    assert_eq!(Call::read(Some(b"{\"a\":\"\xff\"}"), None, &rules), Err(Reason::Malformed));
    let oversize = with("other", &format!("\"{}\"", "x".repeat(65_536)));
    assert_eq!(read(&oversize), Err(Reason::Malformed));
}

#[test]
fn half_a_surrogate_pair_is_invalid_where_it_would_be_passed_through() {
    let passing = Rules { pass_through: true, ..Rules::default() };
    for json in [r#"{"x":"\ud800","#, r#"{"x":{"\udc00\ud800":1},"#, r#"{"\ud800":1,"#] {
        let json = with("id", "1").replacen('{', json, 1);
        assert!(read(&json).is_ok(), "{json}");
        assert_eq!(Call::read(Some(json.as_bytes()), None, &passing), Err(Reason::Invalid), "{json}");
    }
    let whole = with("id", "1").replacen('{', r#"{"x":"\\ud800\ud83d\ude00","#, 1);
    assert!(Call::read(Some(whole.as_bytes()), None, &passing).is_ok());
}

#[test]
fn a_byte_order_mark_is_skipped() {
    assert!(read(&format!("\u{feff}{}", with("id", "1"))).is_ok());
}

#[test]
fn reasons_are_looked_for_in_order() {
    let future_ms = WRITTEN_MS + 3_600_000;
    let times = |start: i64, latency: i64, end: i64| {
        format!(
            r#"{{"id":"a","src_ip":"b","dst_ip":"c","start_at_ms":{start},"latency_msec":{latency},"end_at_ms":{end}}}"#
        )
    };
    assert_eq!(read("{}"), Err(Reason::Invalid));
    assert_eq!(read(&times(1000, 30_000, 1005)), Err(Reason::Inconsistent));
    assert_eq!(read(&times(1000, 40, 1042)), Err(Reason::Inconsistent));
    assert_eq!(read(&times(1000, 40, -5)), Err(Reason::Inconsistent));
    let endless = r#"{"id":"a","src_ip":"b","dst_ip":"c","start_at_ms":1,"latency_msec":1e300}"#;
    assert_eq!(read(endless), Err(Reason::TooLong));
    let (start, endless) = (1_700_000_000_073, 99_999_999_999_999_999);
    assert_eq!(read(&times(start, endless, start + endless)), Err(Reason::TooLong));
    assert_eq!(read(&times(1000, 20_001, 21_001)), Err(Reason::TooLong));
    assert_eq!(read(&times(future_ms, 20_001, future_ms + 20_001)), Err(Reason::TooLong));
    assert_eq!(read(&times(future_ms, 1, future_ms + 1)), Err(Reason::Future));
    let edge_ms = WRITTEN_MS + 10_000;
    assert!(read(&times(edge_ms, 1, edge_ms + 1)).is_ok());
    assert!(read(&times(1000, 20_000, 21_000)).is_ok());
}

#[test]
fn a_latency_is_the_double_that_is_nearest_to_its_text() {
    let text = "4444444448.88844888888e-8";
    let call = read(&with("end_at_ms", "").replace(":40", &format!(":{text}"))).unwrap();
    assert_eq!(call.latency_ms.to_bits(), text.parse::<f64>().unwrap().to_bits());
}

#[test]
fn what_is_missing_is_computed() {
    let no_end = read(&with("end_at_ms", "").replace(":40", ":39.7")).unwrap();
    assert_eq!((no_end.end_ms, no_end.latency_ms), (1039, 39.7));
    let no_latency = read(&with("latency_msec", "")).unwrap();
    assert_eq!((no_latency.end_ms, no_latency.latency_ms), (1040, 40.0));
    let neither = r#"{"id":"a","src_ip":"b","dst_ip":"c","start_at_ms":1}"#;
    assert_eq!(read(neither), Err(Reason::Invalid));
}

#[test]
fn the_last_of_equal_names_wins_and_escaped_names_count() {
    let json = with("id", "\"first\",\"\\u0069d\":\"last\"");
    assert_eq!(read(&json).unwrap().id, "\"last\"");
}

#[test]
fn late_may_be_what_lies_behind_its_own_partition() {
    let at = |partition: i32, start: i64| {
        let mut record = input(0, &call_json("a", 1, 2, start, start + 10));
        record.partition = partition;
        record
    };
    let may_be_late = |records: &[_], rules: &Rules| -> Vec<bool> {
        judge(records, rules).iter().map(|judged| judged.may_be_late).collect()
    };
    let records = [
        at(0, 100_000),
        at(0, 69_001), // its bucket ends at 69999, the watermark is 70000
        at(0, 70_000),
        at(1, 1000), // nothing came in this partition before
        at(1, 1000),
    ];
    let mut rules = Rules::default();
    assert_eq!(may_be_late(&records, &rules), [false, true, false, false, false]);
    rules.idle_flush_possible = true;
    assert_eq!(may_be_late(&records, &rules), [true; 5]);
}
