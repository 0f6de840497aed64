//! Alerts over windows of series, of which each has as many calls of one latency as the test says.

use callweave_core::alerts::{Alerts, AlertsConfig, BEGUN, ENDED, SERIES_OMITTED};
use callweave_core::block::sums;
use callweave_core::edges::panes::Panes;
use callweave_core::edges::series::{Series, SeriesTable};
use callweave_core::edges::Kind;
use callweave_core::kernel::{CellKernel, KeyedKernel, Outbox};
use proptest::prelude::*;
use serde_json::{json, Value};

use crate::common::{drain, records};

pub const MINUTE_MS: i64 = 60_000;
/// The least that a series has to be known before it is judged.
const LEARNING: i64 = 30;
/// Windows that a new series is new in.
const HISTORY: i64 = 60;
const DAY: i64 = 24 * 60;

/// An edge from `a` in a window: where it goes, calls, their latency in ms, calls without parent.
type Edge<'a> = (&'a str, u32, u32, u64);

pub fn alerts(rules: &str, max_series: u32) -> Alerts {
    let config =
        AlertsConfig { window_ms: MINUTE_MS, slide_ms: MINUTE_MS, max_series, rules: rules.to_owned() };
    Alerts::new(config).unwrap()
}

/// The edges of a window as a block.
pub fn block(edges: &[Edge<'_>]) -> Vec<u8> {
    let mut table = SeriesTable::default();
    for &(to, calls, latency_ms, without_parent) in edges {
        let (src, dst) = (table.name("a"), table.name(to));
        let (sums, texts) = table.sums_mut(Series { kind: Kind::Edge, src, dst });
        for call in 0..calls {
            sums.add(latency_ms);
            sums.exemplars.offer(latency_ms, texts, |out| {
                out.extend_from_slice(format!("\"{to}-{call:09}\"").as_bytes());
            });
        }
        sums.own[0] += without_parent;
    }
    table_block(table)
}

fn table_block(mut table: SeriesTable) -> Vec<u8> {
    let (mut block, panes) = (Vec::new(), Panes::new(MINUTE_MS, MINUTE_MS).unwrap());
    sums::take_blocks(&mut table, panes, 0, |_, bytes| block = bytes.to_vec());
    sums::decode(&block, &mut SeriesTable::default()).unwrap();
    block
}

/// A kernel as its host runs it, with what it has said.
struct Host {
    kernel: Alerts,
    known: Vec<u8>,
    said: Vec<Value>,
    keys: Vec<String>,
}

impl Host {
    fn new(rules: &str) -> Self {
        Self { kernel: alerts(rules, 100), known: Vec::new(), said: Vec::new(), keys: Vec::new() }
    }

    fn window(&mut self, window: i64, edges: &[Edge<'_>]) {
        self.kernel.load(&self.known).unwrap();
        if !edges.is_empty() {
            self.kernel.push(&block(edges)).unwrap();
        }
        self.kernel.fire(window).unwrap();
        self.known.clear();
        self.kernel.save(&mut self.known).unwrap();
        for (key, value) in records(&drain(&mut self.kernel)) {
            self.keys.push(key);
            self.said.push(serde_json::from_str(&value).unwrap());
        }
    }

    fn windows(&mut self, windows: std::ops::Range<i64>, edges: &[Edge<'_>]) {
        windows.for_each(|window| self.window(window, edges));
    }

    /// Rule, state, end of the edge and minute of each change.
    fn told(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or("all").to_owned();
        let told = |one: &Value| {
            let minute = one["window_start_ms"].as_i64().unwrap() / MINUTE_MS;
            format!("{} {} {} {minute}", text(&one["rule"]), text(&one["state"]), text(&one["dst"]))
        };
        self.said.iter().map(told).collect()
    }
}

const USUAL: [Edge; 3] = [("b", 100, 40, 0), ("c", 100, 40, 0), ("d", 500, 40, 0)];

#[test]
fn an_edge_that_is_slower_for_a_while_is_told_when_it_begins_and_when_it_ends() {
    let mut host = Host::new("");
    host.windows(0..100, &USUAL);
    host.windows(100..110, &[("b", 100, 90, 0), USUAL[1], USUAL[2]]);
    host.windows(110..200, &USUAL);
    assert_eq!(host.told(), ["latency-rose firing b 102", "latency-rose resolved b 112"]);
    let begun = json!({
        "kind": "alert", "rule": "latency-rose", "state": "firing", "of": "edge", "src": "a", "dst": "b",
        "since_ms": 100 * MINUTE_MS, "window_start_ms": 102 * MINUTE_MS, "window_end_ms": 103 * MINUTE_MS,
        "figure": "p95_msec", "expected": 40, "seen": 90, "count": 100,
        "exemplars": ["b-000000000", "b-000000001", "b-000000002"],
    });
    assert_eq!(host.said[0], begun);
    assert_eq!((&host.said[1]["why"], &host.said[1]["since_ms"]), (&json!("usual"), &begun["since_ms"]));
    assert_eq!(host.keys, [r#"["latency-rose","edge","a","b"]"#; 2]);
    let counted = host.kernel.counters().take();
    assert_eq!((counted[BEGUN], counted[ENDED], counted[SERIES_OMITTED]), (1, 1, 0));
}

#[test]
fn windows_that_are_few_or_apart_tell_nothing() {
    let mut host = Host::new("");
    host.windows(0..LEARNING - 1, &USUAL);
    for window in LEARNING - 1..200 {
        let latency_ms = if window % 3 == 0 { 40 } else { 90 };
        host.window(
            window,
            &[("b", 100, latency_ms.min(40 + (window as u32 % 3) * 25), 0), USUAL[1], USUAL[2]],
        );
    }
    host.windows(200..202, &[USUAL[0], ("c", 900, 40, 0), USUAL[2]]);
    host.windows(202..210, &USUAL);
    assert!(host.told().is_empty(), "{:?}", host.told());
}

#[test]
fn what_lasts_is_accepted_and_told_again_when_it_changes_back() {
    let mut host = Host::new("accept-after: 90\n");
    host.windows(0..100, &USUAL);
    let slower = [("b", 100, 90, 0), USUAL[1], USUAL[2]];
    host.windows(100..300, &slower);
    host.windows(300..310, &USUAL);
    let told = ["latency-rose firing b 102", "latency-rose resolved b 190", "latency-fell firing b 304"];
    assert_eq!(host.told(), told);
    assert_eq!(host.said[1]["why"], "accepted");
}

#[test]
fn rates_that_rise_and_fall_and_calls_without_parent_are_told() {
    let mut host = Host::new("");
    host.windows(0..70, &USUAL);
    host.windows(70..80, &[("b", 300, 40, 0), ("c", 20, 40, 0), ("d", 500, 40, 400)]);
    let told = [
        "without-parent firing all 72",
        "rate-rose firing b 72",
        "rate-fell firing c 72",
        "without-parent firing d 72",
    ];
    assert_eq!(host.told(), told);
    assert_eq!((&host.said[3]["expected"], &host.said[3]["seen"]), (&json!(0.0), &json!(0.8)));
}

#[test]
fn an_edge_vanishes_only_if_the_rest_goes_on() {
    let mut host = Host::new("");
    host.windows(0..70, &USUAL);
    host.windows(70..80, &[USUAL[1], USUAL[2]]);
    host.windows(80..85, &USUAL);
    assert_eq!(host.told(), ["vanished firing b 72", "vanished resolved b 80"]);
    // As the bin of 100 has it.
    assert_eq!((&host.said[0]["expected"], &host.said[0]["exemplars"]), (&json!(99), &json!([])));

    let mut host = Host::new("");
    host.windows(0..70, &USUAL);
    // Nothing at all comes, so nobody asks.
    host.windows(80..90, &USUAL);
    assert_eq!(host.told(), ["rate-fell firing all 72", "rate-fell resolved all 82"]);
    assert_eq!((&host.said[0]["all"], &host.said[0]["seen"]), (&json!(true), &json!(0)));
    assert_eq!(host.keys[0], r#"["rate-fell","edge"]"#);
}

#[test]
fn a_new_edge_is_told_once_and_is_usual_then() {
    let mut host = Host::new("");
    host.windows(0..HISTORY, &USUAL);
    let more = [USUAL[0], USUAL[1], USUAL[2], ("e", 30, 40, 0)];
    host.windows(HISTORY..3 * HISTORY, &more);
    let ends = 2 * HISTORY + 9;
    assert_eq!(host.told(), ["new firing e 62".to_owned(), format!("new resolved e {ends}")]);
}

#[test]
fn what_was_so_in_the_same_hour_of_yesterday_is_usual() {
    // Each day half an hour at night has a batch.
    let run = |days: i64| {
        let mut host = Host::new("");
        for window in 0..days * DAY {
            let is_batch = (120..150).contains(&(window % DAY));
            host.window(window, &[if is_batch { ("b", 900, 400, 0) } else { USUAL[0] }, USUAL[1], USUAL[2]]);
        }
        host.told()
    };
    let first_night = run(1);
    assert!(first_night.iter().any(|told| told == "latency-rose firing b 122"), "{first_night:?}");
    assert_eq!(run(2), first_night);
}

#[test]
fn what_is_true_of_most_series_is_told_of_all_together_alone() {
    let mut host = Host::new("");
    host.windows(0..70, &USUAL);
    host.windows(70..75, &USUAL.map(|(to, calls, latency_ms, _)| (to, calls * 3, latency_ms, calls.into())));
    host.windows(75..80, &USUAL.map(|(to, calls, latency_ms, _)| (to, calls / 9, latency_ms, 0)));
    let begun: Vec<_> = host.told().into_iter().filter(|told| told.contains("firing")).collect();
    let of_all = ["rate-rose firing all 72", "without-parent firing all 72", "rate-fell firing all 77"];
    assert_eq!(begun, of_all, "{:?}", host.told());
}

#[test]
fn a_series_that_was_not_seen_for_a_week_is_forgotten_and_its_alert_ends() {
    let mut host = Host::new("accept-after: 100000\n");
    let rest = [USUAL[1], USUAL[2]];
    // At the end of an hour, so that the same hour of last week had calls.
    host.windows(0..119, &USUAL);
    host.windows(119..123, &rest);
    host.windows(7 * DAY + 100..7 * DAY + 130, &rest);
    assert_eq!(host.told().last().unwrap(), "vanished resolved b 10199", "{:?}", host.told());
    assert_eq!(host.said.last().unwrap()["why"], "gone");
    host.windows(7 * DAY + 130..7 * DAY + 140, &USUAL);
    assert_eq!(host.told().last().unwrap(), "new firing b 10212", "{:?}", host.told());
}

#[test]
fn state_is_bounded_by_max_series_and_some_hundred_bytes_a_series() {
    let mut kernel = alerts("", 2);
    kernel.load(&[]).unwrap();
    let mut known = Vec::new();
    for window in 0..15 * DAY {
        kernel
            .push(&block(&[("b", 60 + window as u32 % 7, 40, 0), ("c", 60, 40, 0), ("d", 1, 40, 0)]))
            .unwrap();
        kernel.fire(window).unwrap();
        drain(&mut kernel);
    }
    kernel.save(&mut known).unwrap();
    // And that of all together.
    assert!(known.len() < 3 * 1_500, "{}", known.len());
    assert_eq!(kernel.counters().take()[SERIES_OMITTED], 15 * DAY as u64);
}

#[test]
fn what_was_known_is_given_back_once_it_is_saved_and_all_is_told() {
    let mut kernel = alerts("", 10_000);
    kernel.load(&[]).unwrap();
    let names: Vec<String> = (0..10_000).map(|name| format!("service-{name}")).collect();
    let edges: Vec<Edge<'_>> = names.iter().map(|name| (name.as_str(), 60, 40, 0)).collect();
    kernel.push(&block(&edges)).unwrap();
    kernel.fire(0).unwrap();
    let known_bytes = kernel.memory_bytes();
    kernel.save(&mut Vec::new()).unwrap();
    drain(&mut kernel);
    assert!(kernel.memory_bytes() < known_bytes / 2, "{} of {known_bytes}", kernel.memory_bytes());
}

#[test]
fn state_that_is_damaged_or_no_state_is_refused_and_nothing_of_it_remains() {
    let mut host = Host::new("");
    host.windows(0..40, &USUAL);
    for length in 0..host.known.len() {
        let refused = host.kernel.load(&host.known[..length]);
        assert_eq!(refused.is_ok(), length == 0, "{length} bytes");
    }
    for at in 0..host.known.len() {
        let mut damaged = host.known.clone();
        damaged[at] ^= 4;
        assert!(host.kernel.load(&damaged).is_err(), "byte {at}");
    }
    assert!(host.kernel.save(&mut Vec::new()).is_err(), "nothing was judged since");
    host.kernel.load(&host.known).unwrap();
    let error = host.kernel.fire(39).unwrap_err().to_string();
    assert!(error.contains("window 39 comes behind window 39"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// One kernel that stays, and one that starts anew before each window with blocks in another order.
    #[test]
    fn the_same_windows_give_the_same_bytes_whatever_the_blocks_and_restarts(
        windows in prop::collection::vec((0..3i64, prop::collection::vec((0..4usize, 0..200u32, 1..900u32), 0..5)), 40..120),
    ) {
        const TO: [&str; 4] = ["b", "c", "d", "e"];
        let rules = "learning: 5\nhistory: 8\n";
        let mut stays = alerts(rules, 3);
        stays.load(&[]).unwrap();
        let mut known = Vec::new();
        let mut window = 0;
        for (gap, edges) in &windows {
            window += 1 + gap;
            let blocks: Vec<Vec<u8>> = edges.iter().map(|&(to, calls, ms)| block(&[(TO[to], calls + 1, ms, 0)])).collect();
            let mut anew = alerts(rules, 3);
            anew.load(&known).unwrap();
            blocks.iter().for_each(|block| stays.push(block).unwrap());
            blocks.iter().rev().for_each(|block| anew.push(block).unwrap());
            stays.fire(window).unwrap();
            anew.fire(window).unwrap();
            prop_assert_eq!(records(&drain(&mut stays)), records(&drain(&mut anew)));
            known.clear();
            let mut kept = Vec::new();
            anew.save(&mut known).unwrap();
            stays.save(&mut kept).unwrap();
            prop_assert_eq!(&known, &kept);
        }
    }
}
