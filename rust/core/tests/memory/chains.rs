//! The kernels of chains under loads of every shape, after many windows, and in the calm behind them.

use std::collections::BTreeMap;

use callweave_core::attribute::{Attribute, AttributeConfig};
use callweave_core::block::{is_of, Kind};
use callweave_core::chain::{Chain, ChainConfig};
use callweave_core::protobuf::RecordFormat;
use callweave_core::root::{Root, RootConfig};
use callweave_core::route::{Route, RouteConfig};
use proptest::prelude::*;

use crate::load::{load, Cells, Load, Spelling, CALM};
use crate::tracked::Tracked;

const BUCKET_MS: i64 = 1_000;
const WINDOW_MS: i64 = 5_000;
const LOOK_AHEAD_MS: i64 = 1_000;
const IP_GROUPS: u32 = 4;
const CHAIN_GROUPS: u32 = 4;
/// What a kernel may keep of its memory once the load has passed.
const LITTLE_BYTES: usize = 4 << 20;
/// Rounds of little work until it must have given back the rest.
const CALM_ROUNDS: usize = 100;
/// From one round to the next, ms: no call is open any more.
const APART_MS: u64 = 100_000;

struct Kernels {
    route: Tracked<Route>,
    attribute: Tracked<Attribute>,
    root: Tracked<Root>,
    chain: Tracked<Chain>,
    /// What Attribute knows of each group of addresses.
    known: BTreeMap<i64, Vec<u8>>,
}

impl Kernels {
    fn new() -> Self {
        let route = RouteConfig {
            bucket_ms: BUCKET_MS,
            ip_groups: IP_GROUPS,
            max_latency_ms: 20_000,
            max_future_skew_ms: 10_000,
            max_record_bytes: 65_536,
            pass_through: false,
            map: String::new(),
            format: RecordFormat::Json,
            message: None,
            merge_reports: false,
        };
        let attribute = AttributeConfig {
            window_ms: WINDOW_MS,
            look_ahead_ms: LOOK_AHEAD_MS,
            ip_groups: IP_GROUPS,
            // What a call may cost has no part in this.
            effort: 100,
        };
        let root = RootConfig { window_ms: WINDOW_MS, bucket_ms: BUCKET_MS, chain_groups: CHAIN_GROUPS };
        let chain = ChainConfig {
            max_chain_calls: 10_000,
            services: "10.0.0.0/8: all\n".into(),
            windows: None,
            spans: None,
            records: true,
            format: RecordFormat::Json,
        };
        Kernels {
            route: Tracked::new(|| Route::new(route).unwrap()),
            attribute: Tracked::new(|| Attribute::new(attribute).unwrap()),
            root: Tracked::new(|| Root::new(root).unwrap()),
            chain: Tracked::new(|| Chain::new(chain).unwrap()),
            known: BTreeMap::new(),
        }
    }

    /// Sends all calls of a load through the kernels; returns the bytes of the records of chains.
    fn work(&mut self, load: &Load) -> usize {
        let mut legs = Cells::new();
        for batch in load.batches(64) {
            self.route.push_batch(&batch);
            self.route.drain(&mut legs);
        }
        self.route.flush();
        self.route.drain(&mut legs);
        let decided = self.decide(&legs);
        let rooted = self.root(decided);
        let mut record_bytes = 0;
        for (cell, blocks) in &rooted {
            blocks.iter().for_each(|block| self.chain.push(block));
            self.chain.fire(cell.div_euclid(CHAIN_GROUPS.into()));
            record_bytes += self.chain.drain_bytes();
        }
        record_bytes
    }

    fn decide(&mut self, legs: &Cells) -> Cells {
        let groups = i64::from(IP_GROUPS);
        let (mut windows, mut decided) = (Cells::new(), Cells::new());
        for (cell, blocks) in legs {
            let window = (cell.div_euclid(groups) * BUCKET_MS - LOOK_AHEAD_MS).div_euclid(WINDOW_MS);
            let cell = window * groups + cell.rem_euclid(groups);
            windows.entry(cell).or_default().extend(blocks.iter().cloned());
        }
        while let Some((cell, blocks)) = windows.pop_first() {
            let known = self.known.entry(cell.rem_euclid(groups)).or_default();
            self.attribute.load(known);
            blocks.iter().for_each(|block| self.attribute.push(block));
            self.attribute.fire(cell.div_euclid(groups));
            *known = self.attribute.save();
            let mut given = Cells::new();
            self.attribute.drain(&mut given);
            sort(given, |block| is_of(block, Kind::Legs), &mut windows, &mut decided);
        }
        decided
    }

