//! What a record costs to read in JSON and in protobuf, on one core: CPU time per call, in turn, so that what else the
//! machine does falls on both.
//!
//! `cargo run --release -p callweave-bench-kernels --bin callweave-bench-parse -- FILE [rounds=9]`, where FILE is as
//! `callweave simulate --out` makes it. Instructions of one of them:
//! `valgrind --tool=callgrind --collect-atstart=no --toggle-collect='*counted_protobuf*' callweave-bench-parse …`

use std::hint::black_box;

use anyhow::{Context, Result};
use callweave_bench_kernels::{cpu_ns, LIMITS};
use callweave_core::call::{protobuf::Reader, Parser};
use callweave_core::protobuf::call_of_json;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().context("a file of calls in JSON lines is wanted")?;
    let rounds: usize =
        match arguments.next().as_deref().and_then(|argument| argument.strip_prefix("rounds=")) {
            Some(rounds) => rounds.parse()?,
            None => 9,
        };
    let text = std::fs::read(&file).with_context(|| file.clone())?;
    let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).collect();
    let messages: Vec<Vec<u8>> = lines
        .iter()
        .map(|line| {
            let mut message = Vec::new();
            call_of_json(line, &mut message);
            message
        })
        .collect();
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let (mut json_ns, mut protobuf_ns) = (u64::MAX, u64::MAX);
    for _ in 0..rounds {
        let begin = cpu_ns();
        let calls = counted_json(&lines);
        let between = cpu_ns();
        let others = counted_protobuf(&messages);
        protobuf_ns = protobuf_ns.min(cpu_ns() - between);
        json_ns = json_ns.min(between - begin);
        anyhow::ensure!(calls == others, "{calls} calls in JSON, {others} in protobuf");
    }
    let bytes = |records: &[&[u8]]| records.iter().map(|record| record.len()).sum::<usize>() as f64;
    for (name, ns, records) in [("json", json_ns, &lines), ("protobuf", protobuf_ns, &messages)] {
        let count = lines.len() as f64;
        println!("{name}: {:.1} ns and {:.1} bytes a call", ns as f64 / count, bytes(records) / count);
    }
    Ok(())
}

/// How many of these records are calls, read as Route reads them.
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
