//! `callweave simulate`: traffic with a known truth, into Kafka or a file.
//!
//! `topology` says who calls whom, `trace` draws one trace, `schedule` puts the calls of all traces
//! in the order of their delivery and adds `faults`, `sink` and `truth` take them.

mod addresses;
mod args;
mod call;
mod dice;
mod faults;
mod schedule;
mod settings;
mod sink;
mod summary;
mod topology;
mod trace;
mod truth;
mod waiting;

#[cfg(test)]
mod tests;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;

use crate::interrupt::Interrupt;
use crate::kafka::TopicWriter;
use crate::progress::Progress;
use crate::EXIT_ERROR;

pub use args::{Args, ShareArgs};

use args::now_ms;
use faults::Kind;
use schedule::{Delivered, Simulation};
use settings::{Limit, Settings};
use sink::{FileSink, Sink};
use summary::{Counts, Summary};
use topology::Topology;
use truth::TruthFile;

/// The resolution of simulated times. Whole ms would lose the latencies like 39.7.
const TENTHS_PER_MS: i64 = 10;
/// A pause is cut into pieces of this length, so that Ctrl-C is heard.
const NAP: Duration = Duration::from_millis(50);
const EXIT_INTERRUPTED: u8 = 130;

/// What the ids of calls look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum IdKind {
    /// Random UUIDs, version 4
    Uuid,
    /// 1, 2, 3 …; even ones are JSON integers, odd ones strings like "c3"
    Counter,
}

/// Runs the simulation to its end or to Ctrl-C, and prints its summary on stderr.
///
/// # Errors
/// When the file or the broker cannot take the records.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let interrupt = Interrupt::catch_signals()?;
    let topology = Topology::built_in();
    let settings = args.settings(topology.mean_calls())?;
    let sink: Box<dyn Sink> = match &args.out {
        Some(path) => Box::new(FileSink::create(path)?),
        None => Box::new(TopicWriter::open(&args.bootstrap, &args.topic, args.partitions)?),
    };
    let truth =
        args.truth.as_ref().map(|path| TruthFile::create(path, topology.services.clone())).transpose()?;
    let limit = settings.limit;
    let delivery = Delivery {
        sink,
        truth,
        print: args.print_msg,
        follow_clock: args.follows_clock(),
        interrupt: interrupt.clone(),
    };
    let summary = delivery.run(settings, topology)?;
    eprintln!("{summary}");
    if summary.acknowledged < summary.counts.total() {
        eprintln!("error: not all records were acknowledged");
        return Ok(ExitCode::from(EXIT_ERROR));
    }
    if interrupt.is_set() && limit != Limit::Endless {
        return Ok(ExitCode::from(EXIT_INTERRUPTED));
    }
    Ok(ExitCode::SUCCESS)
}

struct Delivery {
    sink: Box<dyn Sink>,
    truth: Option<TruthFile>,
    print: bool,
    follow_clock: bool,
    interrupt: Interrupt,
}

impl Delivery {
    fn run(mut self, settings: Settings, topology: Topology) -> anyhow::Result<Summary> {
        let seed = settings.seed;
        let (what, total) = match settings.limit {
            Limit::Calls(calls) => ("calls", Some(calls)),
            Limit::Traces(traces) => ("traces", Some(traces)),
            Limit::Endless => ("calls", None),
        };
        let by_traces = what == "traces";
        let mut simulation = Simulation::new(settings, topology);
        let mut progress = Progress::start(what, total);
        let mut counts = Counts::default();
        let mut value = Vec::new();
        while let Some(record) = simulation.deliver(&mut value) {
            if self.follow_clock {
                self.wait_until(record.time_ms)?;
                simulation.catch_up(now_ms());
            }
            if self.interrupt.is_set() {
                break;
            }
            self.deliver(&record, &value, &simulation)?;
            counts.add(record.kind);
            progress.set(if by_traces { simulation.traces_made() } else { counts.of(Kind::Valid) });
        }
        let acknowledged = self.sink.finish()?;
        if let Some(truth) = self.truth {
            truth.finish()?;
        }
        Ok(Summary {
            counts,
            acknowledged,
            traces: simulation.traces_made(),
            seed,
            elapsed: progress.finish(),
        })
    }

    fn deliver(&mut self, record: &Delivered, value: &[u8], simulation: &Simulation) -> anyhow::Result<()> {
        self.sink.send((!record.is_null).then_some(value))?;
        if let (Some(truth), Kind::Valid) = (&mut self.truth, record.kind) {
            truth.add(&record.call, simulation.writer())?;
        }
        if self.print {
            let text = String::from_utf8_lossy(value);
            writeln!(std::io::stdout(), "{text}").context("cannot print to stdout")?;
        }
        Ok(())
    }

    fn wait_until(&mut self, time_ms: i64) -> anyhow::Result<()> {
        let mut ahead_ms = time_ms - now_ms();
        if ahead_ms > 0 {
            self.sink.before_pause()?;
        }
        while ahead_ms > 0 && !self.interrupt.is_set() {
            std::thread::sleep(NAP.min(Duration::from_millis(ahead_ms as u64)));
            ahead_ms = time_ms - now_ms();
        }
        Ok(())
    }
}