    fn root(&mut self, mut windows: Cells) -> Cells {
        let mut rooted = Cells::new();
        while let Some((window, blocks)) = windows.pop_first() {
            blocks.iter().for_each(|block| self.root.push(block));
            self.root.fire(window);
            let mut given = Cells::new();
            self.root.drain(&mut given);
            // What is kept of open calls is for a Root that starts anew.
            given.values_mut().for_each(|blocks| blocks.retain(|block| !is_of(block, Kind::OpenCalls)));
            sort(given, |block| is_of(block, Kind::Attributed), &mut windows, &mut rooted);
        }
        rooted
    }

    fn parts(&self) -> [(&'static str, usize, usize); 3] {
        [
            ("Attribute", self.attribute.live_bytes(), self.attribute.peak_bytes()),
            ("Root", self.root.live_bytes(), self.root.peak_bytes()),
            ("Chain", self.chain.live_bytes(), self.chain.peak_bytes()),
        ]
    }
}

/// Deals blocks to the input of the same kernel and to its output.
fn sort(given: Cells, is_input: impl Fn(&[u8]) -> bool, input: &mut Cells, output: &mut Cells) {
    for (cell, blocks) in given {
        for block in blocks {
            let to = if is_input(&block) { &mut *input } else { &mut *output };
            to.entry(cell).or_default().push(block);
        }
    }
}

/// Works a load, then calm traffic; the memory of all kernels must be little again.
fn work_and_calm_down(load: &Load) {
    let mut kernels = Kernels::new();
    assert!(kernels.work(load) > 0);
    for round in 1..=CALM_ROUNDS as u64 {
        kernels.work(&Load { begin_ms: load.begin_ms + round * APART_MS, ..CALM });
    }
    for (name, bytes, peak) in kernels.parts() {
        assert!(bytes <= LITTLE_BYTES, "{name} still holds {bytes} of {peak} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_memory_that_kernels_of_chains_report_is_the_memory_allocated(load in load()) {
        work_and_calm_down(&load);
    }
}

const HOSTILE: Load = Load { calls: 20_000, span_ms: 1_000, ..CALM };

#[test]
fn memory_of_chains_at_one_hot_address_is_given_back() {
    work_and_calm_down(&Load { calls: 10_000, addresses: 1, latency_ms: 900, ..HOSTILE });
}

#[test]
fn memory_of_chains_over_many_addresses_is_given_back() {
    work_and_calm_down(&Load { addresses: 20_000, spelling: Spelling::Mixed, ..HOSTILE });
}

#[test]
fn memory_of_chains_with_long_ids_is_given_back() {
    work_and_calm_down(&Load { addresses: 300, id_bytes: 256, ..HOSTILE });
}

#[test]
fn memory_after_a_hundred_windows_is_no_more_than_after_ten() {
    let mut kernels = Kernels::new();
    let mut work = |windows: std::ops::Range<u64>| {
        for window in windows {
            // Calls of 3 s, so that some are open at the end of every window.
            let (begin_ms, span_ms) = (1_000_000 + window * WINDOW_MS as u64, WINDOW_MS as u64);
            kernels.work(&Load { calls: 500, begin_ms, span_ms, latency_ms: 3_000, ..CALM });
        }
        let known = kernels.known.values().map(Vec::len).sum::<usize>();
        (kernels.parts(), known)
    };
    let (after_ten, known_then) = work(0..10);
    let (after_hundred, known_now) = work(10..100);
    for ((name, _, then), (_, _, now)) in after_ten.into_iter().zip(after_hundred) {
        assert!(now <= 2 * then, "{name} held {then} bytes at most in ten windows, {now} in a hundred");
    }
    let models = 6_000 * CALM.addresses as usize;
    assert!(
        known_now <= known_then + models,
        "{known_then} bytes are known after ten windows, then {known_now}"
    );
}
