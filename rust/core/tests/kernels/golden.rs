//! Blocks as they lie in savepoints: what was ever written stays readable.

use std::path::PathBuf;

use callweave_core::attribute::Address;
use callweave_core::block::chain_calls::ChainCalls;
use callweave_core::block::{attributed, is_of, models, open_calls, rooted, Kind};
use callweave_core::chain::{Chain, ChainConfig};
use callweave_core::edges::{SumsConfig, Windows, WindowsConfig};
use callweave_core::kernel::{CellKernel, KeyedKernel, Outbox};
use callweave_core::link::{EdgesConfig, Link, LinkConfig};
use callweave_core::protobuf::RecordFormat;
use callweave_core::wire::frames::{records as wire_records, OfChain};

use crate::alerts::{alerts, block, MINUTE_MS};
use crate::chains::{self, ChainSettings};
use crate::common::{batch, collect, drain, fire_all, records, Cells, Settings, NOW_MS};

const RECORDS: [&str; 5] = [
    r#"{"id":"0f8fad5b-d9cb-469f-a165-70867728950e","src_ip":"10.0.0.1","dst_ip":"10.0.0.2","start_at_ms":1000,"latency_msec":900,"end_at_ms":1900}"#,
    r#"{"id":"order-1","src_ip":"::ffff:10.0.0.2","dst_ip":"API.example","start_at_ms":1001,"latency_msec":39.7,"end_at_ms":1040}"#,
    r#"{"id":"order-2","src_ip":"api.example","dst_ip":"0:0:0:0:0:0:0:1","start_at_ms":1001,"latency_msec":10,"end_at_ms":1011,"tag":"é"}"#,
    r#"{"id":17,"src_ip":"::1","dst_ip":"10.0.0.1","start_at_ms":1001,"latency_msec":10}"#,
    r#"{"id":"\u00e9","src_ip":"::1","dst_ip":"10.0.0.1","start_at_ms":1002,"end_at_ms":1003}"#,
];

/// One chain: the last call starts so late in the first window of 5 s that Root leaves it to the second.
const CHAIN_RECORDS: [&str; 5] = [
    r#"{"id":"0f8fad5b-d9cb-469f-a165-70867728950e","src_ip":"10.0.0.1","dst_ip":"10.0.0.2","start_at_ms":4100,"latency_msec":2800,"end_at_ms":6900}"#,
    r#"{"id":"order-1","src_ip":"::ffff:10.0.0.2","dst_ip":"API.example","start_at_ms":4200,"latency_msec":39.7,"end_at_ms":4240}"#,
    r#"{"id":"order-2","src_ip":"api.example","dst_ip":"0:0:0:0:0:0:0:1","start_at_ms":4210,"latency_msec":10,"end_at_ms":4220}"#,
    r#"{"id":17,"src_ip":"::1","dst_ip":"10.0.0.9","start_at_ms":4212,"latency_msec":5}"#,
    r#"{"id":"\u00e9","src_ip":"10.0.0.2","dst_ip":"shop.example","start_at_ms":4990,"end_at_ms":5003}"#,
];

/// One cell for all, so that each kind has one block.
fn settings() -> Settings {
    Settings {
        ip_groups: 1,
        id_groups: 1,
        bucket_ms: 10_000,
        max_links: 1,
        pass_through: true,
        ..Settings::default()
    }
}

fn golden(name: &str, now: &[u8]) -> Vec<u8> {
    let path = golden_path(name);
    if std::env::var_os("CALLWEAVE_BLESS").is_some() {
        std::fs::write(&path, now).unwrap();
    }
    std::fs::read(&path).unwrap()
}

fn golden_path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn one_block(frames: &[u8]) -> Vec<u8> {
    let mut cells = Cells::new();
    collect(frames, &mut cells);
    let mut blocks: Vec<_> = cells.into_values().flatten().collect();
    assert_eq!(blocks.len(), 1);
    blocks.remove(0)
}

/// The results by their bytes: nothing is promised about their order.
fn lines(records: &[(String, String)]) -> String {
    let mut lines: Vec<String> = records.iter().map(|(_, value)| format!("{value}\n")).collect();
    lines.sort();
    lines.concat()
}

