//! Each kernel by itself and all together, over simulated calls, or over those of a file: JSON lines, named
//! by `CALLWEAVE_BENCH_CALLS`. Criterion's unit "element" is a call.

use std::ffi::OsString;
use std::hint::black_box;

use anyhow::Context;
use callweave_bench_kernels::forms::{mapped_records, message, Mapped};
use callweave_bench_kernels::{
    batches, bytes, collect, fire, new_assemble, new_link, route, Cells, Groups, LIMITS,
};
use callweave_core::assemble::Assemble;
use callweave_core::call::{parse, protobuf, Limits, Parser};
use callweave_core::error::Result;
use callweave_core::link::Link;
use callweave_simulate::{Limit, Settings, Simulation, Topology};
use criterion::{criterion_group, criterion_main, Criterion, Throughput};

/// Calls that are simulated where no file is named.
const CALLS: u64 = 100_000;
const CALLS_PER_S: f64 = 1000.0;

fn kernels(criterion: &mut Criterion) {
    let text = match std::env::var_os("CALLWEAVE_BENCH_CALLS") {
        Some(file) => read(&file),
        None => simulate(),
    };
    let result = text.and_then(|text| {
        let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).collect();
        Ok(measure(criterion, &lines)?)
    });
    result.unwrap_or_else(|error| println!("{error:#}"));
}

fn read(file: &OsString) -> anyhow::Result<Vec<u8>> {
    let text = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    anyhow::ensure!(
        !text.trim_ascii().is_empty(),
        "{} has no calls; a file as callweave simulate --out makes it is wanted",
        file.display()
    );
    Ok(text)
}

/// Valid calls, one a line.
fn simulate() -> anyhow::Result<Vec<u8>> {
    let settings = Settings::new(1, Limit::Calls(CALLS), CALLS_PER_S)?;
    let records = Simulation::new(settings, Topology::built_in()?)?.into_records();
    Ok(records.flat_map(|(_, value)| [value.unwrap_or_default(), b"\n".to_vec()].concat()).collect())
}

/// Takes frames so that they have to be made.
fn drop_frames(frames: &[u8]) -> Result<()> {
    black_box(frames);
    Ok(())
}

/// What each kernel gets where calls are divided into so many groups.
struct Blocks {
    groups: Groups,
    legs: Cells,
    halves: Cells,
}

impl Blocks {
    fn make(batches: &[Vec<u8>], groups: Groups) -> Result<Self> {
        let (mut legs, mut halves) = (Cells::new(), Cells::new());
        route(batches, groups, |frames| collect(frames, &mut legs))?;
        fire(&mut new_link(groups)?, &legs, groups.ip, |frames| collect(frames, &mut halves))?;
        Ok(Self { groups, legs, halves })
    }

    fn work(&self, batches: &[Vec<u8>], link: &mut Link, assemble: &mut Assemble) -> Result<()> {
        route(batches, self.groups, drop_frames)?;
        fire(link, &self.legs, self.groups.ip, drop_frames)?;
        fire(assemble, &self.halves, self.groups.id, drop_frames)
    }
}

fn measure(criterion: &mut Criterion, lines: &[&[u8]]) -> Result<()> {
    let batches = batches(lines);
    let (groups, best) = (Groups::DEFAULT, Blocks::make(&batches, Groups::FEW_SLOTS)?);
    let Blocks { legs, halves, .. } = Blocks::make(&batches, groups)?;
    let mut result_bytes = 0;
    fire(&mut new_assemble()?, &halves, groups.id, |frames| {
        result_bytes += frames.len();
        Ok(())
    })?;
    let per_call = |bytes: usize| bytes as f64 / lines.len() as f64;
    println!(
        "{} calls; bytes per call: {:.1} from Route, {:.1} from Link, {:.1} from Assemble",
        lines.len(),
        per_call(bytes(&legs)),
        per_call(bytes(&halves)),
        per_call(result_bytes)
    );
    let mut group = criterion.benchmark_group("kernels");
    group.sample_size(10).throughput(Throughput::Elements(lines.len() as u64));
    let (mut link, mut assemble) = (new_link(groups)?, new_assemble()?);
    group.bench_function("parse", |bench| {
        bench.iter(|| lines.iter().filter(|line| black_box(parse(line, &LIMITS)).is_ok()).count());
    });
    // As Route reads records: by the layout of those before, and by a map.
    let mut parser = Parser::default();
    group.bench_function("parse-layout", |bench| {
        bench.iter(|| lines.iter().filter(|line| black_box(parser.parse(line, &LIMITS)).is_ok()).count());
    });
    let messages: Vec<Vec<u8>> = lines.iter().map(|line| message(line)).collect();
    let mut reader = protobuf::Reader::default();
    group.bench_function("parse-protobuf", |bench| {
        let mut is_call = |message: &Vec<u8>| black_box(reader.parse(message, &LIMITS)).is_ok();
        bench.iter(|| messages.iter().filter(|message| is_call(message)).count());
    });
    for (name, map, records) in mapped_records(lines) {
        let mut mapped = Mapped::by(map)?;
        group.bench_function(name, |bench| {
            bench.iter(|| records.iter().filter(|record| mapped.is_call(record)).count());
        });
    }
    // One record that has as many fields as fit into it, which only a hostile producer writes.
    let wide = wide_record();
    let passing = Limits { pass_through: true, ..LIMITS };
    group.throughput(Throughput::Elements(1));
    for (name, limits) in [("parse-wide", LIMITS), ("parse-wide-pass-through", passing)] {
        group.bench_function(name, |bench| bench.iter(|| black_box(parse(&wide, &limits)).is_ok()));
    }
    group.throughput(Throughput::Elements(lines.len() as u64));
    group.bench_function("route", |bench| {
        bench.iter(|| route(&batches, groups, drop_frames));
    });
    group.bench_function("link", |bench| {
        bench.iter(|| fire(&mut link, &legs, groups.ip, drop_frames));
    });
    group.bench_function("assemble", |bench| {
        bench.iter(|| fire(&mut assemble, &halves, groups.id, drop_frames));
    });
    let all = Blocks { groups, legs, halves };
    group.bench_function("all", |bench| bench.iter(|| all.work(&batches, &mut link, &mut assemble)));
    let mut link = new_link(best.groups)?;
    group.bench_function("all-best", |bench| bench.iter(|| best.work(&batches, &mut link, &mut assemble)));
    group.finish();
    Ok(())
}

/// A valid call of nearly 64 KiB with 7600 short fields beside its own.
fn wide_record() -> Vec<u8> {
    let others: String = (0..7600).map(|number| format!(r#","{number:x}":1"#)).collect();
    format!(
        r#"{{"id":1,"src_ip":"10.0.0.1","dst_ip":"10.0.0.2","start_at_ms":1000,"end_at_ms":1001{others}}}"#
    )
    .into_bytes()
}

criterion_group!(benches, kernels);
criterion_main!(benches);
