//! Maps, and records that are read by them.

use callweave_core::call::map::{Mapping, READY};
use callweave_core::call::{parse, Limits, Parser};
use serde_json::value::RawValue;

use crate::common::NOW_MS;

const MAX_RECORD_BYTES: usize = 2_000;
/// The map of the built-in form.
const SAME: &str = "id=id,src_ip=src_ip,dst_ip=dst_ip,start_at_ms=start_at_ms,latency_msec=latency_msec,\
    end_at_ms=end_at_ms";
/// One of everything.
const ALL: &str =
    "id=a.0+b[k='v'].c+'x',src_ip=s|\"s t\".u?k=1,dst_ip='d'?k=2|e,latency_msec=l:ns|m:iso8601,\
    end_at_ms=f:iso8601|g:us|h:s";

/// A record is read by the map that the first byte chooses, or that stands in its first line.
pub fn map(data: &[u8]) {
    let Some((&choice, record)) = data.split_first() else {
        return;
    };
    let (pass_through, choice) = (choice & 1 == 1, usize::from(choice >> 1));
    let limits = Limits {
        max_record_bytes: MAX_RECORD_BYTES,
        max_latency_ms: 20_000,
        latest_start_ms: NOW_MS + 10_000,
        pass_through,
    };
    match choice {
        0 => judge_same(record, &limits),
        1 => read_by(ALL, record, &limits),
        2..6 => read_by(READY[choice - 2].name, record, &limits),
        _ => {
            let length = record.iter().position(|&byte| byte == b'\n').unwrap_or(record.len());
            let (text, record) = record.split_at(length);
            if let Ok(text) = std::str::from_utf8(text) {
                read_by(text, record, &limits);
            }
        }
    }
}

/// By the map of the built-in form a record is judged as without, in the same words.
fn judge_same(record: &[u8], limits: &Limits) {
    let map = Mapping::read(SAME).expect("the map is right");
    let mut call = Vec::new();
    let verdict = map.rewrite(record, limits, &mut call).and_then(|()| parse(&call, &limits.of_rewritten()));
    let expected = parse(record, limits);
    match (verdict, expected) {
        // What is wrong with a text is told with its place, which may be another.
        (Err(verdict), Err(expected)) => assert_eq!(verdict.reason, expected.reason, "{expected:?}"),
        (verdict, expected) => assert_eq!(verdict, expected),
    }
}

/// What a map makes of a record is a JSON object; a map that is refused says why.
fn read_by(map: &str, record: &[u8], limits: &Limits) {
    let map = match Mapping::read(map) {
        Ok(map) => map,
        Err(wrong) => return assert!(wrong.contains(" wanted") || wrong.contains(" allowed"), "{wrong}"),
    };
    let mut call = Vec::new();
    if map.rewrite(record, limits, &mut call).is_err() {
        return;
    }
    let text = std::str::from_utf8(&call).expect("the record is UTF-8");
    let _: &RawValue = serde_json::from_str(text).expect("the record is JSON");
    assert!(text.starts_with('{'), "{text}");
    let verdict = parse(&call, &limits.of_rewritten());
    let mut parser = Parser::default();
    for _ in 0..2 {
        let again = parser.parse(&call, &limits.of_rewritten());
        assert_eq!(again.and_then(|call| call.check_addresses().map(|()| call)), verdict);
    }
}
