//! What Route says of records, one rule of the input at a time.

use crate::common::{batch, drain, run, Settings};
use callweave_core::kernel::Outbox;
use callweave_core::route::ACCEPTED;
use callweave_core::wire::verdict::Verdict;

const NOW_MS: i64 = 1_700_000_000_000;

/// `None` for an accepted record, else reason code and detail; and the highest start.
fn judge_bytes(record: &[u8], watermark_ms: i64) -> (Option<(u8, String)>, Option<i64>) {
    judge_with(&Settings::default(), record, watermark_ms)
}

fn judge_with(settings: &Settings, record: &[u8], watermark_ms: i64) -> (Option<(u8, String)>, Option<i64>) {
    let mut route = settings.route();
    let mut verdict = Vec::new();
    route.push_batch(&batch([record]), watermark_ms, NOW_MS, &mut verdict).unwrap();
    let verdict = Verdict::read(&verdict).unwrap();
    let rejected = verdict.rejects.first().map(|reject| {
        assert_eq!(reject.index, 0);
        (reject.reason as u8, reject.detail.to_owned())
    });
    let accepted = route.counters().take()[ACCEPTED];
    assert_eq!(accepted, u64::from(rejected.is_none()));
    (rejected, verdict.highest_ms())
}

fn judge(record: &str) -> Option<(u8, String)> {
    judge_bytes(record.as_bytes(), i64::MIN).0
}

