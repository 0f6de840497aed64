//! Sound calls of any shape.

use arbitrary::{Arbitrary, Unstructured};

use crate::calls::{AnyCall, ADDRESSES};
use crate::chains::ChainSettings;
use crate::common::Settings;
use crate::judged::{judge_chains, judge_run};

/// More calls than this only cost time.
const MAX_CALLS: usize = 100;

#[derive(Debug, Arbitrary)]
struct Input {
    bucket_ms: u16,
    ip_groups: u8,
    id_groups: u8,
    max_links: u8,
    batch: u8,
    calls: Vec<InputCall>,
}

#[derive(Debug, Arbitrary)]
struct InputCall {
    id: u8,
    addresses: u8,
    spelling: bool,
    start_ms: u16,
    latency_ms: u16,
}

/// All calls come out once, as the reference writes them, and each in one chain.
pub fn link(data: &[u8]) {
    let Ok(mut input) = Input::arbitrary(&mut Unstructured::new(data)) else {
        return;
    };
    input.calls.truncate(MAX_CALLS);
    let settings = Settings {
        // At most some 1000 buckets a call.
        bucket_ms: 20 + i64::from(input.bucket_ms),
        ip_groups: 1 + u32::from(input.ip_groups),
        id_groups: 1 + u32::from(input.id_groups),
        max_links: 1 + u32::from(input.max_links),
        ..Settings::default()
    };
    let json = |call: &InputCall| call.call().json(usize::from(call.spelling));
    let records: Vec<Vec<u8>> = input.calls.iter().map(json).collect();
    let batches: Vec<_> = records.chunks(1 + usize::from(input.batch)).map(<[_]>::to_vec).collect();
    let report = judge_run(&settings, &batches);
    assert!(report.is_same() && report.rejected == 0, "{report:?}");
    let report = judge_chains(&ChainSettings { kernels: settings, ..ChainSettings::default() }, &batches);
    assert!(report.is_same(), "{report:?}");
}

impl InputCall {
    fn call(&self) -> AnyCall {
        let addresses = usize::from(self.addresses);
        let start_ms = 1000 + i64::from(self.start_ms);
        // An end may lie 1 ms before the start, by rounding.
        let latency_ms = i64::from(self.latency_ms % 20_002) - 1;
        AnyCall {
            id: if self.id.is_multiple_of(2) { self.id.to_string() } else { format!("\"{}\"", self.id / 2) },
            src: addresses % ADDRESSES.len(),
            dst: addresses / ADDRESSES.len() % ADDRESSES.len(),
            start_ms,
            end_ms: start_ms + latency_ms,
        }
    }
}
