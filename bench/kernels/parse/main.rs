//! What a record costs to read in JSON, in protobuf, and by maps, on one core: CPU time per call, in turn, so that what
//! else the machine does falls on all.
//!
//! `cargo run --release -p callweave-bench-kernels --bin callweave-bench-parse -- FILE [rounds=9] [FORM…]`, where FILE
//! is as `callweave simulate --out` makes it. Instructions of one form:
//! `valgrind --tool=callgrind --collect-atstart=no --toggle-collect='*counted*' callweave-bench-parse FILE rounds=1 json`

use std::hint::black_box;

use anyhow::{ensure, Context, Result};
use callweave_bench_kernels::forms::{mapped_records, message, Mapped};
use callweave_bench_kernels::{cpu_ns, LIMITS};
use callweave_core::call::{protobuf::Reader, Parser};

/// Says whether a record is a call.
type Judge = Box<dyn FnMut(&[u8]) -> bool>;

/// Records of one form, and what says whether one of them is a call.
struct Form<'a> {
    name: &'static str,
    records: Vec<&'a [u8]>,
    is_call: Judge,
    least_ns: u64,
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().context("a file of calls in JSON lines is wanted")?;
    let (mut rounds, mut names) = (9usize, Vec::new());
    for argument in arguments {
        match argument.strip_prefix("rounds=") {
            Some(number) => rounds = number.parse()?,
            None => names.push(argument),
        }
    }
    let text = std::fs::read(&file).with_context(|| file.clone())?;
    let mut parser = Parser::default();
    let lines: Vec<&[u8]> =
        text.split(|&byte| byte == b'\n').filter(|line| parser.parse(line, &LIMITS).is_ok()).collect();
    let messages: Vec<Vec<u8>> = lines.iter().map(|line| message(line)).collect();
    let mapped = mapped_records(&lines);
    let mut forms = vec![json(lines.clone()), protobuf(&messages)];
    forms.push(mapped_form("parse-own-message", Mapped::own_message()?, &messages));
    for (name, map, records) in &mapped {
        forms.push(mapped_form(name, Mapped::by(map)?, records));
    }
    forms.retain(|form| names.is_empty() || names.iter().any(|name| name == form.name));
    ensure!(!forms.is_empty(), "there is no form {}", names.join(" nor "));
    measure(&mut forms, rounds, lines.len())?;
    for Form { name, records, least_ns, .. } in &forms {
        let calls = records.len() as f64;
        let bytes = records.iter().map(|record| record.len()).sum::<usize>() as f64;
        println!(
            "{name}: {:.1} ns and {:.1} bytes for each of {calls} calls",
            *least_ns as f64 / calls,
            bytes / calls
        );
    }
    Ok(())
}

fn measure(forms: &mut [Form<'_>], rounds: usize, calls: usize) -> Result<()> {
    for _ in 0..rounds {
        for Form { name, records, is_call, least_ns } in &mut *forms {
            let begin = cpu_ns();
            let count = counted(records, is_call);
            *least_ns = (*least_ns).min(cpu_ns() - begin);
            ensure!(count == calls, "{count} of {calls} calls are some in the form {name}");
        }
    }
    Ok(())
}

/// How many of these records are calls, read as Route reads them.
#[inline(never)]
fn counted(records: &[&[u8]], is_call: &mut dyn FnMut(&[u8]) -> bool) -> usize {
    records.iter().filter(|record| is_call(record)).count()
}

fn json(records: Vec<&[u8]>) -> Form<'_> {
    let mut parser = Parser::default();
    let is_call = move |record: &[u8]| black_box(parser.parse(record, &LIMITS)).is_ok();
    Form { name: "json", records, is_call: Box::new(is_call), least_ns: u64::MAX }
}

fn protobuf(messages: &[Vec<u8>]) -> Form<'_> {
    let mut reader = Reader::default();
    let is_call = move |record: &[u8]| black_box(reader.parse(record, &LIMITS)).is_ok();
    let records = messages.iter().map(Vec::as_slice).collect();
    Form { name: "protobuf", records, is_call: Box::new(is_call), least_ns: u64::MAX }
}

fn mapped_form<'a>(name: &'static str, mut mapped: Mapped, records: &'a [Vec<u8>]) -> Form<'a> {
    let is_call = move |record: &[u8]| mapped.is_call(record);
    let records = records.iter().map(Vec::as_slice).collect();
    Form { name, records, is_call: Box::new(is_call), least_ns: u64::MAX }
}
