//! Blocks that no writer made, with a right checksum: everything behind the checksum is reached.

use callweave_core::alerts::{Alerts, AlertsConfig};
use callweave_core::edges::{Windows, WindowsConfig};
use callweave_core::kernel::{CellKernel, KeyedKernel, Pulled};
use callweave_core::merge::{Merge, MergeConfig};
use callweave_core::protobuf::RecordFormat;
use xxhash_rust::xxh3::xxh3_64;

use crate::common::Settings;

/// Link refuses the blocks of legs with an error, or works them without harm.
pub fn legs(data: &[u8]) {
    survive(&mut Settings::default().link(), data, 1);
}

/// Merge refuses the blocks of what it keeps with an error, or works them without harm.
pub fn reports(data: &[u8]) {
    if let Ok(mut merge) = Merge::new(MergeConfig { bucket_ms: 1000, ip_groups: 4 }) {
        survive(&mut merge, data, 9);
    }
}

/// Assemble refuses the blocks of halves with an error, or works them without harm.
pub fn halves(data: &[u8]) {
    survive(&mut Settings::default().assemble(), data, 2);
}

/// Windows refuses the blocks of sums with an error, or works them without harm.
pub fn sums(data: &[u8]) {
    let config =
        WindowsConfig { window_ms: 60_000, slide_ms: 60_000, max_series: 2, format: RecordFormat::Json };
    if let Ok(mut windows) = Windows::new(config) {
        survive(&mut windows, data, 7);
    }
}

/// Alerts refuses what is known of series with an error, or judges a window by it without harm. What it saves then is
/// read.
pub fn pasts(data: &[u8]) {
    let config = AlertsConfig { window_ms: 60_000, slide_ms: 60_000, max_series: 2, rules: String::new() };
    let Ok(mut alerts) = Alerts::new(config) else { return };
    if alerts.load(&block(data, 8)).and_then(|()| alerts.fire(40_000_000)).is_ok() {
        let mut saved = Vec::new();
        alerts.save(&mut saved).expect("what was fired is saved");
        alerts.load(&saved).expect("what was saved is read");
    }
}

/// The first byte says how long the body of the first of two blocks is, in 256ths of the rest.
pub fn survive(kernel: &mut impl CellKernel, data: &[u8], kind: u8) {
    let Some((&share, bodies)) = data.split_first() else {
        return;
    };
    let (first, second) = bodies.split_at(bodies.len() * usize::from(share) / 256);
    for body in [second, first] {
        // After an error the kernel has forgotten the cell; what follows is another one.
        let _ = kernel.push(&block(body, kind));
    }
    if kernel.fire(1).is_ok() {
        let mut buffer = vec![0; 64];
        loop {
            match kernel.pull(&mut buffer) {
                Ok(Pulled::Filled(1..)) => {}
                Ok(Pulled::Needs(bytes)) => buffer.resize(bytes, 0),
                Ok(Pulled::Filled(0)) | Err(_) => break,
            }
        }
    }
    let _ = kernel.counters().take();
}

/// A block of that kind, version 1, with a right checksum.
pub fn block(body: &[u8], kind: u8) -> Vec<u8> {
    let mut block = [b"CW".as_slice(), &[1, kind], body].concat();
    let checksum = xxh3_64(&block) as u32;
    block.extend_from_slice(&checksum.to_le_bytes());
    block
}
