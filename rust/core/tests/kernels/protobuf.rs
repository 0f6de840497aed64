//! Records in protobuf: judged as those in JSON, and written with the same content.

use callweave_core::assemble::{Assemble, AssembleConfig};
use callweave_core::call::protobuf::Reader;
use callweave_core::call::{parse, Limits, Parser, Reason, Rejection};
use callweave_core::error::Error;
use callweave_core::protobuf::v1::{call, linked_call, Call, LinkedCall};
use callweave_core::protobuf::{call_of_json, call_to_json, linked_to_json, RecordFormat};
use callweave_core::route::{Route, RouteConfig};
use callweave_core::wire::frames;
use callweave_core::wire::verdict::Verdict;
use proptest::prelude::*;
use prost::Message;

use crate::calls::AnyCall;
use crate::common::{batch, collect, drain, fire_all, run, Cells, Settings, NOW_MS};
use crate::pipeline::calls;

const LIMITS: Limits = Limits {
    max_record_bytes: 1000,
    max_latency_ms: 20_000,
    latest_start_ms: 1_800_000_000_000,
    pass_through: false,
};

fn usual() -> Call {
    Call {
        call_id: Some(call::CallId::Id("a".to_owned())),
        src_ip: "10.0.0.1".to_owned(),
        dst_ip: "api.example".to_owned(),
        start_at_ms: Some(1_700_000_000_000),
        latency_msec: Some(39.7),
        end_at_ms: Some(1_700_000_000_039),
    }
}

/// The verdict on a record, of its addresses, too.
fn judge(record: &[u8]) -> Result<(), Rejection> {
    Reader::default().parse(record, &LIMITS).and_then(|call| call.check_addresses())
}

fn detail(reason: Reason, record: &[u8]) -> String {
    let rejection = judge(record).unwrap_err();
    assert_eq!(rejection.reason, reason, "{}", rejection.detail);
    rejection.detail
}

/// The bytes of the usual call behind these.
fn behind(bytes: &[u8]) -> Vec<u8> {
    [bytes, &usual().encode_to_vec()].concat()
}

#[test]
fn a_truncated_message_is_malformed_and_the_detail_says_where_it_breaks_off() {
    let whole = usual().encode_to_vec();
    assert_eq!(judge(&whole), Ok(()));
    let ends: Vec<usize> = (0..=whole.len()).filter(|&end| Call::decode(&whole[..end]).is_ok()).collect();
    for cut in 1..whole.len() {
        let rejection = judge(&whole[..cut]);
        match ends.contains(&cut) {
            // Between two fields nobody can tell that some are missing but by those.
            true => assert!(rejection.is_ok() || rejection.unwrap_err().reason == Reason::Invalid),
            false => {
                let rejection = rejection.unwrap_err();
                assert_eq!(rejection.reason, Reason::Malformed);
                assert!(rejection.detail.starts_with("the record is no message: "), "{}", rejection.detail);
            }
        }
    }
    assert_eq!(
        detail(Reason::Malformed, &whole[..5]),
        "the record is no message: field 4 (src_ip) at byte 3 needs 8 bytes, 0 are left"
    );
    assert_eq!(detail(Reason::Malformed, b""), "the record is empty");
    assert_eq!(
        detail(Reason::Malformed, &behind(&[0x50, 0xff])[..2]),
        "the record is no message: field 10 at byte 0 has no whole varint"
    );
    assert_eq!(detail(Reason::Malformed, &[0x07]), "the record is no message: no field begins at byte 0");
}

#[test]
fn a_field_of_another_wire_type_is_invalid_and_named() {
    for (bytes, says) in [
        (&[0x08, 7][..], "field 1 (id) has wire type 0; 2, that of a string, is wanted"),
        (&[0x32, 1, b'7'], "field 6 (start_at_ms) has wire type 2; 0, that of an int64, is wanted"),
        (&[0x38, 40], "field 7 (latency_msec) has wire type 0; 1, that of a double, is wanted"),
        (&[0x45, 0, 0, 0, 0], "field 8 (end_at_ms) has wire type 5; 0, that of an int64, is wanted"),
    ] {
        assert_eq!(detail(Reason::Invalid, &behind(bytes)), says);
    }
}