#[test]
fn blocks_of_version_1_are_read_as_when_they_were_written() {
    let settings = settings();
    let mut route = settings.route();
    let batch = batch(RECORDS.iter().map(|record| record.as_bytes()));
    route.push_batch(&batch, i64::MIN, NOW_MS, &mut Vec::new()).unwrap();
    route.flush(i64::MAX).unwrap();
    let legs = golden("legs-v1.block", &one_block(&drain(&mut route)));

    let halves_now = fire_all(&mut settings.link(), &Cells::from([(0, vec![legs])]), 1);
    let halves = golden("halves-v1.block", &one_block(&halves_now));

    let from_golden = fire_all(&mut settings.assemble(), &Cells::from([(0, vec![halves])]), 1);
    let expected = golden("linked-v1.jsonl", lines(&records(&from_golden)).as_bytes());
    assert_eq!(lines(&records(&from_golden)), String::from_utf8(expected.clone()).unwrap());

    let from_golden_legs =
        fire_all(&mut settings.assemble(), &Cells::from([(0, vec![one_block(&halves_now)])]), 1);
    assert_eq!(lines(&records(&from_golden_legs)), String::from_utf8(expected).unwrap());
}

fn chain_settings() -> ChainSettings {
    let kernels = Settings { ip_groups: 1, ..Settings::default() };
    ChainSettings { kernels, chain_groups: 1, ..ChainSettings::default() }
}

/// The only block of this kind among frames, and its cell.
fn only(frames: &[u8], kind: Kind) -> (i64, Vec<u8>) {
    let mut cells = Cells::new();
    collect(frames, &mut cells);
    let all = cells.into_iter().flat_map(|(cell, blocks)| blocks.into_iter().map(move |block| (cell, block)));
    let mut blocks: Vec<_> = all.filter(|(_, block)| is_of(block, kind)).collect();
    assert_eq!(blocks.len(), 1, "blocks of {kind:?}");
    blocks.remove(0)
}

/// The calls that Attribute decided in the first window, as the golden file has them, and what it knows then.
fn attributed_and_models() -> (Vec<u8>, Vec<u8>) {
    let settings = chain_settings();
    let records = CHAIN_RECORDS.map(|record| record.as_bytes().to_vec()).to_vec();
    let mut attribute = settings.attribute();
    attribute.load(&[]).unwrap();
    for block in chains::legs(&settings, &[records]).values().flatten() {
        attribute.push(block).unwrap();
    }
    attribute.fire(0).unwrap();
    let mut known = Vec::new();
    attribute.save(&mut known).unwrap();
    let (_, calls) = only(&drain(&mut attribute), Kind::Attributed);
    (golden("attributed-v1.block", &calls), golden("models-v1.block", &known))
}

#[test]
fn attributed_calls_of_version_1_are_read_and_written_unchanged() {
    let (golden, _) = attributed_and_models();
    let mut calls = ChainCalls::default();
    attributed::decode(&golden, &mut calls).unwrap();
    let with_parent = calls.rows.iter().filter(|call| call.parent.is_some()).count();
    assert_eq!((calls.rows.len(), with_parent), (CHAIN_RECORDS.len(), CHAIN_RECORDS.len() - 1));
    let mut written = Vec::new();
    attributed::encode(&mut written, &calls, &calls.rows, &mut Vec::new());
    assert_eq!(written, golden);
}

/// What is learned may change from release to release; what was saved of it stays readable.
#[test]
fn models_of_version_1_are_read_and_written_unchanged() {
    let (_, golden) = attributed_and_models();
    let mut known = Vec::new();
    models::decode(&golden, |address, model| {
        let mut saved = Vec::new();
        Address::load(model)?.save(&mut saved)?;
        assert_eq!(saved, model);
        known.push((address, saved));
        Ok(())
    })
    .unwrap();
    assert!(!known.is_empty());
    let mut written = Vec::new();
    models::encode(&mut written, known.iter().map(|(address, model)| (*address, model.as_slice())));
    assert_eq!(written, golden);

    let mut attribute = chain_settings().attribute();
    attribute.load(&golden).unwrap();
    attribute.fire(1).unwrap();
    attribute.save(&mut Vec::new()).unwrap();
}

