//! What a record costs to read in JSON, in protobuf, and in JSON of other names and units by a map, on one core: CPU time
//! per call, in turn, so that what else the machine does falls on all.
//!
//! `cargo run --release -p callweave-bench-kernels --bin callweave-bench-parse -- FILE [rounds=9]`, where FILE is as
//! `callweave simulate --out` makes it. Instructions of one of them:
//! `valgrind --tool=callgrind --collect-atstart=no --toggle-collect='*counted_protobuf*' callweave-bench-parse …`

use std::hint::black_box;

use anyhow::{Context, Result};
use callweave_bench_kernels::{cpu_ns, LIMITS};
use callweave_core::call::{map::Mapping, protobuf::Reader, Parser};
use callweave_core::protobuf::call_of_json;
use serde_json::{json, Value};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().context("a file of calls in JSON lines is wanted")?;
    let rounds: usize =
        match arguments.next().as_deref().and_then(|argument| argument.strip_prefix("rounds=")) {
            Some(rounds) => rounds.parse()?,
            None => 9,
        };
    let text = std::fs::read(&file).with_context(|| file.clone())?;
    let (lines, others): (Vec<&[u8]>, Vec<Vec<u8>>) =
        text.split(|&byte| byte == b'\n').filter_map(|line| renamed(line).map(|other| (line, other))).unzip();
    let messages = lines.iter().map(|line| message_of(line)).collect::<Vec<_>>();
    let forms: [(&str, Counter, Vec<&[u8]>); 3] = [
        ("json", counted_json, lines),
        ("protobuf", counted_protobuf, messages.iter().map(Vec::as_slice).collect()),
        ("mapped json", counted_mapped, others.iter().map(Vec::as_slice).collect()),
    ];
    let mut least_ns = [u64::MAX; 3];
    for _ in 0..rounds {
        let mut counts = Vec::new();
        for ((_, counted, records), least_ns) in forms.iter().zip(&mut least_ns) {
            let begin = cpu_ns();
            counts.push(counted(records));
            *least_ns = (*least_ns).min(cpu_ns() - begin);
        }
        anyhow::ensure!(counts.iter().all(|count| *count == counts[0]), "calls by form: {counts:?}");
    }
    for ((name, _, records), ns) in forms.iter().zip(least_ns) {
        let count = records.len() as f64;
        let bytes = records.iter().map(|record| record.len()).sum::<usize>() as f64;
        println!("{name}: {:.1} ns and {:.1} bytes a call", ns as f64 / count, bytes / count);
    }
    Ok(())
}

/// How many of some records are calls.
type Counter = fn(&[&[u8]]) -> usize;

fn message_of(record: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    call_of_json(record, &mut message);
    message
}

/// As a producer with other names and units has it.
const MAP: &str = "id=span.id,src_ip=source.address,dst_ip=destination.address,start_at_ms=timestamp:us,latency_msec=duration:ns";

/// The record as [`MAP`] reads it; none where it does not have all fields.
fn renamed(record: &[u8]) -> Option<Vec<u8>> {
    let call: Value = serde_json::from_slice(record).ok()?;
    let start_ms = call["start_at_ms"].as_i64()?;
    let latency_ms = call["latency_msec"].as_f64()?;
    let other = json!({
        "timestamp": start_ms * 1_000,
        "span": {"id": call["id"]},
        "source": {"address": call["src_ip"]},
        "destination": {"address": call["dst_ip"]},
        "duration": (latency_ms * 1e6) as i64,
    });
    serde_json::to_vec(&other).ok()
}

/// Read as Route reads them.
#[inline(never)]
fn counted_json(records: &[&[u8]]) -> usize {
    let mut parser = Parser::default();
    records.iter().filter(|record| black_box(parser.parse(record, &LIMITS)).is_ok()).count()
}

/// Likewise.
#[inline(never)]
fn counted_protobuf(records: &[&[u8]]) -> usize {
    let mut reader = Reader::default();
    records.iter().filter(|record| black_box(reader.parse(record, &LIMITS)).is_ok()).count()
}

/// Likewise, in two steps, as Route has it.
#[inline(never)]
fn counted_mapped(records: &[&[u8]]) -> usize {
    let Ok(mapping) = Mapping::read(MAP) else { return 0 };
    let (mut parser, limits, mut built_in) = (Parser::default(), LIMITS.of_rewritten(), Vec::new());
    records
        .iter()
        .filter(|record| {
            mapping.rewrite(record, &LIMITS, &mut built_in).is_ok()
                && black_box(parser.parse(&built_in, &limits)).is_ok()
        })
        .count()
}