#[test]
fn the_five_bytes_of_a_schema_registry_and_json_are_recognised() {
    assert_eq!(
        detail(Reason::Malformed, &behind(&[0, 0, 0, 0, 17, 0])),
        "the record begins with the 5 bytes of a schema registry (0, then the id 17 of a schema); the message \
         alone is wanted"
    );
    assert_eq!(
        detail(Reason::Malformed, br#"{"id":"a"}"#),
        "the record looks like JSON, which --input-format json reads"
    );
}

#[test]
fn text_that_is_not_utf_8_is_malformed() {
    assert_eq!(
        detail(Reason::Malformed, &behind(&[0x22, 2, b'a', 0xff])),
        "the record is no message: field 4 (src_ip) at byte 0 is not UTF-8"
    );
}

#[test]
fn a_record_above_the_limit_is_malformed_in_the_words_of_json() {
    let long = behind(&[&[0x7a, 0xe8, 0x07][..], &[b'x'; 1000]].concat());
    let json = parse(&[b' '; 2000][..long.len()], &LIMITS).unwrap_err();
    assert_eq!(judge(&long), Err(json));
}

#[test]
fn fields_that_are_not_known_are_skipped() {
    for unknown in [
        &[0x50, 0x96, 0x01][..],
        &[0x59, 1, 2, 3, 4, 5, 6, 7, 8],
        &[0x6a, 3, b'a', 0xff, 0],
        &[0x75, 1, 2, 3, 4],
        // A group with a group in it.
        &[0x7b, 0x08, 1, 0x83, 0x01, 0x84, 0x01, 0x7c],
        // Number 2^29 - 1.
        &[0xf8, 0xff, 0xff, 0xff, 0x0f, 1],
    ] {
        assert_eq!(judge(&behind(unknown)), Ok(()), "{unknown:?}");
    }
}

#[test]
fn of_a_field_that_comes_twice_the_last_counts() {
    let other = Call { call_id: Some(call::CallId::IdInteger(7)), src_ip: "-".to_owned(), ..usual() };
    assert_eq!(judge(&behind(&other.encode_to_vec())), Ok(()));
}

#[test]
fn a_route_of_protobuf_takes_neither_a_map_nor_fields_by_their_names() {
    let config = |map: &str, pass_through| RouteConfig {
        bucket_ms: 1000,
        ip_groups: 1,
        max_latency_ms: 20_000,
        max_future_skew_ms: 10_000,
        max_record_bytes: 65_536,
        pass_through,
        map: map.to_owned(),
        format: RecordFormat::Protobuf,
        message: None,
        merge_reports: false,
    };
    for (map, pass_through, says) in [
        ("zipkin", false, "map reads JSON, but input-format is protobuf; name the message"),
        ("", true, "pass-through passes on fields"),
    ] {
        match Route::new(config(map, pass_through)) {
            Err(Error::Config(wrong)) => assert!(wrong.starts_with(says), "{wrong}"),
            other => panic!("{other:?}"),
        }
    }
}

/// The latency however it is written.
fn latency_ms(call: &callweave_core::call::Call<'_>) -> f64 {
    let written = call.latency.as_ref().map(|text| text.parse::<f64>().unwrap());
    written.unwrap_or((call.end_ms - call.start_ms) as f64)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "10\\.0\\.0\\.[0-9]{1,2}",
        2 => "[a-z0-9.:-]{0,12}",
        1 => "[a\"\\\\\u{0}-\u{1f}\u{7f}é𐍈]{0,5}",
        1 => "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        1 => Just("\"".repeat(200)),
    ]
}

fn any_id() -> impl Strategy<Value = Option<call::CallId>> {
    prop_oneof![
        3 => text().prop_map(|text| Some(call::CallId::Id(text))),
        1 => any::<i64>().prop_map(|integer| Some(call::CallId::IdInteger(integer))),
        1 => "-?[0-9]{1,22}(e[0-9]{1,3})?".prop_map(|number| Some(call::CallId::IdNumber(number))),
        1 => Just(None),
    ]
}

