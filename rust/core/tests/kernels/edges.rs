//! Windows of edges, entries and services, held against a computation with all calls at hand.

use callweave_core::block::{is_of, Kind};
use callweave_core::chain::{Chain, ChainConfig};
use callweave_core::edges::{SumsConfig, Windows, WindowsConfig};
use callweave_core::kernel::CellKernel;
use callweave_core::link::{EdgesConfig, Link, LinkConfig};
use callweave_core::protobuf::RecordFormat;
use callweave_core::wire::frames::{self, OfChain, RecordFrame};
use callweave_reference::{compare, judge, Output, Record, Report, Rules, Services, WindowRules};
use callweave_simulate::{IdKind, Limit, Settings as Traffic, Simulation, Topology};
use proptest::prelude::*;

use crate::chains::{attribute, legs, root, ChainSettings};
use crate::common::{collect, fire_all, records, Cells, Settings};
use crate::pipeline::calls;

const INPUT: &str = "input";
const MAX_LATENCY_MS: i64 = 20_000;
const SERVICES: &str = "10.0.0.1: front\n10.0.0.2: front\n*.example,\"the \\\"books\\\"\"\n";

/// How windows are cut, and what of them is written.
#[derive(Debug, Clone)]
pub struct WindowSettings {
    pub window_ms: i64,
    pub slide_ms: i64,
    pub max_series: u32,
    pub services: &'static str,
}

impl WindowSettings {
    fn sums(&self) -> SumsConfig {
        SumsConfig { window_ms: self.window_ms, slide_ms: self.slide_ms }
    }

    fn kernel(&self, format: RecordFormat) -> Windows {
        let Self { window_ms, slide_ms, max_series, .. } = *self;
        Windows::new(WindowsConfig { window_ms, slide_ms, max_series, format }).unwrap()
    }
}

/// What comes out of all kernels.
struct Made {
    /// Keys and values of the records of chains, and of windows.
    chains: Vec<(String, String)>,
    windows: Vec<(String, String)>,
}

/// The sums that Link makes, by window.
fn edge_sums(settings: &Settings, windows: &WindowSettings, legs: &Cells) -> Cells {
    let edges = EdgesConfig {
        windows: windows.sums(),
        services: windows.services.to_owned(),
        max_latency_ms: MAX_LATENCY_MS,
    };
    let mut link = Link::new(LinkConfig {
        bucket_ms: settings.bucket_ms,
        id_groups: settings.id_groups,
        max_links: settings.max_links,
        edges: Some(edges),
    })
    .unwrap();
    let mut given = Cells::new();
    collect(&fire_all(&mut link, legs, settings.ip_groups), &mut given);
    given.values_mut().for_each(|blocks| blocks.retain(|block| is_of(block, Kind::Sums)));
    given
}

fn make(settings: &ChainSettings, windows: &WindowSettings, batches: &[Vec<Vec<u8>>]) -> Made {
    let [chains, windows] = make_in(RecordFormat::Json, settings, windows, batches).map(|records| {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        records.into_iter().map(|(key, value)| (text(key), text(value))).collect()
    });
    Made { chains, windows }
}

/// Keys and values of the records of chains, and of windows.
pub fn make_in(
    format: RecordFormat,
    settings: &ChainSettings,
    windows: &WindowSettings,
    batches: &[Vec<Vec<u8>>],
) -> [Vec<(Vec<u8>, Vec<u8>)>; 2] {
    let legs = legs(settings, batches);
    let mut sums = edge_sums(&settings.kernels, windows, &legs);
    let rooted = root(settings, &attribute(settings, &legs));
    let mut chain = Chain::new(ChainConfig {
        max_chain_calls: settings.max_chain_calls,
        services: windows.services.to_owned(),
        windows: Some(windows.sums()),
        spans: None,
        records: true,
        format,
    })
    .unwrap();
    let (given, mut chains) = (fire_all(&mut chain, &rooted, settings.chain_groups), Vec::new());
    for frame in frames::records(&given) {
        match OfChain::read(frame.unwrap()).unwrap() {
            OfChain::Sums { window, block } => sums.entry(window).or_default().push(block.to_vec()),
            OfChain::Chain(RecordFrame { key, value }) => chains.push((key.to_vec(), value.to_vec())),
            OfChain::Spans(_) => panic!("nobody asked for spans"),
        }
    }
    let given = fire_all(&mut windows.kernel(format), &sums, 1);
    let windows = frames::records(&given)
        .map(|frame| frame.map(|RecordFrame { key, value }| (key.to_vec(), value.to_vec())));
    [chains, windows.collect::<Result<_, _>>().unwrap()]
}

