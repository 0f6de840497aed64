//! Calls in protobuf as those in JSON.

use prost::Message;
use serde_json::{json, Value};

use super::v1::{call, call_id, linked_call, Call, CallId, LinkedCall};

/// The record in JSON that a [`LinkedCall`] stands for: what the job writes for the same call, but perhaps for
/// the spelling of latencies and of characters in texts.
///
/// ```
/// use callweave_core::protobuf::{linked_to_json, v1::{linked_call::CallId, LinkedCall}};
/// use prost::Message;
/// let call = LinkedCall { call_id: Some(CallId::IdInteger(7)), start_at_ms: Some(1000), ..Default::default() };
/// let json = linked_to_json(&call.encode_to_vec())?;
/// assert!(json.starts_with(r#"{"id":7,"src_ip":"","dst_ip":"","start_at_ms":1000,"#), "{json}");
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// What is wrong with the bytes.
pub fn linked_to_json(record: &[u8]) -> Result<String, String> {
    let call =
        LinkedCall::decode(record).map_err(|error| format!("not a LinkedCall in protobuf: {error}"))?;
    let id = match call.call_id {
        Some(linked_call::CallId::Id(text)) => Value::from(text).to_string(),
        Some(linked_call::CallId::IdInteger(integer)) => integer.to_string(),
        Some(linked_call::CallId::IdNumber(number)) => number,
        None => return Err("id is missing".to_owned()),
    };
    let mut json = format!(
        r#"{{"id":{id},"src_ip":{},"dst_ip":{},"start_at_ms":{},"latency_msec":{},"end_at_ms":{}"#,
        Value::from(call.src_ip),
        Value::from(call.dst_ip),
        json!(call.start_at_ms),
        json!(call.latency_msec),
        json!(call.end_at_ms),
    );
    for (name, ids) in [("parents", call.parents), ("children", call.children)] {
        let ids: Vec<String> = ids.into_iter().map(json_id).collect::<Result<_, _>>()?;
        json.push_str(&format!(",\"{name}\":[{}]", ids.join(",")));
    }
    for (name, omitted) in
        [("parents_omitted", call.parents_omitted), ("children_omitted", call.children_omitted)]
    {
        if omitted > 0 {
            json.push_str(&format!(",\"{name}\":{omitted}"));
        }
    }
    json.push('}');
    Ok(json)
}

/// The record in JSON that a [`Call`] stands for, whether or not it is valid: a latency that JSON has no number for
/// is `null`. To look closer at a call that was read; what is wrong with a message, the
/// [`Reader`](crate::call::protobuf::Reader) says.
///
/// # Errors
/// When the bytes are no `Call`.
pub fn call_to_json(record: &[u8]) -> Result<String, prost::DecodeError> {
    let Call { call_id, src_ip, dst_ip, start_at_ms, latency_msec, end_at_ms } = Call::decode(record)?;
    let id = call_id.map(|id| match id {
        call::CallId::Id(text) => Value::from(text).to_string(),
        call::CallId::IdInteger(integer) => integer.to_string(),
        call::CallId::IdNumber(number) => number,
    });
    // Protobuf does not tell an empty text from a missing one.
    let text = |text: String| (!text.is_empty()).then(|| Value::from(text).to_string());
    let fields = [
        ("id", id),
        ("src_ip", text(src_ip)),
        ("dst_ip", text(dst_ip)),
        ("start_at_ms", start_at_ms.map(|ms| ms.to_string())),
        ("latency_msec", latency_msec.map(|ms| json!(ms).to_string())),
        ("end_at_ms", end_at_ms.map(|ms| ms.to_string())),
    ];
    let fields = fields.into_iter().filter_map(|(name, json)| Some(format!("\"{name}\":{}", json?)));
    Ok(format!("{{{}}}", fields.collect::<Vec<_>>().join(",")))
}

fn json_id(id: CallId) -> Result<String, String> {
    match id.call_id {
        Some(call_id::CallId::Id(text)) => Ok(Value::from(text).to_string()),
        Some(call_id::CallId::IdInteger(integer)) => Ok(integer.to_string()),
        Some(call_id::CallId::IdNumber(number)) => Ok(number),
        None => Err("an id in a list is missing".to_owned()),
    }
}
