//! Says how well the parents of traces with known parents are found, and at what cost.
//!
//! `cargo run --release -p callweave-core --example attribution -- [option=value …] [set …]`, with the options
//! `window`, `ahead` (ms), `effort`, `squeeze` (times denser), `passes` (the set again and again: warm), `repeats`
//! (from the begin, with other windows), `verbose=1` (calibration).

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "../tests/accuracy/play.rs"]
mod play;
#[path = "../tests/accuracy/sets.rs"]
mod sets;

use callweave_core::attribute::Counts;
use play::{deciles, play, score, Deciles, Known, Play};
use sets::Call;

const SETS: [&str; 6] =
    ["hotel_load25", "hotel_load75", "media_load25", "media_load75", "node_load50", "nezha_2023-01-30"];

/// What is asked for on the command line.
struct Options {
    play: Play,
    squeeze: i64,
    passes: usize,
    repeats: usize,
    verbose: bool,
    names: Vec<String>,
}

fn main() {
    let options = Options::parse();
    println!(
        "{:18} links traces single gap    us/call | only exact sampled greedy | cut: lists parents looked-at | saved bytes at most",
        "set"
    );
    for name in &options.names {
        let mut calls = sets::read(name);
        sets::squeeze(&mut calls, options.squeeze);
        run(name, calls, &options);
    }
}

impl Options {
    fn parse() -> Self {
        let mut options = Self {
            play: Play::default(),
            squeeze: 1,
            passes: 1,
            repeats: 1,
            verbose: false,
            names: Vec::new(),
        };
        for argument in std::env::args().skip(1) {
            let Some((option, value)) = argument.split_once('=') else {
                options.names.push(argument);
                continue;
            };
            match option {
                "window" => options.play.window_ms = value.parse().unwrap(),
                "ahead" => options.play.look_ahead_ms = value.parse().unwrap(),
                "effort" => options.play.settings.effort = value.parse().unwrap(),
                "squeeze" => options.squeeze = value.parse().unwrap(),
                "passes" => options.passes = value.parse().unwrap(),
                "repeats" => options.repeats = value.parse().unwrap(),
                "verbose" => options.verbose = value == "1",
                _ => panic!("there is no option {option}"),
            }
        }
        if options.names.is_empty() {
            options.names.extend(SETS.map(String::from));
        }
        options
    }
}

/// Plays a set so many times from the begin, each time with other borders of the windows; of each the last pass
/// counts.
fn run(name: &str, mut calls: Vec<Call>, options: &Options) {
    let span = calls.iter().map(|call| call.end_ms).max().unwrap()
        - calls.iter().map(|call| call.start_ms).min().unwrap();
    let mut sums = [0.0; 5];
    let (mut counts, mut saved_bytes) = (Counts::default(), 0);
    let mut all = Deciles::default();
    for _ in 0..options.repeats {
        let mut known = Known::default();
        for pass in 0..options.passes {
            let played = play(&calls, options.play, &mut known);
            shift(&mut calls, span + 60_937);
            if pass + 1 < options.passes {
                continue;
            }
            let score = score(&calls, &played);
            let cost = played.spent.as_secs_f64() * 1e6 / calls.len() as f64;
            for (sum, value) in
                sums.iter_mut().zip([score.links, score.traces, score.single, score.gap, cost])
            {
                *sum += value / options.repeats as f64;
            }
            counts = played.counts;
            saved_bytes = saved_bytes.max(played.saved_bytes);
            for (sum, bin) in all.iter_mut().zip(deciles(&calls, &played)) {
                *sum = (sum.0 + bin.0, sum.1 + bin.1, sum.2 + bin.2);
            }
        }
    }
    let [links, traces, single, gap, cost] = sums;
    let share = |count: u64| count as f64 / calls.len() as f64;
    print!("{name:18} {links:.4} {traces:.4} {single:.4} {gap:.4} {cost:8.2} |");
    for method in [counts.only, counts.exact, counts.sampled, counts.greedy] {
        print!(" {:.2}", share(method));
    }
    println!(" | {} {} {} | {}", counts.list_cut, counts.parents_cut, counts.looked_at_cut, saved_bytes);
    for (bin, (count, right, sum)) in
        all.into_iter().enumerate().filter(|(_, of)| options.verbose && of.0 > 0)
    {
        let n = count as f64;
        println!("  {:.1} {count:7} said {:.4} right {:.4}", bin as f64 / 10.0, sum / n, right as f64 / n);
    }
}

fn shift(calls: &mut [Call], by_ms: i64) {
    for call in calls {
        call.start_ms += by_ms;
        call.end_ms += by_ms;
    }
}