fn as_records(records: &[(String, String)]) -> Vec<Record> {
    let record = |(key, value): &(String, String)| Record {
        key: Some(key.clone().into_bytes()),
        value: Some(value.clone().into_bytes()),
        ..Record::default()
    };
    records.iter().map(record).collect()
}

fn judge_windows(
    settings: &ChainSettings,
    windows: &WindowSettings,
    batches: &[Vec<Vec<u8>>],
    made: &Made,
) -> Report {
    let record =
        |(offset, value): (i64, &Vec<u8>)| Record { offset, value: Some(value.clone()), ..Record::default() };
    let input: Vec<Record> = (0..).zip(batches.iter().flatten()).map(record).collect();
    let (chains, edges) = (as_records(&made.chains), as_records(&made.windows));
    let rules = Rules {
        bucket_ms: settings.kernels.bucket_ms,
        windows: WindowRules {
            window_ms: windows.window_ms,
            slide_ms: windows.slide_ms,
            max_series: windows.max_series as usize,
            services: Services::read(windows.services),
        },
        ..Rules::default()
    };
    let output = Output { chains: Some(&chains), edges: Some(&edges), ..Output::default() };
    compare(INPUT, &input, &judge(&input, &rules), output, &rules)
}

/// Settings of kernels and of windows that fit together.
fn settings() -> impl Strategy<Value = (ChainSettings, WindowSettings)> {
    let times = prop_oneof![
        Just((7i64, 14i64, 14i64, 7i64)),
        Just((1000, 5000, 6000, 2000)),
        Just((500, 1000, 60_000, 60_000)),
        Just((20, 20, 60, 20)),
    ];
    let services = prop_oneof![Just(""), Just(SERVICES)];
    let max_series = prop_oneof![Just(10_000u32), 1u32..4];
    (times, 1u32..20, 1u32..5, max_series, services).prop_map(
        |(times, ip_groups, chain_groups, max_series, services)| {
            let (bucket_ms, decide_ms, window_ms, slide_ms) = times;
            let chains = ChainSettings {
                kernels: Settings { bucket_ms, ip_groups, ..Settings::default() },
                window_ms: decide_ms,
                look_ahead_ms: bucket_ms,
                chain_groups,
                ..ChainSettings::default()
            };
            (chains, WindowSettings { window_ms, slide_ms, max_series, services })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn the_windows_of_any_calls_say_what_a_naive_computation_says(
        calls in calls(),
        (settings, windows) in settings(),
        batch in 1usize..20,
    ) {
        let records: Vec<Vec<u8>> = calls.iter().map(|call| call.json(0)).collect();
        let batches: Vec<_> = records.chunks(batch).map(<[_]>::to_vec).collect();
        let made = make(&settings, &windows, &batches);
        let report = judge_windows(&settings, &windows, &batches, &made);
        prop_assert!(report.is_same(), "{report:?}");
    }

    #[test]
    fn the_same_calls_make_the_same_bytes_in_any_order_spelling_and_groups(
        calls in calls(),
        (settings, windows) in settings(),
        seed: u64,
        spelling in 0usize..4,
    ) {
        let records: Vec<Vec<u8>> = calls.iter().map(|call| call.json(0)).collect();
        let one = make(&settings, &windows, &[records]);
        let mut shuffled: Vec<Vec<u8>> = calls.iter().map(|call| call.json(spelling)).collect();
        shuffled.sort_by_key(|record| seed.wrapping_mul(record.iter().map(|&byte| u64::from(byte)).sum()));
        let repeated: Vec<Vec<Vec<u8>>> = vec![shuffled.clone(), shuffled];
        let mut other = settings.clone();
        (other.kernels.ip_groups, other.chain_groups) = (3, 2);
        let two = make(&other, &windows, &repeated);
        prop_assert_eq!(one.windows, two.windows);
    }
}

#[test]
fn traffic_is_summed_up_as_the_reference_does_it() {
    for ids in [IdKind::Uuid, IdKind::Counter] {
        let traffic = Traffic { ids, ..Traffic::new(5, Limit::Calls(20_000), 1000.0).unwrap() };
        let simulation = Simulation::new(traffic, Topology::built_in().unwrap()).unwrap();
        let records: Vec<Vec<u8>> = simulation.into_records().filter_map(|(_, value)| value).collect();
        let batches: Vec<_> = records.chunks(512).map(<[_]>::to_vec).collect();
        let settings = ChainSettings::default();
        let windows = WindowSettings {
            window_ms: 10_000,
            slide_ms: 5_000,
            max_series: 10_000,
            services: "10.0.0.0/25: low\n",
        };
        let made = make(&settings, &windows, &batches);
        let report = judge_windows(&settings, &windows, &batches, &made);
        assert!(report.is_same() && report.series > Some(50), "{report:?}");
    }
}

#[test]
fn a_hot_edge_is_one_sum_per_bucket_not_a_record_per_call() {
    let call = |n: usize| {
        format!(
            r#"{{"id":{n},"src_ip":"a","dst_ip":"b","start_at_ms":{},"latency_msec":{}}}"#,
            n / 50,
            n % 300
        )
    };
    let records: Vec<Vec<u8>> = (0..50_000).map(|n| call(n).into_bytes()).collect();
    let settings = ChainSettings::default();
    let windows = WindowSettings { window_ms: 60_000, slide_ms: 60_000, max_series: 1, services: "" };
    let sums = edge_sums(&settings.kernels, &windows, &legs(&settings, &[records]));
    let blocks: Vec<&Vec<u8>> = sums.values().flatten().collect();
    assert_eq!(blocks.len(), 1);
    assert!(blocks[0].len() < 1024, "{} bytes", blocks[0].len());
    let written = records_of(&windows, &sums);
    assert!(written[0].1.contains(r#""count":50000,"rate_per_s":833.333,"#), "{}", written[0].1);
}

fn records_of(windows: &WindowSettings, sums: &Cells) -> Vec<(String, String)> {
    records(&fire_all(&mut windows.kernel(RecordFormat::Json), sums, 1))
}

#[test]
fn a_record_of_an_edge_reads_as_documented() {
    let call = |id: &str, src: &str, dst: &str, start_ms: i64, latency_ms: i64| {
        format!(r#"{{"id":{id},"src_ip":"{src}","dst_ip":"{dst}","start_at_ms":{start_ms},"latency_msec":{latency_ms}}}"#)
            .into_bytes()
    };
    let records = vec![
        call("1", "10.0.0.1", "10.0.0.3", 1_000, 500),
        call("\"x\"", "10.0.0.3:80", "api.example", 1_100, 40),
        call("\"y\"", "10.0.0.3", "API.example", 1_150, 20_000),
    ];
    let windows = WindowSettings { window_ms: 60_000, slide_ms: 60_000, max_series: 10, services: SERVICES };
    let made = make(&ChainSettings::default(), &windows, &[records]);
    let edges: Vec<_> = made.windows.iter().filter(|(_, value)| value.contains(r#""kind":"edge""#)).collect();
    let (key, value) = edges[1];
    assert_eq!(edges[0].0, r#"["edge","10.0.0.3","the \\\"books\\\""]"#);
    assert_eq!(key, r#"["edge","front","10.0.0.3"]"#);
    assert_eq!(
        value,
        r#"{"kind":"edge","src":"front","dst":"10.0.0.3","window_start_ms":0,"window_end_ms":60000,"count":1,"rate_per_s":0.017,"sum_msec":500,"mean_msec":500.000,"sd_msec":0.000,"min_msec":500,"max_msec":500,"p50_msec":500,"p90_msec":500,"p95_msec":500,"p99_msec":500,"exemplars":[1],"without_parent":1,"at_latency_limit":0}"#
    );
    assert!(edges[0].1.ends_with(r#""exemplars":["y","x"],"without_parent":1,"at_latency_limit":1}"#));
}

#[test]
fn a_damaged_block_of_sums_is_refused_and_leaves_nothing_behind() {
    let call = r#"{"id":1,"src_ip":"a","dst_ip":"b","start_at_ms":5,"latency_msec":3}"#;
    let windows = WindowSettings { window_ms: 60_000, slide_ms: 60_000, max_series: 1, services: "" };
    let settings = ChainSettings::default();
    let sums = edge_sums(&settings.kernels, &windows, &legs(&settings, &[vec![call.into()]]));
    let block = sums.values().flatten().next().unwrap();
    let mut kernel = windows.kernel(RecordFormat::Json);
    for at in 0..block.len() {
        let mut damaged = block.clone();
        damaged[at] ^= 1;
        assert!(kernel.push(&damaged).is_err(), "byte {at}");
        assert!(kernel.push(&block[..at]).is_err());
    }
    kernel.push(block).unwrap();
    kernel.fire(0).unwrap();
    let written = records(&crate::common::drain(&mut kernel));
    assert!(written.len() == 1 && written[0].1.contains(r#""count":1,"#), "{written:?}");
}
