//! A call in JSON as one in protobuf.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::fields::{DST_IP, END_AT_MS, LATENCY_MSEC, NAMES, SRC_IP, START_AT_MS};
use super::write;

/// Appends the [`Call`](super::v1::Call) of a record in JSON, whether or not it is valid; fields with a value of
/// another type are written with the wire type of that value. Returns whether the record is a JSON object: of any
/// other one nothing is written.
///
/// ```
/// use callweave_core::protobuf::{call_of_json, v1::Call};
/// use prost::Message;
/// let mut bytes = Vec::new();
/// assert!(call_of_json(br#"{"id":"a","src_ip":"::1","start_at_ms":1000,"latency_msec":39.7}"#, &mut bytes));
/// let call = Call::decode(bytes.as_slice())?;
/// assert_eq!((call.src_ip.as_str(), call.start_at_ms, call.latency_msec), ("::1", Some(1000), Some(39.7)));
/// assert!(!call_of_json(b"[]", &mut bytes));
/// # Ok::<(), prost::DecodeError>(())
/// ```
pub fn call_of_json(record: &[u8], out: &mut Vec<u8>) -> bool {
    let is_object = record.trim_ascii_start().starts_with(b"{");
    let fields = serde_json::from_slice::<BTreeMap<String, &RawValue>>(record);
    let Some(fields) = fields.ok().filter(|_| is_object) else {
        return false;
    };
    for (name, value) in &fields {
        let value = value.get();
        match name.as_str() {
            "id" => match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
                Some(inside) => write::id(out, inside.as_bytes(), true),
                None => write::id(out, value.as_bytes(), false),
            },
            "src_ip" | "dst_ip" | "start_at_ms" | "latency_msec" | "end_at_ms" => {
                let number = NAMES.iter().position(|known| known == name).map_or(0, |place| place as u32 + 1);
                field(out, number, value);
            }
            _ => {}
        }
    }
    true
}

/// Appends a field by the type of its value; of `null` and of what no field has, nothing.
fn field(out: &mut Vec<u8>, field: u32, value: &str) {
    if let Ok(text) = serde_json::from_str::<String>(value) {
        return write::text(out, field, text.as_bytes());
    }
    let number = value.parse::<f64>();
    match (field, number) {
        (LATENCY_MSEC, Ok(number)) => write::double(out, field, number),
        (SRC_IP | DST_IP | START_AT_MS | END_AT_MS, Ok(number)) => {
            write::integer(out, field, value.parse().unwrap_or(number as i64));
        }
        _ => {}
    }
}
