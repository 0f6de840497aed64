//! A mapped record is judged as the record of the built-in form that it stands for.

mod ready;

use proptest::prelude::*;

use super::super::{parse, Parser, Reason};
use super::*;
use crate::number::scaled;

const LIMITS: Limits = Limits {
    max_record_bytes: 2000,
    max_latency_ms: 20_000,
    latest_start_ms: 1_800_000_000_000,
    pass_through: true,
};

/// What comes of a record: all of a call as text, or why there is none.
type Verdict = Result<String, Rejection>;

fn built_in(record: &str, limits: &Limits) -> Verdict {
    parse(record.as_bytes(), limits).map(|call| format!("{call:?}"))
}

fn mapped(map: &str, record: &str, limits: &Limits) -> Verdict {
    let map = Mapping::read(map).unwrap();
    let mut call = Vec::new();
    map.rewrite(record.as_bytes(), limits, &mut call)?;
    let limits = Limits { max_record_bytes: usize::MAX, ..*limits };
    let verdict = built_in(std::str::from_utf8(&call).unwrap(), &limits);
    let mut parser = Parser::default();
    for _ in 0..2 {
        let again = parser.parse(&call, &limits).and_then(|call| call.check_addresses().map(|()| call));
        assert_eq!(again.map(|call| format!("{call:?}")), verdict);
    }
    verdict
}

/// The JSON of each field of a record, if it has it, and one field more.
#[derive(Debug, Clone)]
struct Raw {
    fields: [Option<String>; FIELDS.len()],
    other: String,
}

impl Raw {
    fn json(&self) -> String {
        let fields = FIELDS.iter().zip(&self.fields);
        let fields = fields.filter_map(|(name, value)| Some(format!("\"{name}\":{},", value.as_ref()?)));
        format!("{{{}\"zone\":{}}}", fields.collect::<String>(), self.other)
    }
}

/// Where a field stands in a mapped record, and in which unit.
#[derive(Debug, Clone, Copy)]
struct Form {
    shape: u8,
    unit: (&'static str, i64),
}

/// The map of these forms, and the record with the values in their places.
fn renamed(raw: &Raw, forms: &[Form; FIELDS.len()]) -> (String, String) {
    let (mut map, mut own, mut object, mut list) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for ((number, name), form) in FIELDS.iter().enumerate().zip(forms) {
        let path = match form.shape {
            0 => format!("f{number}"),
            1 => format!("o.\"é.{number}\""),
            2 => format!("l{number}.1.\"x y\""),
            _ => format!("attrs[key='f{number}'].value"),
        };
        let unit = if number < START { String::new() } else { format!(":{}", form.unit.0) };
        map.push(format!("{name}={path}{unit}"));
        let Some(value) = &raw.fields[number] else {
            continue;
        };
        let value = if number < START { value.clone() } else { in_unit(value, form.unit.1) };
        match form.shape {
            0 => own.push(format!("\"f{number}\":{value}")),
            1 => object.push(format!("\"\\u00e9.{number}\":{value}")),
            2 => own.push(format!("\"l{number}\":[null,{{\"x y\":{value}}}]")),
            _ => list.push(format!("{{\"value\":{value},\"key\":\"f{number}\"}}")),
        }
    }
    if !object.is_empty() {
        own.push(format!("\"o\":{{{}}}", object.join(" , ")));
    }
    if !list.is_empty() {
        own.insert(0, format!("\"attrs\":[1,{}]", list.join(",")));
    }
    own.push(format!("\"zone\":{}", raw.other));
    (map.join(","), format!("{{{}}}", own.join(",")))
}

/// A value in ms in a unit that is so many powers of ten of it.
fn in_unit(value: &str, exponent: i64) -> String {
    let quote = if value.starts_with('"') { "\"" } else { "" };
    let inside = value.trim_matches('"');
    match exponent != 0 && inside.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        true => format!("{quote}{}{quote}", scaled(inside, -exponent)),
        false => value.to_owned(),
    }
}

