//! What each kernel of chains costs, on one core: calls a second of CPU time.
//!
//! `cargo run --release -p callweave-bench-kernels --bin callweave-bench-chains -- [option=value …] [set …]`, with
//! the options `kernel` (attribute, root or chain; all), `effort` (2000), `squeeze` (times as many traces at once),
//! `passes` (the set again and again, of which the last counts as warm; 3), `rounds` (of Root and Chain; 3) and
//! `calls` (of a simulated set; 60000). A cold Attribute decides the first pass, and knows nothing before it.
//!
//! For instructions, which do not depend on what else the machine does, count one kernel and one set, `cold` or
//! `warm`, where all but the counted work lies outside the function that is collected:
//!
//! `valgrind --tool=callgrind --collect-atstart=no --toggle-collect='*counted_warm*' callweave-bench-chains …`

use std::hint::black_box;

use anyhow::{bail, Context, Result};
use callweave_bench_kernels::chains::{legs, new_chain, new_root, root, Attributing, CHAIN_GROUPS};
use callweave_bench_kernels::{cpu_ns, fire, sets, Cells};
use callweave_core::chain::Chain;
use callweave_core::root::Root;

/// Between two passes of a set, ms: no call of one is open in the next.
const PAUSE_MS: i64 = 60_937;

struct Options {
    kernel: String,
    effort: u32,
    squeeze: i64,
    passes: usize,
    rounds: usize,
    calls: u64,
    sets: Vec<String>,
}

fn main() -> Result<()> {
    let options = Options::parse()?;
    for name in &options.sets {
        match sets::read(name, options.squeeze, options.calls)? {
            Some(calls) => measure(name, &calls, &options).with_context(|| name.clone())?,
            None => println!("{name:8} skipped: there is no ../shared/data/traces beside this checkout"),
        }
    }
    Ok(())
}

impl Options {
    fn parse() -> Result<Self> {
        let mut options = Self {
            kernel: "all".into(),
            effort: 2_000,
            squeeze: 1,
            passes: 3,
            rounds: 3,
            calls: 60_000,
            sets: Vec::new(),
        };
        for argument in std::env::args().skip(1) {
            let Some((option, value)) = argument.split_once('=') else {
                options.sets.push(argument);
                continue;
            };
            match option {
                "kernel" => options.kernel = value.into(),
                "effort" => options.effort = value.parse()?,
                "squeeze" => options.squeeze = value.parse()?,
                "passes" => options.passes = value.parse()?,
                "rounds" => options.rounds = value.parse()?,
                "calls" => options.calls = value.parse()?,
                _ => bail!("there is no option {option}; see the head of bench/kernels/chains/main.rs"),
            }
        }
        if options.sets.is_empty() {
            options.sets.extend(sets::names().map(String::from));
        }
        Ok(options)
    }

    fn wants(&self, kernel: &str) -> bool {
        self.kernel == "all" || self.kernel == kernel
    }
}

fn measure(name: &str, calls: &[sets::Call], options: &Options) -> Result<()> {
    let step_ms = sets::span_ms(calls) + PAUSE_MS;
    let show = |kernel: &str, ns: u64| {
        let ns_a_call = ns as f64 / calls.len() as f64;
        println!("{name:8} {kernel:15} {ns_a_call:9.0} ns a call {:11.0} calls a second", 1e9 / ns_a_call);
    };
    let mut attributing = Attributing::new(options.effort)?;
    let mut decided = Cells::new();
    for pass in 0..options.passes.max(1) {
        let records: Vec<Vec<u8>> =
            calls.iter().map(|call| call.later(pass, step_ms * pass as i64)).collect();
        let legs = legs(&records.iter().map(Vec::as_slice).collect::<Vec<_>>())?;
        let begin = cpu_ns();
        decided = match pass {
            0 => counted_cold(&mut attributing, &legs)?,
            _ if pass + 1 == options.passes => counted_warm(&mut attributing, &legs)?,
            _ => attributing.decide(&legs)?,
        };
        let spent = cpu_ns() - begin;
        if options.wants("attribute") && (pass == 0 || pass + 1 == options.passes) {
            show(if pass == 0 { "attribute, cold" } else { "attribute, warm" }, spent);
        }
    }
    let mut rooted = Cells::new();
    root(&mut new_root()?, &decided, Some(&mut rooted))?;
    let (mut kernel, mut chain) = (new_root()?, new_chain()?);
    if options.wants("root") {
        show("root", least(options.rounds, || counted_root(&mut kernel, &decided))?);
    }
    if options.wants("chain") {
        show("chain", least(options.rounds, || counted_chain(&mut chain, &rooted))?);
    }
    Ok(())
}

/// The CPU time of the fastest of so many rounds, after one that does not count, ns.
fn least(rounds: usize, mut work: impl FnMut() -> Result<()>) -> Result<u64> {
    work()?;
    let mut least = u64::MAX;
    for _ in 0..rounds.max(1) {
        let begin = cpu_ns();
        work()?;
        least = least.min(cpu_ns() - begin);
    }
    Ok(least)
}

#[inline(never)]
fn counted_cold(attributing: &mut Attributing, legs: &Cells) -> Result<Cells> {
    Ok(black_box(attributing.decide(legs))?)
}

#[inline(never)]
fn counted_warm(attributing: &mut Attributing, legs: &Cells) -> Result<Cells> {
    // Unlike the cold one, so that the two are not merged.
    black_box("warm");
    Ok(black_box(attributing.decide(legs))?)
}

#[inline(never)]
fn counted_root(kernel: &mut Root, decided: &Cells) -> Result<()> {
    Ok(black_box(root(kernel, decided, None))?)
}

#[inline(never)]
fn counted_chain(kernel: &mut Chain, rooted: &Cells) -> Result<()> {
    let take = |frames: &[u8]| {
        black_box(frames);
        Ok(())
    };
    Ok(black_box(fire(kernel, rooted, CHAIN_GROUPS, take))?)
}
