//! Records of chains.

use serde_json::{json, Value};

/// A call; `parent` is the id and the depth of the one that caused it.
pub fn call(id: &str, parent: Option<(&str, u32)>, start_ms: i64, end_ms: i64) -> Value {
    json!({
        "id": id, "parent": parent.map(|(id, _)| id), "confidence": 1.0, "src": "A", "dst": id,
        "start_at_ms": start_ms, "end_at_ms": end_ms, "depth": parent.map_or(1, |(_, depth)| depth + 1),
        "self_msec": end_ms - start_ms, "critical_msec": 0,
    })
}

/// The call with other fields.
pub fn with(mut call: Value, fields: &Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        call[name] = value.clone();
    }
    call
}

/// The record of a chain of these calls.
pub fn chain(calls: &[Value]) -> String {
    json!({
        "chain": "a", "start_at_ms": 0, "total_msec": 500, "calls": calls.len(), "depth": 3, "width": 1,
        "confidence": 0.97, "hops": calls,
    })
    .to_string()
}