#[test]
fn chains_of_version_1_are_written_as_when_their_blocks_were() {
    let settings = chain_settings();
    let mut first = settings.root();
    first.push(&attributed_and_models().0).unwrap();
    first.fire(0).unwrap();
    let frames = drain(&mut first);
    let (window, waiting) = only(&frames, Kind::Attributed);
    let ((until, open), (cell, settled)) = (only(&frames, Kind::OpenCalls), only(&frames, Kind::Rooted));
    assert_eq!((window, until), (1, 1), "Root asks for both in the second window");
    let (open_golden, rooted_golden) =
        (golden("open-calls-v1.block", &open), golden("rooted-v1.block", &settled));
    assert!(open == open_golden && settled == rooted_golden, "other bytes are written than the golden ones");

    // A child in the second window joins the chain of the open call that was kept.
    let mut second = settings.root();
    second.push(&open_golden).unwrap();
    second.push(&waiting).unwrap();
    second.fire(1).unwrap();
    let (cell_of_child, child) = only(&drain(&mut second), Kind::Rooted);
    assert_eq!(cell_of_child, cell);
    let chains = fire_all(&mut settings.chain(), &Cells::from([(cell, vec![rooted_golden, child])]), 1);
    let now = lines(&records(&chains));
    assert_eq!(now, String::from_utf8(golden("chains-v1.jsonl", now.as_bytes())).unwrap());
    assert!(now.contains(&format!(r#""calls":{}"#, CHAIN_RECORDS.len())), "{now}");
}

#[test]
fn open_calls_and_calls_of_chains_of_version_1_are_read_and_written_unchanged() {
    let read = |name: &str| std::fs::read(golden_path(name)).unwrap();
    let (open, settled) = (read("open-calls-v1.block"), read("rooted-v1.block"));
    let (mut kept, mut written) = (Vec::new(), Vec::new());
    open_calls::decode(&open, |call| kept.push(call)).unwrap();
    open_calls::encode(&mut written, &kept);
    assert_eq!(written, open);

    let (mut calls, mut roots) = (ChainCalls::default(), Vec::new());
    rooted::decode(&settled, &mut calls, &mut roots).unwrap();
    written.clear();
    rooted::encode(&mut written, &calls, &calls.rows, &roots, &mut rooted::Scratch::default());
    assert_eq!(written, settled);
}

/// The last call starts so late in the first bucket that Merge decides on it in the second, and the first may cover
/// another one until it ends.
#[test]
fn reports_of_version_1_are_read_as_when_they_were_written() {
    let settings = Settings { bucket_ms: 5_000, ip_groups: 1, merge_reports: true, ..Settings::default() };
    let mut route = settings.route();
    let batch = batch(CHAIN_RECORDS.iter().map(|record| record.as_bytes()));
    route.push_batch(&batch, i64::MIN, NOW_MS, &mut Vec::new()).unwrap();
    route.flush(i64::MAX).unwrap();
    let mut kernel = settings.merge();
    kernel.push(&one_block(&drain(&mut route))).unwrap();
    kernel.fire(0).unwrap();
    let mut cells = Cells::new();
    collect(&drain(&mut kernel), &mut cells);
    let reports: Vec<Vec<u8>> =
        cells.remove(&1).unwrap().into_iter().filter(|block| is_of(block, Kind::Reports)).collect();
    let [open, kept] = &reports[..] else { panic!("{} blocks of reports", reports.len()) };
    kernel.push(&golden("reports-open-v1.block", open)).unwrap();
    kernel.push(&golden("reports-kept-v1.block", kept)).unwrap();
    kernel.fire(1).unwrap();
    assert_eq!(kernel.counters().take()[0], CHAIN_RECORDS.len() as u64);
}

#[test]
fn a_version_that_this_build_does_not_know_is_refused_by_kind_and_number() {
    let (settings, kernels) = (chain_settings(), settings());
    let of_version_9 = |name: &str| {
        let mut block = std::fs::read(golden_path(name)).unwrap();
        block[2] = 9;
        block
    };
    for (kind, refused) in [
        ("Reports", kernels.merge().push(&of_version_9("reports-open-v1.block"))),
        ("Legs", settings.attribute().push(&of_version_9("legs-v1.block"))),
        ("Legs", kernels.link().push(&of_version_9("legs-v1.block"))),
        ("Halves", kernels.assemble().push(&of_version_9("halves-v1.block"))),
        ("Attributed", settings.root().push(&of_version_9("attributed-v1.block"))),
        ("OpenCalls", settings.root().push(&of_version_9("open-calls-v1.block"))),
        ("Rooted", settings.chain().push(&of_version_9("rooted-v1.block"))),
        ("Models", settings.attribute().load(&of_version_9("models-v1.block"))),
        ("Sums", windows().push(&of_version_9("edge-sums-v1.block"))),
        ("Pasts", alerts("", 9).load(&of_version_9("pasts-v1.block"))),
    ] {
        let message = refused.unwrap_err().to_string();
        let expected = format!("a block of {kind} has version 9; this build reads version 1:");
        assert!(message.contains(&expected), "{message}");
    }
}

const WINDOW: SumsConfig = SumsConfig { window_ms: 60_000, slide_ms: 60_000 };

fn windows() -> Windows {
    Windows::new(WindowsConfig {
        window_ms: 60_000,
        slide_ms: 60_000,
        max_series: 3,
        format: RecordFormat::Json,
    })
    .unwrap()
}

/// The sums of edges and of chains, of one window, as kernels write them now.
fn sums_now() -> [Vec<u8>; 2] {
    let settings = chain_settings();
    let services = "10.0.0.2: front\n".to_owned();
    let edges = EdgesConfig { windows: WINDOW, services: services.clone(), max_latency_ms: 20_000 };
    let mut link =
        Link::new(LinkConfig { bucket_ms: 60_000, id_groups: 1, max_links: 1, edges: Some(edges) }).unwrap();
    let records = CHAIN_RECORDS.map(|record| record.as_bytes().to_vec()).to_vec();
    chains::legs(&settings, &[records]).values().flatten().for_each(|block| link.push(block).unwrap());
    link.fire(0).unwrap();
    let (_, edges) = only(&drain(&mut link), Kind::Sums);
    let mut chain = Chain::new(ChainConfig {
        max_chain_calls: 100,
        services,
        windows: Some(WINDOW),
        spans: None,
        records: true,
        format: RecordFormat::Json,
    })
    .unwrap();
    chain.push(&std::fs::read(golden_path("rooted-v1.block")).unwrap()).unwrap();
    chain.fire(0).unwrap();
    let frames = drain(&mut chain);
    let blocks = wire_records(&frames).filter_map(|record| match OfChain::read(record.unwrap()).unwrap() {
        OfChain::Sums { block, .. } => Some(block),
        _ => None,
    });
    let blocks: Vec<_> = blocks.collect();
    assert_eq!(blocks.len(), 1);
    [edges, blocks[0].to_vec()]
}

/// What is learned may change from release to release; what was saved of it stays readable.
#[test]
fn pasts_of_version_1_are_read_and_the_alerts_in_them_end() {
    let mut kernel = alerts("history: 6\nlearning: 3\n", 9);
    kernel.load(&[]).unwrap();
    for minute in 0..130 {
        let is_slow = minute >= 125;
        let edges = [("b", 100, if is_slow { 90 } else { 40 }, 2), ("c", 7, 5, 7)];
        kernel.push(&block(&edges)).unwrap();
        kernel.fire(minute).unwrap();
        drain(&mut kernel);
    }
    let mut now = Vec::new();
    kernel.save(&mut now).unwrap();
    let golden = golden("pasts-v1.block", &now);
    kernel.load(&golden).unwrap();
    for minute in 130..133 {
        kernel.push(&block(&[("b", 100, 40, 2), ("c", 7, 5, 7)])).unwrap();
        kernel.fire(minute).unwrap();
    }
    let ended = records(&drain(&mut kernel));
    let since = format!("\"since_ms\":{}", 125 * MINUTE_MS);
    let is_told = |(_, value): &(String, String)| value.contains("resolved") && value.contains(&since);
    assert!(matches!(&ended[..], [ended] if is_told(ended)), "{ended:?}");
}

#[test]
fn sums_of_version_1_are_read_as_when_they_were_written() {
    let [edges_now, chains_now] = sums_now();
    let sums = [golden("edge-sums-v1.block", &edges_now), golden("chain-sums-v1.block", &chains_now)];
    assert!(sums == [edges_now, chains_now], "other bytes are written than the golden ones");
    let from_golden = records(&fire_all(&mut windows(), &Cells::from([(0, sums.to_vec())]), 1));
    let from_golden = lines(&from_golden);
    let expected = golden("windows-v1.jsonl", from_golden.as_bytes());
    assert_eq!(from_golden, String::from_utf8(expected).unwrap());
}
