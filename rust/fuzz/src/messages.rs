//! Records of the input topic in protobuf.

use callweave_core::call::protobuf::Reader;
use callweave_core::call::{parse, Call, Limits, Reason, Rejection};
use callweave_core::protobuf::{call_to_json, linked_to_json};
use serde_json::value::RawValue;

use crate::common::NOW_MS;
use crate::own_messages;

const LIMITS: Limits = Limits {
    max_record_bytes: 2_000,
    max_latency_ms: 20_000,
    latest_start_ms: NOW_MS + 10_000,
    pass_through: false,
};

/// The kernel's reader takes for messages what generated code does, and judges a call as the same call in JSON.
pub fn protobuf(record: &[u8]) {
    let (mut reader, mut again) = (Reader::default(), Reader::default());
    let judged = judge(&mut reader, record);
    // What the last record left behind changes nothing.
    _ = judge(&mut again, &[0x0a, 2, b'"', b'"', 0x22, 1, b'\\']);
    assert_eq!(judge(&mut again, record), judged);
    let mut own = Vec::new();
    if let (Ok(own), Ok(shipped)) = (own_messages::read(record, &LIMITS, &mut own), &judged) {
        assert_same(&own, shipped);
    }
    _ = linked_to_json(record);
    let json = match (call_to_json(record), &judged) {
        (Ok(json), _) => json,
        (Err(_), Err(rejection)) => {
            return assert!(rejection.reason == Reason::Malformed || rejection.detail.contains("wire type"));
        }
        (Err(error), Ok(call)) => panic!("others take it for no message: {error} {call:?}"),
    };
    if record.is_empty() || record.len() > LIMITS.max_record_bytes {
        return assert!(judged.is_err_and(|rejection| rejection.reason == Reason::Malformed));
    }
    // Protobuf has latencies and texts of numbers that JSON has not.
    let has_json = serde_json::from_str::<&RawValue>(&json).is_ok() && !json.contains(":null");
    match (judged, parse(json.as_bytes(), &LIMITS.of_rewritten())) {
        (Ok(call), Ok(expected)) => assert_same(&call, &expected),
        (Err(rejection), Err(expected)) => {
            assert!(rejection.reason == expected.reason || !has_json, "{rejection:?} {expected:?}");
        }
        (judged, expected) => assert!(!has_json, "{judged:?} {expected:?}"),
    }
}

fn judge<'a>(reader: &'a mut Reader, record: &'a [u8]) -> Result<Call<'a>, Rejection> {
    let call = reader.parse(record, &LIMITS)?;
    call.check_addresses()?;
    Ok(call)
}

/// They are one call, whose latency may be written in several ways.
fn assert_same(call: &Call<'_>, expected: &Call<'_>) {
    let latency_ms = |call: &Call<'_>| {
        let written = call.latency.as_ref().map(|text| text.parse().expect("a latency is a number"));
        written.unwrap_or((call.end_ms - call.start_ms) as f64)
    };
    assert_eq!(latency_ms(call), latency_ms(expected));
    assert_eq!(others(call), others(expected));
}

/// The call without its latency.
fn others<'a>(call: &Call<'a>) -> Call<'a> {
    Call { latency: None, ..call.clone() }
}
