//! Calls of every shape that an outsider can send.

use std::collections::BTreeMap;

use callweave_core::wire::batch::{write, Record};
use callweave_core::wire::frames::{blocks, BlockFrame};
use proptest::prelude::*;

/// How calls are shaped.
#[derive(Debug, Clone)]
pub struct Load {
    pub calls: u64,
    /// Addresses that the calls go between.
    pub addresses: u64,
    pub spelling: Spelling,
    /// The first moment at which one can start, ms of the epoch.
    pub begin_ms: u64,
    /// The starts lie within so many ms.
    pub span_ms: u64,
    pub latency_ms: u64,
    pub id_bytes: usize,
    /// Bytes of a field to pass through; none if 0.
    pub extra_bytes: usize,
}

#[derive(Debug, Clone, Copy)]
pub enum Spelling {
    V4,
    V6,
    /// A host name of 60 bytes.
    Name,
    /// The three of them in turn.
    Mixed,
}

/// The usual traffic, little of it.
pub const CALM: Load = Load {
    calls: 20,
    addresses: 5,
    spelling: Spelling::V4,
    begin_ms: 1_000_000,
    span_ms: 100,
    latency_ms: 40,
    id_bytes: 12,
    extra_bytes: 0,
};

impl Load {
    /// The calls in batches of `records`, as Route takes them.
    pub fn batches(&self, records: u64) -> Vec<Vec<u8>> {
        let numbers: Vec<u64> = (0..self.calls).collect();
        let batch = |numbers: &[u64]| {
            let mut batch = Vec::new();
            for &number in numbers {
                let record = self.record(number);
                write(&mut batch, Record { partition: 0, value: Some(record.as_bytes()) });
            }
            batch
        };
        numbers.chunks(records as usize).map(batch).collect()
    }

    fn record(&self, number: u64) -> String {
        // Spread by a multiplier that has no factor in common with anything here.
        let spread = |salt: u64| (number * 2_654_435_761 + salt) >> 3;
        let start_ms = self.begin_ms + spread(1) % self.span_ms;
        let extra = match self.extra_bytes {
            0 => String::new(),
            bytes => format!(r#","extra":"{}""#, "x".repeat(bytes)),
        };
        format!(
            r#"{{"id":"{number:0width$}","src_ip":"{}","dst_ip":"{}","start_at_ms":{start_ms},"latency_msec":{}.5{extra}}}"#,
            self.address(spread(2)),
            self.address(spread(3)),
            self.latency_ms,
            width = self.id_bytes,
        )
    }

    fn address(&self, chosen: u64) -> String {
        let number = chosen % self.addresses + 1;
        let spelling = match self.spelling {
            Spelling::Mixed => [Spelling::V4, Spelling::V6, Spelling::Name][number as usize % 3],
            spelling => spelling,
        };
        match spelling {
            Spelling::V4 => std::net::Ipv4Addr::from(number as u32).to_string(),
            Spelling::V6 => std::net::Ipv6Addr::from(0x2001 << 112 | u128::from(number)).to_string(),
            _ => format!("{number:052}.example"),
        }
    }
}

/// Loads of every shape.
pub fn load() -> impl Strategy<Value = Load> {
    let spelling =
        prop_oneof![Just(Spelling::V4), Just(Spelling::V6), Just(Spelling::Name), Just(Spelling::Mixed)];
    let latency_ms = prop_oneof![0u64..300, 0u64..20_000];
    let extra_bytes = prop_oneof![Just(0usize), 1usize..2_000];
    (1u64..2_000, 1u64..500, spelling, 1u64..60_000, latency_ms, 1usize..=256, extra_bytes).prop_map(
        |(calls, addresses, spelling, span_ms, latency_ms, id_bytes, extra_bytes)| {
            let id_bytes = id_bytes.max(8);
            Load { calls, addresses, spelling, span_ms, latency_ms, id_bytes, extra_bytes, ..CALM }
        },
    )
}

/// Blocks by cell.
pub type Cells = BTreeMap<i64, Vec<Vec<u8>>>;

/// Adds frames of blocks to their cells.
pub fn collect(frames: &[u8], cells: &mut Cells) {
    for frame in blocks(frames) {
        let BlockFrame { cell, block, .. } = frame.unwrap();
        cells.entry(cell).or_default().push(block.to_vec());
    }
}