/// A valid call with one field replaced by `with`, or left out where that is empty.
fn call_with(field: &str, with: &str) -> String {
    let fields = [
        ("id", r#""a""#),
        ("src_ip", r#""10.0.0.1""#),
        ("dst_ip", r#""10.0.0.2""#),
        ("start_at_ms", "1000"),
        ("latency_msec", "40"),
        ("end_at_ms", "1040"),
    ];
    let texts: Vec<String> = fields
        .iter()
        .map(|&(name, value)| (name, if name == field { with } else { value }))
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!(r#""{name}":{value}"#))
        .collect();
    format!("{{{}}}", texts.join(","))
}

fn accepted(field: &str, values: &[&str]) {
    for value in values {
        assert_eq!(judge(&call_with(field, value)), None, "{field} = {value}");
    }
}

fn rejected(code: u8, field: &str, values: &[&str]) {
    for value in values {
        let (reason, detail) = judge(&call_with(field, value)).unwrap();
        assert_eq!(reason, code, "{field} = {value}: {detail}");
        assert!(detail.contains(field), "{field} = {value}: {detail}");
    }
}

const MALFORMED: u8 = 0;
const INVALID: u8 = 1;
const INCONSISTENT: u8 = 2;
const TOO_LONG: u8 = 3;
const FUTURE: u8 = 4;
const LATE: u8 = 5;

#[test]
fn what_is_no_json_object_is_malformed() {
    let records: [&[u8]; 11] = [
        b"}",
        b"{",
        b"[1]",
        b"null",
        b"{} {}",
        b"\xff\xfe",
        b"{\"id\":\"\xff\"}",
        b"{\"a\":1,}",
        b"{'id':1}",
        b"{\"a\\ug\":1}",
        b"{\"a\tb\":1}",
    ];
    for record in records {
        let (reason, detail) = judge_bytes(record, i64::MIN).0.unwrap();
        assert_eq!((reason, detail.is_empty()), (MALFORMED, false), "{detail}");
    }
    for blank in ["", " ", "\r", "\t \r\n", "\u{feff}"] {
        assert_eq!(judge(blank).unwrap().1, "the record is blank");
    }
    let large = call_with("id", "\"a\"").replace('}', &format!(r#","x":"{}"}}"#, "x".repeat(70_000)));
    assert!(judge(&large).unwrap().1.contains("max-record-bytes"));
}

#[test]
fn an_id_is_a_text_or_an_integer_of_1_to_256_bytes() {
    let longest = format!("\"{}\"", "i".repeat(256));
    accepted("id", &["\"a\"", "7", "-7", "7.0", "1e3", r#""\u00e9""#, "\"\u{1f980}\"", &longest]);
    let too_long = format!("\"{}\"", "i".repeat(257));
    rejected(INVALID, "id", &["", "\"\"", "1.5", "null", "true", "[]", "{}", "1E400", "-1e309", &too_long]);
}

#[test]
fn an_address_is_a_text_of_1_to_255_bytes() {
    for field in ["src_ip", "dst_ip"] {
        let longest = format!("\"{}\"", "h".repeat(255));
        accepted(field, &["\"10.0.0.1\"", "\"::1\"", "\"host_1.example\"", r#""\u0031.2.3.4""#, &longest]);
        let too_long = format!("\"{}\"", "h".repeat(256));
        rejected(INVALID, field, &["", "\"\"", "10", "null", r#""\ud800""#, &too_long]);
        accepted(
            field,
            &["\"10.0.0.2:8080\"", "\"[::1]:80\"", "\"fe80::1%eth0\"", "\"b\u{fc}cher.example.\""],
        );
        for placeholder in ["-", "unknown", "NONE", "null", "n/a", "0.0.0.0", "::"] {
            let (reason, detail) = judge(&call_with(field, &format!("\"{placeholder}\""))).unwrap();
            assert_eq!(reason, INVALID);
            assert!(detail.starts_with(&format!("{field} stands for no address")), "{detail}");
        }
        rejected(INVALID, field, &["\" \"", "\"a b\"", "\"10.0.0.0/8\"", "\"http://a\"", "\"10.0.0.1 \""]);
    }
}

#[test]
fn an_address_that_is_none_is_found_whatever_came_before_and_however_late() {
    let record = |src: &str, start_ms: i64| {
        format!(r#"{{"id":1,"src_ip":"{src}","dst_ip":"b","start_at_ms":{start_ms},"latency_msec":1}}"#)
    };
    let records: Vec<String> = [("a", 9000), ("a", 9001), ("-", 9002), ("-", 10), ("a", 10), ("a:80", 9003)]
        .map(|(src, start_ms)| record(src, start_ms))
        .into();
    let mut route = Settings::default().route();
    let mut verdict = Vec::new();
    let batch = batch(records.iter().map(String::as_bytes));
    route.push_batch(&batch, 5000, NOW_MS, &mut verdict).unwrap();
    assert_eq!(route.counters().take()[ACCEPTED], 3);
    let verdict = Verdict::read(&verdict).unwrap();
    let rejects: Vec<_> = verdict.rejects.iter().map(|reject| (reject.index, reject.reason as u8)).collect();
    assert_eq!(rejects, [(2, INVALID), (3, INVALID), (4, LATE)]);
}

#[test]
fn half_a_surrogate_pair_is_invalid_where_it_would_be_written() {
    let passing = Settings { pass_through: true, ..Settings::default() };
    let judge = |settings: &Settings, json: &str| {
        let call = call_with("id", "\"a\"").replace('}', &format!(",{json}}}"));
        judge_with(settings, call.as_bytes(), i64::MIN).0.map(|(reason, _)| reason)
    };
    for json in [r#""x":"\ud800""#, r#""x":[{"y":["\udc00a"]}]"#, r#""x":{"\ud800":1}"#, r#""\udfff":1"#] {
        assert_eq!(judge(&passing, json), Some(INVALID), "{json}");
        assert_eq!(judge(&Settings::default(), json), None, "{json}");
    }
    for json in [r#""x":"\ud83d\ude00""#, r#""x":"\ud800","x":1"#, r#""parents":"\ud800""#] {
        assert_eq!(judge(&passing, json), None, "{json}");
    }
    rejected(INVALID, "id", &[r#""\ud800""#, r#""a\udc00\ud800""#]);
}

#[test]
fn a_byte_order_mark_in_front_is_skipped() {
    let call = call_with("id", "1");
    assert_eq!(judge(&format!("\u{feff}{call}")), None);
    assert_eq!(judge(&format!("\u{feff} {}", call.replace("1000", r#""1000""#))), None);
    assert_eq!(judge(&format!("\u{feff}\u{feff}{call}")).unwrap().0, MALFORMED);
    let utf16: Vec<u8> = format!("\u{feff}{call}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (reason, detail) = judge_bytes(&utf16, i64::MIN).0.unwrap();
    assert!(reason == MALFORMED && detail.contains("UTF-16"), "{detail}");
}

/// Strings that JavaScript, Python or C would take for numbers, and JSON does not.
const NO_NUMBERS: [&str; 14] = [
    "\"\"",
    "\" 1000\"",
    "\"1000 \"",
    "\"+1000\"",
    "\"01000\"",
    "\"1000.\"",
    "\".5\"",
    "\"0x3e8\"",
    "\"1_000\"",
    "\"NaN\"",
    "\"Infinity\"",
    "\"-Infinity\"",
    "\"1e\"",
    "\"null\"",
];

#[test]
fn a_start_is_a_number_in_any_spelling_and_its_fraction_is_cut() {
    accepted("start_at_ms", &["1000", "1000.0", "1e3", "0.1e4", "1001.0", "999", "1001.9", "999.1"]);
    accepted("start_at_ms", &["\"1000\"", "\"1000.5\"", "\"1e3\"", r#""\u0031000""#]);
    rejected(INVALID, "start_at_ms", &["", "-1", "9007199254740993", "1e400", "null", "true", "\"1e400\""]);
    rejected(INVALID, "start_at_ms", &NO_NUMBERS);
    let latest = r#"{"id":1,"src_ip":"a","dst_ip":"b","start_at_ms":0,"latency_msec":0}"#;
    assert_eq!(judge(latest), None);
}

#[test]
fn a_latency_is_a_finite_number_of_at_least_0() {
    accepted("latency_msec", &["40", "40.0", "39.7", "4e1", "41", "39", "", "null", "\"40\"", "\"39.7\""]);
    rejected(INVALID, "latency_msec", &["-1", "-0.1", "1e400", "\"-1\"", "\"1e400\"", "[]"]);
    rejected(INVALID, "latency_msec", &NO_NUMBERS);
    rejected(INCONSISTENT, "latency_msec", &["38.9", "41.1", "0"]);
}

#[test]
fn a_latency_just_below_a_whole_ms_is_not_rounded_up_to_it() {
    let almost_2 = "1.99999999999999999999";
    let call = call_with("latency_msec", almost_2).replace("1040", "1003");
    assert_eq!(judge(&call).map(|(reason, _)| reason), Some(INCONSISTENT));
    let end = call_with("latency_msec", almost_2).replace("\"end_at_ms\":1040", "\"end_at_ms\":null");
    let (_, result) = run(&Settings::default(), &[vec![end.into_bytes()]]).remove(0);
    assert!(result.contains("\"end_at_ms\":1001"), "{result}");
}

#[test]
fn an_end_is_start_plus_latency_with_1_ms_to_spare() {
    accepted(
        "end_at_ms",
        &["1039", "1040", "1041", "1.04e3", "", "1041.9", "\"1040\"", "\"1040.5\"", "null"],
    );
    rejected(INCONSISTENT, "end_at_ms", &["1038.9", "1042", "0", "-5", "\"1042\""]);
    rejected(INVALID, "end_at_ms", &["1e99", "false"]);
    rejected(INVALID, "end_at_ms", &NO_NUMBERS);
    let nulls = call_with("end_at_ms", "null").replace("\"latency_msec\":40", "\"latency_msec\":null");
    assert!(judge(&nulls).unwrap().1.contains("both missing"));
    let neither = r#"{"id":1,"src_ip":"a","dst_ip":"b","start_at_ms":1000}"#;
    assert!(judge(neither).unwrap().1.contains("both missing"));
    let backwards = r#"{"id":1,"src_ip":"a","dst_ip":"b","start_at_ms":1000,"end_at_ms":999}"#;
    assert_eq!(judge(backwards).unwrap().0, INVALID);
}

#[test]
fn a_call_longer_than_allowed_is_too_long() {
    let call = |latency: &str| {
        format!(r#"{{"id":1,"src_ip":"a","dst_ip":"b","start_at_ms":1000,"latency_msec":{latency}}}"#)
    };
    assert_eq!(judge(&call("20000")), None);
    assert_eq!(judge(&call("20000.1")).unwrap().0, TOO_LONG);
    assert_eq!(judge(&call("1e300")).unwrap().0, TOO_LONG);
    // Its end agrees with it, although a double has no such end.
    let endless = r#"{"id":1,"src_ip":"a","dst_ip":"b","start_at_ms":1700000000073,"latency_msec":99999999999999999,"end_at_ms":100001700000000072}"#;
    assert_eq!(judge(endless).unwrap().0, TOO_LONG);
}

#[test]
fn a_start_ahead_of_the_wall_clock_is_future_and_does_not_count_as_seen() {
    let call = |start: i64| {
        format!(r#"{{"id":1,"src_ip":"a","dst_ip":"b","start_at_ms":{start},"latency_msec":1}}"#).into_bytes()
    };
    let ahead_ms = NOW_MS + 10_000;
    assert_eq!(judge_bytes(&call(ahead_ms), i64::MIN), (None, Some(ahead_ms)));
    let (verdict, highest) = judge_bytes(&call(ahead_ms + 1), i64::MIN);
    assert_eq!((verdict.unwrap().0, highest), (FUTURE, None));
}

#[test]
fn a_call_is_late_once_the_watermark_has_closed_the_bucket_of_its_start() {
    let call = call_with("id", "1");
    assert_eq!(judge_bytes(call.as_bytes(), 1998).0, None);
    assert_eq!(judge_bytes(call.as_bytes(), 1999).0.unwrap().0, LATE);
}

#[test]
fn the_last_of_duplicate_names_wins_and_other_fields_do_not_matter() {
    let record = r#" {"id":[],"start_at_ms":"x","x":{"deep":[1,{}]},"\u0069d":"a","src_ip":"a","dst_ip":"b",
        "start_at_ms":1000, "end_at_ms" : 1001 } "#;
    assert_eq!(judge(record), None);
}

#[test]
fn a_null_value_is_malformed() {
    let mut route = Settings::default().route();
    let mut verdict = Vec::new();
    let null = [0, 0, 0, 0, 255, 255, 255, 255];
    route.push_batch(&null, i64::MIN, NOW_MS, &mut verdict).unwrap();
    assert_eq!(Verdict::read(&verdict).unwrap().rejects[0].reason as u8, MALFORMED);
}

#[test]
fn the_highest_start_is_that_of_each_partition() {
    let mut batch = Vec::new();
    for (partition, start_ms) in [(7u32, 3000i64), (0, 1000), (7, 2000), (1_000_000, 500), (0, 4000)] {
        let record = call_with("start_at_ms", &start_ms.to_string());
        let record = record.replace("1040", &(start_ms + 40).to_string());
        batch.extend_from_slice(&partition.to_le_bytes());
        batch.extend_from_slice(&(record.len() as u32).to_le_bytes());
        batch.extend_from_slice(record.as_bytes());
    }
    let mut expected = 3u32.to_le_bytes().to_vec();
    for (partition, highest_ms) in [(0u32, 4000i64), (7, 3000), (1_000_000, 500)] {
        expected.extend_from_slice(&partition.to_le_bytes());
        expected.extend_from_slice(&highest_ms.to_le_bytes());
    }
    expected.extend_from_slice(&0u32.to_le_bytes());
    let mut verdict = Vec::new();
    Settings::default().route().push_batch(&batch, i64::MIN, NOW_MS, &mut verdict).unwrap();
    assert_eq!(verdict, expected);
}

#[test]
fn addresses_count_towards_what_may_wait_in_memory() {
    let mut route = Settings::default().route();
    let host = |number: usize| format!("{number:0>250}");
    let records: Vec<String> = (0..20_000)
        .map(|number| {
            format!(
                r#"{{"id":{number},"src_ip":"{}","dst_ip":"{}","start_at_ms":1000,"end_at_ms":1001}}"#,
                host(2 * number),
                host(2 * number + 1)
            )
        })
        .collect();
    for records in records.chunks(512) {
        let batch = batch(records.iter().map(String::as_bytes));
        route.push_batch(&batch, i64::MIN, NOW_MS, &mut Vec::new()).unwrap();
    }
    let kept = drain(&mut route);
    assert!(kept.len() > records.len() / 2 * 500, "{} bytes were handed on", kept.len());
}

#[test]
fn a_detail_says_which_unit_a_value_is_in() {
    let call = |start: &str, latency: &str, end: &str| {
        format!(
            r#"{{"id":1,"src_ip":"a","dst_ip":"b","start_at_ms":{start},"latency_msec":{latency},"end_at_ms":{end}}}"#
        )
    };
    let micros = "1698204202362135";
    let cases = [
        (FUTURE, call(micros, "40", "null"), "start_at_ms 1698204202362135 looks like microseconds"),
        (
            TOO_LONG,
            call(micros, "null", "1698204202402135"),
            "start_at_ms 1698204202362135 looks like microseconds",
        ),
        (
            INCONSISTENT,
            call(micros, "40", "1698204202402135"),
            "start_at_ms 1698204202362135 looks like microseconds",
        ),
        (
            INVALID,
            call("1698204202362135000", "40", "null"),
            "start_at_ms 1698204202362135000 looks like nanoseconds",
        ),
        (INCONSISTENT, call("1698204202", "40", "1698204202"), "start_at_ms 1698204202 looks like seconds"),
        (INVALID, call("1698204202362", "null", "1698204202"), "end_at_ms 1698204202 looks like seconds"),
        (
            INCONSISTENT,
            call("1698204202362", "39700", "1698204202402"),
            "latency_msec 39700 looks like microseconds",
        ),
        (LATE, call("1698204202", "40", "null"), "start_at_ms 1698204202 looks like seconds"),
    ];
    for (code, record, hint) in cases {
        let (reason, detail) = judge_bytes(record.as_bytes(), NOW_MS - 30_000).0.unwrap();
        assert_eq!(reason, code, "{detail}");
        assert!(detail.ends_with(&format!("; {hint}; milliseconds are wanted")), "{detail}");
    }
    let (_, detail) = judge(&call("1698204202362", "40", "1698204202500")).unwrap();
    assert!(!detail.contains("looks like"), "{detail}");
}
