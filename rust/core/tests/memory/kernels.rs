//! Each kernel under loads of every shape, and in the calm after them.

use callweave_core::assemble::{Assemble, AssembleConfig};
use callweave_core::link::{Link, LinkConfig};
use callweave_core::protobuf::RecordFormat;
use callweave_core::route::{Route, RouteConfig};
use proptest::prelude::*;

use crate::load::{load, Cells, Load, Spelling, CALM};
use crate::tracked::Tracked;

const IP_GROUPS: u32 = 16;
const ID_GROUPS: u32 = 4;
/// What a kernel may keep of its memory once the load has passed.
const LITTLE_BYTES: usize = 4 << 20;
/// Rounds of little work until it must have given back the rest.
const CALM_ROUNDS: usize = 100;

struct Kernels {
    route: Tracked<Route>,
    link: Tracked<Link>,
    assemble: Tracked<Assemble>,
}

impl Kernels {
    fn new(bucket_ms: i64) -> Self {
        let route = RouteConfig {
            bucket_ms,
            ip_groups: IP_GROUPS,
            max_latency_ms: 20_000,
            max_future_skew_ms: 10_000,
            max_record_bytes: 65_536,
            pass_through: true,
            map: String::new(),
            format: RecordFormat::Json,
            message: None,
            merge_reports: false,
        };
        let link = LinkConfig { bucket_ms, id_groups: ID_GROUPS, max_links: 1000, edges: None };
        Kernels {
            route: Tracked::new(|| Route::new(route).unwrap()),
            link: Tracked::new(|| Link::new(link).unwrap()),
            assemble: Tracked::new(|| {
                Assemble::new(AssembleConfig { max_links: 1000, format: RecordFormat::Json }).unwrap()
            }),
        }
    }

    /// Sends all calls of a load through the kernels; returns the bytes of the results.
    fn work(&mut self, load: &Load) -> usize {
        let (mut legs, mut halves) = (Cells::new(), Cells::new());
        for batch in load.batches(64) {
            self.route.push_batch(&batch);
            self.route.drain(&mut legs);
        }
        self.route.flush();
        self.route.drain(&mut legs);
        for (cell, blocks) in &legs {
            blocks.iter().for_each(|block| self.link.push(block));
            self.link.fire(cell.div_euclid(IP_GROUPS.into()));
            self.link.drain(&mut halves);
        }
        let mut result_bytes = 0;
        for (cell, blocks) in &halves {
            blocks.iter().for_each(|block| self.assemble.push(block));
            self.assemble.fire(cell.div_euclid(ID_GROUPS.into()));
            result_bytes += self.assemble.drain_bytes();
        }
        result_bytes
    }
}

/// Works a load, then calm traffic; the memory of all kernels must be little again.
fn work_and_calm_down(bucket_ms: i64, load: &Load) {
    let mut kernels = Kernels::new(bucket_ms);
    assert!(kernels.work(load) > 0);
    for _ in 0..CALM_ROUNDS {
        kernels.work(&CALM);
    }
    let Kernels { route, link, assemble } = &kernels;
    for (name, bytes, peak) in [
        ("Route", route.live_bytes(), route.peak_bytes()),
        ("Link", link.live_bytes(), link.peak_bytes()),
        ("Assemble", assemble.live_bytes(), assemble.peak_bytes()),
    ] {
        assert!(bytes <= LITTLE_BYTES, "{name} still holds {bytes} of {peak} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_memory_reported_is_the_memory_allocated(load in load(), bucket_ms in 100i64..2_000) {
        work_and_calm_down(bucket_ms, &load);
    }
}

const HOSTILE: Load = Load { calls: 20_000, span_ms: 1_000, ..CALM };

#[test]
fn calls_that_touch_thousands_of_buckets_are_counted_and_bounded() {
    let load = Load { calls: 1_024, span_ms: 10_000, latency_ms: 19_999, addresses: 50, ..CALM };
    let mut kernels = Kernels::new(10);
    let mut legs = Cells::new();
    for batch in load.batches(64) {
        kernels.route.push_batch(&batch);
        kernels.route.drain(&mut legs);
        legs.clear();
    }
    let peak = kernels.route.peak_bytes();
    assert!(peak <= 64 << 20, "Route held {peak} bytes");
}

#[test]
fn memory_of_thousands_of_buckets_is_given_back() {
    work_and_calm_down(10, &Load { calls: 200, span_ms: 10_000, latency_ms: 19_999, addresses: 50, ..CALM });
}

#[test]
fn memory_of_many_addresses_is_given_back() {
    work_and_calm_down(1000, &Load { addresses: 20_000, spelling: Spelling::Mixed, ..HOSTILE });
}

#[test]
fn memory_of_long_ids_is_given_back() {
    work_and_calm_down(1000, &Load { addresses: 300, id_bytes: 256, ..HOSTILE });
}

#[test]
fn memory_of_fields_passed_through_is_given_back() {
    work_and_calm_down(1000, &Load { calls: 4_000, addresses: 300, extra_bytes: 8_000, ..HOSTILE });
}

#[test]
fn memory_of_one_hot_address_is_given_back() {
    work_and_calm_down(1000, &Load { calls: 5_000, addresses: 1, latency_ms: 900, ..HOSTILE });
}