prop_compose! {
    fn any_call()(
        call_id in any_id(),
        src_ip in text(),
        dst_ip in text(),
        start in prop_oneof![6 => Just(Some(1_700_000_000_000)), 1 => any::<Option<i64>>(), 1 => Just(Some(0))],
        latency in prop_oneof![
            4 => (0u32..300_000).prop_map(|tenths| Some(f64::from(tenths) / 10.0)),
            1 => any::<Option<f64>>(),
            1 => Just(None),
        ],
        end in prop_oneof![3 => Just(0i64), 1 => -3i64..3, 1 => any::<i64>()],
        has_end: bool,
    ) -> Call {
        let start_at_ms = start;
        let sum = start.unwrap_or_default().saturating_add(latency.unwrap_or(9.0) as i64);
        let end_at_ms = has_end.then(|| sum.saturating_add(end));
        Call { call_id, src_ip, dst_ip, start_at_ms, latency_msec: latency, end_at_ms }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_call_is_judged_as_the_same_call_in_json(call in any_call()) {
        let record = call.encode_to_vec();
        let mut reader = Reader::default();
        let judged = reader.parse(&record, &LIMITS).and_then(|call| call.check_addresses().map(|()| call));
        // JSON has no number for some latencies, and number texts that are none are no JSON.
        let number = match &call.call_id { Some(call::CallId::IdNumber(number)) => Some(number.as_str()), _ => None };
        let is_number = number.is_none_or(|number| serde_json::from_str::<&serde_json::value::RawValue>(number).is_ok());
        prop_assume!(call.latency_msec.is_none_or(f64::is_finite) && is_number);
        let json = call_to_json(&record).unwrap();
        // What is empty is missing in JSON: nobody can tell in protobuf.
        match (judged, parse(json.as_bytes(), &LIMITS.of_rewritten())) {
            (Ok(call), Ok(expected)) => {
                prop_assert_eq!(latency_ms(&call), latency_ms(&expected));
                let whole = |call| callweave_core::call::Call { latency: None, ..call };
                prop_assert_eq!(whole(call), whole(expected));
            }
            (Err(rejection), Err(expected)) => {
                prop_assert_eq!(rejection.reason, expected.reason, "{} {}", rejection.detail, expected.detail);
                if !expected.detail.contains("latency_msec") {
                    prop_assert_eq!(rejection.detail, expected.detail);
                }
            }
            (judged, expected) => prop_assert!(false, "{:?} {:?}", judged, expected),
        }
    }

    #[test]
    fn bytes_that_are_no_message_for_others_are_none_here(
        bytes in prop::collection::vec(any::<u8>(), 0..40), place: prop::sample::Index, call in any_call(),
    ) {
        let mut record = call.encode_to_vec();
        let at = place.index(record.len() + 1);
        record.splice(at..at, bytes);
        let judged = judge(&record);
        let is_message = Call::decode(record.as_slice()).is_ok();
        match judged {
            Err(rejection) if rejection.reason == Reason::Malformed => {
                prop_assert!(!is_message || record.is_empty() || record.len() > 1000, "{}", rejection.detail);
            }
            // Others refuse a message with a wrong wire type.
            Err(rejection) if rejection.detail.contains("wire type") => prop_assert!(!is_message),
            _ => prop_assert!(is_message),
        }
    }

    #[test]
    fn calls_come_out_with_the_links_that_they_have_in_json(
        calls in calls(), max_links in 1u32..5, spelling in 0usize..4,
    ) {
        let settings = Settings { max_links, ..Settings::default() };
        // Two spellings of a text are two ids in JSON, and one in protobuf.
        let one_spelling = |id: &str| serde_json::from_str::<serde_json::Value>(id).unwrap().to_string();
        let json: Vec<Vec<u8>> = calls
            .into_iter()
            .map(|call| AnyCall { id: one_spelling(&call.id), ..call }.json(spelling))
            .collect();
        let messages: Vec<Vec<u8>> = json.iter().map(|json| {
            let mut message = Vec::new();
            assert!(call_of_json(json, &mut message));
            message
        }).collect();
        let mut found: Vec<String> = run_protobuf(&settings, &messages);
        let mut expected: Vec<String> = run(&settings, &[json]).into_iter().map(|(_, json)| plain(&json)).collect();
        found.sort();
        expected.sort();
        prop_assert_eq!(found, expected);
    }
}

/// JSON with its escapes and latencies as the test writes them.
fn plain(json: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    let mut value = value;
    value["latency_msec"] = value["latency_msec"].as_f64().into();
    value.to_string()
}

fn route_config() -> RouteConfig {
    RouteConfig {
        bucket_ms: 1000,
        ip_groups: 16,
        max_latency_ms: 20_000,
        max_future_skew_ms: 10_000,
        max_record_bytes: 65_536,
        pass_through: false,
        map: String::new(),
        format: RecordFormat::Protobuf,
        message: None,
        merge_reports: false,
    }
}

/// What the job makes of messages, as JSON.
fn run_protobuf(settings: &Settings, messages: &[Vec<u8>]) -> Vec<String> {
    let mut route = Route::new(route_config()).unwrap();
    let mut verdict = Vec::new();
    route.push_batch(&batch(messages.iter().map(Vec::as_slice)), i64::MIN, NOW_MS, &mut verdict).unwrap();
    assert!(Verdict::read(&verdict).unwrap().rejects.len() <= messages.len());
    route.flush(i64::MAX).unwrap();
    let (mut legs, mut halves) = (Cells::new(), Cells::new());
    collect(&drain(&mut route), &mut legs);
    collect(&fire_all(&mut settings.link(), &legs, settings.ip_groups), &mut halves);
    let config = AssembleConfig { max_links: settings.max_links, format: RecordFormat::Protobuf };
    let frames = fire_all(&mut Assemble::new(config).unwrap(), &halves, settings.id_groups);
    frames::records(&frames)
        .map(|frame| {
            let frame = frame.unwrap();
            let call = LinkedCall::decode(frame.value).unwrap();
            assert_eq!(call.encode_to_vec(), frame.value, "as the generated code writes it");
            if let Some(linked_call::CallId::IdInteger(id)) = call.call_id {
                assert_eq!(id.to_string().as_bytes(), frame.key);
            }
            plain(&linked_to_json(frame.value).unwrap())
        })
        .collect()
}

#[test]
fn a_linked_call_can_be_read_as_a_call_again() {
    let linked = LinkedCall {
        call_id: Some(linked_call::CallId::IdNumber("18446744073709551615".to_owned())),
        src_ip: "::1".to_owned(),
        dst_ip: "a".to_owned(),
        start_at_ms: Some(1000),
        latency_msec: Some(40.0),
        end_at_ms: Some(1040),
        parents_omitted: 3,
        ..LinkedCall::default()
    };
    assert_eq!(judge(&linked.encode_to_vec()), Ok(()));
    let json = linked_to_json(&linked.encode_to_vec()).unwrap();
    assert!(Parser::default().parse(json.as_bytes(), &LIMITS).is_ok(), "{json}");
    assert!(json.starts_with(r#"{"id":18446744073709551615,"#), "{json}");
}
