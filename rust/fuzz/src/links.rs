//! Sound calls of any shape.

use arbitrary::{Arbitrary, Unstructured};

use crate::common::{run, Settings};
use crate::reference::{distinct, json, naive, results, NaiveCall, ADDRESSES};

/// More calls than this only cost time: the reference looks at each pair.
const MAX_CALLS: usize = 100;

#[derive(Debug, Arbitrary)]
struct Input {
    bucket_ms: u16,
    ip_groups: u8,
    id_groups: u8,
    max_links: u8,
    batch: u8,
    calls: Vec<AnyCall>,
}

#[derive(Debug, Arbitrary)]
struct AnyCall {
    id: u8,
    addresses: u8,
    spelling: bool,
    start_ms: u16,
    latency_ms: u16,
}

/// All calls come out once, with the links of the naive reference.
pub fn link(data: &[u8]) {
    let Ok(mut input) = Input::arbitrary(&mut Unstructured::new(data)) else {
        return;
    };
    input.calls.truncate(MAX_CALLS);
    let max_links = 1 + u32::from(input.max_links);
    let settings = Settings {
        // At most some 1000 buckets a call.
        bucket_ms: 20 + i64::from(input.bucket_ms),
        ip_groups: 1 + u32::from(input.ip_groups),
        id_groups: 1 + u32::from(input.id_groups),
        max_links,
        pass_through: false,
    };
    let records: Vec<Vec<u8>> =
        input.calls.iter().map(|call| json(&call.naive(), usize::from(call.spelling))).collect();
    let batches: Vec<_> = records.chunks(1 + usize::from(input.batch)).map(<[_]>::to_vec).collect();
    let expected = naive(&distinct(input.calls.iter().map(AnyCall::naive).collect()), max_links as usize);
    assert_eq!(results(&run(&settings, &batches)), expected);
}

impl AnyCall {
    fn naive(&self) -> NaiveCall {
        let addresses = usize::from(self.addresses);
        let start_ms = 1000 + i64::from(self.start_ms);
        // An end may lie 1 ms before the start, by rounding.
        let latency_ms = i64::from(self.latency_ms % 20_002) - 1;
        NaiveCall {
            id: if self.id.is_multiple_of(2) { self.id.to_string() } else { format!("\"{}\"", self.id / 2) },
            src: addresses % ADDRESSES.len(),
            dst: addresses / ADDRESSES.len() % ADDRESSES.len(),
            start_ms,
            end_ms: start_ms + latency_ms,
        }
    }
}
