//! The judge is judged, on records in memory.

mod chain_faults;
mod chains;
mod comparing;
mod linking;
mod reading;
mod spans;
mod windows;

use serde_json::value::RawValue;

use crate::call::bare_id;
use crate::expect::Expected;
use crate::{judge, Address, Call, Record, Rules};

pub const INPUT_TOPIC: &str = "calls";
/// When the records of a test were written to the topic.
pub const WRITTEN_MS: i64 = 1_700_000_000_000;

/// A record of the input topic, partition 0.
pub fn input(offset: i64, value: &str) -> Record {
    Record {
        offset,
        timestamp_ms: Some(WRITTEN_MS),
        value: Some(value.as_bytes().to_vec()),
        ..Record::default()
    }
}

/// A call between the hosts 10.0.0.SRC and 10.0.0.DST.
pub fn call_json(id: &str, src: u8, dst: u8, start_ms: i64, end_ms: i64) -> String {
    format!(
        r#"{{"id":"{id}","src_ip":"10.0.0.{src}","dst_ip":"10.0.0.{dst}","start_at_ms":{start_ms},"latency_msec":{},"end_at_ms":{end_ms}}}"#,
        end_ms - start_ms
    )
}

/// A call likewise, with any end.
pub fn call(id: &str, src: u8, dst: u8, start_ms: i64, end_ms: i64) -> Call {
    let json = call_json("any", src, dst, start_ms, start_ms);
    let call = Call::read(Some(json.as_bytes()), None, &Rules::default()).unwrap();
    Call { id: format!("\"{id}\""), end_ms, latency_ms: (end_ms - start_ms) as f64, ..call }
}

/// What the job has to write for one call.
pub fn result_of(expected: &Expected<'_>, index: usize) -> Record {
    let call = expected.calls[index][0];
    let links = &expected.links[index];
    let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
    let ids = |relatives: &[usize]| -> Vec<Box<RawValue>> {
        relatives.iter().map(|&relative| raw(&expected.calls[relative][0].id)).collect()
    };
    let parents = serde_json::to_string(&ids(&links.parents)).unwrap();
    let children = serde_json::to_string(&ids(&links.children)).unwrap();
    let mut value = format!(
        r#"{{"id":{},"src_ip":{},"dst_ip":{},"start_at_ms":{},"latency_msec":{},"end_at_ms":{},"parents":{parents},"children":{children}"#,
        call.id, call.src_text, call.dst_text, call.start_ms, call.latency_ms, call.end_ms
    );
    if links.parents_omitted > 0 {
        value += &format!(r#","parents_omitted":{}"#, links.parents_omitted);
    }
    if links.children_omitted > 0 {
        value += &format!(r#","children_omitted":{}"#, links.children_omitted);
    }
    value.push('}');
    Record {
        offset: index as i64,
        key: Some(bare_id(&call.id).as_bytes().to_vec()),
        value: Some(value.into_bytes()),
        ..Record::default()
    }
}

/// What a job that makes no mistake and rejects nothing as late writes: results and rejects.
pub fn right_output(input: &[Record], rules: &Rules) -> (Vec<Record>, Vec<Record>) {
    let judged = judge(input, rules);
    let none_late = vec![false; input.len()];
    let expected = Expected::new(&judged, &none_late, rules);
    let results = (0..expected.calls.len()).map(|index| result_of(&expected, index)).collect();
    let rejects = input
        .iter()
        .zip(&judged)
        .filter_map(|(record, judged)| {
            let reason = judged.verdict.as_ref().err()?;
            Some(record.rejected(INPUT_TOPIC, reason.name(), "why"))
        })
        .collect();
    (results, rejects)
}

/// Reads an address that must be one.
pub fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}
