//! Blocks as they lie in savepoints: what was ever written stays readable.

use std::path::PathBuf;

use crate::common::{batch, collect, drain, fire_all, records, Cells, Settings, NOW_MS};

const RECORDS: [&str; 5] = [
    r#"{"id":"0f8fad5b-d9cb-469f-a165-70867728950e","src_ip":"10.0.0.1","dst_ip":"10.0.0.2","start_at_ms":1000,"latency_msec":900,"end_at_ms":1900}"#,
    r#"{"id":"order-1","src_ip":"::ffff:10.0.0.2","dst_ip":"API.example","start_at_ms":1001,"latency_msec":39.7,"end_at_ms":1040}"#,
    r#"{"id":"order-2","src_ip":"api.example","dst_ip":"0:0:0:0:0:0:0:1","start_at_ms":1001,"latency_msec":10,"end_at_ms":1011,"tag":"é"}"#,
    r#"{"id":17,"src_ip":"::1","dst_ip":"10.0.0.1","start_at_ms":1001,"latency_msec":10}"#,
    r#"{"id":"\u00e9","src_ip":"::1","dst_ip":"10.0.0.1","start_at_ms":1002,"end_at_ms":1003}"#,
];

/// One cell for all, so that each kind has one block.
fn settings() -> Settings {
    Settings { ip_groups: 1, id_groups: 1, bucket_ms: 10_000, max_links: 1, pass_through: true }
}

fn golden(name: &str, now: &[u8]) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("CALLWEAVE_BLESS").is_some() {
        std::fs::write(&path, now).unwrap();
    }
    std::fs::read(&path).unwrap()
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