fn raw() -> impl Strategy<Value = Raw> {
    let id = prop_oneof![
        4 => "\"[a-z0-9~/-]{1,9}\"",
        1 => prop::sample::select(vec!["7", "1e400", "7.5", "\"\"", "null", "{}", r#""\u00e9\/""#, r#""\ud800""#])
            .prop_map(str::to_owned),
        1 => "[1-9][0-9]{0,30}",
        1 => "\"[a-z]{250,260}\"",
    ];
    let address = prop_oneof![
        4 => prop::sample::select(vec!["\"10.0.0.1\"", "\"b.example:80\"", "\"::1\"", r#""b\u0063""#]),
        1 => prop::sample::select(vec!["\"-\"", "\"unknown\"", "5", "\"\"", "null", r#""\ud800""#, "[\"a\"]"]),
    ]
    .prop_map(str::to_owned);
    let number = |usual: &'static str| {
        prop_oneof![
            8 => usual,
            1 => prop::sample::select(vec![
                "-1", "1e400", "null", "\"x\"", "true", "\"\"", "1.7e12", "-0.5", "1700000000",
                // Where doubles are further apart than times, and above all times.
                "9007199254740993", "99999999999999999", "99999999999999999.5", "4e18", "1e19",
            ]).prop_map(str::to_owned),
        ]
    };
    let start = number("(\"17000000000[0-9]{2}\"|17000000000[0-9]{2}|17000000000[0-9]{2}\\.[1-9])");
    let latency = number("[1-9][0-9]{0,3}(\\.[0-9]{0,2}[1-9])?");
    let end = number("17000000[0-9]{2}[0-9]{3}");
    let is_there = prop_oneof![8 => Just(true), 1 => Just(false)];
    let there = prop::collection::vec(is_there, FIELDS.len());
    let consistent = prop_oneof![2 => Just(true), 1 => Just(false)];
    (id, address.clone(), address, start, latency, end, there, consistent).prop_map(
        |(id, src, dst, start, latency, end, there, consistent)| {
            let sum = || -> Option<String> {
                let start: f64 = start.trim_matches('"').parse().ok()?;
                Some(((start.floor() + latency.parse::<f64>().ok()?) as i64).to_string())
            };
            let end = if consistent { sum().unwrap_or(end) } else { end };
            let mut fields = [id, src, dst, start, latency, end].map(Some);
            for (field, is_there) in fields.iter_mut().zip(there) {
                *field = field.take().filter(|_| is_there);
            }
            Raw { fields, other: r#"{"a":["\u00e9",1e9]}"#.to_owned() }
        },
    )
}

fn form() -> impl Strategy<Value = Form> {
    let unit = prop::sample::select(vec![("s", 3), ("ms", 0), ("us", -3), ("ns", -6)]);
    (0u8..4, unit).prop_map(|(shape, unit)| Form { shape, unit })
}

/// Without spelling that another unit changes.
fn comparable(verdict: Verdict) -> Result<String, Reason> {
    verdict.map_err(|rejection| rejection.reason)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_record_that_is_renamed_and_in_other_units_is_the_same_call(
        raw in raw(),
        forms in prop::array::uniform6(form()),
        pass_through: bool,
    ) {
        let mut forms = forms;
        if pass_through {
            // Objects and arrays that paths go into are passed through as they are.
            forms.iter_mut().for_each(|form| form.shape = 0);
        }
        let is_whole = |text: &String| !text.contains('.');
        let has_end = raw.fields[END].as_ref().is_some_and(|end| end != "null");
        if !has_end && !raw.fields[START].as_ref().is_none_or(is_whole) {
            // In a finer unit the end is reckoned of the whole start.
            forms[START].unit = ("ms", 0);
        }
        let (map, record) = renamed(&raw, &forms);
        let limits = Limits { pass_through, ..LIMITS };
        let expected = comparable(built_in(&raw.json(), &limits));
        let found = comparable(mapped(&map, &record, &limits));
        prop_assert_eq!(found, expected, "{} {}", map, record);
    }

    #[test]
    fn a_record_that_is_only_renamed_is_judged_in_the_same_words(raw in raw(), shapes in prop::array::uniform6(0u8..4)) {
        let forms = shapes.map(|shape| Form { shape, unit: ("ms", 0) });
        let (map, record) = renamed(&raw, &forms);
        let limits = Limits { pass_through: false, ..LIMITS };
        prop_assert_eq!(mapped(&map, &record, &limits), built_in(&raw.json(), &limits), "{} {}", map, record);
    }

    #[test]
    fn a_start_that_is_missing_in_the_map_is_the_end_less_the_latency(
        start_ns in 1_700_000_000_000_000_000i64..1_700_000_100_000_000_000,
        latency_ns in 0i64..19_000_000_000,
    ) {
        let map = "id=i,src_ip=s,dst_ip=d,end_at_ms=e:ns,latency_msec=l:ns";
        let record = format!(r#"{{"i":1,"s":"a","d":"b","e":"{}","l":{latency_ns}}}"#, start_ns + latency_ns);
        let mut call = Vec::new();
        Mapping::read(map).unwrap().rewrite(record.as_bytes(), &LIMITS, &mut call).unwrap();
        let call = parse(&call, &LIMITS).unwrap();
        prop_assert_eq!(call.start_ms, start_ns / 1_000_000);
        prop_assert_eq!(call.end_ms, (start_ns + latency_ns) / 1_000_000);
    }

    #[test]
    fn a_call_within_another_stays_within_it_whatever_the_unit(
        start_us in 0u64..1_000_000,
        length_us in 0u64..100_000,
        later_us in 0u64..3000,
        earlier_us in 0u64..3000,
    ) {
        prop_assume!(later_us + earlier_us <= length_us);
        let map = Mapping::read("id=i,src_ip=s,dst_ip=d,start_at_ms=t:us,latency_msec=l:us").unwrap();
        let times = |start_us: u64, length_us: u64| {
            let record = format!(r#"{{"i":1,"s":"a","d":"b","t":{start_us},"l":{length_us}}}"#);
            let mut call = Vec::new();
            map.rewrite(record.as_bytes(), &LIMITS, &mut call).unwrap();
            let call = parse(&call, &LIMITS).unwrap();
            (call.start_ms, call.end_ms)
        };
        let (start_ms, end_ms) = times(start_us, length_us);
        let inner = times(start_us + later_us, length_us - later_us - earlier_us);
        prop_assert!(start_ms <= inner.0 && inner.1 <= end_ms);
    }

    #[test]
    fn ids_of_several_fields_are_equal_only_if_all_fields_are(
        a in ("[a/~1\"\\\\]{1,4}", "[a/~0]{1,4}"),
        b in ("[a/~1\"\\\\]{1,4}", "[a/~0]{1,4}"),
    ) {
        let id = |(first, second): &(String, String)| {
            joined(&[&quoted(first), &quoted(second)]).unwrap()
        };
        prop_assert_eq!(id(&a) == id(&b), a == b);
        prop_assert!(serde_json::from_str::<String>(&id(&a)).is_ok());
    }

    #[test]
    fn no_text_is_too_odd_for_a_map(text in "(id=|src_ip=|a|\\.|\\[|\\]|=|'|\"|:|us|\\?|\\||\\+|,|é){0,20}") {
        let _ = Mapping::read(&text);
    }
}

/// The record that the job judges.
fn rewritten(map: &str, record: &str) -> String {
    let mut call = Vec::new();
    Mapping::read(map).unwrap().rewrite(record.as_bytes(), &LIMITS, &mut call).unwrap();
    String::from_utf8(call).unwrap()
}

fn detail(map: &str, record: &str) -> String {
    mapped(map, record, &LIMITS).unwrap_err().detail
}

const MAP: &str = "id=a+b,src_ip=s|t.0,dst_ip='gate'?k=3|d,start_at_ms=at:iso8601,latency_msec=l:s|m";

#[test]
fn the_first_place_that_has_something_counts() {
    for (record, expected) in [
        (
            r#"{"a":"x","b":7,"s":"1.1.1.1","k":3,"at":"1970-01-01T00:00:01.5Z","l":0.25}"#,
            r#"{"id":"x/7","src_ip":"1.1.1.1","dst_ip":"gate","start_at_ms":1500,"latency_msec":250,"end_at_ms":1750,"k":3}"#,
        ),
        (
            r#"{"a":"x/y","b":"~","s":null,"t":["c"],"k":"4","d":"e","at":"1970-01-01T00:00:01Z","l":"","m":7}"#,
            r#"{"id":"x~1y/~0","src_ip":"c","dst_ip":"e","start_at_ms":1000,"latency_msec":7,"end_at_ms":1007,"t":["c"],"k":"4"}"#,
        ),
        (r#"{"b":1,"s":null,"d":"","l":null}"#, r#"{"src_ip":null,"dst_ip":"","latency_msec":null}"#),
        ("{}", "{}"),
        (r#"{"id":1,"parents":2,"z":1,"z":2,"\u007a":3}"#, r#"{"z":3}"#),
    ] {
        assert_eq!(rewritten(MAP, record), expected);
    }
}

#[test]
fn what_is_wrong_is_told_in_the_order_of_the_fields() {
    for (record, said) in [
        ("[1]", "the record is not a JSON object: invalid type: sequence, expected an object at line 1 column 1"),
        ("", "the record is blank"),
        (r#"{"at":5}"#, "id is missing"),
        (r#"{"a":[],"b":1,"at":5}"#, "id is an array ([]); a string or an integer is wanted"),
        (r#"{"a":1,"b":1,"at":5}"#, "src_ip is missing"),
        (r#"{"a":1,"b":1,"s":"-","at":5}"#, r#"src_ip stands for no address; an IPv4 or IPv6 address or a host name is wanted: "-""#),
        (
            r#"{"a":1,"b":1,"s":"a","d":"b","at":5,"l":1}"#,
            "start_at_ms is a number (5); a time by ISO 8601 with its zone is wanted, as 2026-11-28T04:43:29.694Z",
        ),
        (
            r#"{"a":1,"b":1,"s":"a","d":"b","at":"1970-01-01T00:00:01Z","l":"x"}"#,
            r#"latency_msec is the string "x"; a number is wanted, as JSON writes it"#,
        ),
    ] {
        assert_eq!(detail(MAP, record), said, "{record}");
    }
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(3000));
    assert_eq!(detail(MAP, &long), "the record has 3008 bytes; max-record-bytes allows 2000");
    let derived = "id=i,src_ip=s,dst_ip=d,end_at_ms=e:iso8601,latency_msec=l:iso8601";
    for (times, said) in [
        (r#""e":1"#, "end_at_ms is a number (1); a time by"),
        (
            r#""e":"1970-01-01T00:00:01Z""#,
            "latency_msec is missing; start_at_ms is end_at_ms less latency_msec",
        ),
        (r#""l":"PT1S""#, "end_at_ms is missing; start_at_ms is end_at_ms less latency_msec by the map"),
        (r#""l":"PT3S","e":"1970-01-01T00:00:01Z""#, "start_at_ms is -2000; 0 to 2^53 is allowed"),
        (r#""l":"1S","e":"1970-01-01T00:00:01Z""#, "latency_msec is the string \"1S\"; a duration by"),
    ] {
        let said_of_it = detail(derived, &format!(r#"{{"i":1,"s":"a","d":"b",{times}}}"#));
        assert!(said_of_it.starts_with(said), "{said_of_it}");
    }
}
