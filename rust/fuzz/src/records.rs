//! Records of the input topic.

use std::collections::BTreeMap;

use callweave_core::call::{parse as parse_call, Call, Limits, Parser};
use callweave_core::kernel::CellKernel;
use callweave_core::number::nearest_below_next_integer;
use callweave_core::protobuf::RecordFormat;
use callweave_core::route::{Route, RouteConfig};
use callweave_reference::{self as reference, Rules};
use serde_json::value::RawValue;

use crate::common::{collect, drain, Cells, Settings, NOW_MS};

const MAX_RECORD_BYTES: usize = 2_000;
const USUAL: &[u8] = br#"{"id":"c1","src_ip":"10.0.0.1","dst_ip":"10.0.0.2","start_at_ms":1000,"latency_msec":40.5,"end_at_ms":1040}"#;

/// The kernel's parser and the independent one of the reference come to the same verdict, and
/// read the same values.
pub fn parse(data: &[u8]) {
    let Some((&flags, record)) = data.split_first() else {
        return;
    };
    let rules =
        Rules { max_record_bytes: MAX_RECORD_BYTES, pass_through: flags & 1 == 1, ..Rules::default() };
    let limits = Limits {
        max_record_bytes: MAX_RECORD_BYTES,
        max_latency_ms: rules.max_latency_ms,
        latest_start_ms: NOW_MS + rules.max_future_skew_ms,
        pass_through: rules.pass_through,
    };
    let verdict = parse_call(record, &limits);
    // The second time its layout is known, at last that of another record.
    let (mut own, mut other) = (Parser::default(), Parser::default());
    other.parse(USUAL, &limits).expect("the usual record is a call");
    let hold = |parser: &mut Parser| {
        let call = parser.parse(record, &limits).and_then(|call| call.check_addresses().map(|()| call));
        assert_eq!(call, verdict);
    };
    hold(&mut own);
    hold(&mut own);
    hold(&mut other);
    assert_eq!(own.parse(USUAL, &limits), parse_call(USUAL, &limits));
    match (verdict, reference::Call::read(Some(record), Some(NOW_MS), &rules)) {
        (Ok(call), Ok(expected)) => assert_same(&call, &expected, rules.pass_through),
        (Err(rejection), Err(expected)) => {
            assert_eq!(rejection.reason.name(), expected.name(), "{}", rejection.detail);
        }
        (ours, expected) => panic!("one parser takes it, the other not: {ours:?} {expected:?}"),
    }
}

fn assert_same(call: &Call<'_>, expected: &reference::Call, pass_through: bool) {
    let mut id = Vec::new();
    call.id.write(&mut id);
    assert_eq!(String::from_utf8_lossy(&id), expected.id);
    assert_eq!(format!("\"{}\"", String::from_utf8_lossy(call.src)), expected.src_text);
    assert_eq!(format!("\"{}\"", String::from_utf8_lossy(call.dst)), expected.dst_text);
    assert_eq!((call.start_ms, call.end_ms), (expected.start_ms, expected.end_ms));
    let number = |text| nearest_below_next_integer(text).expect("a latency is a number");
    let latency = call.latency.as_deref().map(number);
    assert_eq!(latency.unwrap_or((call.end_ms - call.start_ms) as f64), expected.latency_ms);
    let extras = format!("{{{}}}", call.extras);
    let extras: BTreeMap<String, &RawValue> = serde_json::from_str(&extras).expect("extras are JSON");
    let extras: BTreeMap<String, String> =
        extras.into_iter().map(|(name, value)| (name, value.get().to_owned())).collect();
    assert_eq!(extras, if pass_through { expected.others.clone() } else { BTreeMap::new() });
}

/// Any batch is refused with an error, or its blocks are taken by Link.
pub fn route(data: &[u8]) {
    let Some((&[buckets, groups, flags, watermark], batch)) = data.split_first_chunk() else {
        return;
    };
    let config = RouteConfig {
        bucket_ms: 1 + 50 * i64::from(buckets),
        ip_groups: 1 + u32::from(groups),
        max_latency_ms: 10_000,
        max_future_skew_ms: 10_000,
        max_record_bytes: MAX_RECORD_BYTES,
        pass_through: flags & 1 == 1,
        map: String::new(),
        format: RecordFormat::Json,
        message: None,
        merge_reports: false,
    };
    let Ok(mut route) = Route::new(config.clone()) else {
        return;
    };
    let mut verdict = Vec::new();
    for half in batch.chunks(batch.len() / 2 + 1) {
        let watermark_ms = i64::from(watermark) * 1000;
        if route.push_batch(half, watermark_ms, NOW_MS, &mut verdict).is_ok() && flags & 2 == 0 {
            route.flush(watermark_ms + 1000).expect("a flush cannot fail");
        }
    }
    route.flush(i64::MAX).expect("a flush cannot fail");
    let mut cells = Cells::new();
    collect(&drain(&mut route), &mut cells);
    let settings =
        Settings { bucket_ms: config.bucket_ms, ip_groups: config.ip_groups, ..Settings::default() };
    let mut link = settings.link();
    for (cell, blocks) in cells {
        blocks.iter().for_each(|block| link.push(block).expect("a block of Route is sound"));
        link.fire(cell.div_euclid(i64::from(config.ip_groups))).expect("a cell of Route is sound");
        drain(&mut link);
    }
}
